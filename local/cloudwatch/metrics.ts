import { CLOUDFRONT_REGION } from "../regions.ts";

/** The metrics that the stack's alarms may watch: who emits each, by which dimensions it is kept, how it is summed up. */
export interface KnownMetric {
  readonly namespace: string;
  readonly metricName: string;
  /**
   * Each dimension: the attribute of the stack's resource that it must be, as `type.attribute`, or the values that it may
   * have.
   */
  readonly dimensions: Readonly<Record<string, string | readonly string[]>>;
  /** How a period is summed up: what means something of this metric, and no more. */
  readonly statistics: readonly string[];
  /** Where CloudWatch keeps it. @default "eu-north-1" */
  readonly region?: typeof CLOUDFRONT_REGION | "of its resource";
  /** AWS's page on it, for what nothing on this machine could measure. @default - edge, balancer, tasks, API or database have it */
  readonly awsAlone?: string;
}

const AWS = "https://docs.aws.amazon.com";
const RDS = `${AWS}/AmazonRDS/latest/AuroraUserGuide/Aurora.AuroraMonitoring.Metrics.html`;
const CLUSTER = { DBClusterIdentifier: "aws_rds_cluster.cluster_identifier" };
const BY_ROLE = { ...CLUSTER, Role: ["WRITER", "READER"] };
const DISTRIBUTION = { DistributionId: "aws_cloudfront_distribution.id", Region: ["Global"] };
const BALANCER = { LoadBalancer: "aws_lb.arn_suffix" };
const TARGETS = { ...BALANCER, TargetGroup: "aws_lb_target_group.arn_suffix" };
const SERVICE = { ClusterName: "aws_ecs_cluster.name", ServiceName: "aws_ecs_service.name" };

const metrics = (
  namespace: string,
  common: Omit<KnownMetric, "namespace" | "metricName" | "statistics">,
  named: Readonly<Record<string, readonly string[]>>,
): KnownMetric[] =>
  Object.entries(named).map(([metricName, statistics]) => ({ ...common, namespace, metricName, statistics }));

export const METRICS: readonly KnownMetric[] = [
  ...metrics(
    "AWS/CloudFront",
    { dimensions: DISTRIBUTION, region: CLOUDFRONT_REGION },
    {
      Requests: ["Sum"],
      "4xxErrorRate": ["Average"],
      "5xxErrorRate": ["Average"],
    },
  ),
  ...metrics(
    "AWS/ApplicationELB",
    { dimensions: BALANCER },
    {
      RequestCount: ["Sum"],
      HTTPCode_ELB_5XX_Count: ["Sum"],
      HTTP_Fixed_Response_Count: ["Sum"],
    },
  ),
  ...metrics(
    "AWS/ApplicationELB",
    { dimensions: TARGETS },
    {
      RequestCount: ["Sum"],
      HTTPCode_Target_5XX_Count: ["Sum"],
      TargetResponseTime: ["p50", "p90", "p99", "PR"],
      HealthyHostCount: ["Minimum"],
      UnHealthyHostCount: ["Maximum"],
    },
  ),
  ...metrics(
    "AWS/ECS",
    { dimensions: SERVICE },
    {
      CPUUtilization: ["Average"],
      MemoryUtilization: ["Average", "Maximum"],
    },
  ),
  ...metrics(
    "ECS/ContainerInsights",
    { dimensions: SERVICE },
    { RunningTaskCount: ["Minimum", "Average"], DesiredTaskCount: ["Maximum"] },
  ),
  ...metrics(
    "CatalogApi",
    { dimensions: { Service: ["SERVICE_NAME"] } },
    {
      Requests: ["Sum"],
      Writes: ["Sum"],
      WritesFailed: ["Sum"],
      WritesRefused: ["Sum"],
      CacheHits: ["Sum"],
      CacheMisses: ["Sum"],
      CacheStale: ["Sum"],
      DatabaseSilent: ["Maximum"],
      NotificationsDown: ["Maximum"],
    },
  ),
  ...metrics(
    "AWS/Events",
    { dimensions: { RuleName: "aws_cloudwatch_event_rule.name" } },
    { MatchedEvents: ["Sum"] },
  ),
  ...metrics(
    "AWS/RDS",
    { dimensions: BY_ROLE },
    {
      CPUUtilization: ["Average"],
      DatabaseConnections: ["Average", "Maximum"],
    },
  ),
  ...metrics(
    "AWS/RDS",
    { dimensions: BY_ROLE, awsAlone: RDS },
    {
      FreeableMemory: ["Average"],
      FreeLocalStorage: ["Average"],
      CPUCreditBalance: ["Average"],
    },
  ),
  ...metrics(
    "AWS/RDS",
    { dimensions: CLUSTER, awsAlone: RDS },
    {
      AuroraReplicaLagMaximum: ["Maximum"],
      VolumeReadIOPs: ["Average"],
      VolumeWriteIOPs: ["Average"],
    },
  ),
  ...metrics(
    "AWS/ApplicationELB",
    {
      dimensions: BALANCER,
      awsAlone: `${AWS}/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html`,
    },
    { ConsumedLCUs: ["Sum"] },
  ),
  ...metrics(
    "AWS/Logs",
    {
      dimensions: { LogGroupName: "aws_cloudwatch_log_group.name" },
      region: "of its resource",
      awsAlone: `${AWS}/AmazonCloudWatch/latest/logs/CloudWatch-Logs-Monitoring-CloudWatch-Metrics.html`,
    },
    { IncomingLogEvents: ["Sum"], IncomingBytes: ["Sum"] },
  ),
  ...metrics(
    "AWS/NATGateway",
    {
      dimensions: { NatGatewayId: "aws_nat_gateway.id" },
      awsAlone: `${AWS}/vpc/latest/userguide/metrics-dimensions-nat-gateway.html`,
    },
    { ErrorPortAllocation: ["Sum"], BytesOutToDestination: ["Sum"] },
  ),
  ...metrics(
    "AWS/WAFV2",
    {
      dimensions: { WebACL: "aws_wafv2_web_acl.name", Rule: ["ALL"] },
      region: CLOUDFRONT_REGION,
      awsAlone: `${AWS}/waf/latest/developerguide/waf-metrics.html`,
    },
    { BlockedRequests: ["Sum"], AllowedRequests: ["Sum"] },
  ),
  ...metrics(
    "AWS/CertificateManager",
    {
      dimensions: { CertificateArn: ["CERTIFICATE_ARN"] },
      region: "of its resource",
      awsAlone: `${AWS}/acm/latest/userguide/cloudwatch-metrics.html`,
    },
    { DaysToExpiry: ["Minimum"] },
  ),
];

/** The metric of this name that is kept by these dimensions; a metric can be kept by more than one set. */
export function knownMetric(
  namespace: string,
  metricName: string,
  dimensions: readonly string[],
): KnownMetric | undefined {
  const wanted = dimensions.toSorted().join();
  return METRICS.find(
    (metric) =>
      metric.namespace === namespace &&
      metric.metricName === metricName &&
      Object.keys(metric.dimensions).toSorted().join() === wanted,
  );
}

/** Whether a statistic is among those that mean something: `PR(:0.5)` is one of `PR`. */
export const isMeaningful = ({ statistics }: KnownMetric, statistic: string): boolean =>
  statistics.includes(statistic) || (/^PR\(:\d+(\.\d+)?\)$/.test(statistic) && statistics.includes("PR"));
