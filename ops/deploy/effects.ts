/** What a plan takes and what it costs: for somebody who has to say yes or no. */
import type { Json, JsonObject } from "../../local/terraform-json/index.ts";
import { Configuration } from "../../local/terraform-json/index.ts";
import { cost } from "../estimate/cost.ts";
import { durationOf } from "../estimate/durations.ts";
import { minutes } from "../estimate/gantt.ts";
import { timetable } from "../estimate/time.ts";
import { Plan, type PlannedResource } from "../plan-json.ts";
import type { Change } from "./changes.ts";
import type { Planned } from "./plan.ts";

export interface Effects {
  /** Seconds, by the middle and by the longest of what others' deployments took. */
  readonly likely: number;
  readonly most: number;
  /** USD a month, at the usual use, of what will run; and how much more that is than what runs. */
  readonly monthly: number;
  readonly more: number;
}

/** What waits for a steady state, though it is only changed. */
const WAITS_WHEN_CHANGED = ["aws_ecs_service"];

export function effectsOf({ stack, json, changes }: Pick<Planned, "stack" | "json" | "changes">): Effects {
  const made = changes.filter(
    ({ action, type }) =>
      action === "create" ||
      action === "replace" ||
      (action === "change" && WAITS_WHEN_CHANGED.includes(type)),
  );
  const create = timetable(new Configuration(stack), "create", new Set(made.map(({ address }) => address)));
  const gone = changes.filter(({ action }) => action === "destroy" || action === "replace");
  const destroy = (kind: "likely" | "most") =>
    Math.max(0, ...gone.map((each) => durationOf(each, "destroy")[kind]));
  const { resources } = new Plan(json);
  const [now, then] = [monthly(resources, "before"), monthly(resources, "values")];
  return {
    likely: create.likely + destroy("likely"),
    most: create.most + destroy("most"),
    monthly: then,
    more: then - now,
  };
}

/** Two sentences; none where nothing changes. */
export function effectsInWords(effects: Effects, changes: readonly Change[]): string[] {
  if (changes.length === 0) return [];
  const { likely, most, monthly: usd, more } = effects;
  const rounded = Math.round(more);
  const difference =
    rounded === 0
      ? "as much as what runs"
      : `${Math.abs(rounded)} ${rounded > 0 ? "more" : "less"} than what runs`;
  return [
    `It takes about ${minutes(likely)}, ${minutes(most)} at most, as others' deployments did.`,
    `It costs about ${Math.round(usd)} USD a month at the usual use, ${difference}; see bin/catalog estimate.`,
  ];
}

/** Both sides of a plan have the same shape, so that their difference is that of the resources. */
function monthly(resources: readonly PlannedResource[], side: "before" | "values"): number {
  const resource: Record<string, Record<string, JsonObject>> = {};
  for (const { address, type, [side]: values } of resources) {
    if (Object.keys(values).length === 0) continue;
    const body = withoutEmpty(values) as JsonObject;
    resource[type] = { ...resource[type], [address.slice(type.length + 1)]: body };
  }
  return cost(new Configuration({ resource })).monthly;
}

/** A block that is not there is an empty list in a plan, and nothing in a configuration. */
function withoutEmpty(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, each]) =>
      each === null || (Array.isArray(each) && each.length === 0) ? [] : [[name, withoutEmpty(each)]],
    ),
  );
}
