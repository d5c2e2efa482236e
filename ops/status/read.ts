/** One look at a live environment. */
import { DescribeScalableTargetsCommand } from "@aws-sdk/client-application-auto-scaling";
import { GetMetricDataCommand, paginateDescribeAlarms } from "@aws-sdk/client-cloudwatch";
import type { Task } from "@aws-sdk/client-ecs";
import {
  DescribeLoadBalancersCommand,
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Aws } from "../aws.ts";
import { describeService, listTasks, type ServiceName, whyStopped } from "../deploy/ecs.ts";
import { all } from "../inventory/item.ts";
import { clusterOf, instanceOf } from "../rds.ts";

export interface Status {
  readonly suffix: string;
  readonly at: string;
  /** Undefined while there is no service: nothing is deployed. */
  readonly service:
    | {
        readonly desired: number;
        readonly running: number;
        readonly pending: number;
        readonly minimum: number | undefined;
        readonly maximum: number | undefined;
        readonly deployments: readonly {
          revision: string;
          state: string;
          since: string;
          running: number;
          failed: number;
        }[];
        readonly events: readonly { at: string; message: string }[];
      }
    | undefined;
  readonly tasks: readonly {
    id: string;
    zone: string;
    revision: string;
    spot: boolean;
    state: string;
    since: string;
  }[];
  /** Tasks that ended in the last hour, with the reason. */
  readonly ended: readonly { id: string; at: string; reason: string; interrupted: boolean }[];
  readonly targets: readonly { target: string; state: string; reason: string }[];
  readonly database: {
    readonly version: string;
    readonly status: string;
    readonly instances: readonly {
      name: string;
      role: "writer" | "reader";
      zone: string;
      instanceClass: string;
      status: string;
      /** Milliseconds behind the writer; of readers. */
      lagMs: number | undefined;
      /** CPU credits that are left; of burstable classes. */
      credits: number | undefined;
    }[];
  };
  readonly alarms: readonly { name: string; state: string; reason: string }[];
}

/** @param name what the environment's parts are called */
export async function readStatus(aws: Aws, suffix: string, name: ServiceName): Promise<Status> {
  const service = await describeService(aws, name);
  const [tasks, stopped, targets, database, alarms, scaling] = await Promise.all([
    service ? tasksOf(aws, name, "RUNNING") : [],
    service ? tasksOf(aws, name, "STOPPED") : [],
    service ? targetsOf(aws, name) : [],
    databaseOf(aws, suffix),
    alarmsOf(aws, name),
    service ? boundsOf(aws, name) : undefined,
  ]);
  return {
    suffix,
    at: new Date().toISOString(),
    service: service && {
      desired: service.desiredCount ?? 0,
      running: service.runningCount ?? 0,
      pending: service.pendingCount ?? 0,
      minimum: scaling?.MinCapacity,
      maximum: scaling?.MaxCapacity,
      deployments: (service.deployments ?? []).map((each) => ({
        revision: lastPart(each.taskDefinition),
        state: each.rolloutState ?? each.status ?? "",
        since: iso(each.createdAt),
        running: each.runningCount ?? 0,
        failed: each.failedTasks ?? 0,
      })),
      events: (service.events ?? []).slice(0, 8).map(({ createdAt, message = "" }) => ({
        at: iso(createdAt),
        message: message.replace(/^\(service \S+\) /, ""),
      })),
    },
    tasks: tasks.map((task) => ({
      id: lastPart(task.taskArn),
      zone: task.availabilityZone ?? "",
      revision: lastPart(task.taskDefinitionArn),
      spot: task.capacityProviderName === "FARGATE_SPOT",
      state: task.lastStatus ?? "",
      since: iso(task.startedAt ?? task.createdAt),
    })),
    ended: stopped.map(ended),
    targets,
    database,
    alarms,
  };
}

/** Tasks of the service, and of its fallback where there is one. */
async function tasksOf(aws: Aws, name: ServiceName, status: "RUNNING" | "STOPPED"): Promise<Task[]> {
  const { fallback } = name;
  const names = fallback === undefined ? [name] : [name, { ...name, service: fallback }];
  return (await Promise.all(names.map((each) => listTasks(aws, each, status)))).flat();
}

const lastPart = (arn = ""): string => arn.slice(arn.lastIndexOf("/") + 1);
const iso = (date: Date | undefined): string => date?.toISOString() ?? "";

const ended = (task: Task) => ({
  id: lastPart(task.taskArn),
  at: iso(task.stoppedAt),
  reason: whyStopped(task),
  interrupted: task.stopCode === "SpotInterruption",
});

/** None without a balancer: somebody has deleted it, or a destroy has come that far. */
async function targetsOf({ loadBalancing }: Aws, { balancer }: ServiceName): Promise<Status["targets"]> {
  const named = new DescribeLoadBalancersCommand({ Names: [balancer] });
  const LoadBalancerArn = await loadBalancing.send(named).then(
    ({ LoadBalancers }) => LoadBalancers?.[0]?.LoadBalancerArn,
    (error: Error) => {
      if (!/^LoadBalancerNotFound/.test(error.name)) throw error;
      return undefined;
    },
  );
  if (!LoadBalancerArn) return [];
  const { TargetGroups = [] } = await loadBalancing.send(
    new DescribeTargetGroupsCommand({ LoadBalancerArn }),
  );
  const health = await Promise.all(
    TargetGroups.map(({ TargetGroupArn }) =>
      loadBalancing.send(new DescribeTargetHealthCommand({ TargetGroupArn })),
    ),
  );
  return health
    .flatMap(({ TargetHealthDescriptions = [] }) => TargetHealthDescriptions)
    .map(({ Target, TargetHealth }) => ({
      target: `${Target?.Id}:${Target?.Port}`,
      state: TargetHealth?.State ?? "",
      reason: TargetHealth?.Description ?? TargetHealth?.Reason ?? "",
    }));
}

async function boundsOf({ applicationAutoScaling }: Aws, { cluster, service }: ServiceName) {
  const { ScalableTargets = [] } = await applicationAutoScaling.send(
    new DescribeScalableTargetsCommand({
      ServiceNamespace: "ecs",
      ResourceIds: [`service/${cluster}/${service}`],
    }),
  );
  return ScalableTargets[0];
}

async function databaseOf(aws: Aws, suffix: string): Promise<Status["database"]> {
  const cluster = await clusterOf(aws.rds, `aurora-${suffix}`);
  if (!cluster) return { version: "", status: "not there", instances: [] };
  const members = cluster.DBClusterMembers ?? [];
  const metrics = await latestMetrics(
    aws,
    members.map(({ DBInstanceIdentifier = "" }) => DBInstanceIdentifier),
  );
  const instances = await Promise.all(
    members.map(async ({ DBInstanceIdentifier = "", IsClusterWriter }) => {
      // It may have gone since the cluster named it.
      const instance = await instanceOf(aws.rds, DBInstanceIdentifier);
      return {
        name: DBInstanceIdentifier,
        role: IsClusterWriter ? ("writer" as const) : ("reader" as const),
        zone: instance?.AvailabilityZone ?? "",
        instanceClass: instance?.DBInstanceClass ?? "",
        status: instance?.DBInstanceStatus ?? "not there",
        lagMs: IsClusterWriter ? undefined : metrics.get(`AuroraReplicaLag ${DBInstanceIdentifier}`),
        credits: metrics.get(`CPUCreditBalance ${DBInstanceIdentifier}`),
      };
    }),
  );
  return { version: cluster.EngineVersion ?? "", status: cluster.Status ?? "", instances };
}

const MINUTE_MS = 60_000;

/** The newest datapoint of the last quarter of an hour, by `Metric instance`. */
async function latestMetrics(
  { cloudWatch }: Aws,
  instances: readonly string[],
): Promise<Map<string, number>> {
  if (instances.length === 0) return new Map();
  const asked = instances.flatMap((instance) =>
    ["AuroraReplicaLag", "CPUCreditBalance"].map((metric) => ({ instance, metric })),
  );
  const now = Date.now();
  const { MetricDataResults = [] } = await cloudWatch.send(
    new GetMetricDataCommand({
      StartTime: new Date(now - 15 * MINUTE_MS),
      EndTime: new Date(now),
      ScanBy: "TimestampDescending",
      MetricDataQueries: asked.map(({ instance, metric }, index) => ({
        Id: `m${index}`,
        MetricStat: {
          Metric: {
            Namespace: "AWS/RDS",
            MetricName: metric,
            Dimensions: [{ Name: "DBInstanceIdentifier", Value: instance }],
          },
          Period: 60,
          Stat: "Average",
        },
      })),
    }),
  );
  return new Map(
    MetricDataResults.flatMap(({ Id = "", Values = [] }) => {
      const query = asked[Number(Id.slice(1))];
      return query && Values[0] !== undefined
        ? [[`${query.metric} ${query.instance}`, Values[0]] as const]
        : [];
    }),
  );
}

async function alarmsOf(aws: Aws, { alarms }: ServiceName): Promise<Status["alarms"]> {
  const found = await Promise.all(
    [aws.cloudWatch, aws.edgeCloudWatch].map((client) =>
      all(paginateDescribeAlarms({ client }, { AlarmNames: [...alarms] }), (page) => page.MetricAlarms),
    ),
  );
  return found.flat().map(({ AlarmName = "", StateValue = "", StateReason = "" }) => ({
    name: AlarmName,
    state: StateValue,
    reason: StateReason,
  }));
}
