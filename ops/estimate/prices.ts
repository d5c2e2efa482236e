/**
 * List prices in eu-north-1 in USD, without taxes, free tiers and agreements. None of them could be looked up where this
 * table was written: each is from memory of the page that it names, and is to be checked there before a budget rests on it.
 */

export interface Price {
  readonly usd: number;
  readonly per: string;
  /** AWS's page. */
  readonly source: string;
  /** When it was written down. */
  readonly date: string;
  /** Whether it was compared with AWS's page on that day. */
  readonly verified: boolean;
}

const price = (usd: number, per: string, source: string): Price => ({
  usd,
  per,
  source: `https://aws.amazon.com/${source}/pricing/`,
  date: "2026-11-28",
  verified: false,
});

export const PRICES = {
  fargateCpu: price(0.0445, "vCPU-hour", "fargate"),
  fargateMemory: price(0.0049, "GB-hour", "fargate"),
  /** Spot moves with supply; this is a usual share of the on-demand price. */
  fargateSpotShare: price(0.3, "share of on demand", "fargate"),
  fargateArmShare: price(0.8, "share of X86_64", "fargate"),
  natHour: price(0.046, "hour", "vpc"),
  natGigabyte: price(0.046, "GB", "vpc"),
  addressHour: price(0.005, "hour", "vpc"),
  balancerHour: price(0.0239, "hour", "elasticloadbalancing"),
  balancerUnit: price(0.0076, "LCU-hour", "elasticloadbalancing"),
  auroraStorage: price(0.11, "GB-month", "rds/aurora"),
  /** Of a class that bursts, past its credits. */
  auroraCredits: price(0.09, "vCPU-hour", "rds/aurora"),
  auroraIo: price(0.22, "million I/Os", "rds/aurora"),
  edgeGigabyte: price(0.085, "GB", "cloudfront"),
  edgeRequests: price(1.2, "million HTTPS requests", "cloudfront"),
  logsGigabyte: price(0.54, "GB ingested", "cloudwatch"),
  logsStored: price(0.032, "GB-month", "cloudwatch"),
  alarm: price(0.1, "alarm metric-month", "cloudwatch"),
  compositeAlarm: price(0.5, "alarm-month", "cloudwatch"),
  dashboard: price(3, "dashboard-month", "cloudwatch"),
  metric: price(0.3, "metric-month", "cloudwatch"),
  secret: price(0.4, "secret-month", "secrets-manager"),
  bucketGigabyte: price(0.023, "GB-month", "s3"),
  webAcl: price(5, "web ACL-month", "waf"),
  webAclRule: price(1, "rule-month", "waf"),
  webAclRequests: price(0.6, "million requests", "waf"),
} as const satisfies Record<string, Price>;

/** Aurora PostgreSQL, on demand, an hour. */
export const INSTANCE_HOURS: Readonly<Record<string, number>> = {
  "db.t3.medium": 0.088,
  "db.t3.large": 0.176,
  "db.t4g.medium": 0.078,
  "db.t4g.large": 0.156,
  "db.r5.large": 0.31,
  "db.r5.xlarge": 0.62,
  "db.r6g.large": 0.277,
  "db.r6g.xlarge": 0.554,
  "db.r6g.2xlarge": 1.108,
  "db.r7g.large": 0.294,
  "db.r7g.xlarge": 0.588,
};

/** Types that cost nothing themselves. */
export const FREE = new Set([
  "aws_appautoscaling_policy",
  "aws_appautoscaling_scheduled_action",
  "aws_appautoscaling_target",
  "aws_cloudwatch_event_rule",
  "aws_cloudwatch_event_target",
  "aws_cloudwatch_log_delivery",
  "aws_cloudwatch_log_delivery_destination",
  "aws_cloudwatch_log_delivery_source",
  "aws_cloudwatch_log_resource_policy",
  "aws_cloudwatch_query_definition",
  "aws_db_subnet_group",
  "aws_default_security_group",
  "aws_ecs_cluster",
  "aws_ecs_cluster_capacity_providers",
  "aws_ecs_task_definition",
  "aws_flow_log",
  "aws_iam_role",
  "aws_iam_role_policy",
  "aws_internet_gateway",
  "aws_lb_listener",
  "aws_lb_listener_certificate",
  "aws_lb_listener_rule",
  "aws_lb_target_group",
  "aws_rds_cluster_parameter_group",
  "aws_route",
  "aws_route_table",
  "aws_route_table_association",
  "aws_s3_bucket_lifecycle_configuration",
  "aws_s3_bucket_ownership_controls",
  "aws_s3_bucket_policy",
  "aws_s3_bucket_public_access_block",
  "aws_s3_bucket_server_side_encryption_configuration",
  "aws_secretsmanager_secret_version",
  "aws_security_group",
  "aws_sns_topic",
  "aws_sns_topic_policy",
  "aws_sns_topic_subscription",
  "aws_subnet",
  "aws_vpc",
  "aws_vpc_endpoint",
  "aws_vpc_security_group_egress_rule",
  "aws_vpc_security_group_ingress_rule",
  "aws_wafv2_web_acl_logging_configuration",
]);
