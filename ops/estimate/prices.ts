/**
 * List prices in eu-north-1 in USD, without taxes, free tiers and agreements. Each says whence it is; where it is unverified,
 * compare it with AWS's page before a budget rests on it.
 */

export interface Price {
  readonly usd: number;
  readonly per: string;
  /** AWS's page, where it stands today. */
  readonly source: string;
  /** When it was written down, as 2026-11-28. */
  readonly asOf: string;
  /** Read in AWS's price list or a copy of its page, read in a page that quotes it, or written down from memory. */
  readonly basis: "aws" | "quoted" | "unverified";
  /** Where it was read. */
  readonly readAt?: string;
}

/** When the table was last gone through. */
export const AS_OF = "2026-11-29";

const price = (usd: number, per: string, service: string, readAt?: string): Price => ({
  usd,
  per,
  source: `https://aws.amazon.com/${service}/pricing/`,
  asOf: readAt ? AS_OF : "2026-11-28",
  basis:
    readAt === undefined ? "unverified" : new URL(readAt).hostname === "aws.amazon.com" ? "aws" : "quoted",
  ...(readAt && { readAt }),
});

const WAF = "https://c3x.dev/blog/aws-waf-cost-explained/"; // AWS: the same in all regions
const ALARMS = "https://c3x.dev/resources/aws/aws_cloudwatch_metric_alarm";
const FARGATE = "https://www.vantage.sh/blog/fargate-pricing";

export const PRICES = {
  fargateCpu: price(0.0445, "vCPU-hour", "fargate"),
  fargateMemory: price(0.0049, "GB-hour", "fargate"),
  /** Spot moves with supply; this is a usual share of the on-demand price. */
  fargateSpotShare: price(
    0.3,
    "share of on demand",
    "fargate",
    "https://www.wring.co/blog/aws-fargate-pricing-guide",
  ),
  fargateArmShare: price(0.8, "share of X86_64", "fargate", FARGATE),
  natHour: price(0.046, "hour", "vpc"),
  natGigabyte: price(0.046, "GB", "vpc"),
  addressHour: price(0.005, "hour", "vpc", "https://cloudburn.io/blog/aws-nat-gateway-pricing"),
  balancerHour: price(0.0239, "hour", "elasticloadbalancing"),
  balancerUnit: price(0.0076, "LCU-hour", "elasticloadbalancing"),
  auroraStorage: price(0.11, "GB-month", "rds/aurora"),
  /** Of a class that bursts, past its credits. */
  auroraCredits: price(0.09, "vCPU-hour", "rds/aurora"),
  auroraIo: price(0.22, "million I/Os", "rds/aurora"),
  edgeGigabyte: price(0.085, "GB", "cloudfront", "https://aws.amazon.com/cloudfront/pricing"),
  edgeRequests: price(1.2, "million HTTPS requests", "cloudfront"),
  logsGigabyte: price(0.54, "GB ingested", "cloudwatch"),
  logsStored: price(0.032, "GB-month", "cloudwatch"),
  alarm: price(0.1, "alarm metric-month", "cloudwatch", ALARMS),
  compositeAlarm: price(0.5, "alarm-month", "cloudwatch", ALARMS),
  dashboard: price(3, "dashboard-month", "cloudwatch"),
  metric: price(0.3, "metric-month", "cloudwatch"),
  secret: price(0.4, "secret-month", "secrets-manager"),
  bucketGigabyte: price(0.023, "GB-month", "s3"),
  webAcl: price(5, "web ACL-month", "waf", WAF),
  webAclRule: price(1, "rule-month", "waf", WAF),
  webAclRequests: price(0.6, "million requests", "waf", WAF),
} as const satisfies Record<string, Price>;

const instance = (usd: number): Price => price(usd, "hour", "rds/aurora");

/** Aurora PostgreSQL, on demand, by class. */
export const INSTANCE_HOURS: Readonly<Record<string, Price>> = {
  "db.t3.medium": instance(0.088),
  "db.t3.large": instance(0.176),
  "db.t4g.medium": instance(0.078),
  "db.t4g.large": instance(0.156),
  "db.r5.large": instance(0.31),
  "db.r5.xlarge": instance(0.62),
  "db.r6g.large": instance(0.277),
  "db.r6g.xlarge": instance(0.554),
  "db.r6g.2xlarge": instance(1.108),
  "db.r7g.large": instance(0.294),
  "db.r7g.xlarge": instance(0.588),
};

/** What a cost is counted by. */
export interface PriceTable {
  readonly prices: Readonly<Record<keyof typeof PRICES, Price>>;
  /** By class. */
  readonly instanceHours: Readonly<Record<string, Price>>;
}

export const TABLE: PriceTable = { prices: PRICES, instanceHours: INSTANCE_HOURS };

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
