const { Duration } = require("aws-cdk-lib/core");
const cloudwatch = require("aws-cdk-lib/aws-cloudwatch");

const { ComparisonOperator, TreatMissingData } = cloudwatch;
const FIVE_MINUTES = Duration.minutes(5);
const SOON = { evaluationPeriods: 5, datapointsToAlarm: 3 };
const AT_LEAST = { comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD };
const BELOW = { comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD };
const BREACHING = { treatMissingData: TreatMissingData.BREACHING };
const FAST = { burn: 14.4, period: FIVE_MINUTES, evaluationPeriods: 3 };
const SLOW = { burn: 6, period: Duration.hours(1), evaluationPeriods: 6, datapointsToAlarm: 5 };
const MEBIBYTE = 1024 * 1024;

const math = (label, expression, usingMetrics, period = Duration.minutes(1)) =>
  new cloudwatch.MathExpression({ label, expression, usingMetrics, period });
const significant = (label, rate, requests, noise = 5, period = undefined) =>
  math(label, `IF(rate * requests / 100 > ${noise}, rate, 0)`, { rate, requests }, period);
const failureRate = (label, failures, requests) =>
  math(label, "IF(FILL(failures, 0) > 5, 100 * FILL(failures, 0) / requests, 0)", { failures, requests });

/** lib/catalog/observability/alarms.ts: the alarms by the part of the system that they are about. */
function alarmsOf(metrics, { apiLog, edgeLog, flowLog }) {
  return {
    customers: customers(metrics),
    edge: {
      EdgeErrors: {
        metric: significant("5xx, %", metrics.edge5xx(), metrics.edgeRequests()),
        threshold: 1,
        ...SOON,
      },
      EdgeRefusals: {
        metric: significant("4xx, %", metrics.edge4xx(), metrics.edgeRequests(), 20),
        threshold: 50,
        ...SOON,
      },
    },
    balancer: {
      BalancerErrors: {
        metric: math(
          "5xx of the balancer's own, %",
          "IF(FILL(errors, 0) > 5, 100 * errors / (FILL(requests, 0) + errors), 0)",
          { errors: metrics.balancer5xx(), requests: metrics.balancerRequests() },
        ),
        threshold: 2,
        ...AT_LEAST,
        ...SOON,
      },
      Bypass: {
        metric: metrics.fixedResponses({ period: FIVE_MINUTES }),
        threshold: 0,
        evaluationPeriods: 1,
      },
      UnhealthyTasks: { metric: metrics.unhealthy(), threshold: 0, evaluationPeriods: 5 },
    },
    tasks: tasks(metrics),
    database: database(metrics),
    infrastructure: {
      NatPorts: {
        metric: math(
          "connections without a port",
          "FILL(gateway1, 0) + FILL(gateway2, 0)",
          Object.fromEntries(metrics.natPorts().map((metric, index) => [`gateway${index + 1}`, metric])),
          FIVE_MINUTES,
        ),
        threshold: 0,
        evaluationPeriods: 1,
      },
      ApiLogSilent: silent(metrics, apiLog),
      FlowLogSilent: silent(metrics, flowLog),
      EdgeLogSilent: {
        metric: math(
          "lines of the edge's log, where some should be",
          "IF(FILL(requests, 0) > 60, FILL(lines, 0), 1)",
          {
            requests: metrics.edgeRequests({ period: FIVE_MINUTES }),
            lines: metrics.logEvents(edgeLog, { period: FIVE_MINUTES }),
          },
          FIVE_MINUTES,
        ),
        threshold: 1,
        evaluationPeriods: 3,
        ...BELOW,
      },
    },
  };
}

const silent = (metrics, group) => ({
  metric: metrics.logEvents(group, { period: FIVE_MINUTES }),
  threshold: 1,
  evaluationPeriods: 3,
  ...BELOW,
  ...BREACHING,
});

function customers(metrics) {
  const availability = ({ burn, period, ...evaluation }) => ({
    metric: significant("5xx at the edge, %", metrics.edge5xx(), metrics.edgeRequests(), 5, period),
    threshold: Number((burn * (100 - 99.9)).toFixed(3)),
    ...evaluation,
  });
  const latency = ({ burn, period, ...evaluation }) => ({
    metric: math(
      "answers over 1000 ms, %",
      "IF((100 - within) * requests / 100 > 5, 100 - within, 0)",
      { within: metrics.responseTime({ statistic: "PR(:1)" }), requests: metrics.targetRequests() },
      period,
    ),
    threshold: burn,
    ...evaluation,
  });
  return {
    AvailabilityBurnFast: availability(FAST),
    AvailabilityBurnSlow: availability(SLOW),
    LatencyBurnFast: latency(FAST),
    LatencyBurnSlow: latency(SLOW),
  };
}

const tasks = (metrics) => ({
  ApiErrors: {
    metric: failureRate("5xx of the API, %", metrics.target5xx(), metrics.targetRequests()),
    threshold: 2,
    ...AT_LEAST,
    ...SOON,
  },
  SlowAnswers: {
    metric: math("p99, s", "IF(requests > 60, p99, 0)", {
      p99: metrics.responseTime(),
      requests: metrics.targetRequests(),
    }),
    threshold: 1,
    ...SOON,
  },
  StaleAnswers: {
    metric: failureRate("stale, %", metrics.cacheStale(), metrics.apiRequests()),
    threshold: 5,
    ...AT_LEAST,
    ...SOON,
  },
  WriteErrors: {
    metric: failureRate("of the writes, %", metrics.writesFailed(), metrics.writes()),
    threshold: 20,
    ...AT_LEAST,
    ...SOON,
  },
  WriteRefusals: {
    metric: failureRate("of the writes, %", metrics.writesRefused(), metrics.writes()),
    threshold: 50,
    ...AT_LEAST,
    ...SOON,
  },
  DatabaseSilent: {
    metric: metrics.databaseSilent(),
    threshold: 0,
    evaluationPeriods: 3,
    datapointsToAlarm: 2,
  },
  NotificationsDown: { metric: metrics.notificationsDown(), threshold: 0, ...SOON },
  TooFewTasks: {
    metric: math("tasks more than should run", "running - desired", {
      running: metrics.running(),
      desired: metrics.desired(),
    }),
    threshold: 0,
    evaluationPeriods: 5,
    ...BELOW,
    ...BREACHING,
  },
  AtMaximum: {
    metric: math("at the maximum, and busy", "IF(desired >= 10 AND cpu > 60, 1, 0)", {
      desired: metrics.desired(),
      cpu: metrics.cpu(),
    }),
    threshold: 1,
    evaluationPeriods: 15,
    ...AT_LEAST,
  },
  ServiceCpu: { metric: metrics.cpu(), threshold: 85, evaluationPeriods: 10 },
  ServiceMemory: {
    metric: metrics.memory({ statistic: "Maximum" }),
    threshold: 85,
    evaluationPeriods: 10,
  },
  DeploymentFailed: { metric: metrics.matched("deploymentFailures"), threshold: 0, evaluationPeriods: 1 },
  SpotInterruptions: {
    metric: metrics.matched("spotInterruptions", { period: FIVE_MINUTES }),
    threshold: 2,
    evaluationPeriods: 1,
    ...AT_LEAST,
  },
  TaskFailures: {
    metric: metrics.matched("taskFailures", { period: FIVE_MINUTES }),
    threshold: 3,
    evaluationPeriods: 1,
    ...AT_LEAST,
  },
});

const database = (metrics) => ({
  DatabaseAway: {
    metric: metrics.connections("WRITER", { statistic: "Maximum" }),
    threshold: 1,
    evaluationPeriods: 3,
    ...BELOW,
    ...BREACHING,
  },
  ...Object.fromEntries(
    [
      ["Writer", "WRITER"],
      ["Reader", "READER"],
    ].flatMap(([name, role]) => [
      [`${name}Cpu`, { metric: metrics.databaseCpu(role), threshold: 85, evaluationPeriods: 10 }],
      [
        `${name}Memory`,
        { metric: metrics.databaseMemory(role), threshold: 256 * MEBIBYTE, evaluationPeriods: 10, ...BELOW },
      ],
      [
        `${name}Disk`,
        { metric: metrics.databaseDisk(role), threshold: 1024 * MEBIBYTE, evaluationPeriods: 10, ...BELOW },
      ],
      [
        `${name}BurstCredits`,
        {
          metric: metrics.databaseCredits(role, { period: FIVE_MINUTES }),
          threshold: 30,
          evaluationPeriods: 3,
          ...BELOW,
        },
      ],
    ]),
  ),
  ReplicaLag: { metric: metrics.replicaLag(), threshold: 5_000, evaluationPeriods: 5 },
});

module.exports = { alarmsOf };
