import { z } from "zod";
import { COMPARISONS } from "../../../local/cloudwatch/comparisons.ts";
import { resourcePolicies } from "./iam.ts";
import {
  anyProvider,
  between,
  block,
  dependsOn,
  json,
  name,
  number,
  reference,
  references,
  tags,
  text,
} from "./schema.ts";

const topics = z.tuple([reference("aws_sns_topic", "arn")]);

const expression = z.strictObject({
  id: z.literal("result"),
  expression: z.string(),
  label: text,
  return_data: z.literal(true),
});
const series = z.strictObject({
  id: z.string(),
  return_data: z.literal(false),
  metric: block(
    z.strictObject({
      namespace: z.string(),
      metric_name: z.string(),
      dimensions: z.record(z.string(), z.string()),
      period: number(z.literal([60, 300, 3600])),
      stat: z.string(),
    }),
  ),
});
const ecs = (detailType: string) => ({
  source: z.tuple([z.literal("aws.ecs")]),
  "detail-type": z.tuple([z.literal(detailType)]),
});
const stopCodes = z.literal([
  "SpotInterruption",
  "TerminationNotice",
  "TaskFailedToStart",
  "EssentialContainerExited",
  "ServiceSchedulerInitiated",
  "UserInitiated",
]);
/** Events of this stack's service and cluster. That each stop code is matched by one rule, `events-matched` judges. */
const pattern = z.union([
  z.strictObject({
    ...ecs("ECS Deployment State Change"),
    resources: z.tuple([
      z.strictObject({
        suffix: z
          .string()
          .regex(/^:service\/\$\{aws_ecs_cluster\.\w+\.name\}\/\$\{aws_ecs_service\.\w+\.name\}$/),
      }),
    ]),
    detail: z.strictObject({ eventName: z.tuple([z.literal("SERVICE_DEPLOYMENT_FAILED")]) }),
  }),
  z.strictObject({
    ...ecs("ECS Task State Change"),
    detail: z.strictObject({
      clusterArn: z.tuple([reference("aws_ecs_cluster", "arn")]),
      lastStatus: z.tuple([z.literal("STOPPED")]),
      stopCode: z.array(stopCodes).min(1),
    }),
  }),
]);

/** What every alarm has, whatever it watches. */
const alarm = z.strictObject({
  alarm_name: name,
  alarm_description: z.string().min(20),
  comparison_operator: z.literal(Object.keys(COMPARISONS)),
  threshold: z.number(),
  evaluation_periods: between(1, 1440),
  datapoints_to_alarm: between(1, 1440),
  treat_missing_data: z.literal(["notBreaching", "breaching", "ignore"]),
  // A topic's, or a scaling policy's; `alarms-tell-somebody` and `fallback-follows-spot` judge which.
  alarm_actions: z.union([topics, references("aws_appautoscaling_policy", "arn", [1, 1])]),
  ok_actions: topics.optional(),
  provider: anyProvider,
  tags,
});
const ofOneMetric = {
  namespace: z.string(),
  metric_name: z.string(),
  dimensions: z.record(z.string(), z.string()),
  period: number(z.literal([60, 300, 3600, 86_400])),
};

export const observability = {
  // Which metric, dimensions, statistic and threshold an alarm has, the rules of the theme `alarms` judge.
  aws_cloudwatch_metric_alarm: z.union([
    alarm.extend({ metric_query: z.array(z.union([expression, series])).min(2) }),
    alarm.extend({ ...ofOneMetric, statistic: z.string() }),
    alarm.extend({ ...ofOneMetric, extended_statistic: z.string() }),
  ]),
  aws_cloudwatch_dashboard: z.strictObject({
    dashboard_name: name,
    dashboard_body: json(z.strictObject({ widgets: z.array(z.unknown()).min(2) })),
  }),
  aws_cloudwatch_event_rule: z.strictObject({
    force_destroy: z.literal(true),
    name,
    description: text,
    event_pattern: json(pattern),
    tags,
  }),
  aws_cloudwatch_event_target: z.strictObject({
    force_destroy: z.literal(true),
    rule: reference("aws_cloudwatch_event_rule", "name"),
    target_id: z.string().regex(/^target-\d$/),
    arn: z.union([reference("aws_cloudwatch_log_group", "arn"), reference("aws_sns_topic", "arn")]),
    depends_on: dependsOn,
  }),
  aws_cloudwatch_query_definition: z.strictObject({
    name,
    query_string: z.string(), // `saved-queries` judges it
    log_group_names: references("aws_cloudwatch_log_group", "name", [1, 1]),
    provider: anyProvider,
  }),
  aws_sns_topic_policy: z.strictObject({
    arn: reference("aws_sns_topic", "arn"),
    provider: anyProvider,
    ...resourcePolicies.aws_sns_topic_policy,
  }),
  aws_sns_topic: z.strictObject({ name, provider: anyProvider, tags }),
  aws_sns_topic_subscription: z.strictObject({
    topic_arn: reference("aws_sns_topic", "arn"),
    protocol: z.literal("email"),
    endpoint: z.string().regex(/^[^@\s]+@[^@\s]+\.[^@\s]+$/),
    provider: anyProvider,
  }),
};
