import type { Configuration, Json } from "../../local/terraform-json/index.ts";
import { each, type Rule, rule } from "./rule.ts";

/**
 * Limits of AWS that neither the provider nor a local AWS API knows: past one of them an apply breaks off in the middle. Those
 * of names stand in naming.ts, of CloudFront in a security group in balancer.ts, of numbers in attributes/.
 */

type Limit = readonly [type: string, path: string, most: number];

/** Characters, as each service's API reference has them. */
const CHARACTERS: readonly Limit[] = [
  ["aws_cloudfront_distribution", "comment", 128],
  ["aws_cloudwatch_event_rule", "description", 512],
  ["aws_cloudwatch_event_rule", "event_pattern", 2048], // EventBridge quotas: "Event pattern size"
  ["aws_cloudwatch_log_resource_policy", "policy_document", 5120],
  ["aws_cloudwatch_metric_alarm", "alarm_description", 1024],
  ["aws_cloudwatch_query_definition", "query_string", 10_000],
  ["aws_ecs_task_definition", "container_definitions", 65_536], // ECS quotas: "Task definition size"
  ["aws_iam_role", "assume_role_policy", 2048], // IAM quotas: "Role trust policy length"
  ["aws_iam_role", "description", 1000],
  ["aws_lb_listener", "default_action.fixed_response.message_body", 1024],
  ["aws_s3_bucket_policy", "policy", 20_480],
  ["aws_secretsmanager_secret", "description", 2048],
  ["aws_security_group", "description", 255],
  ["aws_sns_topic_policy", "policy", 30_720],
  ["aws_vpc_security_group_egress_rule", "description", 255],
  ["aws_vpc_security_group_ingress_rule", "description", 255],
  ["aws_wafv2_web_acl", "description", 256],
];

/** Entries, by default quotas. */
const ENTRIES: readonly Limit[] = [
  ["aws_appautoscaling_policy", "step_scaling_policy_configuration.step_adjustment", 20],
  ["aws_cloudfront_distribution", "aliases", 100],
  ["aws_cloudfront_distribution", "ordered_cache_behavior", 25],
  ["aws_cloudfront_distribution", "origin.custom_header", 10],
  ["aws_cloudwatch_metric_alarm", "alarm_actions", 5],
  ["aws_cloudwatch_metric_alarm", "metric_query.metric", 10], // CloudWatch user guide, "Create an alarm based on a metric math expression"
  ["aws_cloudwatch_query_definition", "log_group_names", 50],
  ["aws_ecs_service", "network_configuration.security_groups", 5],
  ["aws_ecs_task_definition", "requires_compatibilities", 1],
  ["aws_lb", "security_groups", 5],
  ["aws_lb_listener_rule", "condition.http_header.values", 5], // with all conditions of the rule
];

const ROLE_POLICIES = 10_240;
const DAY = 86_400;

/** Stands for what is only known to AWS: no ARN of the stack is longer. */
const UNKNOWN = "x".repeat(128);
const text = (config: Configuration, value: Json | undefined) =>
  config.resolve(value).replaceAll(/\$\{[^}]*\}/g, UNKNOWN);

/** What AWS would refuse for its size. */
export const limits: readonly Rule[] = [
  rule({
    id: "text-lengths",
    source: "AWS API references and service quotas",
    words: "a text is no longer than AWS takes it",
    check: (config) =>
      CHARACTERS.flatMap(([type, path, most]) =>
        each(
          config.of(type),
          (block) => block.all(path).every((value) => text(config, value).length <= most),
          `Shorten its ${path} to ${most} characters.`,
        ),
      ),
  }),
  rule({
    id: "entry-counts",
    source: "AWS API references and service quotas",
    words: "a list is no longer than AWS takes it",
    check: (config) =>
      ENTRIES.flatMap(([type, path, most]) =>
        each(
          config.of(type),
          (block) => block.all(path).length <= most,
          `Leave at most ${most} in its ${path}.`,
        ),
      ),
  }),
  rule({
    id: "role-policies-size",
    source: "IAM quotas, Inline policies of a role",
    words: `the policies of a role have ${ROLE_POLICIES} characters at most, without spaces`,
    check: (config) =>
      each(
        config.of("aws_iam_role"),
        (role) => {
          const policies = config.referrers("aws_iam_role_policy", "role", role);
          const all = policies.map((policy) => text(config, policy.get("policy")).replaceAll(/\s/g, ""));
          return all.join("").length <= ROLE_POLICIES;
        },
        "Grant less, or make a managed policy of a part.",
      ),
  }),
  rule({
    id: "alarm-window",
    source: "CloudWatch API reference, PutMetricAlarm: EvaluationPeriods",
    words: "an alarm looks back over a day at most, by periods of an hour over a week",
    check: (config) =>
      each(
        config.of("aws_cloudwatch_metric_alarm"),
        (alarm) => {
          const periods = [...alarm.all("period"), ...alarm.all("metric_query.metric.period")].map(Number);
          const longest = Math.max(...periods);
          const window = alarm.number("evaluation_periods") * longest;
          return window <= (longest >= 3600 ? 7 * DAY : DAY);
        },
        "Shorten its period, or lower evaluation_periods.",
      ),
  }),
];
