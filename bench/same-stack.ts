import { deepStrictEqual } from "node:assert/strict";
import { Configuration, type JsonObject } from "../local/terraform-json/index.ts";

// What both synthesisers must have produced, read from either format. A peer that had drifted from the stack would
// still give figures, only no comparison.

type Json = Record<string, unknown>;

/** Name → what is to be the same of it. */
type Named = Record<string, unknown>;

interface Facts {
  readonly alarms: Named;
  readonly behaviors: Named;
  readonly cachedErrors: Named;
  readonly containers: Named;
  readonly dashboards: Named;
  readonly databaseParameters: Named;
  readonly logGroups: string[];
  readonly queries: Named;
  readonly rules: Named;
  readonly secrets: Named;
  readonly securityGroups: Named;
  readonly topics: string[];
  readonly counts: Record<string, number>;
}

/**
 * Terraform's type → CloudFormation's, for what counts in both. What is a resource in one and a member or a custom resource in the
 * other is not among them: rules of security groups, parts of the bucket, versions of secrets, roles.
 */
const COUNTED: Record<string, string> = {
  aws_vpc: "AWS::EC2::VPC",
  aws_subnet: "AWS::EC2::Subnet",
  aws_eip: "AWS::EC2::EIP",
  aws_internet_gateway: "AWS::EC2::InternetGateway",
  aws_nat_gateway: "AWS::EC2::NatGateway",
  aws_route: "AWS::EC2::Route",
  aws_route_table: "AWS::EC2::RouteTable",
  aws_route_table_association: "AWS::EC2::SubnetRouteTableAssociation",
  aws_vpc_endpoint: "AWS::EC2::VPCEndpoint",
  aws_flow_log: "AWS::EC2::FlowLog",
  aws_rds_cluster: "AWS::RDS::DBCluster",
  aws_rds_cluster_instance: "AWS::RDS::DBInstance",
  aws_rds_cluster_parameter_group: "AWS::RDS::DBClusterParameterGroup",
  aws_db_subnet_group: "AWS::RDS::DBSubnetGroup",
  aws_lb: "AWS::ElasticLoadBalancingV2::LoadBalancer",
  aws_lb_listener: "AWS::ElasticLoadBalancingV2::Listener",
  aws_lb_listener_rule: "AWS::ElasticLoadBalancingV2::ListenerRule",
  aws_lb_target_group: "AWS::ElasticLoadBalancingV2::TargetGroup",
  aws_ecs_cluster: "AWS::ECS::Cluster",
  aws_ecs_cluster_capacity_providers: "AWS::ECS::ClusterCapacityProviderAssociations",
  aws_ecs_service: "AWS::ECS::Service",
  aws_ecs_task_definition: "AWS::ECS::TaskDefinition",
  aws_appautoscaling_target: "AWS::ApplicationAutoScaling::ScalableTarget",
  aws_appautoscaling_policy: "AWS::ApplicationAutoScaling::ScalingPolicy",
  aws_cloudfront_distribution: "AWS::CloudFront::Distribution",
  aws_cloudwatch_log_delivery: "AWS::Logs::Delivery",
  aws_cloudwatch_log_delivery_destination: "AWS::Logs::DeliveryDestination",
  aws_cloudwatch_log_delivery_source: "AWS::Logs::DeliverySource",
  aws_s3_bucket: "AWS::S3::Bucket",
  aws_s3_bucket_policy: "AWS::S3::BucketPolicy",
};

/** @throws AssertionError that shows the difference, when the two are not of the same stack */
export function assertSameStack(terraform: unknown, cloudFormation: unknown): void {
  deepStrictEqual(factsOfCloudFormation(cloudFormation as Json), factsOfTerraform(terraform as Json));
}

/** Resources in Terraform JSON or a CloudFormation template. */
export function countResources(document: unknown): number {
  const { Resources } = document as { Resources?: Json };
  if (Resources) return Object.keys(Resources).length;
  return new Configuration(document as JsonObject).resources.length;
}

function factsOfTerraform(document: Json): Facts {
  const config = new Configuration(document as JsonObject);
  const of = (type: string) => config.of(type).map(({ body }) => body as Json);
  const distribution = config.only("aws_cloudfront_distribution").body as Json;
  const containers = config.only("aws_ecs_task_definition").json("container_definitions") as Json[];
  return {
    alarms: named(of("aws_cloudwatch_metric_alarm"), "alarm_name", (alarm) => ({
      ...pick(alarm, {
        comparison: "comparison_operator",
        datapoints: "datapoints_to_alarm",
        evaluated: "evaluation_periods",
        missing: "treat_missing_data",
        threshold: "threshold",
      }),
      watches: watchedByTerraform(alarm),
    })),
    behaviors: Object.fromEntries(
      [distribution.default_cache_behavior, ...(distribution.ordered_cache_behavior as Json[])].map(
        (each) => {
          const { path_pattern: path, cache_policy_id: policy } = each as Json;
          return [String(path ?? "*"), String(policy)];
        },
      ),
    ),
    cachedErrors: named(distribution.custom_error_response as Json[], "error_code", (each) =>
      Number(each.error_caching_min_ttl),
    ),
    containers: named(containers, "name", (container) => ({
      environment: names(container.environment as Json[], "name"),
      secrets: names(container.secrets as Json[], "name"),
    })),
    dashboards: Object.fromEntries(
      config
        .of("aws_cloudwatch_dashboard")
        .map((each) => [
          String((each.body as Json).dashboard_name),
          titles(each.json("dashboard_body") as unknown as Json),
        ]),
    ),
    databaseParameters: named(
      config.only("aws_rds_cluster_parameter_group").body.parameter as Json[],
      "name",
      ({ value }) => value,
    ),
    logGroups: names(of("aws_cloudwatch_log_group"), "name"),
    queries: named(of("aws_cloudwatch_query_definition"), "name", (query) => query.query_string),
    rules: named(of("aws_cloudwatch_event_rule"), "name", (rule) => rule.description),
    secrets: named(of("aws_secretsmanager_secret"), "name", (secret) => secret.description),
    securityGroups: named(of("aws_security_group"), "name", (group) => group.description),
    topics: names(of("aws_sns_topic"), "name"),
    counts: Object.fromEntries(Object.keys(COUNTED).map((type) => [type, of(type).length])),
  };
}

function factsOfCloudFormation(document: Json): Facts {
  const resources = Object.values(document.Resources as Record<string, { Type: string; Properties: never }>);
  const of = (type: string) =>
    resources.filter(({ Type }) => Type === type).map(({ Properties }) => Properties as Json);
  const config = of("AWS::CloudFront::Distribution")[0]!.DistributionConfig as Json;
  const parameters = of("AWS::RDS::DBClusterParameterGroup")[0]!.Parameters as Json;
  return {
    alarms: named(of("AWS::CloudWatch::Alarm"), "AlarmName", (alarm) => ({
      ...pick(alarm, {
        comparison: "ComparisonOperator",
        datapoints: "DatapointsToAlarm",
        evaluated: "EvaluationPeriods",
        missing: "TreatMissingData",
        threshold: "Threshold",
      }),
      watches: watchedByCloudFormation(alarm),
    })),
    behaviors: Object.fromEntries(
      [config.DefaultCacheBehavior as Json, ...(config.CacheBehaviors as Json[])].map((each) => [
        String(each.PathPattern ?? "*"),
        String(each.CachePolicyId),
      ]),
    ),
    cachedErrors: named(config.CustomErrorResponses as Json[], "ErrorCode", (each) =>
      Number(each.ErrorCachingMinTTL),
    ),
    containers: named(
      of("AWS::ECS::TaskDefinition")[0]!.ContainerDefinitions as Json[],
      "Name",
      (container) => ({
        environment: names(container.Environment as Json[], "Name"),
        secrets: names(container.Secrets as Json[], "Name"),
      }),
    ),
    dashboards: named(of("AWS::CloudWatch::Dashboard"), "DashboardName", (each) =>
      titles(JSON.parse(joined(each.DashboardBody))),
    ),
    databaseParameters: Object.fromEntries(Object.entries(parameters).sort(byFirst)),
    logGroups: names(of("AWS::Logs::LogGroup"), "LogGroupName"),
    queries: named(of("AWS::Logs::QueryDefinition"), "Name", (query) => query.QueryString),
    rules: named(of("AWS::Events::Rule"), "Name", (rule) => rule.Description),
    secrets: named(of("AWS::SecretsManager::Secret"), "Name", (secret) => secret.Description),
    securityGroups: named(of("AWS::EC2::SecurityGroup"), "GroupName", (group) => group.GroupDescription),
    topics: names(of("AWS::SNS::Topic"), "TopicName"),
    counts: Object.fromEntries(Object.entries(COUNTED).map(([type, theirs]) => [type, of(theirs).length])),
  };
}

/** Expressions and metrics, each with its period and statistic; what an expression's metrics are called counts as well. */
function watchedByTerraform(alarm: Json): unknown[] {
  if (alarm.metric_name !== undefined)
    return [[alarm.metric_name, alarm.period, alarm.statistic ?? alarm.extended_statistic]];
  return (alarm.metric_query as Json[])
    .map(({ id, expression, metric }) => {
      const { metric_name, period, stat } = (metric ?? {}) as Json;
      return expression === undefined ? [String(id), metric_name, period, stat] : [expression];
    })
    .sort();
}

function watchedByCloudFormation(alarm: Json): unknown[] {
  if (alarm.MetricName !== undefined)
    return [[alarm.MetricName, alarm.Period, alarm.Statistic ?? alarm.ExtendedStatistic]];
  return (alarm.Metrics as Json[])
    .map(({ Id, Expression, MetricStat }) => {
      const { Metric, Period, Stat } = (MetricStat ?? {}) as Json;
      const name = (Metric as Json | undefined)?.MetricName;
      return Expression === undefined ? [String(Id), name, Period, Stat] : [Expression];
    })
    .sort();
}

/** Of the graphs: texts and rows of alarms are laid out differently. */
const titles = ({ widgets }: Json): string[] =>
  (widgets as { type: string; properties: Json }[])
    .filter(({ type }) => type === "metric")
    .map(({ properties }) => String(properties.title));

/** `{"Fn::Join": ["", […]]}` with a word for each reference. */
function joined(text: unknown): string {
  if (typeof text === "string") return text;
  const [, parts] = (text as { "Fn::Join": [string, unknown[]] })["Fn::Join"];
  return parts.map((part) => (typeof part === "string" ? part : "reference")).join("");
}

const byFirst = ([a]: [string, unknown], [b]: [string, unknown]): number => (a < b ? -1 : 1);

const pick = (from: Json, members: Record<string, string>): Json =>
  Object.fromEntries(Object.entries(members).map(([name, member]) => [name, from[member]]));

const named = (all: Json[], key: string, of: (each: Json) => unknown): Named =>
  Object.fromEntries(all.map((each): [string, unknown] => [String(each[key]), of(each)]).sort(byFirst));

const names = (all: Json[], key: string): string[] => all.map((each) => String(each[key])).sort();
