import type { Alarms } from "./alarms/alarms.ts";
import type { DatabaseLoad } from "./alarms/database-load.ts";
import type { MetricStore } from "./alarms/metric-store.ts";
import type { Balancer } from "./balancer/balancer.ts";
import type { Blueprint } from "./blueprint/index.ts";
import type { StackClock } from "./clock.ts";
import type { Database } from "./database.ts";
import type { Edge } from "./edge/edge.ts";
import type { EventLog } from "./event-log.ts";
import type { Meter } from "./meter.ts";
import type { Scaler } from "./scaler/scaler.ts";
import type { Fleet } from "./service/fleet.ts";

/** The parts of a running preview, as far as they are up. */
export interface Parts {
  blueprint: Blueprint;
  clock: StackClock;
  log: EventLog;
  meter: Meter;
  database: Database;
  balancer: Balancer;
  edge: Edge;
  fleet: Fleet;
  scaler: Scaler;
  metrics: MetricStore;
  alarms: Alarms;
  databaseLoad: DatabaseLoad;
  urls: { edge: string; balancer: string };
  /** Stands for the image's working directory. */
  imageFolder: string;
  ready: boolean;
  /** CPUs of this machine that stand for one task's CPU. */
  taskCpus: number;
}
