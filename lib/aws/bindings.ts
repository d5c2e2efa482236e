/**
 * The provider's generated classes (CDK would call them L1), which the L2 constructs are made of: the only door to them.
 *
 * Required, not imported: Node reads the source of an imported CommonJS module for the names of its exports first, a
 * fifth of the whole synthesis. One by one, not by the barrel, which loads all 1,500 of them (8 to 10 times as long).
 */
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

// cloudfront
export const { CloudfrontDistribution } =
  require("@cdktn/provider-aws/lib/cloudfront-distribution/index.js") as typeof import("@cdktn/provider-aws/lib/cloudfront-distribution/index.js");
export const { CloudwatchLogDelivery } =
  require("@cdktn/provider-aws/lib/cloudwatch-log-delivery/index.js") as typeof import("@cdktn/provider-aws/lib/cloudwatch-log-delivery/index.js");
export const { CloudwatchLogDeliveryDestination } =
  require("@cdktn/provider-aws/lib/cloudwatch-log-delivery-destination/index.js") as typeof import("@cdktn/provider-aws/lib/cloudwatch-log-delivery-destination/index.js");
export const { CloudwatchLogDeliverySource } =
  require("@cdktn/provider-aws/lib/cloudwatch-log-delivery-source/index.js") as typeof import("@cdktn/provider-aws/lib/cloudwatch-log-delivery-source/index.js");
export const { CloudwatchLogResourcePolicy } =
  require("@cdktn/provider-aws/lib/cloudwatch-log-resource-policy/index.js") as typeof import("@cdktn/provider-aws/lib/cloudwatch-log-resource-policy/index.js");

// cloudwatch
export const { CloudwatchDashboard } =
  require("@cdktn/provider-aws/lib/cloudwatch-dashboard/index.js") as typeof import("@cdktn/provider-aws/lib/cloudwatch-dashboard/index.js");
export const { CloudwatchMetricAlarm } =
  require("@cdktn/provider-aws/lib/cloudwatch-metric-alarm/index.js") as typeof import("@cdktn/provider-aws/lib/cloudwatch-metric-alarm/index.js");

export const { CloudwatchQueryDefinition } =
  require("@cdktn/provider-aws/lib/cloudwatch-query-definition/index.js") as typeof import("@cdktn/provider-aws/lib/cloudwatch-query-definition/index.js");

// core
export const { AwsProvider } =
  require("@cdktn/provider-aws/lib/provider/index.js") as typeof import("@cdktn/provider-aws/lib/provider/index.js");
export const { DataAwsCallerIdentity } =
  require("@cdktn/provider-aws/lib/data-aws-caller-identity/index.js") as typeof import("@cdktn/provider-aws/lib/data-aws-caller-identity/index.js");
export const { DataAwsPartition } =
  require("@cdktn/provider-aws/lib/data-aws-partition/index.js") as typeof import("@cdktn/provider-aws/lib/data-aws-partition/index.js");

// ec2
export const { DataAwsEc2ManagedPrefixList } =
  require("@cdktn/provider-aws/lib/data-aws-ec2-managed-prefix-list/index.js") as typeof import("@cdktn/provider-aws/lib/data-aws-ec2-managed-prefix-list/index.js");
export const { DefaultSecurityGroup } =
  require("@cdktn/provider-aws/lib/default-security-group/index.js") as typeof import("@cdktn/provider-aws/lib/default-security-group/index.js");
export const { Eip } =
  require("@cdktn/provider-aws/lib/eip/index.js") as typeof import("@cdktn/provider-aws/lib/eip/index.js");
export const { FlowLog } =
  require("@cdktn/provider-aws/lib/flow-log/index.js") as typeof import("@cdktn/provider-aws/lib/flow-log/index.js");
export const { InternetGateway } =
  require("@cdktn/provider-aws/lib/internet-gateway/index.js") as typeof import("@cdktn/provider-aws/lib/internet-gateway/index.js");
export const { NatGateway } =
  require("@cdktn/provider-aws/lib/nat-gateway/index.js") as typeof import("@cdktn/provider-aws/lib/nat-gateway/index.js");
export const { Route } =
  require("@cdktn/provider-aws/lib/route/index.js") as typeof import("@cdktn/provider-aws/lib/route/index.js");
export const { RouteTable } =
  require("@cdktn/provider-aws/lib/route-table/index.js") as typeof import("@cdktn/provider-aws/lib/route-table/index.js");
export const { RouteTableAssociation } =
  require("@cdktn/provider-aws/lib/route-table-association/index.js") as typeof import("@cdktn/provider-aws/lib/route-table-association/index.js");
export const { SecurityGroup } =
  require("@cdktn/provider-aws/lib/security-group/index.js") as typeof import("@cdktn/provider-aws/lib/security-group/index.js");
export const { Subnet } =
  require("@cdktn/provider-aws/lib/subnet/index.js") as typeof import("@cdktn/provider-aws/lib/subnet/index.js");
export const { Vpc } =
  require("@cdktn/provider-aws/lib/vpc/index.js") as typeof import("@cdktn/provider-aws/lib/vpc/index.js");
export const { VpcEndpoint } =
  require("@cdktn/provider-aws/lib/vpc-endpoint/index.js") as typeof import("@cdktn/provider-aws/lib/vpc-endpoint/index.js");
export const { VpcSecurityGroupEgressRule } =
  require("@cdktn/provider-aws/lib/vpc-security-group-egress-rule/index.js") as typeof import("@cdktn/provider-aws/lib/vpc-security-group-egress-rule/index.js");
export const { VpcSecurityGroupIngressRule } =
  require("@cdktn/provider-aws/lib/vpc-security-group-ingress-rule/index.js") as typeof import("@cdktn/provider-aws/lib/vpc-security-group-ingress-rule/index.js");

// ecs
export const { AppautoscalingPolicy } =
  require("@cdktn/provider-aws/lib/appautoscaling-policy/index.js") as typeof import("@cdktn/provider-aws/lib/appautoscaling-policy/index.js");
export const { AppautoscalingScheduledAction } =
  require("@cdktn/provider-aws/lib/appautoscaling-scheduled-action/index.js") as typeof import("@cdktn/provider-aws/lib/appautoscaling-scheduled-action/index.js");
export const { AppautoscalingTarget } =
  require("@cdktn/provider-aws/lib/appautoscaling-target/index.js") as typeof import("@cdktn/provider-aws/lib/appautoscaling-target/index.js");
export const { EcsCluster } =
  require("@cdktn/provider-aws/lib/ecs-cluster/index.js") as typeof import("@cdktn/provider-aws/lib/ecs-cluster/index.js");
export const { EcsClusterCapacityProviders } =
  require("@cdktn/provider-aws/lib/ecs-cluster-capacity-providers/index.js") as typeof import("@cdktn/provider-aws/lib/ecs-cluster-capacity-providers/index.js");
export const { EcsService } =
  require("@cdktn/provider-aws/lib/ecs-service/index.js") as typeof import("@cdktn/provider-aws/lib/ecs-service/index.js");
export const { EcsTaskDefinition } =
  require("@cdktn/provider-aws/lib/ecs-task-definition/index.js") as typeof import("@cdktn/provider-aws/lib/ecs-task-definition/index.js");

// elbv2
export const { Lb } =
  require("@cdktn/provider-aws/lib/lb/index.js") as typeof import("@cdktn/provider-aws/lib/lb/index.js");
export const { LbListener } =
  require("@cdktn/provider-aws/lib/lb-listener/index.js") as typeof import("@cdktn/provider-aws/lib/lb-listener/index.js");
export const { LbListenerCertificate } =
  require("@cdktn/provider-aws/lib/lb-listener-certificate/index.js") as typeof import("@cdktn/provider-aws/lib/lb-listener-certificate/index.js");
export const { LbListenerRule } =
  require("@cdktn/provider-aws/lib/lb-listener-rule/index.js") as typeof import("@cdktn/provider-aws/lib/lb-listener-rule/index.js");
export const { LbTargetGroup } =
  require("@cdktn/provider-aws/lib/lb-target-group/index.js") as typeof import("@cdktn/provider-aws/lib/lb-target-group/index.js");

// events
export const { CloudwatchEventRule } =
  require("@cdktn/provider-aws/lib/cloudwatch-event-rule/index.js") as typeof import("@cdktn/provider-aws/lib/cloudwatch-event-rule/index.js");
export const { CloudwatchEventTarget } =
  require("@cdktn/provider-aws/lib/cloudwatch-event-target/index.js") as typeof import("@cdktn/provider-aws/lib/cloudwatch-event-target/index.js");

// iam
export const { IamRole } =
  require("@cdktn/provider-aws/lib/iam-role/index.js") as typeof import("@cdktn/provider-aws/lib/iam-role/index.js");
export const { IamRolePolicy } =
  require("@cdktn/provider-aws/lib/iam-role-policy/index.js") as typeof import("@cdktn/provider-aws/lib/iam-role-policy/index.js");

// logs
export const { CloudwatchLogGroup } =
  require("@cdktn/provider-aws/lib/cloudwatch-log-group/index.js") as typeof import("@cdktn/provider-aws/lib/cloudwatch-log-group/index.js");

// rds
export const { DataAwsRdsEngineVersion } =
  require("@cdktn/provider-aws/lib/data-aws-rds-engine-version/index.js") as typeof import("@cdktn/provider-aws/lib/data-aws-rds-engine-version/index.js");
export const { DbSubnetGroup } =
  require("@cdktn/provider-aws/lib/db-subnet-group/index.js") as typeof import("@cdktn/provider-aws/lib/db-subnet-group/index.js");
export const { RdsCluster } =
  require("@cdktn/provider-aws/lib/rds-cluster/index.js") as typeof import("@cdktn/provider-aws/lib/rds-cluster/index.js");
export const { RdsClusterInstance } =
  require("@cdktn/provider-aws/lib/rds-cluster-instance/index.js") as typeof import("@cdktn/provider-aws/lib/rds-cluster-instance/index.js");
export const { RdsClusterParameterGroup } =
  require("@cdktn/provider-aws/lib/rds-cluster-parameter-group/index.js") as typeof import("@cdktn/provider-aws/lib/rds-cluster-parameter-group/index.js");

// s3
export const { S3Bucket } =
  require("@cdktn/provider-aws/lib/s3-bucket/index.js") as typeof import("@cdktn/provider-aws/lib/s3-bucket/index.js");
export const { S3BucketLifecycleConfiguration } =
  require("@cdktn/provider-aws/lib/s3-bucket-lifecycle-configuration/index.js") as typeof import("@cdktn/provider-aws/lib/s3-bucket-lifecycle-configuration/index.js");
export const { S3BucketOwnershipControls } =
  require("@cdktn/provider-aws/lib/s3-bucket-ownership-controls/index.js") as typeof import("@cdktn/provider-aws/lib/s3-bucket-ownership-controls/index.js");
export const { S3BucketPolicy } =
  require("@cdktn/provider-aws/lib/s3-bucket-policy/index.js") as typeof import("@cdktn/provider-aws/lib/s3-bucket-policy/index.js");
export const { S3BucketPublicAccessBlock } =
  require("@cdktn/provider-aws/lib/s3-bucket-public-access-block/index.js") as typeof import("@cdktn/provider-aws/lib/s3-bucket-public-access-block/index.js");
export const { S3BucketServerSideEncryptionConfigurationA } =
  require("@cdktn/provider-aws/lib/s3-bucket-server-side-encryption-configuration/index.js") as typeof import("@cdktn/provider-aws/lib/s3-bucket-server-side-encryption-configuration/index.js");

// secretsmanager
export const { DataAwsSecretsmanagerSecretVersion } =
  require("@cdktn/provider-aws/lib/data-aws-secretsmanager-secret-version/index.js") as typeof import("@cdktn/provider-aws/lib/data-aws-secretsmanager-secret-version/index.js");
export const { EphemeralAwsSecretsmanagerRandomPassword } =
  require("@cdktn/provider-aws/lib/ephemeral-aws-secretsmanager-random-password/index.js") as typeof import("@cdktn/provider-aws/lib/ephemeral-aws-secretsmanager-random-password/index.js");
export const { EphemeralAwsSecretsmanagerSecretVersion } =
  require("@cdktn/provider-aws/lib/ephemeral-aws-secretsmanager-secret-version/index.js") as typeof import("@cdktn/provider-aws/lib/ephemeral-aws-secretsmanager-secret-version/index.js");
export const { SecretsmanagerSecret } =
  require("@cdktn/provider-aws/lib/secretsmanager-secret/index.js") as typeof import("@cdktn/provider-aws/lib/secretsmanager-secret/index.js");
export const { SecretsmanagerSecretVersion } =
  require("@cdktn/provider-aws/lib/secretsmanager-secret-version/index.js") as typeof import("@cdktn/provider-aws/lib/secretsmanager-secret-version/index.js");

// sns
export const { SnsTopic } =
  require("@cdktn/provider-aws/lib/sns-topic/index.js") as typeof import("@cdktn/provider-aws/lib/sns-topic/index.js");
export const { SnsTopicPolicy } =
  require("@cdktn/provider-aws/lib/sns-topic-policy/index.js") as typeof import("@cdktn/provider-aws/lib/sns-topic-policy/index.js");
export const { SnsTopicSubscription } =
  require("@cdktn/provider-aws/lib/sns-topic-subscription/index.js") as typeof import("@cdktn/provider-aws/lib/sns-topic-subscription/index.js");

// wafv2
export const { Wafv2WebAcl } =
  require("@cdktn/provider-aws/lib/wafv2-web-acl/index.js") as typeof import("@cdktn/provider-aws/lib/wafv2-web-acl/index.js");
export const { Wafv2WebAclLoggingConfiguration } =
  require("@cdktn/provider-aws/lib/wafv2-web-acl-logging-configuration/index.js") as typeof import("@cdktn/provider-aws/lib/wafv2-web-acl-logging-configuration/index.js");

// What constructs keep in a field, by its type.
export type AppautoscalingTarget =
  import("@cdktn/provider-aws/lib/appautoscaling-target/index.js").AppautoscalingTarget;
export type LbListenerRuleCondition =
  import("@cdktn/provider-aws/lib/lb-listener-rule/index.js").LbListenerRuleCondition;
export type CloudfrontDistributionOrigin =
  import("@cdktn/provider-aws/lib/cloudfront-distribution/index.js").CloudfrontDistributionOrigin;
export type CloudwatchMetricAlarmMetricQuery =
  import("@cdktn/provider-aws/lib/cloudwatch-metric-alarm/index.js").CloudwatchMetricAlarmMetricQuery;
export type EcsService = import("@cdktn/provider-aws/lib/ecs-service/index.js").EcsService;
export type CloudwatchMetricAlarm =
  import("@cdktn/provider-aws/lib/cloudwatch-metric-alarm/index.js").CloudwatchMetricAlarm;
export type EcsTaskDefinition =
  import("@cdktn/provider-aws/lib/ecs-task-definition/index.js").EcsTaskDefinition;
export type IamRolePolicy = import("@cdktn/provider-aws/lib/iam-role-policy/index.js").IamRolePolicy;
export type LbListener = import("@cdktn/provider-aws/lib/lb-listener/index.js").LbListener;
export type Lb = import("@cdktn/provider-aws/lib/lb/index.js").Lb;
export type RdsCluster = import("@cdktn/provider-aws/lib/rds-cluster/index.js").RdsCluster;
export type SecretsmanagerSecretVersion =
  import("@cdktn/provider-aws/lib/secretsmanager-secret-version/index.js").SecretsmanagerSecretVersion;
export type EphemeralAwsSecretsmanagerSecretVersion =
  import("@cdktn/provider-aws/lib/ephemeral-aws-secretsmanager-secret-version/index.js").EphemeralAwsSecretsmanagerSecretVersion;
export type DataAwsSecretsmanagerSecretVersion =
  import("@cdktn/provider-aws/lib/data-aws-secretsmanager-secret-version/index.js").DataAwsSecretsmanagerSecretVersion;
