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

export const ALARMS: Readonly<Record<string, ExpectedAlarm>> = {
  "availability-burn-fast": {
    rings: "above",
    minutes: 15,
    threshold: PERCENT,
    of: [`${CLOUDFRONT}/5xxErrorRate`, `${CLOUDFRONT}/Requests`],
    runbook: "an-error-budget-is-being-spent",
  },
  "availability-burn-slow": {
    rings: "above",
    minutes: 300,
    threshold: [0.05, 60],
    of: [`${CLOUDFRONT}/5xxErrorRate`, `${CLOUDFRONT}/Requests`],
    runbook: "an-error-budget-is-being-spent",
  },
  "latency-burn-fast": {
    rings: "above",
    minutes: 15,
    threshold: PERCENT,
    of: [`${ALB}/TargetResponseTime`, `${ALB}/RequestCount`],
    runbook: "an-error-budget-is-being-spent",
  },
  "latency-burn-slow": {
    rings: "above",
    minutes: 300,
    threshold: [0.05, 95],
    of: [`${ALB}/TargetResponseTime`, `${ALB}/RequestCount`],
    runbook: "an-error-budget-is-being-spent",
  },
  "edge-errors": {
    rings: "above",
    minutes: 3,
    threshold: [0.5, 5],
    of: [`${CLOUDFRONT}/5xxErrorRate`, `${CLOUDFRONT}/Requests`],
    runbook: "customers-get-5xx",
  },
  "edge-refusals": {
    rings: "above",
    minutes: 3,
    threshold: [20, 80],
    of: [`${CLOUDFRONT}/4xxErrorRate`, `${CLOUDFRONT}/Requests`],
    runbook: "customers-get-4xx",
  },
  "web-acl-blocks": {
    rings: "above",
    minutes: 3,
    threshold: [5, 50],
    of: ["AWS/WAFV2/BlockedRequests", "AWS/WAFV2/AllowedRequests"],
    runbook: "customers-get-4xx",
    onlyWith: "WEB_ACL",
  },
  "viewer-certificate": {
    rings: "below",
    minutes: 1440,
    threshold: [14, 45],
    of: ["AWS/CertificateManager/DaysToExpiry"],
    missing: "ignore",
    runbook: "a-certificate-runs-out",
    onlyWith: "CERTIFICATE_ARN",
  },
  "balancer-errors": {
    rings: "above",
    minutes: 3,
    threshold: [1, 5],
    of: [`${ALB}/HTTPCode_ELB_5XX_Count`, `${ALB}/RequestCount`],
    runbook: "customers-get-5xx",
  },
  bypass: {
    rings: "above",
    minutes: 5,
    threshold: [0, 10],
    of: [`${ALB}/HTTP_Fixed_Response_Count`],
    runbook: "somebody-goes-past-the-edge",
  },
  "unhealthy-tasks": {
    rings: "above",
    minutes: 5,
    threshold: [0, 1],
    of: [`${ALB}/UnHealthyHostCount`],
    runbook: "tasks-do-not-come-up",
  },
  "origin-certificate": {
    rings: "below",
    minutes: 1440,
    threshold: [14, 45],
    of: ["AWS/CertificateManager/DaysToExpiry"],
    missing: "ignore",
    runbook: "a-certificate-runs-out",
    onlyWith: "ORIGIN_CERTIFICATE_ARN",
  },
  "api-errors": {
    rings: "above",
    minutes: 3,
    threshold: [0.5, 5],
    of: [`${ALB}/HTTPCode_Target_5XX_Count`, `${ALB}/RequestCount`],
    runbook: "customers-get-5xx",
  },
  "slow-answers": {
    rings: "above",
    minutes: 3,
    threshold: [0.5, 3],
    of: [`${ALB}/TargetResponseTime`, `${ALB}/RequestCount`],
    runbook: "answers-are-slow",
  },
  "stale-answers": {
    rings: "above",
    minutes: 3,
    threshold: [1, 20],
    of: ["CatalogApi/CacheStale", "CatalogApi/Requests"],
    runbook: "the-database-is-away",
  },
  "too-few-tasks": {
    rings: "below",
    minutes: 5,
    threshold: [0, 0],
    of: ["ECS/ContainerInsights/RunningTaskCount", "ECS/ContainerInsights/DesiredTaskCount"],
    missing: "breaching",
    runbook: "no-spot-capacity",
  },
  "at-maximum": {
    rings: "above",
    minutes: 15,
    threshold: [0.5, 1],
    of: ["ECS/ContainerInsights/RunningTaskCount", "AWS/ECS/CPUUtilization"],
    runbook: "scaling-does-not-follow",
  },
  "service-cpu": {
    rings: "above",
    minutes: 10,
    threshold: [70, 95],
    of: ["AWS/ECS/CPUUtilization"],
    runbook: "scaling-does-not-follow",
  },
  "service-memory": {
    rings: "above",
    minutes: 10,
    threshold: [70, 95],
    of: ["AWS/ECS/MemoryUtilization"],
    runbook: "a-task-is-killed",
  },
  "deployment-failed": {
    rings: "above",
    minutes: 1,
    threshold: [0, 0],
    of: ["AWS/Events/MatchedEvents"],
    runbook: "a-deployment-was-rolled-back",
  },
  "spot-interruptions": {
    rings: "above",
    minutes: 5,
    threshold: [2, 10],
    of: ["AWS/Events/MatchedEvents"],
    runbook: "no-spot-capacity",
  },
  "task-failures": {
    rings: "above",
    minutes: 5,
    threshold: [2, 5],
    of: ["AWS/Events/MatchedEvents"],
    runbook: "tasks-do-not-come-up",
  },
  "database-away": {
    rings: "below",
    minutes: 3,
    threshold: [1, 1],
    of: [`${RDS}/DatabaseConnections`],
    missing: "breaching",
    runbook: "the-database-is-away",
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
  },
  "nat-ports": {
    rings: "above",
    minutes: 5,
    threshold: [0, 10],
    of: ["AWS/NATGateway/ErrorPortAllocation"],
    runbook: "tasks-reach-nothing-outside",
  },
  "api-log-silent": {
    rings: "below",
    minutes: 15,
    threshold: [1, 1],
    of: ["AWS/Logs/IncomingLogEvents"],
    missing: "breaching",
    runbook: "a-log-is-silent",
  },
  "flow-log-silent": {
    rings: "below",
    minutes: 15,
    threshold: [1, 1],
    of: ["AWS/Logs/IncomingLogEvents"],
    missing: "breaching",
    runbook: "a-log-is-silent",
  },
};
