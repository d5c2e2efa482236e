/**
 * What the preview shows and what can be done to it: the one contract between the engine (which fills it), the page
 * and the drills (which read it). Everything here is plain data that survives `JSON.stringify`, except {@link Preview}.
 *
 * Times are milliseconds since the epoch on this machine's clock, also when the stack's clocks run faster (`speed`).
 */
import type { EventEmitter } from "node:events";

/** A target's state in the words of Elastic Load Balancing. */
export type TargetHealth = "initial" | "healthy" | "unhealthy" | "draining" | "unused";

/** A task's life in the words of Amazon ECS, as far as a process has it. */
export type TaskStatus = "PENDING" | "RUNNING" | "DEACTIVATING" | "STOPPING" | "STOPPED";

export type TaskSnapshot = {
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
};

export type DeploymentSnapshot = {
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
};

export type BehaviourSnapshot = {
  /** Path pattern, `*` for the default behaviour. */
  pathPattern: string;
  /** Name of the managed cache policy, e.g. `UseOriginCacheControlHeaders-QueryStrings`. */
  cachePolicy: string;
};

export type Snapshot = {
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
  /** Tasks that have not stopped, then the last few that have, newest first. */
  tasks: TaskSnapshot[];
  database: {
    address: string;
    engine: string;
    status: "starting" | "available" | "unavailable" | "stopped";
    /** What each endpoint of the cluster resolves to here, e.g. `writer`, `reader`. One process plays both. */
    roles: string[];
    port: number;
  };
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
};

/** Counts and latencies of one wall-clock second. */
export type Point = {
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
  /** Mean of the tasks' CPU in percent of their slices. */
  cpuPercent: number | undefined;
  running: number;
  healthy: number;
  desired: number;
};

export type EventLevel = "info" | "good" | "warn" | "bad";

export const eventKinds = [
  "preview.ready",
  "preview.stopping",
  "database.starting",
  "database.available",
  "database.unavailable",
  "database.seeded",
  "task.started",
  "task.stopping",
  "task.stopped",
  "task.failed",
  "task.interrupted",
  "target.registered",
  "target.healthy",
  "target.unhealthy",
  "target.draining",
  "target.drained",
  "deployment.started",
  "deployment.completed",
  "deployment.failed",
  "deployment.rollback",
  "service.steady",
  "service.throttled",
  "scaler.out",
  "scaler.in",
  "scaler.alarm",
  "scaler.scheduled",
  "edge.flushed",
  "edge.originError",
  "clock.speed",
] as const;
export type EventKind = (typeof eventKinds)[number];

export type PreviewEvent = {
  /** Increases by one with each event of this run. */
  sequence: number;
  at: number;
  kind: EventKind;
  level: EventLevel;
  /** Address of the resource in the synthesised stack that this is about, e.g. `aws_ecs_service.Api_Service_1A2B`. */
  address: string;
  /** One plain sentence for a person. */
  message: string;
  /** Set when it is about one task. */
  task?: string;
  /** Figures and reasons for machines, e.g. `{ from: 2, to: 4, cpuPercent: 83 }`. */
  detail?: Record<string, string | number | boolean | undefined>;
};

/** What a new revision of the task definition changes against the stack's own. */
export type TaskDefinitionChange = {
  /** Added to the container's environment; `undefined` takes a variable out. */
  environment?: Record<string, string | undefined>;
  /** In place of the image's command, e.g. `["node", "-e", "process.exit(1)"]`. */
  command?: string[];
};

/**
 * What to use to look into the database from outside, e.g. to count its statements in a drill: a superuser of a server
 * that has `pg_stat_statements` among its `shared_preload_libraries`.
 */
export type DatabaseConnection = {
  host: string;
  port: number;
  user: string;
  password: string;
  database: string;
  /** PEM of the local authority that signed the server's certificate. */
  ca: string;
};

export type PreviewEvents = {
  /** Each entry of the event log as it is written. */
  event: [PreviewEvent];
  /** Each finished second. */
  point: [Point];
};

/** A running preview: what drills and the page's buttons work on. */
export type Preview = {
  /** The distribution, e.g. `http://127.0.0.1:8080`. */
  readonly edgeUrl: string;
  /** The load balancer, which admits only the edge. */
  readonly balancerUrl: string;
  /** The page and its API. */
  readonly controlUrl: string;
  /** One of the generated API keys, for writes. */
  readonly apiKey: string;
  readonly database: DatabaseConnection;
  readonly events: EventEmitter<PreviewEvents>;

  snapshot(): Snapshot;
  /** Finished seconds, oldest first, at most the last ten minutes; only those after `since` when given. */
  points(since?: number): Point[];
  /** The event log, oldest first, at most the last 1,000; only those with a larger sequence when given. */
  log(afterSequence?: number): PreviewEvent[];

  /**
   * Takes Spot capacity away: up to `count` running tasks get SIGTERM now and SIGKILL when `stopTimeout` is over.
   * Resolves, with their ids, when the last of them has stopped.
   */
  interruptTasks(count: number): Promise<string[]>;
  /** The database is gone at once, without a word to its clients. */
  killDatabase(): Promise<void>;
  /** Brings it back on the same port with the same data, as a promoted writer would. Resolves when it answers. */
  startDatabase(): Promise<void>;
  /**
   * Registers a new revision and rolls it out. `{}` is the stack's own task definition once more.
   * Resolves when the deployment is completed or has failed (and, with a circuit breaker, was rolled back).
   */
  deploy(change: TaskDefinitionChange): Promise<{ revision: number; rollout: "COMPLETED" | "FAILED" }>;
  /** Empties the edge's cache. */
  flushEdgeCache(): void;
  /** From now on the stack's clocks run `factor` times faster (1 to 100). */
  setSpeed(factor: number): void;
  /**
   * From now on so many CPUs of this machine stand for one task's CPU: a smaller slice makes the same work a larger
   * share of it, so that a small machine can show what a large load does.
   */
  setTaskCpus(cpus: number): void;
  /** Sets the desired count within the scaler's limits, as `aws ecs update-service --desired-count` does. */
  setDesiredCount(count: number): void;
  /**
   * Drains and stops everything that this preview started: tasks get SIGTERM and their `stopTimeout`. With `force`
   * they are killed at once, also when a draining stop is under way. Safe to call twice.
   */
  stop(options?: { force?: boolean }): Promise<void>;
};

export type PreviewOptions = {
  /** Synthesised stack, a `cdk.tf.json`. @default synthesised anew, into the state folder */
  stackFile?: string;
  /** Folder for the database and certificates. @default `.preview` */
  stateFolder?: string;
  /** Begin with an empty database. @default false */
  fresh?: boolean;
  /** Port of the edge; balancer and page take the next two. 0: free ports. @default 8080 */
  port?: number;
  /** How many times faster than in AWS the stack's clocks run. @default 10 */
  speed?: number;
  /** Products of the sample catalogue, loaded when the database is new. @default 2000 */
  products?: number;
  /** CPUs of this machine that stand for one task's CPU. @default cores ÷ maximum tasks */
  taskCpus?: number;
  /** Called with a line for each part as it comes up. @default silent */
  progress?: (line: string) => void;
};

/** Routes of the control server, under {@link Preview.controlUrl}. */
export const controlRoutes = {
  /** `GET`: {@link Snapshot}. */
  snapshot: "/api/snapshot",
  /** `GET`: {@link Point}[]; `?since=`. */
  points: "/api/points",
  /** `GET`: {@link PreviewEvent}[]; `?after=`. */
  log: "/api/log",
  /** `GET`: server-sent events named `snapshot` (each second), `point`, `event`; each `data:` one JSON value. */
  stream: "/api/stream",
  /**
   * `POST` with the header `x-preview-token` (from the page's `<meta name="preview-token">`) and a JSON body:
   * `interruptTasks {count}`, `killDatabase {}`, `startDatabase {}`, `deploy {environment?, command?}`,
   * `flushEdgeCache {}`, `setSpeed {factor}`, `setDesiredCount {count}`, e.g. `POST /api/action/interruptTasks`.
   * Answers 202 at once: what happens is in the event log.
   */
  action: "/api/action/",
  /**
   * `GET`: {@link DrillRunner.state}; `GET /api/drill/NAME`: {@link DrillRunner.result}; `POST /api/drill/NAME` starts one and `DELETE /api/drill/NAME` ends it early
   * (same header). 404 for an unknown name, 409 while another is under way.
   */
  drill: "/api/drill/",
  // Every other `GET` is a file of the page: page-files.ts.
} as const;

/**
 * `run.json` in the state folder: written once the preview is ready and removed when it stops, so that
 * `npm run drill` finds a running preview.
 */
export type RunFile = { pid: number; controlUrl: string; edgeUrl: string };

/** What the control server needs to offer drills as buttons: given to it by whoever composes preview and drills. */
export type DrillRunner = {
  readonly names: readonly string[];
  /** Name of the drill under way, if any. One at a time. */
  readonly running: string | undefined;
  /** Starts a drill on the preview; rejects when one is under way or the name is unknown. */
  start(name: string): Promise<void>;
  /** Ends the drill under way, if any, and puts right what it had broken. Resolves when that is done. */
  cancel(): Promise<void>;
  /** For the page: state and result of each drill so far. Plain data. */
  state(): unknown;
  /** The last full result of a drill, with its series; undefined before the first. Plain data. */
  result(name: string): unknown;
};
