export { type EventPattern, type IRuleTarget, Rule, type RuleProps } from "./rule.ts";
export { LogGroupTarget, type LogGroupTargetProps, TopicTarget } from "./targets.ts";
