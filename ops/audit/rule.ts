import type { Block, Configuration } from "../../local/terraform-json/index.ts";
import type { Plan } from "../plan-json.ts";

/** One place that breaks a rule, and what to change there. */
export interface Violation {
  readonly address: string;
  readonly message: string;
}

interface RuleText {
  /** Stable name, for machines and for talking about it. */
  readonly id: string;
  /** The brief's own words; for a rule that AWS or Terraform imposes, the rule. */
  readonly words: string;
  /** Where the words stand: a part of the brief, or what imposes the rule. */
  readonly source: string;
}

/** A rule over the synthesised configuration. */
export interface ConfigurationRule extends RuleText {
  readonly over: "configuration";
  check(config: Configuration): Violation[];
  /** What the rule lets pass on purpose, named so that nobody overlooks it. */
  exceptions?(config: Configuration): Violation[];
}

/** A rule over a plan of that configuration. */
export interface PlanRule extends RuleText {
  readonly over: "plan";
  check(plan: Plan, config: Configuration): Violation[];
  exceptions?(plan: Plan, config: Configuration): Violation[];
}

export type Rule = ConfigurationRule | PlanRule;

/** A rule over the configuration, as the rule files write it. */
export const rule = (text: Omit<ConfigurationRule, "over">): ConfigurationRule => ({
  over: "configuration",
  ...text,
});

/** A rule over a plan, as the rule files write it. */
export const planRule = (text: Omit<PlanRule, "over">): PlanRule => ({ over: "plan", ...text });

/** A violation for each block that does not hold; the message says what to change. */
export function each(
  blocks: readonly Block[],
  holds: (block: Block) => boolean,
  message: string | ((block: Block) => string),
): Violation[] {
  return blocks
    .filter((block) => !holds(block))
    .map((block) => ({
      address: block.address,
      message: typeof message === "string" ? message : message(block),
    }));
}

/** A violation of the configuration as a whole unless `holds`. */
export function demand(holds: boolean, address: string, message: string): Violation[] {
  return holds ? [] : [{ address, message }];
}
