import type { Configuration } from "../../local/terraform-json/index.ts";
import type { Plan } from "../plan-json.ts";
import { addressRanges } from "./address-ranges.ts";
import { alarmRules } from "./alarms.ts";
import { attributes } from "./attributes/attributes.ts";
import { balancer } from "./balancer.ts";
import { change } from "./change.ts";
import { planChange } from "./change-plan.ts";
import { compute } from "./compute.ts";
import { container } from "./container.ts";
import { database } from "./database.ts";
import { destroy } from "./destroy.ts";
import { edge } from "./edge.ts";
import { eventRules } from "./events.ts";
import { fallback } from "./fallback.ts";
import { iam } from "./iam.ts";
import { knownNames } from "./known-names.ts";
import { limits } from "./limits.ts";
import { logBuckets } from "./log-buckets.ts";
import { logs } from "./logs.ts";
import { naming } from "./naming.ts";
import { network } from "./network.ts";
import { order } from "./order.ts";
import { origin } from "./origin.ts";
import { places } from "./places.ts";
import { planRules } from "./plan.ts";
import { savedQueries } from "./queries.ts";
import type { Rule, Violation } from "./rule.ts";
import { scaling } from "./scaling.ts";
import { secretChain } from "./secret-chain.ts";
import { secretRules } from "./secrets.ts";
import { state } from "./state.ts";
import { whole } from "./whole.ts";

/** Every rule, by theme. */
export const RULES: Readonly<Record<string, readonly Rule[]>> = {
  compute,
  container,
  scaling: [...scaling, ...fallback],
  "load balancing": balancer,
  network: [...network, ...addressRanges],
  iam,
  database,
  secrets: [...secretRules, ...secretChain],
  edge: [...edge, ...origin],
  logs: [...logs, ...logBuckets],
  alarms: [...alarmRules, ...eventRules, ...savedQueries],
  "names and tags": [...naming, ...knownNames],
  limits,
  places,
  state,
  order,
  destroy,
  whole,
  "live changes": change,
  attributes,
  plan: [...planRules, ...planChange],
};

export interface Finding {
  readonly theme: string;
  readonly rule: string;
  readonly words: string;
  readonly source: string;
  /** `unchecked`: a rule over a plan, and no plan was given. */
  readonly result: "pass" | "fail" | "unchecked";
  readonly violations: readonly Violation[];
  /** What the rule lets pass on purpose. */
  readonly exceptions: readonly Violation[];
}

/** Checks every rule. @param plan a plan of `config`; without one the rules over plans stay unchecked */
export function audit(config: Configuration, plan?: Plan): Finding[] {
  return Object.entries(RULES).flatMap(([theme, rules]) =>
    rules.map((rule): Finding => {
      const text = { theme, rule: rule.id, words: rule.words, source: rule.source };
      if (rule.over === "plan" && !plan)
        return { ...text, result: "unchecked", violations: [], exceptions: [] };
      const violations = rule.over === "plan" ? rule.check(plan!, config) : rule.check(config);
      const exceptions = rule.over === "plan" ? rule.exceptions?.(plan!, config) : rule.exceptions?.(config);
      return {
        ...text,
        result: violations.length === 0 ? "pass" : "fail",
        violations,
        exceptions: exceptions ?? [],
      };
    }),
  );
}
