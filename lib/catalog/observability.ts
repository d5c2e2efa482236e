import { Construct } from "constructs";
import * as cloudwatch from "../aws/cloudwatch/index.ts";
import { CLOUDFRONT_REGION, Duration } from "../aws/core/index.ts";
import * as s3 from "../aws/s3/index.ts";
import * as sns from "../aws/sns/index.ts";
import type { Settings } from "../settings.ts";
import type { Database } from "./database.ts";
import type { Edge } from "./edge.ts";
import type { ApiService } from "./service.ts";

export interface ObservabilityProps {
  readonly api: ApiService;
  readonly database: Database;
  readonly edge: Edge;
  readonly settings: Settings;
}

const PER_MINUTE = { period: Duration.minutes(1) };

/** The log bucket, the alarms that should wake somebody, and the one page to look at then. */
export class Observability extends Construct {
  readonly dashboard: cloudwatch.Dashboard;

  constructor(scope: Construct, id: string, props: ObservabilityProps) {
    super(scope, id);
    const bucket = new s3.Bucket(this, "Logs", { lifecycleRules: [{ expiration: Duration.days(30) }] });
    props.api.balancer.logAccessLogs(bucket, "alb");

    const regional = this.#regionalAlarms(props);
    const edge = this.#edgeAlarms(props.edge);
    this.#notify("AlarmsTopic", regional, props.settings);
    this.#notify("EdgeAlarmsTopic", edge, props.settings, CLOUDFRONT_REGION);
    this.dashboard = this.#dashboard(props, [...regional, ...edge]);
  }

  #notify(id: string, alarms: cloudwatch.Alarm[], settings: Settings, region?: string): void {
    const topic = new sns.Topic(this, id, { region });
    if (settings.alarmEmail) topic.addEmailSubscription(settings.alarmEmail);
    for (const alarm of alarms) alarm.addAction(topic);
  }

  #regionalAlarms({ api, database, settings }: ObservabilityProps): cloudwatch.Alarm[] {
    const { cluster } = database;
    return [
      new cloudwatch.Alarm(this, "ApiErrors", {
        alarmDescription: "The API answers with errors. Look at its log group for level error.",
        metric: api.targets.metricHttpCodeTarget5xx(PER_MINUTE),
        threshold: 10,
        evaluationPeriods: 5,
        datapointsToAlarm: 3,
      }),
      new cloudwatch.Alarm(this, "BalancerErrors", {
        alarmDescription:
          "The load balancer finds no healthy task, or tasks hang up. Look at the service's events.",
        metric: api.balancer.metricHttpCodeElb5xx(PER_MINUTE),
        threshold: 10,
        evaluationPeriods: 5,
        datapointsToAlarm: 3,
      }),
      new cloudwatch.Alarm(this, "UnhealthyTasks", {
        alarmDescription: "A task fails its health check for five minutes: ECS should have replaced it.",
        metric: api.targets.metricUnhealthyHostCount(PER_MINUTE),
        threshold: 0,
        evaluationPeriods: 5,
      }),
      new cloudwatch.Alarm(this, "TooFewTasks", {
        alarmDescription:
          "Fewer tasks run than the minimum. Fargate Spot may have no capacity: set ON_DEMAND_BASE_TASKS.",
        metric: api.service.metricRunningTaskCount(PER_MINUTE),
        threshold: settings.minTasks,
        comparisonOperator: "LessThanThreshold",
        evaluationPeriods: 5,
        treatMissingData: "breaching",
      }),
      new cloudwatch.Alarm(this, "ServiceCpu", {
        alarmDescription:
          "The API's CPU stays high, so scaling is at its maximum or does not follow. Raise MAX_TASKS.",
        metric: api.service.metricCpuUtilization(PER_MINUTE),
        threshold: 85,
        evaluationPeriods: 10,
      }),
      new cloudwatch.Alarm(this, "SlowAnswers", {
        alarmDescription:
          "One answer in a hundred takes over a second. Look at the database's CPU and the slow-statement log.",
        metric: api.targets.metricTargetResponseTime(PER_MINUTE),
        threshold: 1,
        evaluationPeriods: 5,
        datapointsToAlarm: 3,
      }),
      new cloudwatch.Alarm(this, "DatabaseCpu", {
        alarmDescription:
          "The database writer's CPU stays high. Look at slow statements; raise DATABASE_INSTANCE_CLASS.",
        metric: cluster.metricCpuUtilization("WRITER", PER_MINUTE),
        threshold: 85,
        evaluationPeriods: 10,
      }),
      new cloudwatch.Alarm(this, "DatabaseMemory", {
        alarmDescription: "The database writer has less than 256 MiB of memory left.",
        metric: cluster.metricFreeableMemory("WRITER", PER_MINUTE),
        threshold: 256 * 1024 * 1024,
        comparisonOperator: "LessThanThreshold",
        evaluationPeriods: 10,
      }),
    ];
  }

  #edgeAlarms({ distribution }: Edge): cloudwatch.Alarm[] {
    return [
      new cloudwatch.Alarm(this, "EdgeErrors", {
        alarmDescription: "More than 1 % of what customers get is a server error.",
        metric: distribution.metric5xxErrorRate(PER_MINUTE),
        threshold: 1,
        evaluationPeriods: 5,
        datapointsToAlarm: 3,
      }),
    ];
  }

  #dashboard(
    { api, database, edge, settings }: ObservabilityProps,
    alarms: cloudwatch.Alarm[],
  ): cloudwatch.Dashboard {
    const { distribution } = edge;
    const { balancer, service, targets } = api;
    const { cluster } = database;
    return new cloudwatch.Dashboard(this, "Dashboard", {
      alarms,
      widgets: [
        [
          {
            title: "Requests: edge, and what reaches the API",
            left: [distribution.metricRequests(), balancer.metricRequestCount()],
          },
          {
            title: "Errors at the edge, %",
            left: [distribution.metric5xxErrorRate(), distribution.metric4xxErrorRate()],
          },
        ],
        [
          {
            title: "API latency, s",
            left: ["p50", "p90", "p99"].map((statistic) =>
              targets.metricTargetResponseTime({ statistic, label: statistic }),
            ),
          },
          {
            title: "Errors by who made them",
            left: [balancer.metricHttpCodeElb5xx(), targets.metricHttpCodeTarget5xx()],
          },
        ],
        [
          {
            title: "CPU and memory of the tasks, %",
            left: [service.metricCpuUtilization(), service.metricMemoryUtilization()],
            leftAnnotations: [{ label: "target", value: settings.cpuTargetPercent }],
          },
          {
            title: "Tasks",
            left: [
              service.metricRunningTaskCount(),
              targets.metricHealthyHostCount(),
              targets.metricUnhealthyHostCount(),
            ],
          },
        ],
        [
          {
            title: "Database CPU, %, and burst credits",
            left: [
              cluster.metricCpuUtilization("WRITER", { label: "writer" }),
              cluster.metricCpuUtilization("READER", { label: "reader" }),
            ],
            right: [cluster.metricCpuCreditBalance("WRITER", { label: "writer's credits" })],
          },
          {
            title: "Database connections",
            left: [
              cluster.metricDatabaseConnections("WRITER", { label: "writer" }),
              cluster.metricDatabaseConnections("READER", { label: "reader" }),
            ],
          },
        ],
      ],
    });
  }
}
