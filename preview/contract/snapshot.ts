/** The state of all parts at one moment, and the figures of one second. */

/** A target's state in the words of Elastic Load Balancing. */
export type TargetHealth = "initial" | "healthy" | "unhealthy" | "draining" | "unused";

/** A task's life in the words of Amazon ECS, as far as a process has it. */
export type TaskStatus = "PENDING" | "RUNNING" | "DEACTIVATING" | "STOPPING" | "STOPPED";

export interface TaskSnapshot {
  /** Short unique id, e.g. `7f3a9c21`. */
  id: string;
  /** Process id while the process lives. */
  pid: number | undefined;
  /** Loopback address that stands for the task's network interface, e.g. `127.0.0.1:41873`. */
  address: string;
  status: TaskStatus;
  health: TargetHealth;
  /** Why the last health check failed or the task stopped, in one short sentence. */
  reason: string | undefined;
  /** Revision of the task definition, from 1; each deploy adds one. */
  revision: number;
  /** Capacity provider that it runs on, e.g. `FARGATE_SPOT`. */
  provider: string;
  /** Requests that the balancer has sent to this task and that are not answered yet. */
  inFlight: number;
  /** Requests answered since the task started. */
  served: number;
  /** CPU over the last second in percent of the task's slice (`taskCpus`); may exceed 100 for a moment. */
  cpuPercent: number;
  /** Resident memory in bytes. */
  memory: number;
  startedAt: number;
  stoppedAt: number | undefined;
  exitCode: number | undefined;
}

export interface DeploymentSnapshot {
  /** Revision of the task definition that this deployment rolls out. */
  revision: number;
  status: "PRIMARY" | "ACTIVE";
  rollout: "IN_PROGRESS" | "COMPLETED" | "FAILED";
  desired: number;
  running: number;
  /** Tasks that failed to start or to become healthy, in a row, and the count that trips the circuit breaker. */
  failed: number;
  failureThreshold: number;
  /** True for a deployment that the circuit breaker made, back to the last one that worked. */
  rollback: boolean;
}

export interface BehaviourSnapshot {
  /** Path pattern, `*` for the default behaviour. */
  pathPattern: string;
  /** Name of the managed cache policy, e.g. `UseOriginCacheControlHeaders-QueryStrings`. */
  cachePolicy: string;
}

export interface AlarmSnapshot {
  name: string;
  address: string;
  /** What it means, and where its playbook is. */
  description: string;
  state: "OK" | "ALARM" | "INSUFFICIENT_DATA";
  /** Since when it is in this state. */
  since: number;
  /** What it watches, in the last period; undefined without data, and for a composite alarm. */
  value: number | undefined;
  threshold: number | undefined;
  /** AWS's page on what it watches, which nothing here measures: it has no state then. */
  awsAlone: string | undefined;
}

export interface Snapshot {
  at: number;
  /** False while the parts are still coming up or going down. */
  ready: boolean;
  /** How many times faster than in AWS the stack's clocks run. */
  speed: number;
  edge: {
    address: string;
    url: string;
    behaviours: BehaviourSnapshot[];
    /** Objects in the cache and their bytes. */
    objects: number;
    bytes: number;
    /** Share of viewer requests of the last 10 s that the cache answered, 0 to 1; undefined without requests. */
    hitRatio: number | undefined;
    inFlight: number;
  };
  balancer: { address: string; url: string; algorithm: string; healthy: number; inFlight: number };
  service: {
    address: string;
    desired: number;
    running: number;
    pending: number;
    /** Lower and upper limit of running tasks during a deployment, in percent of desired. */
    minimumHealthyPercent: number;
    maximumPercent: number;
    stopTimeoutSeconds: number;
    /** CPUs of this machine that stand for one task's CPU. */
    taskCpus: number;
    deployments: DeploymentSnapshot[];
  };
  /** Services that have no task until an alarm gives them some. */
  standby: { address: string; desired: number; running: number }[];
  /** Of all services: tasks that have not stopped, then the last few that have, newest first. */
  tasks: TaskSnapshot[];
  database: {
    address: string;
    engine: string;
    status: "starting" | "available" | "unavailable" | "stopped";
    /** What each endpoint of the cluster resolves to here, e.g. `writer`, `reader`. One process plays both. */
    roles: string[];
    /** CPUs of this machine that stand for the reader's, and how much of its own each instance uses, in percent. */
    readerCpus: number;
    cpuPercent: { writer: number; reader: number } | undefined;
    port: number;
  };
  alarms: AlarmSnapshot[];
  scaler: {
    address: string;
    minimum: number;
    maximum: number;
    desired: number;
    /** Target of the metric, in percent CPU. */
    target: number;
    /** Service average as the alarm last saw it; undefined before the first datapoint. */
    cpuPercent: number | undefined;
    /** End of a running cool-down, or undefined. */
    coolingDownUntil: number | undefined;
    /** Consecutive datapoints above the high alarm's and below the low alarm's threshold. */
    breachingHigh: number;
    breachingLow: number;
  };
}

/** Counts and latencies of one wall-clock second. */
export interface Point {
  /** Start of the second. */
  at: number;
  /** Viewer requests finished at the edge in this second. */
  requests: number;
  status2xx: number;
  status3xx: number;
  status4xx: number;
  status5xx: number;
  /** Of the 5xx: shed by the API on purpose (503 with `Retry-After`). */
  shed: number;
  /** Latency at the edge in milliseconds; undefined in a second without requests. */
  p50: number | undefined;
  p99: number | undefined;
  /** Answers of the edge's cache: fresh or revalidated, stale on purpose, and those that needed the origin. */
  hits: number;
  staleHits: number;
  misses: number;
  /** Requests that the edge sent to the balancer. */
  originRequests: number;
  /** Mean of the CPU of the service's tasks, those of services that stand by apart, in percent of their slices. */
  cpuPercent: number | undefined;
  /** Of all services, as are `healthy` and `desired`. */
  running: number;
  healthy: number;
  desired: number;
  /** How many times faster than in AWS the stack's clocks ran. */
  speed: number;
}
