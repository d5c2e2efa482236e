import { z } from "zod";
import { anyProvider, between, json, name, number, reference, tags } from "./schema.ts";

const topics = z.tuple([reference("aws_sns_topic", "arn")]);

export const observability = {
  // Which metric, dimensions, statistic and threshold an alarm has, the rules of the theme `alarms` judge.
  aws_cloudwatch_metric_alarm: z.strictObject({
    alarm_name: name,
    alarm_description: z.string().min(20),
    namespace: z.string().optional(),
    metric_name: z.string().optional(),
    dimensions: z.record(z.string(), z.string()).optional(),
    period: number(z.literal([60, 300])).optional(),
    statistic: z.string().optional(),
    extended_statistic: z.string().optional(),
    metric_query: z.array(z.unknown()).min(2).optional(),
    comparison_operator: z.string(),
    threshold: z.number(),
    evaluation_periods: between(1, 1440),
    datapoints_to_alarm: between(1, 1440),
    treat_missing_data: z.literal(["notBreaching", "breaching", "ignore"]),
    alarm_actions: topics,
    ok_actions: topics,
    provider: anyProvider,
    tags,
  }),
  aws_cloudwatch_dashboard: z.strictObject({
    dashboard_name: name,
    dashboard_body: json(z.strictObject({ widgets: z.array(z.unknown()).min(2) })),
  }),
  aws_sns_topic: z.strictObject({ name, provider: anyProvider, tags }),
  aws_sns_topic_subscription: z.strictObject({
    topic_arn: reference("aws_sns_topic", "arn"),
    protocol: z.literal("email"),
    endpoint: z.string().regex(/^[^@\s]+@[^@\s]+\.[^@\s]+$/),
    provider: anyProvider,
  }),
};
