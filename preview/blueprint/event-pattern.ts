/**
 * EventBridge's event patterns, as far as the stack uses them: literal values, `prefix`, `suffix`, `exists` and `anything-but`
 * (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html).
 */

/** A value of a parsed JSON text. */
type Json = unknown;
export interface EventPattern {
  readonly [key: string]: readonly Json[] | EventPattern;
}

const OPERATORS: Readonly<Record<string, (value: Json, operand: Json) => boolean>> = {
  prefix: (value, operand) => typeof value === "string" && value.startsWith(String(operand)),
  suffix: (value, operand) => typeof value === "string" && value.endsWith(String(operand)),
  exists: (value, operand) => (value !== undefined) === operand,
  "anything-but": (value, operand) => value !== undefined && ![operand].flat().includes(value),
};

/** Whether each key of the pattern has one of its values in the event; a list in the event matches by any of its items. */
export function matchesPattern(pattern: EventPattern, event: Json): boolean {
  return Object.entries(pattern).every(([key, wanted]) => {
    const value = isObject(event) ? event[key] : undefined;
    if (!Array.isArray(wanted)) return matchesPattern(wanted as EventPattern, value);
    const values = Array.isArray(value) ? value : [value];
    return wanted.some((each) => values.some((one) => matchesValue(each, one)));
  });
}

/** @returns the first operator in a pattern that is not known here */
export function unknownOperator(pattern: EventPattern): string | undefined {
  return Object.values(pattern)
    .flatMap((wanted) =>
      Array.isArray(wanted)
        ? wanted.filter(isObject).flatMap((each) => Object.keys(each))
        : [unknownOperator(wanted as EventPattern) ?? []].flat(),
    )
    .find((operator) => !Object.hasOwn(OPERATORS, operator));
}

function matchesValue(wanted: Json, value: Json): boolean {
  if (!isObject(wanted)) return wanted === value;
  return Object.entries(wanted).every(
    ([operator, operand]) => OPERATORS[operator]?.(value, operand) ?? false,
  );
}

function isObject(value: Json): value is Record<string, Json> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
