export { type EventPattern, type IRuleTarget, Rule, type RuleProps, type RuleTargetConfig } from "./rule.ts";
export { CloudWatchLogGroup, type CloudWatchLogGroupProps, SnsTopic } from "./targets.ts";
