import type * as cloudwatch from "../../aws/cloudwatch/index.ts";
import type { Settings } from "../../settings.ts";
import type { Database } from "../database.ts";
import type { Edge } from "../edge.ts";
import type { Network } from "../network.ts";
import type { ApiService } from "../service.ts";
import type { Events } from "./events.ts";

/** What is watched. */
export interface Parts {
  readonly network: Network;
  readonly api: ApiService;
  readonly database: Database;
  readonly edge: Edge;
  readonly settings: Settings;
}

/** What is watched, with what is counted of AWS's own events. */
export interface WatchedParts extends Parts {
  readonly events: Events;
}

/** The alarms by the part of the system that they are about, in the order in which a request meets it. */
export interface Alarms {
  readonly customers: cloudwatch.Alarm[];
  readonly edge: cloudwatch.Alarm[];
  readonly balancer: cloudwatch.Alarm[];
  readonly tasks: cloudwatch.Alarm[];
  readonly database: cloudwatch.Alarm[];
  readonly infrastructure: cloudwatch.Alarm[];
}
