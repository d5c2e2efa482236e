import { type Block, type Configuration, embeddedJson, valuesAt } from "../../local/terraform-json/index.ts";
import { alarmsOf } from "../alarms.ts";
import { servicesInFront } from "./fallback.ts";
import { environmentSuffix } from "./naming.ts";
import { demand, each, type Rule, rule } from "./rule.ts";

/** What each counting alarm counts, as the rule behind it matches it: stop codes of tasks, or events of deployments. */
const COUNTED: Readonly<Record<string, readonly string[]>> = {
  "deployment-failed": ["SERVICE_DEPLOYMENT_FAILED"],
  "spot-interruptions": ["SpotInterruption", "TerminationNotice"],
  "task-failures": ["EssentialContainerExited", "TaskFailedToStart"],
};
/** ECS's other reasons (API reference, Task, stopCode): kept in the log, and no cause for alarm. */
const EVERYDAY = ["ServiceSchedulerInitiated", "UserInitiated"];

const rules = (config: Configuration) => config.of("aws_cloudwatch_event_rule");
const matched = (block: Block | undefined): string[] => {
  const pattern = embeddedJson(block?.get("event_pattern"));
  return [...valuesAt(pattern, "detail.stopCode"), ...valuesAt(pattern, "detail.eventName")]
    .map(String)
    .toSorted();
};
const goesTo = (config: Configuration, block: Block, type: string) =>
  config
    .referrers("aws_cloudwatch_event_target", "rule", block)
    .some((target) => config.targets(target.get("arn"), type).length > 0);

/** Of two targets with one id EventBridge keeps the last. */
function areTold(config: Configuration, block: Block): boolean {
  const ids = config
    .referrers("aws_cloudwatch_event_target", "rule", block)
    .map((each) => each.get("target_id"));
  return new Set(ids).size === ids.length;
}

/** What ECS says of the service, and where it is kept. */
export const eventRules: readonly Rule[] = [
  rule({
    id: "events-matched",
    source: "ECS developer guide, Task state change events",
    words: "every way in which a task stops is matched by one rule, and so is every deployment that fails",
    check: (config) => {
      const all = rules(config).flatMap(matched);
      const front = servicesInFront(config).map(({ address }) => address);
      const deployed = (block: Block) =>
        config
          .targets(valuesAt(embeddedJson(block.get("event_pattern")), "resources"), "aws_ecs_service")
          .map(({ address }) => address);
      return [
        ...each(
          rules(config).filter((block) => deployed(block).length > 0),
          (block) => deployed(block).join() === front.join(),
          "Let it match deployments of the service that serves customers from the first hour on.",
        ),
        ...[...Object.values(COUNTED).flat(), ...EVERYDAY].flatMap((event) =>
          demand(
            all.filter((each) => each === event).length === 1,
            "aws_cloudwatch_event_rule",
            `Let exactly one rule match ${event}.`,
          ),
        ),
      ];
    },
  }),
  rule({
    id: "events-kept",
    source: "ECS developer guide, Stopped tasks",
    words:
      "events are kept, since ECS forgets them within an hour; somebody is told at once of a failed deployment",
    check: (config) =>
      each(
        rules(config),
        (block) =>
          areTold(config, block) &&
          goesTo(config, block, "aws_cloudwatch_log_group") &&
          goesTo(config, block, "aws_sns_topic") === matched(block).includes("SERVICE_DEPLOYMENT_FAILED"),
        "Let it write to the log group, and tell the topic if it is about failed deployments, and only then.",
      ),
  }),
  rule({
    id: "events-admitted",
    source: "EventBridge user guide, Resource-based policies",
    words: "the log group admits each rule, and the topic the one that tells it",
    check: (config) =>
      each(
        config.of("aws_cloudwatch_event_target"),
        (delivery) => {
          const [source] = config.targets(delivery.get("rule"), "aws_cloudwatch_event_rule");
          return config
            .targets(delivery.get("arn"))
            .every((target) =>
              [
                ...config.referrers("aws_cloudwatch_log_resource_policy", "policy_document", target),
                ...config.referrers("aws_sns_topic_policy", "arn", target),
              ].some((policy) => config.refersTo(policy.body, source) && speaksOf(config, policy, target)),
            );
        },
        "Name the rule in aws:SourceArn of the policy of its target.",
      ),
  }),
  rule({
    id: "events-counted",
    source: "Monitoring Guide, What rings for what",
    words: "an alarm that counts events counts those that it is named after",
    check: (config) =>
      alarmsOf(config, environmentSuffix(config))
        .filter(({ key }) => key in COUNTED)
        .filter(({ key, series }) => {
          const [source] = config.targets(series[0]?.dimensions.RuleName);
          return matched(source).join() !== COUNTED[key]!.join();
        })
        .map(({ block, key }) => ({
          address: block.address,
          message: `Let its RuleName be of the rule that matches ${COUNTED[key]!.join(" and ")}.`,
        })),
  }),
];

/** A policy speaks of its own topic or log group, and no other. */
const speaksOf = (config: Configuration, policy: Block, target: Block) =>
  config
    .targets(
      [policy.get("policy") ?? null, policy.get("policy_document") ?? null],
      "aws_sns_topic",
      "aws_cloudwatch_log_group",
    )
    .every((spokenOf) => spokenOf === target);
