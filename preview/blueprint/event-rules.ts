/** Reads the EventBridge rules that count what ECS says of the service. */
import { type EventPattern, unknownOperator } from "./event-pattern.ts";
import type { Block, Stack } from "./stack.ts";

export interface EventRule {
  address: string;
  name: string;
  pattern: EventPattern;
}

/** @throws {BlueprintError} for a pattern that is no JSON, or has an operator that the preview does not know */
export function readEventRules(stack: Stack): EventRule[] {
  return stack.all("aws_cloudwatch_event_rule").map((rule) => {
    const pattern = readPattern(rule);
    const unknown = unknownOperator(pattern);
    if (unknown)
      throw rule.error("event_pattern", `"${unknown}" is an operator that the preview does not know`);
    return { address: rule.address, name: rule.text("name"), pattern };
  });
}

function readPattern(rule: Block): EventPattern {
  try {
    return JSON.parse(rule.text("event_pattern"));
  } catch (error) {
    if (error instanceof SyntaxError) throw rule.error("event_pattern", `is no JSON: ${error.message}`);
    throw error;
  }
}
