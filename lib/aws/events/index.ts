export { type EventPattern, type IRuleTarget, Rule, type RuleProps } from "./rule.ts";
export { LogGroupTarget, TopicTarget } from "./targets.ts";
