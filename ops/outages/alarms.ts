/** What an alarm is expected to be. Its name is `alarm-<key>-<suffix>`. */
export interface ExpectedAlarm {
  /** Whether it rings when its value is above the threshold, or below. */
  readonly rings: "above" | "below";
  /** Between which values the threshold must be: outside of them it rings for nothing, or for nobody. */
  readonly threshold: readonly [lowest: number, highest: number];
  /** Minutes from the beginning of the fault on, at the latest; CloudWatch's own delay of a minute or two comes on top. */
  readonly minutes: number;
  /** What it is computed from, as `namespace/metric`. */
  readonly of: readonly string[];
  /** What a period without data counts as. @default "notBreaching" */
  readonly missing?: "breaching" | "ignore";
  /** Where the playbook is, in MONITORING_GUIDE.md. */
  readonly runbook: string;
  /** The preview's drills that make it ring, each a test of it. */
  readonly drills: readonly string[];
  /** Why no drill can; the test of the preview's alarms plays the figures of such an outage. @default - one does */
  readonly noDrill?: string;
  /** The setting without which the alarm is not there. @default - it always is */
  readonly onlyWith?:
    | "WEB_ACL"
    | "CERTIFICATE_ARN"
    | "ORIGIN_CERTIFICATE_ARN"
    | "a burstable DATABASE_INSTANCE_CLASS or DATABASE_READER_INSTANCE_CLASS";
}

const ALB = "AWS/ApplicationELB";
const CLOUDFRONT = "AWS/CloudFront";
const RDS = "AWS/RDS";
const PERCENT: readonly [number, number] = [0.1, 95];

/** Its metrics stand with AWS's page in local/cloudwatch/metrics.ts. */
export const AWS_ALONE = "AWS alone measures it";
const LASTS = "errors would have to last for a quarter of an hour, or for hours";
const LIKE_THE_READER = "`slow-reader` does to the reader what would be done to the writer";

export const ALARMS: Readonly<Record<string, ExpectedAlarm>> = {
  "availability-burn-fast": {
    rings: "above",
    minutes: 15,
    threshold: PERCENT,
    of: [`${CLOUDFRONT}/5xxErrorRate`, `${CLOUDFRONT}/Requests`],
    runbook: "an-error-budget-is-being-spent",
    drills: [],
    noDrill: LASTS,
  },
  "availability-burn-slow": {
    rings: "above",
    minutes: 300,
    threshold: [0.05, 60],
    of: [`${CLOUDFRONT}/5xxErrorRate`, `${CLOUDFRONT}/Requests`],
    runbook: "an-error-budget-is-being-spent",
    drills: [],
    noDrill: LASTS,
  },
  "latency-burn-fast": {
    rings: "above",
    minutes: 15,
    threshold: PERCENT,
    of: [`${ALB}/TargetResponseTime`, `${ALB}/RequestCount`],
    runbook: "an-error-budget-is-being-spent",
    drills: [],
    noDrill: LASTS,
  },
  "latency-burn-slow": {
    rings: "above",
    minutes: 300,
    threshold: [0.05, 95],
    of: [`${ALB}/TargetResponseTime`, `${ALB}/RequestCount`],
    runbook: "an-error-budget-is-being-spent",
    drills: [],
    noDrill: LASTS,
  },
  "edge-errors": {
    rings: "above",
    minutes: 3,
    threshold: [0.5, 5],
    of: [`${CLOUDFRONT}/5xxErrorRate`, `${CLOUDFRONT}/Requests`],
    runbook: "customers-get-5xx",
    drills: ["failover", "sick-deploy"],
  },
  "edge-refusals": {
    rings: "above",
    minutes: 3,
    threshold: [20, 80],
    of: [`${CLOUDFRONT}/4xxErrorRate`, `${CLOUDFRONT}/Requests`],
    runbook: "customers-get-4xx",
    drills: ["forbidden"],
  },
  "web-acl-blocks": {
    rings: "above",
    minutes: 3,
    threshold: [5, 50],
    of: ["AWS/WAFV2/BlockedRequests", "AWS/WAFV2/AllowedRequests"],
    runbook: "customers-get-4xx",
    drills: [],
    noDrill: AWS_ALONE,
    onlyWith: "WEB_ACL",
  },
  "viewer-certificate": {
    rings: "below",
    minutes: 1440,
    threshold: [14, 45],
    of: ["AWS/CertificateManager/DaysToExpiry"],
    missing: "ignore",
    runbook: "a-certificate-runs-out",
    drills: [],
    noDrill: AWS_ALONE,
    onlyWith: "CERTIFICATE_ARN",
  },
  "balancer-errors": {
    rings: "above",
    minutes: 3,
    threshold: [1, 5],
    of: [`${ALB}/HTTPCode_ELB_5XX_Count`, `${ALB}/RequestCount`],
    runbook: "customers-get-5xx",
    drills: [],
    noDrill: "no drill takes every task away: what a balancer answers then is what its test asks",
  },
  bypass: {
    rings: "above",
    minutes: 5,
    threshold: [0, 10],
    of: [`${ALB}/HTTP_Fixed_Response_Count`],
    runbook: "somebody-goes-past-the-edge",
    drills: ["bypass", "forbidden"],
  },
  "unhealthy-tasks": {
    rings: "above",
    minutes: 5,
    threshold: [0, 1],
    of: [`${ALB}/UnHealthyHostCount`],
    runbook: "tasks-do-not-come-up",
    drills: [],
    noDrill: "ECS replaces what fails its health check before five minutes are over",
  },
  "origin-certificate": {
    rings: "below",
    minutes: 1440,
    threshold: [14, 45],
    of: ["AWS/CertificateManager/DaysToExpiry"],
    missing: "ignore",
    runbook: "a-certificate-runs-out",
    drills: [],
    noDrill: AWS_ALONE,
    onlyWith: "ORIGIN_CERTIFICATE_ARN",
  },
  "api-errors": {
    rings: "above",
    minutes: 3,
    threshold: [0.5, 5],
    of: [`${ALB}/HTTPCode_Target_5XX_Count`, `${ALB}/RequestCount`],
    runbook: "customers-get-5xx",
    drills: ["failover", "sick-deploy"],
  },
  "slow-answers": {
    rings: "above",
    minutes: 3,
    threshold: [0.5, 3],
    of: [`${ALB}/TargetResponseTime`, `${ALB}/RequestCount`],
    runbook: "answers-are-slow",
    drills: ["slow-reader"],
  },
  "stale-answers": {
    rings: "above",
    minutes: 3,
    threshold: [1, 20],
    of: ["CatalogApi/CacheStale", "CatalogApi/Requests"],
    runbook: "the-database-is-away",
    drills: [],
    noDrill: "how many answers are old is up to what the caches hold: `failover` may make it ring",
  },
  "too-few-tasks": {
    rings: "below",
    minutes: 5,
    threshold: [0, 0],
    of: ["ECS/ContainerInsights/RunningTaskCount", "ECS/ContainerInsights/DesiredTaskCount"],
    missing: "breaching",
    runbook: "no-spot-capacity",
    drills: [],
    noDrill: "in the preview Spot always has capacity",
  },
  "at-maximum": {
    rings: "above",
    minutes: 15,
    threshold: [0.5, 1],
    of: ["ECS/ContainerInsights/RunningTaskCount", "AWS/ECS/CPUUtilization"],
    runbook: "scaling-does-not-follow",
    drills: [],
    noDrill: "a quarter of an hour of a load that one machine cannot make and carry",
  },
  "service-cpu": {
    rings: "above",
    minutes: 10,
    threshold: [70, 95],
    of: ["AWS/ECS/CPUUtilization"],
    runbook: "scaling-does-not-follow",
    drills: [],
    noDrill: "ten minutes of a load that one machine cannot make and carry: `spike` may make it ring",
  },
  "service-memory": {
    rings: "above",
    minutes: 10,
    threshold: [70, 95],
    of: ["AWS/ECS/MemoryUtilization"],
    runbook: "a-task-is-killed",
    drills: [],
    noDrill: "a leak would have to fill 2 GB of this machine for each task",
  },
  "deployment-failed": {
    rings: "above",
    minutes: 1,
    threshold: [0, 0],
    of: ["AWS/Events/MatchedEvents"],
    runbook: "a-deployment-was-rolled-back",
    drills: ["bad-deploy", "migrate", "sick-deploy"],
  },
  "spot-interruptions": {
    rings: "above",
    minutes: 5,
    threshold: [2, 10],
    of: ["AWS/Events/MatchedEvents"],
    runbook: "no-spot-capacity",
    drills: [],
    noDrill: "`spot` takes one task after the other: it may make it ring",
  },
  "task-failures": {
    rings: "above",
    minutes: 5,
    threshold: [2, 5],
    of: ["AWS/Events/MatchedEvents"],
    runbook: "tasks-do-not-come-up",
    drills: ["migrate"],
  },
  "database-away": {
    rings: "below",
    minutes: 3,
    threshold: [1, 1],
    of: [`${RDS}/DatabaseConnections`],
    missing: "breaching",
    runbook: "the-database-is-away",
    drills: ["failover"],
  },
  ...Object.fromEntries(
    ["writer", "reader"].flatMap((role): [string, ExpectedAlarm][] => [
      [
        `${role}-cpu`,
        {
          rings: "above",
          minutes: 10,
          threshold: [70, 95],
          of: [`${RDS}/CPUUtilization`],
          runbook: "the-database-is-busy",
          ...(role === "reader" ? { drills: ["slow-reader"] } : { drills: [], noDrill: LIKE_THE_READER }),
        },
      ],
      [
        `${role}-memory`,
        {
          rings: "below",
          minutes: 10,
          threshold: [2 ** 27, 2 ** 30],
          of: [`${RDS}/FreeableMemory`],
          runbook: "the-database-is-busy",
          drills: [],
          noDrill: AWS_ALONE,
        },
      ],
      [
        `${role}-disk`,
        {
          rings: "below",
          minutes: 10,
          threshold: [2 ** 28, 2 ** 32],
          of: [`${RDS}/FreeLocalStorage`],
          runbook: "the-database-is-busy",
          drills: [],
          noDrill: AWS_ALONE,
        },
      ],
      [
        `${role}-burst-credits`,
        {
          rings: "below",
          minutes: 15,
          threshold: [5, 100],
          of: [`${RDS}/CPUCreditBalance`],
          runbook: "burst-credits-are-spent",
          drills: [],
          noDrill: AWS_ALONE,
          onlyWith: "a burstable DATABASE_INSTANCE_CLASS or DATABASE_READER_INSTANCE_CLASS",
        },
      ],
    ]),
  ),
  "replica-lag": {
    rings: "above",
    minutes: 5,
    threshold: [500, 30_000],
    of: [`${RDS}/AuroraReplicaLagMaximum`],
    runbook: "the-reader-is-behind",
    drills: [],
    noDrill: AWS_ALONE,
  },
  "nat-ports": {
    rings: "above",
    minutes: 5,
    threshold: [0, 10],
    of: ["AWS/NATGateway/ErrorPortAllocation"],
    runbook: "tasks-reach-nothing-outside",
    drills: [],
    noDrill: AWS_ALONE,
  },
  "api-log-silent": {
    rings: "below",
    minutes: 15,
    threshold: [1, 1],
    of: ["AWS/Logs/IncomingLogEvents"],
    missing: "breaching",
    runbook: "a-log-is-silent",
    drills: [],
    noDrill: AWS_ALONE,
  },
  "flow-log-silent": {
    rings: "below",
    minutes: 15,
    threshold: [1, 1],
    of: ["AWS/Logs/IncomingLogEvents"],
    missing: "breaching",
    runbook: "a-log-is-silent",
    drills: [],
    noDrill: AWS_ALONE,
  },
};
