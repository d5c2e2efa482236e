const { Duration } = require("aws-cdk-lib/core");
const cloudwatch = require("aws-cdk-lib/aws-cloudwatch");
const actions = require("aws-cdk-lib/aws-cloudwatch-actions");
const sns = require("aws-cdk-lib/aws-sns");
const { Construct } = require("constructs");

const { ComparisonOperator, TreatMissingData } = cloudwatch;
const period = Duration.minutes(1);
const kebabCase = (id) => id.replace(/([a-z])([A-Z])/g, "$1-$2").toLowerCase();

/** The nine alarms, their two topics, and the dashboard. */
class Observability extends Construct {
  constructor(scope, id, { balancer, cluster, database, distribution, name, service, targets }) {
    super(scope, id);
    const { HttpCodeElb, HttpCodeTarget } = require("aws-cdk-lib/aws-elasticloadbalancingv2");
    const { metrics } = balancer;
    const byRole = (metricName, role, label) =>
      new cloudwatch.Metric({
        namespace: "AWS/RDS",
        metricName,
        dimensionsMap: { DBClusterIdentifier: database.clusterIdentifier, Role: role },
        statistic: "Average",
        period,
        label,
      });
    const edgeRate = (metricName, statistic = "Average") =>
      new cloudwatch.Metric({
        namespace: "AWS/CloudFront",
        metricName,
        dimensionsMap: { DistributionId: distribution.distributionId, Region: "Global" },
        statistic,
        period,
      });
    const runningTasks = new cloudwatch.Metric({
      namespace: "ECS/ContainerInsights",
      metricName: "RunningTaskCount",
      dimensionsMap: { ClusterName: cluster.clusterName, ServiceName: service.serviceName },
      statistic: "Minimum",
      period,
    });
    const latency = (statistic) =>
      targets.metrics.targetResponseTime({ statistic, period, label: statistic });
    const targetErrors = targets.metrics.httpCodeTarget(HttpCodeTarget.TARGET_5XX_COUNT, {
      statistic: "Sum",
      period,
    });
    const balancerErrors = metrics.httpCodeElb(HttpCodeElb.ELB_5XX_COUNT, { statistic: "Sum", period });
    const unhealthy = targets.metrics.unhealthyHostCount({ statistic: "Maximum", period });
    const cpu = service.metricCpuUtilization({ period });

    const below = { comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD };
    const regional = this.alarms(name, "Alarms", {
      ApiErrors: { metric: targetErrors, threshold: 10, evaluationPeriods: 5, datapointsToAlarm: 3 },
      BalancerErrors: { metric: balancerErrors, threshold: 10, evaluationPeriods: 5, datapointsToAlarm: 3 },
      UnhealthyTasks: { metric: unhealthy, threshold: 0, evaluationPeriods: 5 },
      TooFewTasks: {
        metric: runningTasks,
        threshold: 2,
        evaluationPeriods: 5,
        treatMissingData: TreatMissingData.BREACHING,
        ...below,
      },
      ServiceCpu: { metric: cpu, threshold: 85, evaluationPeriods: 10 },
      SlowAnswers: { metric: latency("p99"), threshold: 1, evaluationPeriods: 5, datapointsToAlarm: 3 },
      DatabaseCpu: { metric: byRole("CPUUtilization", "WRITER"), threshold: 85, evaluationPeriods: 10 },
      DatabaseMemory: {
        metric: byRole("FreeableMemory", "WRITER"),
        threshold: 268_435_456,
        evaluationPeriods: 10,
        ...below,
      },
    });
    const edge = this.alarms(name, "EdgeAlarms", {
      EdgeErrors: {
        metric: edgeRate("5xxErrorRate"),
        threshold: 1,
        evaluationPeriods: 5,
        datapointsToAlarm: 3,
      },
    });

    const graph = (title, left, right, leftAnnotations) =>
      new cloudwatch.GraphWidget({ title, left, right, leftAnnotations, width: 12, height: 6 });
    this.dashboard = new cloudwatch.Dashboard(this, "Dashboard", {
      dashboardName: name("dashboard"),
      widgets: [
        [
          new cloudwatch.AlarmStatusWidget({
            title: "Alarms",
            alarms: [...regional, ...edge],
            width: 24,
            height: 3,
          }),
        ],
        [
          graph("Requests: edge, and what reaches the API", [
            edgeRate("Requests", "Sum"),
            metrics.requestCount({ period }),
          ]),
          graph("Errors at the edge, %", [edgeRate("5xxErrorRate"), edgeRate("4xxErrorRate")]),
        ],
        [
          graph("API latency, s", ["p50", "p90", "p99"].map(latency)),
          graph("Errors by who made them", [balancerErrors, targetErrors]),
        ],
        [
          graph(
            "CPU and memory of the tasks, %",
            [cpu, service.metricMemoryUtilization({ period })],
            undefined,
            [{ label: "target", value: 60 }],
          ),
          graph("Tasks", [
            runningTasks,
            targets.metrics.healthyHostCount({ statistic: "Minimum", period }),
            unhealthy,
          ]),
        ],
        [
          graph(
            "Database CPU, %, and burst credits",
            [byRole("CPUUtilization", "WRITER", "writer"), byRole("CPUUtilization", "READER", "reader")],
            [byRole("CPUCreditBalance", "WRITER", "writer's credits")],
          ),
          graph("Database connections", [
            byRole("DatabaseConnections", "WRITER", "writer"),
            byRole("DatabaseConnections", "READER", "reader"),
          ]),
        ],
      ],
    });
  }

  alarms(name, topicId, alarms) {
    const topic = new sns.Topic(this, topicId, { topicName: name(`topic-${kebabCase(topicId)}`) });
    return Object.entries(alarms).map(([id, props]) => {
      const alarm = new cloudwatch.Alarm(this, id, {
        alarmName: name(`alarm-${kebabCase(id)}`),
        treatMissingData: TreatMissingData.NOT_BREACHING,
        comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
        ...props,
      });
      alarm.addAlarmAction(new actions.SnsAction(topic));
      alarm.addOkAction(new actions.SnsAction(topic));
      return alarm;
    });
  }
}

module.exports = { Observability };
