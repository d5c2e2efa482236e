import type { Construct } from "constructs";
import { Certificate } from "../../aws/certificatemanager/index.ts";
import { Alarm, type AlarmProps, MathExpression } from "../../aws/cloudwatch/index.ts";
import { CLOUDFRONT_REGION, Duration } from "../../aws/core/index.ts";
import { databaseAlarms } from "./database-alarms.ts";
import { objectiveAlarms } from "./objectives.ts";
import type { Alarms, WatchedParts } from "./parts.ts";
import { failureRate, significant } from "./rates.ts";

const FIVE_MINUTES = Duration.minutes(5);
/** Three of the last five minutes: soon, and not for a single bad one. */
const SOON = { evaluationPeriods: 5, datapointsToAlarm: 3 };
const AT_LEAST = "GreaterThanOrEqualToThreshold";

/** Makes an alarm whose description ends with where to read on. */
export type AlarmMaker = (
  id: string,
  runbook: string,
  props: Omit<AlarmProps, "alarmDescription"> & { readonly means: string },
) => Alarm;

/**
 * Every alarm. Which outage each is for, and within how many minutes it rings, stands in `ops/outages`, and the test
 * of that table holds the two together. A rate is in per cent, and of enough requests to mean anything.
 */
export function alarms(scope: Construct, parts: WatchedParts): Alarms {
  const make: AlarmMaker = (id, runbook, { means, ...props }) =>
    new Alarm(scope, id, {
      ...props,
      alarmDescription: `${means} Runbook: docs/MONITORING_GUIDE.md#${runbook}`,
    });
  return {
    customers: objectiveAlarms(make, parts),
    edge: edgeAlarms(make, parts),
    balancer: balancerAlarms(make, parts),
    tasks: taskAlarms(make, parts),
    database: databaseAlarms(make, parts),
    infrastructure: infrastructureAlarms(make, parts),
  };
}

function edgeAlarms(make: AlarmMaker, { edge, settings }: WatchedParts): Alarm[] {
  const { distribution, webAcl } = edge;
  const requests = distribution.metricRequests();
  return [
    make("EdgeErrors", "customers-get-5xx", {
      means: "More than 1 % of what customers get is a server error.",
      metric: significant({ label: "5xx, %", rate: distribution.metric5xxErrorRate(), requests }),
      threshold: 1,
      ...SOON,
    }),
    make("EdgeRefusals", "customers-get-4xx", {
      means: "More than half of what customers get is 403, 404 or another refusal.",
      metric: significant({ label: "4xx, %", rate: distribution.metric4xxErrorRate(), requests, noise: 20 }),
      threshold: 50,
      ...SOON,
    }),
    ...(webAcl
      ? [
          make("WebAclBlocks", "customers-get-4xx", {
            means:
              "The web ACL blocks more than a fifth of the requests: an attack, or a rule that hits customers.",
            metric: new MathExpression({
              label: "blocked, %",
              expression: "IF(FILL(blocked, 0) > 20, 100 * blocked / (blocked + FILL(allowed, 0)), 0)",
              usingMetrics: {
                blocked: webAcl.metricBlockedRequests(),
                allowed: webAcl.metricAllowedRequests(),
              },
            }),
            threshold: 20,
            ...SOON,
          }),
        ]
      : []),
    ...certificateAlarm(make, "ViewerCertificate", settings.certificateArn, CLOUDFRONT_REGION),
  ];
}

function balancerAlarms(make: AlarmMaker, { api, settings }: WatchedParts): Alarm[] {
  const { balancer, targets } = api;
  return [
    make("BalancerErrors", "customers-get-5xx", {
      means: "The load balancer finds no healthy task, or tasks hang up: 2 % of the requests or more.",
      metric: new MathExpression({
        label: "5xx of the balancer's own, %",
        // A request that no target was found for is not among those that the balancer counts.
        expression: "IF(FILL(errors, 0) > 5, 100 * errors / (FILL(requests, 0) + errors), 0)",
        usingMetrics: { errors: balancer.metricHttpCodeElb5xx(), requests: balancer.metricRequestCount() },
      }),
      threshold: 2,
      comparisonOperator: AT_LEAST,
      ...SOON,
    }),
    make("Bypass", "somebody-goes-past-the-edge", {
      means: "A request reached the load balancer without the origin token: not through this distribution.",
      metric: balancer.metricHttpFixedResponseCount({ period: FIVE_MINUTES }),
      threshold: 0,
      evaluationPeriods: 1,
    }),
    make("UnhealthyTasks", "tasks-do-not-come-up", {
      means: "A task fails its health check for five minutes: ECS should have replaced it.",
      metric: targets.metricUnhealthyHostCount(),
      threshold: 0,
      evaluationPeriods: 5,
    }),
    ...certificateAlarm(make, "OriginCertificate", settings.originCertificateArn),
  ];
}

function taskAlarms(make: AlarmMaker, { api, events, settings }: WatchedParts): Alarm[] {
  const { service, targets } = api;
  const [running, desired] = [service.metricRunningTaskCount(), service.metricDesiredTaskCount()];
  return [
    make("ApiErrors", "customers-get-5xx", {
      means: "The API answers 2 % of the requests or more with 5xx, shed 503s among them.",
      metric: failureRate({
        label: "5xx of the API, %",
        failures: targets.metricHttpCodeTarget5xx(),
        requests: targets.metricRequestCount(),
      }),
      threshold: 2,
      comparisonOperator: AT_LEAST,
      ...SOON,
    }),
    make("SlowAnswers", "answers-are-slow", {
      means: "One answer in a hundred takes the API over a second.",
      metric: new MathExpression({
        label: "p99, s",
        expression: "IF(requests > 60, p99, 0)",
        usingMetrics: { p99: targets.metricTargetResponseTime(), requests: targets.metricRequestCount() },
      }),
      threshold: 1,
      ...SOON,
    }),
    make("StaleAnswers", "the-database-is-away", {
      means:
        "The API answers a twentieth of the requests or more from old copies: the database is away, or too slow.",
      metric: failureRate({
        label: "stale, %",
        failures: api.metricCacheStale(),
        requests: api.metricRequests(),
      }),
      threshold: 5,
      comparisonOperator: AT_LEAST,
      ...SOON,
    }),
    ...(
      [
        ["WriteErrors", "writes-fail", "answers a fifth of the writes or more with 5xx", "Failed", 20],
        ["WriteRefusals", "writers-are-refused", "refuses half of the writes or more", "Refused", 50],
      ] as const
    ).map(([id, runbook, what, kind, threshold]) =>
      make(id, runbook, {
        means: `The API ${what}: reads hide that, since they are so many more.`,
        metric: failureRate({
          label: "of the writes, %",
          failures: kind === "Failed" ? api.metricWritesFailed() : api.metricWritesRefused(),
          requests: api.metricWrites(),
        }),
        threshold,
        comparisonOperator: AT_LEAST,
        ...SOON,
      }),
    ),
    make("DatabaseSilent", "connections-are-silent", {
      means: "A task gets no answer on connections to the database, and new ones do not help.",
      metric: api.metricDatabaseSilent(),
      threshold: 0,
      evaluationPeriods: 3,
      datapointsToAlarm: 2,
    }),
    make("NotificationsDown", "connections-are-silent", {
      means: "Nobody tells a task of changes: what it serves is up to five seconds old, and it reads more.",
      metric: api.metricNotificationsDown(),
      threshold: 0,
      ...SOON,
    }),
    make("TooFewTasks", "no-spot-capacity", {
      means: "Fewer tasks run than should. Fargate Spot may have no capacity: set ON_DEMAND_BASE_TASKS.",
      metric: new MathExpression({
        label: "tasks more than should run",
        expression: "running - desired", // not MIN_TASKS: a schedule may have raised what should run
        usingMetrics: { running, desired },
      }),
      threshold: 0,
      comparisonOperator: "LessThanThreshold",
      evaluationPeriods: 5,
      treatMissingData: "breaching",
    }),
    make("AtMaximum", "scaling-does-not-follow", {
      means: "Scaling asks for as many tasks as it may, and CPU is still above its target. Raise MAX_TASKS.",
      metric: new MathExpression({
        label: "at the maximum, and busy",
        // Not how many run: while Spot is short, those of the fallback are missing there, and scaling is at its end all the same.
        expression: `IF(desired >= ${api.maxTasks} AND cpu > ${settings.cpuTargetPercent}, 1, 0)`,
        usingMetrics: { desired, cpu: service.metricCpuUtilization() },
      }),
      threshold: 1,
      comparisonOperator: AT_LEAST,
      evaluationPeriods: 15,
    }),
    make("ServiceCpu", "scaling-does-not-follow", {
      means: "The API's CPU stays high: scaling is at its maximum, or does not follow.",
      metric: service.metricCpuUtilization(),
      threshold: 85,
      evaluationPeriods: 10,
    }),
    make("ServiceMemory", "a-task-is-killed", {
      means: "The tasks use over 85 % of their memory: the next step is that they are killed for it.",
      metric: service.metricMemoryUtilization({ statistic: "Maximum" }),
      threshold: 85,
      evaluationPeriods: 10,
    }),
    make("DeploymentFailed", "a-deployment-was-rolled-back", {
      means: "A deployment failed and was rolled back: customers are served by the version before.",
      metric: events.deploymentFailures.metricMatchedEvents(),
      threshold: 0,
      evaluationPeriods: 1,
    }),
    make("SpotInterruptions", "no-spot-capacity", {
      means: "Spot took as many tasks within five minutes as always have to run.",
      metric: events.spotInterruptions.metricMatchedEvents({ period: FIVE_MINUTES }),
      threshold: settings.minTasks,
      comparisonOperator: AT_LEAST,
      evaluationPeriods: 1,
    }),
    make("TaskFailures", "tasks-do-not-come-up", {
      means: "Three tasks within five minutes could not start, or ended by themselves.",
      metric: events.taskFailures.metricMatchedEvents({ period: FIVE_MINUTES }),
      threshold: 3,
      comparisonOperator: AT_LEAST,
      evaluationPeriods: 1,
    }),
  ];
}

function infrastructureAlarms(make: AlarmMaker, { api, edge, network }: WatchedParts): Alarm[] {
  const gateways = network.vpc.metricNatErrorPortAllocation();
  const ids = gateways.map((_, index) => `gateway${index + 1}`);
  return [
    make("NatPorts", "tasks-reach-nothing-outside", {
      means: "A NAT gateway has no port left for new connections: tasks reach neither registry nor secrets.",
      metric: new MathExpression({
        label: "connections without a port",
        expression: ids.map((id) => `FILL(${id}, 0)`).join(" + "),
        usingMetrics: Object.fromEntries(gateways.map((metric, index) => [ids[index]!, metric])),
        period: FIVE_MINUTES,
      }),
      threshold: 0,
      evaluationPeriods: 1,
    }),
    ...(
      [
        ["ApiLogSilent", "of the API", api.logGroup],
        ["FlowLogSilent", "of the network", network.flowLog.logGroup],
      ] as const
    ).map(([id, whose, group]) =>
      make(id, "a-log-is-silent", {
        means: `Nothing has come into the log ${whose} for a quarter of an hour: who looks there sees nothing.`,
        metric: group.metricIncomingLogEvents({ period: FIVE_MINUTES }),
        threshold: 1,
        comparisonOperator: "LessThanThreshold",
        evaluationPeriods: 3,
        treatMissingData: "breaching",
      }),
    ),
    make("EdgeLogSilent", "a-log-is-silent", {
      means:
        "Nothing has come into the edge's log for a quarter of an hour, though customers ask for things.",
      metric: new MathExpression({
        label: "lines of the edge's log, where some should be",
        expression: "IF(FILL(requests, 0) > 60, FILL(lines, 0), 1)",
        usingMetrics: {
          requests: edge.distribution.metricRequests({ period: FIVE_MINUTES }),
          lines: edge.logGroup.metricIncomingLogEvents({ period: FIVE_MINUTES }),
        },
        period: FIVE_MINUTES,
      }),
      threshold: 1,
      comparisonOperator: "LessThanThreshold",
      evaluationPeriods: 3,
    }),
  ];
}

/** ACM renews what it has issued, while its DNS records stand, 60 days ahead: at 30 something is wrong with them. */
function certificateAlarm(make: AlarmMaker, id: string, arn: string | undefined, region?: string): Alarm[] {
  if (!arn) return [];
  return [
    make(id, "a-certificate-runs-out", {
      means: "A certificate runs out within 30 days, and was not renewed.",
      metric: Certificate.fromCertificateArn(arn).metricDaysToExpiry({ region }),
      threshold: 30,
      comparisonOperator: "LessThanThreshold",
      evaluationPeriods: 1,
      treatMissingData: "ignore", // AWS says it twice a day, and not at all of a certificate in its first hours
    }),
  ];
}
