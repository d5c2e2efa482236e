import type { Balancer } from "../balancer/balancer.ts";
import type { ServiceBlueprint } from "../blueprint/index.ts";
import type { StackClock } from "../clock.ts";
import type { TaskDefinitionChange } from "../contract/index.ts";
import type { EventLog } from "../event-log.ts";
import type { ContainerProcess } from "./task.ts";

/** Makes the process settings of a task of one revision; see definition.ts. */
export type Launch = (
  change: TaskDefinitionChange,
  port: number,
) => ContainerProcess & { before: ContainerProcess[] };

export interface ServiceParts {
  settings: ServiceBlueprint;
  balancer: Balancer;
  clock: StackClock;
  log: EventLog;
  launch: Launch;
  logFile: (id: string) => string;
}
