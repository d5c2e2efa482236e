import { deepStrictEqual } from "node:assert/strict";
import { Configuration, type JsonObject } from "../local/terraform-json/index.ts";

// What both synthesisers must have produced, read from either format. A peer that had drifted from the stack would
// still give figures, only no comparison.

type Json = Record<string, unknown>;

interface Facts {
  readonly alarms: string[];
  readonly behaviors: Record<string, string>;
  readonly environment: string[];
  readonly logGroups: string[];
  readonly secrets: string[];
  readonly securityGroups: string[];
  readonly counts: Record<string, number>;
}

/** Terraform's type → CloudFormation's, for what counts in both. */
const COUNTED: Record<string, string> = {
  aws_subnet: "AWS::EC2::Subnet",
  aws_nat_gateway: "AWS::EC2::NatGateway",
  aws_vpc_endpoint: "AWS::EC2::VPCEndpoint",
  aws_flow_log: "AWS::EC2::FlowLog",
  aws_rds_cluster_instance: "AWS::RDS::DBInstance",
  aws_lb_listener_rule: "AWS::ElasticLoadBalancingV2::ListenerRule",
  aws_appautoscaling_policy: "AWS::ApplicationAutoScaling::ScalingPolicy",
  aws_sns_topic: "AWS::SNS::Topic",
  aws_cloudwatch_dashboard: "AWS::CloudWatch::Dashboard",
  aws_s3_bucket: "AWS::S3::Bucket",
  aws_cloudwatch_log_delivery: "AWS::Logs::Delivery",
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
  const [container] = config.only("aws_ecs_task_definition").json("container_definitions") as Record<
    string,
    Json[]
  >[];
  return {
    alarms: names(of("aws_cloudwatch_metric_alarm"), "alarm_name"),
    behaviors: Object.fromEntries(
      [distribution.default_cache_behavior, ...(distribution.ordered_cache_behavior as Json[])].map(
        (each) => {
          const { path_pattern: path, cache_policy_id: policy } = each as Json;
          return [String(path ?? "*"), String(policy)];
        },
      ),
    ),
    environment: names([...container!.environment!, ...container!.secrets!], "name"),
    logGroups: names(of("aws_cloudwatch_log_group"), "name"),
    secrets: names(of("aws_secretsmanager_secret"), "name"),
    securityGroups: names(of("aws_security_group"), "name"),
    counts: Object.fromEntries(Object.keys(COUNTED).map((type) => [type, of(type).length])),
  };
}

function factsOfCloudFormation(document: Json): Facts {
  const resources = Object.values(document.Resources as Record<string, { Type: string; Properties: never }>);
  const of = (type: string) =>
    resources.filter(({ Type }) => Type === type).map(({ Properties }) => Properties as Json);
  const config = of("AWS::CloudFront::Distribution")[0]!.DistributionConfig as Json;
  const container = (of("AWS::ECS::TaskDefinition")[0]!.ContainerDefinitions as Record<string, Json[]>[])[0]!;
  return {
    alarms: names(of("AWS::CloudWatch::Alarm"), "AlarmName"),
    behaviors: Object.fromEntries(
      [config.DefaultCacheBehavior as Json, ...(config.CacheBehaviors as Json[])].map((each) => [
        String(each.PathPattern ?? "*"),
        String(each.CachePolicyId),
      ]),
    ),
    environment: names([...container.Environment!, ...container.Secrets!], "Name"),
    logGroups: names(of("AWS::Logs::LogGroup"), "LogGroupName"),
    secrets: names(of("AWS::SecretsManager::Secret"), "Name"),
    securityGroups: names(of("AWS::EC2::SecurityGroup"), "GroupName"),
    counts: Object.fromEntries(Object.entries(COUNTED).map(([type, theirs]) => [type, of(theirs).length])),
  };
}

function names(resources: Json[], key: string): string[] {
  return resources.map((each) => String(each[key])).sort();
}
