/** Log groups and deliveries, alarms, dashboards, event rules, topics. */
import { anywhere, type Needs, type NeedsByType, on, split } from "./needs.ts";

export const OBSERVABILITY: NeedsByType = {
  aws_cloudwatch_dashboard: anywhere(
    "cloudwatch",
    "PutDashboard",
    "GetDashboard",
    "DeleteDashboards",
    "ListDashboards",
  ),
  aws_cloudwatch_event_rule: events("PutRule", "DescribeRule", "DeleteRule"),
  aws_cloudwatch_event_target: events("PutTargets", "ListTargetsByRule", "RemoveTargets"),
  aws_cloudwatch_query_definition: anywhere(
    "logs",
    "PutQueryDefinition",
    "DescribeQueryDefinitions",
    "DeleteQueryDefinition",
  ),
  aws_cloudwatch_log_delivery: anywhere(
    "logs",
    "CreateDelivery",
    "GetDelivery",
    "DeleteDelivery",
    "DescribeDeliveries",
    "UpdateDeliveryConfiguration",
  ),
  aws_cloudwatch_log_delivery_destination: anywhere(
    "logs",
    "PutDeliveryDestination",
    "GetDeliveryDestination",
    "DeleteDeliveryDestination",
    "DescribeDeliveryDestinations",
  ),
  aws_cloudwatch_log_delivery_source: anywhere(
    "logs",
    "PutDeliverySource",
    "GetDeliverySource",
    "DeleteDeliverySource",
    "DescribeDeliverySources",
  ),
  aws_cloudwatch_log_group: [
    anywhere("logs", "TagResource", "UntagResource"),
    ...logGroups(
      "CreateLogGroup",
      "DeleteLogGroup",
      "DescribeLogGroups",
      "PutRetentionPolicy",
      "ListTagsForResource",
    ),
  ],
  aws_cloudwatch_log_metric_filter: logGroups(
    "PutMetricFilter",
    "DescribeMetricFilters",
    "DeleteMetricFilter",
  ),
  aws_cloudwatch_log_resource_policy: anywhere(
    "logs",
    "PutResourcePolicy",
    "DescribeResourcePolicies",
    "DeleteResourcePolicy",
  ),
  aws_cloudwatch_composite_alarm: anywhere(
    "cloudwatch",
    "PutCompositeAlarm",
    "DescribeAlarms",
    "DeleteAlarms",
    "ListTagsForResource",
    "TagResource",
    "UntagResource",
  ),
  aws_cloudwatch_metric_alarm: anywhere(
    "cloudwatch",
    "PutMetricAlarm",
    "DescribeAlarms",
    "DeleteAlarms",
    "ListTagsForResource",
    "TagResource",
    "UntagResource",
  ),
  aws_sns_topic: sns(
    "CreateTopic",
    "GetTopicAttributes",
    "SetTopicAttributes",
    "DeleteTopic",
    "ListTagsForResource",
    "TagResource",
    "UntagResource",
  ),
  aws_sns_topic_policy: sns("GetTopicAttributes", "SetTopicAttributes"),
  aws_sns_topic_subscription: sns("Subscribe"),
};

function events(...actions: readonly string[]): Needs {
  const names = ["deployment-failures", "spot-interruptions", "task-failures", "task-stops"];
  return on(
    "events",
    [...actions, "ListTagsForResource", "TagResource", "UntagResource"],
    names.map((name) => `arn:aws:events:REGION:ACCOUNT:rule/rule-${name}-SUFFIX`),
  );
}

function logGroups(...actions: readonly string[]): readonly Needs[] {
  const groups = [
    "/aws/ecs/api-SUFFIX",
    "/aws/ecs/containerinsights/cluster-SUFFIX/performance",
    "/aws/ecs/shells-SUFFIX",
    "/aws/events/ecs-SUFFIX",
    "/aws/rds/cluster/aurora-SUFFIX/postgresql",
    "/aws/vendedlogs/cloudfront/access-logs-SUFFIX",
    "/aws/vpc/flow-logs-SUFFIX",
    "aws-waf-logs-edge-SUFFIX",
  ];
  return split(
    "logs",
    actions,
    groups.map((group) => `arn:aws:logs:*:ACCOUNT:log-group:${group}:*`),
  );
}

function sns(...actions: readonly string[]): Needs {
  return on("sns", actions, [
    "arn:aws:sns:REGION:ACCOUNT:topic-alarms-SUFFIX",
    "arn:aws:sns:us-east-1:ACCOUNT:topic-edge-alarms-SUFFIX",
  ]);
}
