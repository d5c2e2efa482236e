/**
 * The rules of composite alarms: `ALARM("a") AND NOT (OK(b) OR INSUFFICIENT_DATA(c))`
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html).
 */

export const STATES = ["OK", "ALARM", "INSUFFICIENT_DATA"] as const;
export type AlarmState = (typeof STATES)[number];

export interface AlarmRule {
  /** The alarms that it asks for, by their names. */
  names: string[];
  holds(stateOf: (name: string) => AlarmState): boolean;
}

const TOKEN = /\s*("[^"]+"|[()]|[^\s()"]+)/y;

/** @throws SyntaxError that says where a rule stops to make sense */
export function parseAlarmRule(text: string): AlarmRule {
  const tokens = tokensOf(text);
  const names: string[] = [];
  let at = 0;
  const next = () => tokens[at];
  const take = (token: string) => {
    if (next() !== token)
      throw new SyntaxError(`"${text}": "${token}" should follow, not "${next() ?? "its end"}"`);
    at++;
  };
  type Holds = AlarmRule["holds"];

  const either = (): Holds => chain("OR", both, (a, b) => a || b);
  const both = (): Holds => chain("AND", negated, (a, b) => a && b);
  const chain = (word: string, operand: () => Holds, join: (a: boolean, b: boolean) => boolean): Holds => {
    let left = operand();
    while (next() === word) {
      at++;
      const [one, other] = [left, operand()];
      left = (stateOf) => join(one(stateOf), other(stateOf));
    }
    return left;
  };
  const negated = (): Holds => {
    if (next() !== "NOT") return operand();
    at++;
    const inner = negated();
    return (stateOf) => !inner(stateOf);
  };
  const operand = (): Holds => {
    const token = next();
    if (token === "(") {
      at++;
      const inner = either();
      take(")");
      return inner;
    }
    at++;
    if (token === "TRUE" || token === "FALSE") return () => token === "TRUE";
    const state = STATES.find((each) => each === token);
    if (!state) throw new SyntaxError(`"${text}": a state should follow, not "${token ?? "its end"}"`);
    take("(");
    const name = nameOf(tokens[at++] ?? "");
    names.push(name);
    take(")");
    return (stateOf) => stateOf(name) === state;
  };

  const holds = either();
  if (at < tokens.length) throw new SyntaxError(`"${text}": AND or OR should follow, not "${next()}"`);
  return { names, holds };
}

/** A name may be quoted, and may be an ARN, which ends with it. */
const nameOf = (token: string) => token.replaceAll('"', "").replace(/^arn:.*:/, "");

function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.trimEnd().length) {
    const match = TOKEN.exec(text);
    if (!match) throw new SyntaxError(`"${text}" has a quote that does not end`);
    tokens.push(match[1]!);
  }
  return tokens;
}
