import { Construct } from "constructs";
import { MathExpression, Metric, type MetricOptions } from "../aws/cloudwatch/index.ts";
import { Duration, Stack } from "../aws/core/index.ts";
import { Port, type Vpc } from "../aws/ec2/index.ts";
import * as ecs from "../aws/ecs/index.ts";
import * as elbv2 from "../aws/elbv2/index.ts";
import * as logs from "../aws/logs/index.ts";
import * as secretsmanager from "../aws/secretsmanager/index.ts";
import type { Settings } from "../settings.ts";
import type { Database } from "./database.ts";
import { API_PORT, apiTask } from "./task.ts";

/** The header by which the load balancer knows CloudFront. */
export const ORIGIN_HEADER = "x-origin-verify";

export interface ApiServiceProps {
  readonly vpc: Vpc;
  readonly database: Database;
  readonly settings: Settings;
}

/** The API: a load balancer that only CloudFront gets through, and the Fargate tasks behind it. */
export class ApiService extends Construct {
  readonly balancer: elbv2.ApplicationLoadBalancer;
  readonly listener: elbv2.ApplicationListener;
  readonly targets: elbv2.ApplicationTargetGroup;
  readonly cluster: ecs.Cluster;
  readonly service: ecs.FargateService;
  /** With SPOT_FALLBACK_TASKS. */
  readonly fallback?: ecs.FargateService;
  readonly logGroup: logs.LogGroup;
  readonly apiKeys: secretsmanager.Secret;
  /** What CloudFront must send in `ORIGIN_HEADER`. */
  readonly originToken: secretsmanager.Secret;
  /** The most tasks that scaling asks of `service`: with those of the fallback, no more than MAX_TASKS. */
  readonly maxTasks: number;
  /** What the API calls itself, in its log and its metrics. */
  readonly #name = Stack.of(this).names.for("catalog-api");

  constructor(scope: Construct, id: string, props: ApiServiceProps) {
    super(scope, id);
    const { vpc, database, settings } = props;
    this.maxTasks = settings.maxTasks - settings.spotFallbackTasks;
    const [apiKeys, apiKeysBefore] = currentAndPrevious(this, "ApiKeys", {
      version: settings.apiKeysVersion,
      resourceType: "api-keys",
      description: "Keys that may write to the catalogue, separated by commas",
      passwordLength: 64,
      formerId: "ApiKeys",
    });
    this.apiKeys = apiKeys;

    this.targets = new elbv2.ApplicationTargetGroup(this, "Api", {
      vpc,
      port: API_PORT,
      healthCheck: {
        path: "/health",
        interval: Duration.seconds(30),
        healthyThresholdCount: 2,
        unhealthyThresholdCount: 2,
      },
      deregistrationDelay: Duration.seconds(30),
      loadBalancingAlgorithmType: "least_outstanding_requests",
    });
    this.balancer = new elbv2.ApplicationLoadBalancer(this, "Alb", {
      vpc,
      idleTimeout: Duration.seconds(60),
    });
    this.listener = this.balancer.addListener("Listener", {
      certificateArn: settings.originCertificateArn,
      defaultAction: { statusCode: 403, contentType: "text/plain", messageBody: "Forbidden" },
    });
    this.originToken = this.#allowCloudFront(settings.originTokenVersion);

    this.logGroup = new logs.LogGroup(this, "LogGroup", {
      logGroupName: `/aws/ecs/${Stack.of(this).names.for("api")}`,
    });
    this.cluster = new ecs.Cluster(this, "Cluster", {
      executeCommandLogGroup: settings.enableExecuteCommand
        ? new logs.LogGroup(this, "ShellLogGroup", {
            logGroupName: `/aws/ecs/${Stack.of(this).names.for("shells")}`,
          })
        : undefined,
    });
    const service = {
      cluster: this.cluster,
      taskDefinition: apiTask(this, {
        ...props,
        serviceName: this.#name,
        logGroup: this.logGroup,
        apiKeys,
        apiKeysBefore,
      }),
      vpc,
      targetGroup: this.targets,
      listener: this.listener,
      // The first task of an environment migrates the database, and Aurora may still be choosing its writer.
      healthCheckGracePeriod: Duration.seconds(120),
      databases: [database.cluster],
      enableExecuteCommand: settings.enableExecuteCommand,
    };
    this.service = new ecs.FargateService(this, "ApiService", {
      ...service,
      desiredCount: settings.minTasks,
      capacityProviderStrategies: capacity(settings.onDemandBaseTasks),
    });
    this.#connect(database);
    this.#scale(settings);
    if (settings.spotFallbackTasks > 0) {
      this.fallback = new ecs.FargateService(this, "ApiFallbackService", {
        ...service,
        after: this.service,
        desiredCount: 0,
        capacityProviderStrategies: [{ capacityProvider: "FARGATE", weight: 1 }],
      });
      followSpot(this.service, this.fallback, settings.spotFallbackTasks);
    }
  }

  /** CloudFront needs minutes to bring a new token to all its edges. */
  #allowCloudFront(version: number): secretsmanager.Secret {
    const tokens = currentAndPrevious(this, "OriginToken", {
      version,
      resourceType: "origin-token",
      description: "What CloudFront tells the load balancer, so that nobody else gets through",
    });
    this.listener.addTargetGroups("FromCloudFront", {
      priority: 1,
      conditions: [
        elbv2.ListenerCondition.httpHeader(
          ORIGIN_HEADER,
          tokens.map((token) => token.valueInState),
        ),
      ],
      targetGroups: [this.targets],
    });
    return tokens[0];
  }

  /** Requests that the API answered itself. */
  metricRequests(options?: MetricOptions): Metric {
    return this.#metric("Requests", options);
  }

  /** Requests that write: a part of them all. */
  metricWrites(options?: MetricOptions): Metric {
    return this.#metric("Writes", options);
  }

  /** Writes that were answered with 5xx. */
  metricWritesFailed(options?: MetricOptions): Metric {
    return this.#metric("WritesFailed", options);
  }

  /** Writes that were answered with 401, 403 or 429: whoever writes may not, or sends too much. */
  metricWritesRefused(options?: MetricOptions): Metric {
    return this.#metric("WritesRefused", options);
  }

  /** Answers from copies that were too old, since the database was away or too slow. */
  metricCacheStale(options?: MetricOptions): Metric {
    return this.#metric("CacheStale", options);
  }

  /** Kinds of connections of one task that get no answer, at the worst: of reads, searches and writes. */
  metricDatabaseSilent(options?: MetricOptions): Metric {
    return this.#metric("DatabaseSilent", { statistic: "Maximum", ...options });
  }

  /** 1 while nobody tells a task of changes. */
  metricNotificationsDown(options?: MetricOptions): Metric {
    return this.#metric("NotificationsDown", { statistic: "Maximum", ...options });
  }

  metricCacheHits(options?: MetricOptions): Metric {
    return this.#metric("CacheHits", options);
  }

  metricCacheMisses(options?: MetricOptions): Metric {
    return this.#metric("CacheMisses", options);
  }

  /** Each task writes its own into the log once a minute (CloudWatch's embedded metric format). */
  #metric(metricName: string, options?: MetricOptions): Metric {
    return new Metric({
      namespace: "CatalogApi",
      metricName,
      statistic: "Sum",
      dimensions: { Service: this.#name },
      ...options,
    });
  }

  /** Every path through the network there is, but for the way into the load balancer (see Edge). */
  #connect(database: Database): void {
    this.service.connections.allowDefaultPortFrom(this.balancer, "Load balancer to API");
    database.cluster.connections.allowDefaultPortFrom(this.service, "API to Aurora");
    this.service.connections.allowToAnyIpv4(
      Port.HTTPS,
      "API to registry, Secrets Manager and CloudWatch, through NAT",
    );
  }

  #scale(settings: Settings): void {
    const tasks = this.service.autoScaleTaskCount({
      minCapacity: settings.minTasks,
      maxCapacity: this.maxTasks,
    });
    tasks.scaleOnCpuUtilization("Cpu", {
      targetUtilizationPercent: settings.cpuTargetPercent,
      scaleOutCooldown: Duration.seconds(settings.scaleOutCooldownSeconds),
      scaleInCooldown: Duration.seconds(settings.scaleInCooldownSeconds),
    });
    settings.scheduledMinimums.forEach((scheduled, index) => {
      tasks.scaleOnSchedule(`Minimum${index + 1}`, scheduled);
    });
  }
}

/** A version of a secret and, but for the first, the one before: who still has that goes on until the next is made. */
function currentAndPrevious(
  scope: Construct,
  id: string,
  { version, formerId, ...props }: secretsmanager.SecretProps & { readonly version: number },
): [secretsmanager.Secret, ...secretsmanager.Secret[]] {
  const secret = (each: number, former?: string) =>
    new secretsmanager.Secret(scope, `${id}V${each}`, { ...props, version: each, formerId: former });
  return version === 1 ? [secret(1, formerId)] : [secret(version, formerId), secret(version - 1)];
}

/**
 * Tasks on demand for those that Spot does not give: nothing replaces Spot capacity that AWS has withdrawn
 * (aws/containers-roadmap#852), and a capacity provider strategy moves no task to another provider.
 *
 * What it stands on: several services may register tasks with one target group (AWS's own word in
 * aws/containers-roadmap#499; no page of the ECS developer guide forbids it). An alarm may watch a result of metric maths, and a
 * step-scaling policy may be its action (CloudWatch user guide, "Using Amazon CloudWatch alarms"; only target tracking wants
 * metrics without maths, aws/aws-cdk#20659). While an alarm stays in its state, its scaling actions go on
 * (https://repost.aws/knowledge-center/cloudwatch-alarms-trigger-actions), so that the number follows.
 */
function followSpot(spot: ecs.FargateService, fallback: ecs.FargateService, most: number): void {
  const ofSpot = { running: spot.metricRunningTaskCount(), desired: spot.metricDesiredTaskCount() };
  const tasks = fallback.autoScaleTaskCount({ minCapacity: 0, maxCapacity: most });
  tasks.scaleOnMetric("SpotShort", {
    metric: new MathExpression({
      label: "tasks that Spot does not give",
      // Both come in one record of Container Insights: `running` alone is missing only where none runs.
      expression: "desired - FILL(running, 0)",
      usingMetrics: ofSpot,
    }),
    scalingSteps: Array.from({ length: most }, (_, index) => ({ lower: index + 1, change: index + 1 })),
    evaluationPeriods: 1,
    alarmDescription: "Fewer tasks run on Spot than should: as many are started on demand.",
  });
  tasks.scaleOnMetric("SpotBack", {
    metric: new MathExpression({
      label: "on demand without need",
      expression: "IF(FILL(fallback, 0) > 0 AND running >= desired, 1, 0)",
      usingMetrics: { ...ofSpot, fallback: fallback.metricRunningTaskCount() },
    }),
    scalingSteps: [{ lower: 1, change: 0 }],
    evaluationPeriods: 3, // once the balancer sends the new Spot tasks their share
    alarmDescription: "Spot gives all tasks again: those on demand are stopped.",
  });
}

/** All tasks on Spot, but for an optional base that AWS cannot take away. */
function capacity(onDemandBase: number): ecs.CapacityProviderStrategy[] {
  const spot = { capacityProvider: "FARGATE_SPOT", weight: 1 } as const;
  return onDemandBase === 0 ? [spot] : [{ capacityProvider: "FARGATE", weight: 0, base: onDemandBase }, spot];
}
