/** Will these tasks and this database carry the sale? See docs/FORECAST.md. */
import { UserError } from "../../cli/user-error.ts";
import { findChoices, type Limits, summarise } from "./choices.ts";
import { CLASSES } from "./classes.ts";
import { askOf, type Costs, type Shop } from "./demand.ts";
import type { Forecast } from "./report.ts";
import type { Service } from "./service.ts";
import { type Clocks, type Curve, type SpotLoss, simulate } from "./simulate.ts";

export interface Wanted {
  curve: Curve;
  begins: Date;
  shop: Shop;
  costs: Costs;
  /** Where the costs are from, in a few words. */
  measured: string;
  clocks: Omit<Clocks, "healthy">;
  spot: readonly SpotLoss[];
  limits: Limits;
}

/** Seconds for which Spot lets a task go on: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html */
export const SPOT_NOTICE_SECONDS = 120;

/** @throws UserError for a class of database that nobody has described. */
export function forecast(service: Service, wanted: Wanted): Forecast {
  const { shop, costs, limits } = wanted;
  const database = CLASSES[service.databaseClass];
  if (!database)
    throw new UserError(
      `DATABASE_INSTANCE_CLASS=${service.databaseClass}: the forecast knows ${Object.keys(CLASSES).join(", ")}.`,
    );
  // A new target gets requests once it has passed one check:
  // https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
  const clocks = { ...wanted.clocks, healthy: service.checkSeconds };
  const ask = askOf(shop, costs, { edge: service.edgeSeconds, task: service.cacheSeconds });
  const scenario = { ...wanted, ask: remembered(ask), database, clocks };
  const minutes = simulate(service, scenario);
  return {
    service,
    limits,
    minutes,
    summary: summarise(minutes, service, limits),
    choices: findChoices(service, scenario, limits),
    assumptions: assumptionsOf(service, wanted),
  };
}

/** A curve asks for the same again and again while settings are tried. */
function remembered<T>(ask: (rate: number, tasks: number) => T): (rate: number, tasks: number) => T {
  const known = new Map<string, T>();
  return (rate, tasks) => {
    const key = `${rate} ${tasks}`;
    const demand = known.get(key) ?? ask(rate, tasks);
    known.set(key, demand);
    return demand;
  };
}

function assumptionsOf(service: Service, { shop, measured, clocks, spot }: Wanted): string[] {
  const { keys } = shop;
  const whole = (value: number) => value.toLocaleString("en");
  const percent = (share: number) => `${+(100 * share).toPrecision(3)} %`;
  return [
    `CPU of a request: ${measured}; a processor of AWS takes ${shop.slowness} times as long (--slowness).`,
    `Reads: ${percent(shop.lists)} lists, ${percent(shop.searches)} searches, the rest products (--lists, --searches); ${percent(shop.writes)} of all are writes (--writes).`,
    `Asked for by Zipf's law with exponent ${shop.exponent} (--zipf): of ${whole(keys.product)} products, ${whole(keys.list)} lists and ${whole(keys.search)} searches (--products, --different-lists, --different-searches).`,
    `${shop.edges} caches of the edge that share nothing (--edge-caches) keep an answer for ${service.edgeSeconds} s, each task one of its own for ${service.cacheSeconds} s or until a write.`,
    `A task runs ${clocks.start} s after it is asked for (--task-start), and is sent requests after a check, ${service.checkSeconds} s later; an alarm sees a minute ${clocks.metric} s after its end (--metric-delay).`,
    spot.length === 0
      ? "Spot takes nothing (--spot-taken)."
      : `Spot takes ${spot.map(({ minute, tasks, short }) => `${tasks} at minute ${minute}, with no other for ${short} minutes`).join("; ")}.`,
    "One instance of the database answers all reads; requests come at random; a new task's cache is as warm as the others'.",
    "Prices are those of ops/estimate/prices.ts, which are to be checked before a budget.",
  ];
}
