/** What can be done to a running preview, by drills and by the page's buttons. */
import type { EventEmitter } from "node:events";
import type { PreviewEvent, PreviewEvents } from "./events.ts";
import type { Point, Snapshot } from "./snapshot.ts";

/** What a new revision of the task definition changes against the stack's own. */
export interface TaskDefinitionChange {
  /** Added to the container's environment; `undefined` takes a variable out. */
  environment?: Record<string, string | undefined>;
  /** Added to the environment of the task's other containers, by their names. */
  containers?: Record<string, Record<string, string>>;
  /** Folder that stands for another image's working directory. */
  image?: string;
  /** In place of the image's command, e.g. `["node", "-e", "process.exit(1)"]`. */
  command?: string[];
}

/**
 * What to use to look into the database from outside, e.g. to count its statements in a drill: a superuser of a server
 * that has `pg_stat_statements` among its `shared_preload_libraries`.
 */
export interface DatabaseConnection {
  host: string;
  port: number;
  user: string;
  password: string;
  database: string;
  /** PEM of the local authority that signed the server's certificate. */
  ca: string;
}

/** A running preview: what drills and the page's buttons work on. */
export interface Preview {
  /** The distribution, e.g. `http://127.0.0.1:8080`. */
  readonly edgeUrl: string;
  /** The load balancer, which admits only the edge. */
  readonly balancerUrl: string;
  /** The page and its API. */
  readonly controlUrl: string;
  /** One of the generated API keys, for writes. */
  readonly apiKey: string;
  readonly database: DatabaseConnection;
  /** The same, by way of the reader's endpoint. */
  readonly reader: DatabaseConnection;
  /** Folder that stands for the image's working directory. */
  readonly imageFolder: string;
  readonly events: EventEmitter<PreviewEvents>;

  snapshot(): Snapshot;
  /** Finished seconds, oldest first, at most the last ten minutes; only those after `since` when given. */
  points(since?: number): Point[];
  /** The stack's dashboards as pictures, each a whole SVG file, of what was measured since the metrics were last forgotten. */
  dashboards(): { name: string; svg: string }[];
  /** The event log, oldest first, at most the last 1,000; only those with a larger sequence when given. */
  log(afterSequence?: number): PreviewEvent[];

  /**
   * Takes Spot capacity away: up to `count` tasks that run on it get SIGTERM now and SIGKILL when `stopTimeout` is over.
   * Resolves, with their ids, when the last of them has stopped.
   */
  interruptTasks(count: number): Promise<string[]>;
  /** From now on no Spot task can be started, or they can again; those that run stay. */
  withholdSpot(withheld: boolean): void;
  /** The database is gone at once, without a word to its clients. */
  killDatabase(): Promise<void>;
  /** Every process of the database stands still, as when its volume stalls: connections stay open, nothing answers. */
  pauseDatabase(): Promise<void>;
  /**
   * Brings it back on the same port with the same data, as a promoted writer would; a paused one goes on where it was.
   * Resolves when it answers.
   */
  startDatabase(): Promise<void>;
  /**
   * Registers a new revision and rolls it out. `{}` is the stack's own task definition once more.
   * Resolves when the deployment is completed or has failed (and, with a circuit breaker, was rolled back).
   */
  deploy(change: TaskDefinitionChange): Promise<{ revision: number; rollout: "COMPLETED" | "FAILED" }>;
  /**
   * Makes a new token for the edge to show at the balancer, as Terraform does it: first the listener's rule takes it beside
   * the present one, and no other; then the edge sends it.
   */
  rotateOriginToken(): Promise<void>;
  /** From now on the edge shows the balancer a token that no rule takes, until the next rotation. */
  breakOriginToken(): void;
  /** From now on what the reader answers comes so many milliseconds late; 0 ends it. */
  setReaderDelay(milliseconds: number): void;
  /** From now on so many CPUs of this machine stand for the reader's. */
  setReaderCpus(cpus: number): void;
  /** Empties the edge's cache. */
  flushEdgeCache(): void;
  /** From now on the stack's clocks run `factor` times faster (1 to 100). */
  setSpeed(factor: number): void;
  /**
   * From now on so many CPUs of this machine stand for one task's CPU: a smaller slice makes the same work a larger
   * share of it, so that a small machine can show what a large load does.
   */
  setTaskCpus(cpus: number): void;
  /** Forgets all that was measured: no alarm has data, as after the stack's creation. */
  forgetMetrics(): void;
  /** Sets the desired count within the scaler's limits, as `aws ecs update-service --desired-count` does. */
  setDesiredCount(count: number): void;
  /** Stops everything that this preview started, once the requests at the edge are answered. Safe to call twice. */
  stop(how?: StopOptions): Promise<void>;
}

export interface StopOptions {
  /** Let tasks drain as in AWS: SIGTERM, then their `stopTimeout`. @default false: they get a second to exit */
  drain?: boolean;
  /** Kill tasks at once, also when another stop is under way. @default false */
  force?: boolean;
}

export interface PreviewOptions {
  /** Synthesised stack, a `cdk.tf.json`. @default synthesised anew, into the state folder */
  stackFile?: string;
  /** Settings of the stack that is synthesised, over those of the environment. @default none */
  settings?: Readonly<Record<string, string>>;
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
  /**
   * Alarms on latency fail no deployment: for a machine that has other things to do meanwhile, as tests have it.
   *
   * @default false
   */
  bearSlowness?: boolean;
  /** Values of secrets by their names. @default random ones, as the stack asks for them */
  secrets?: Readonly<Record<string, string>>;
  /** Called with a line for each part as it comes up. @default silent */
  progress?: (line: string) => void;
}

/** What the control server needs to offer drills as buttons: given to it by whoever composes preview and drills. */
export interface DrillRunner {
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
}
