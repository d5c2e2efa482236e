/** The settings that would carry a curve, found by trying them, and what each costs while it lasts. */
import { INSTANCE_HOURS, PRICES } from "../estimate/prices.ts";
import { CLASSES, maxConnections } from "./classes.ts";
import type { Service } from "./service.ts";
import { type Minute, type Scenario, simulate } from "./simulate.ts";

/** What carrying means. */
export interface Limits {
  /** Of all requests, shed or failed; 0 to 1. */
  refused: number;
  /** Milliseconds, of what the database answers, in any minute. */
  p99: number;
}

export interface Summary {
  requests: number;
  shed: number;
  failed: number;
  /** Shed and failed, of all requests; 0 to 1. */
  refused: number;
  mostTasks: number;
  mostCpu: number;
  mostDatabaseCpu: number;
  /** Milliseconds. */
  worstP99: number;
  /** The least in any minute; undefined for a class without. */
  leastCredits: number | undefined;
  /** USD, of tasks and database, while the curve lasts. */
  usd: number;
  carries: boolean;
}

export interface Choice extends Summary {
  /** By the names of docs/SETTINGS.md. */
  settings: Readonly<Record<string, string>>;
}

export function summarise(minutes: readonly Minute[], service: Service, limits: Limits): Summary {
  const sum = (of: (minute: Minute) => number) => minutes.reduce((total, minute) => total + of(minute), 0);
  const most = (of: (minute: Minute) => number) =>
    minutes.reduce((max, minute) => Math.max(max, of(minute)), 0);
  const [requests, shed, failed] = [
    60 * sum((minute) => minute.requests),
    60 * sum((minute) => minute.shed),
    60 * sum((minute) => minute.failed),
  ];
  const refused = requests === 0 ? 0 : (shed + failed) / requests;
  const worstP99 = most(({ p99 }) => p99);
  const credits = minutes.flatMap((minute) => minute.credits ?? []);
  return {
    requests,
    shed,
    failed,
    refused,
    mostTasks: most(({ running }) => running),
    mostCpu: most(({ cpu }) => cpu),
    mostDatabaseCpu: most(({ databaseCpu }) => databaseCpu),
    worstP99,
    leastCredits: credits.length === 0 ? undefined : Math.min(...credits),
    usd: usdOf(minutes, service),
    carries: refused <= limits.refused && worstP99 <= limits.p99,
  };
}

/** Of tasks and database instances; see ops/estimate/prices.ts. */
function usdOf(minutes: readonly Minute[], service: Service): number {
  const hour = service.taskCpus * PRICES.fargateCpu.usd + service.memoryGigabytes * PRICES.fargateMemory.usd;
  const tasks = minutes.reduce(
    (total, { running, onDemand }) => total + onDemand + (running - onDemand) * PRICES.fargateSpotShare.usd,
    0,
  );
  const instances =
    minutes.length * service.databaseInstances * (INSTANCE_HOURS[service.databaseClass]?.usd ?? 0);
  const last = minutes.at(-1)?.credits ?? 0;
  // A credit is a processor for a minute.
  const surplus = Math.max(0, -last) * PRICES.auroraCredits.usd;
  return (tasks * hour + instances + surplus) / 60;
}

/** How long before the load a scheduled minimum takes effect: as long as tasks take to start, and as much again. */
const LEAD_MINUTES = 10;

/**
 * With the cheapest class of database that carries the curve, from the stack's own on: the least tasks, by MIN_TASKS and by
 * SCHEDULED_MINIMUMS, and the least of them on demand. The cheapest first; none, when no class carries it.
 */
export function findChoices(service: Service, scenario: Scenario, limits: Limits): Choice[] {
  const price = (name: string) => INSTANCE_HOURS[name]?.usd ?? Number.POSITIVE_INFINITY;
  const classes = Object.keys(CLASSES)
    .filter((name) => name === service.databaseClass || price(name) > price(service.databaseClass))
    .toSorted((a, b) => price(a) - price(b));
  for (const name of classes) {
    const choices = [byMinimum, bySchedule]
      .map((form) => least(service, scenario, limits, name, form))
      .filter((choice) => choice !== undefined);
    if (choices.length > 0) return choices.toSorted((a, b) => a.usd - b.usd);
  }
  return [];
}

type Form = (
  service: Service,
  scenario: Scenario,
  tasks: number,
) => {
  service: Service;
  settings: Record<string, string>;
};

const byMinimum: Form = (service, _, tasks) => ({
  service: { ...service, minimum: tasks },
  settings: { MIN_TASKS: String(tasks) },
});

/** From before the curve passes half of its peak until it is below for good. */
const bySchedule: Form = (service, { curve, begins }, tasks) => {
  const half = curve.reduce((max, rate) => Math.max(max, rate), 0) / 2;
  const first = Math.max(0, curve.findIndex((rate) => rate > half) - LEAD_MINUTES);
  const last = curve.findLastIndex((rate) => rate > half) + 1;
  const at = (minute: number) =>
    `at(${new Date(begins.getTime() + minute * 60_000).toISOString().slice(0, 19)})`;
  const schedule = (minute: number, minimum: number) => ({
    schedule: at(minute),
    timezone: "UTC",
    minimum,
    maximum: service.maximum,
  });
  return {
    service: {
      ...service,
      scheduled: [...service.scheduled, schedule(first, tasks), schedule(last, service.minimum)],
    },
    settings: { SCHEDULED_MINIMUMS: `${at(first)}=${tasks}; ${at(last)}=${service.minimum}` },
  };
};

function least(
  service: Service,
  scenario: Scenario,
  limits: Limits,
  databaseClass: string,
  form: Form,
): Choice | undefined {
  const database = CLASSES[databaseClass]!;
  const attempt = (tasks: number, onDemandBase: number): Choice => {
    const changed = form({ ...service, databaseClass, onDemandBase }, scenario, tasks);
    const summary = summarise(simulate(changed.service, { ...scenario, database }), changed.service, limits);
    const settings = {
      ...changed.settings,
      ...(databaseClass === service.databaseClass ? {} : { DATABASE_INSTANCE_CLASS: databaseClass }),
      ...(onDemandBase === service.onDemandBase ? {} : { ON_DEMAND_BASE_TASKS: String(onDemandBase) }),
    };
    return { settings, ...summary };
  };
  if (service.maximum * service.poolMax > maxConnections(database)) return undefined;
  // A schedule that raises nothing is none.
  for (let tasks = service.minimum + (form === bySchedule ? 1 : 0); tasks <= service.maximum; tasks++) {
    // A base costs more than a task on Spot, and helps only against what Spot takes.
    for (let base = service.onDemandBase; base <= tasks; base++) {
      const choice = attempt(tasks, base);
      if (choice.carries) return choice;
      if (scenario.spot.length === 0) break;
    }
  }
  return undefined;
}
