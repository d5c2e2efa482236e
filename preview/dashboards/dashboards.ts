/** The stack's dashboards, drawn with what the preview has measured. */
import type { Parts } from "../parts.ts";
import { drawDashboard } from "./draw.ts";

type DrawnParts = Pick<Parts, "blueprint" | "metrics" | "alarms">;

export function drawDashboards({ blueprint, metrics, alarms }: DrawnParts): { name: string; svg: string }[] {
  const states = new Map(alarms.snapshots().map(({ name, state }) => [name, state]));
  const minutes = metrics.minutes;
  return blueprint.dashboards.map((dashboard) => ({
    name: dashboard.name,
    svg: drawDashboard(dashboard, {
      minutes,
      values: ({ identity, statistic }) => metrics.history(identity, statistic),
      stateOf: (name) => states.get(name),
    }),
  }));
}
