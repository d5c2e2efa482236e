/**
 * What the preview runs: the data plane of a synthesised stack, each part with the address of the resource that it
 * came from. Parts are found by resource type and by following references, never by their names in the stack.
 */

import { type AlarmBlueprints, readAlarms } from "./alarms.ts";
import { type BalancerBlueprint, readBalancer } from "./balancer.ts";
import { type DashboardBlueprint, readDashboards } from "./dashboards.ts";
import { type DatabaseBlueprint, readDatabase } from "./database.ts";
import { type PartDimensions, readDimensions } from "./dimensions.ts";
import { type EdgeBlueprint, readEdge } from "./edge.ts";
import { type Emitted, readEmitted } from "./emitted.ts";
import { type EventRule, readEventRules } from "./event-rules.ts";
import { readScaler, type ScalerBlueprint } from "./scaler.ts";
import { findServices, readService, type ServiceBlueprint } from "./service.ts";
import { Stack } from "./stack.ts";
import { readStandby, type StandbyBlueprint } from "./standby.ts";

export interface Blueprint {
  region: string;
  edge: EdgeBlueprint;
  balancer: BalancerBlueprint;
  service: ServiceBlueprint;
  /** Services beside it that have no task until an alarm gives them some. */
  standby: StandbyBlueprint[];
  database: DatabaseBlueprint;
  scaler: ScalerBlueprint;
  /** What CloudWatch would be told, and by which dimensions. */
  emitted: Emitted;
  dimensions: PartDimensions;
  eventRules: EventRule[];
  alarms: AlarmBlueprints;
  dashboards: DashboardBlueprint[];
}

/**
 * Reads a synthesised stack from a file or from parsed JSON.
 *
 * @param secrets values by the secrets' names. @default new random ones each time
 * @throws {BlueprintError} naming resource and attribute, for what would not work in AWS or cannot be played here.
 */
export function readBlueprint(
  source: string | Record<string, unknown>,
  secrets: Readonly<Record<string, string>> = {},
): Blueprint {
  const stack = typeof source === "string" ? Stack.read(source, secrets) : new Stack(source, secrets);
  const edge = readEdge(stack);
  const balancer = readBalancer(stack, edge.origin);
  const [first, ...others] = findServices(stack, balancer.targetGroup);
  const service = readService(first);
  const emitted = readEmitted(stack, service);
  return {
    region: stack.region,
    edge,
    balancer,
    service,
    standby: others.map((other) => readStandby(stack, other)),
    database: readDatabase(stack),
    scaler: readScaler(stack, service),
    emitted,
    dimensions: readDimensions(stack, {
      edge: edge.address,
      balancer: balancer.address,
      targetGroup: balancer.targetGroup.address,
    }),
    eventRules: readEventRules(stack),
    alarms: readAlarms(stack, emitted),
    dashboards: readDashboards(stack),
  };
}
