/** Will these tasks and this database carry the sale? See docs/FORECAST.md. */
import { readFileSync } from "node:fs";
import { UserError } from "../../cli/user-error.ts";
import { findChoices, summarise } from "./choices.ts";
import { CLASSES } from "./classes.ts";
import { readCurve, sale } from "./curve.ts";
import { askOf, COSTS, readCosts, type Shop } from "./demand.ts";
import type { Forecast } from "./report.ts";
import type { Service } from "./service.ts";
import { type Clocks, type SpotLoss, simulate } from "./simulate.ts";

/** The options of `bin/catalog forecast`, which say what each is. */
export interface ForecastOptions {
  /** A file. */
  readonly curve?: string | undefined;
  readonly peak: number;
  /** @default the next full hour */
  readonly begins?: Date | undefined;
  readonly lists: number;
  readonly searches: number;
  readonly writes: number;
  readonly products: number;
  readonly differentLists: number;
  readonly differentSearches: number;
  readonly zipf: number;
  readonly edgeCaches: number;
  /** A file. */
  readonly costs?: string | undefined;
  readonly slowness: number;
  /** Seconds. */
  readonly taskStart: number;
  readonly metricDelay: number;
  readonly spotTaken?: readonly SpotLoss[] | undefined;
  readonly mostRefused: number;
  /** Milliseconds. */
  readonly mostP99: number;
}

/** Seconds for which Spot lets a task go on: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html */
const SPOT_NOTICE_SECONDS = 120;
const HOUR_MS = 3_600_000;

/** @throws UserError for files that are none of theirs, shares above the whole, and a class of database that nobody has described */
export function forecast(service: Service, options: ForecastOptions): Forecast {
  const { curve: file, costs: bench, lists, searches, writes, spotTaken: spot = [] } = options;
  if (lists + searches > 1)
    throw new UserError(`--lists ${lists} and --searches ${searches} are more than all reads together.`);
  const { begins = new Date(Math.ceil(Date.now() / HOUR_MS) * HOUR_MS) } = options;
  const curve = file === undefined ? sale(options.peak) : readCurve(readFileSync(file, "utf8"), file);
  const costs = bench === undefined ? COSTS : readCosts(readFileSync(bench, "utf8"), bench);
  const shop: Shop = {
    ...{ lists, searches, writes, slowness: options.slowness },
    keys: { product: options.products, list: options.differentLists, search: options.differentSearches },
    exponent: options.zipf,
    edges: options.edgeCaches,
  };
  const limits = { refused: options.mostRefused, p99: options.mostP99 };
  const database = CLASSES[service.databaseClass];
  if (!database)
    throw new UserError(
      `DATABASE_INSTANCE_CLASS=${service.databaseClass}: the forecast knows ${Object.keys(CLASSES).join(", ")}.`,
    );
  // A new target gets requests once it has passed one check:
  // https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
  const clocks: Clocks = {
    start: options.taskStart,
    metric: options.metricDelay,
    notice: SPOT_NOTICE_SECONDS,
    healthy: service.checkSeconds,
  };
  const ask = askOf(shop, costs, { edge: service.edgeSeconds, task: service.cacheSeconds });
  const scenario = { curve, begins, spot, ask: remembered(ask), database, clocks };
  const minutes = simulate(service, scenario);
  return {
    service,
    limits,
    minutes,
    summary: summarise(minutes, service, limits),
    choices: findChoices(service, scenario, limits),
    assumptions: assumptionsOf(service, {
      ...{ shop, clocks, spot },
      measured: bench ?? "as docs/FORECAST.md lists it (--costs)",
    }),
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

interface Basis {
  readonly shop: Shop;
  readonly clocks: Clocks;
  readonly spot: readonly SpotLoss[];
  /** Where the costs are from, in a few words. */
  readonly measured: string;
}

function assumptionsOf(service: Service, { shop, measured, clocks, spot }: Basis): string[] {
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
