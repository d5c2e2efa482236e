/** What customers ask of the tasks and of the database, once the caches have answered what they can. */
import { UserError } from "../../cli/user-error.ts";
import { type Band, type CacheChain, throughCaches, zipf } from "./caches.ts";

/** CPU seconds of one request: of the task, and of the database. */
export interface Cost {
  readonly task: number;
  readonly database: number;
}

export type Kind = "product" | "list" | "search";
export const KINDS: readonly Kind[] = ["product", "list", "search"];

export interface Costs {
  readonly read: Readonly<Record<Kind, Cost>>;
  /** Whatever a task's cache answers. */
  readonly hit: number;
  /** A refusal with 503. */
  readonly refusal: number;
  readonly write: Cost;
}

const US = 1e-6;

/**
 * On two cores of a virtual machine (AMD EPYC) at a million products: `npm run bench:api` of 22 November 2026, api/README.md, but
 * for the search and the write, which version 0.1.0 of that day did otherwise: `npm run bench:api` of 28 November on a busy machine.
 * A file of that bench's own goes before these.
 */
export const COSTS: Costs = {
  read: {
    product: { task: 102 * US, database: 117 * US },
    list: { task: 199 * US, database: 230 * US },
    search: { task: 1_837 * US, database: 8_500 * US },
  },
  hit: 27.5 * US,
  // It is found before anything is parsed, as a refusal is.
  refusal: 27.5 * US,
  write: { task: 127 * US, database: 370 * US },
};

/** As `npm run bench:api` writes it into bench/results/api.json. */
interface BenchReport {
  results: { workload: string; contender: string; serverUs: number; databaseUs: number }[];
}

/**
 * Costs as a run of the bench found them; what it has not measured stays as it is in {@link COSTS}.
 *
 * @throws UserError for a text that is none of its reports
 */
export function readCosts(text: string, file: string): Costs {
  let report: Partial<BenchReport> | undefined;
  try {
    report = JSON.parse(text);
  } catch {}
  const results = report?.results;
  if (!Array.isArray(results))
    throw new UserError(`${file} is not what \`npm run bench:api\` writes to bench/results/api.json.`);
  const of = (workload: string, contender: string, fallback: Cost): Cost => {
    const found = results.find((each) => each.workload === workload && each.contender === contender);
    return found ? { task: found.serverUs * US, database: found.databaseUs * US } : fallback;
  };
  const uncached = (kind: Kind) => of(kind, "API, uncached", COSTS.read[kind]);
  const hit = of("list", "API, cached", { task: COSTS.hit, database: 0 }).task;
  return {
    read: { product: uncached("product"), list: uncached("list"), search: uncached("search") },
    hit,
    refusal: hit,
    write: of("bulk, changed", "API", COSTS.write),
  };
}

/** Who asks for what. */
export interface Shop {
  /** Shares of the reads at the edge; what is left are products. */
  readonly lists: number;
  readonly searches: number;
  /** Of all requests. */
  readonly writes: number;
  /** Different ones that are asked for. */
  readonly keys: Readonly<Record<Kind, number>>;
  /** Of Zipf's law. */
  readonly exponent: number;
  /** Caches of the edge that do not share what they have. */
  readonly edges: number;
  /** How much longer than on the bench's machine a processor of AWS takes. */
  readonly slowness: number;
}

/** A second of it. Requests a second; CPU seconds for each. */
export interface Demand {
  readonly requests: number;
  /** Reads that the tasks' caches answer. */
  readonly hits: number;
  /** What needs the database: misses, and writes. */
  readonly misses: number;
  readonly hitCpu: number;
  /** Means over the misses. */
  readonly missCpu: number;
  readonly databaseCpu: number;
  readonly refusalCpu: number;
}

export type Ask = (requestsPerSecond: number, tasks: number) => Demand;

/** @param seconds how long the edge, and the tasks, keep an answer. */
export function askOf(shop: Shop, costs: Costs, seconds: { edge: number; task: number }): Ask {
  const { lists, searches, writes, slowness } = shop;
  const shares: Record<Kind, number> = { product: 1 - lists - searches, list: lists, search: searches };
  const bands = Object.fromEntries(
    KINDS.map((kind) => [kind, zipf(shop.keys[kind], shop.exponent)]),
  ) as Record<Kind, Band[]>;
  return (rate, tasks) => {
    const written = rate * writes;
    const reads = rate - written;
    let origin = 0;
    let misses = written;
    let missCpu = written * costs.write.task;
    let databaseCpu = written * costs.write.database;
    for (const kind of KINDS) {
      const chain: CacheChain = {
        bands: bands[kind],
        edges: shop.edges,
        edgeSeconds: seconds.edge,
        taskSeconds: seconds.task,
        // A write makes one product obsolete, and each list and search that may show it: any write does, in the worst case.
        writesPerKey: kind === "product" ? written / shop.keys.product : written,
      };
      const through = throughCaches(reads * shares[kind], Math.max(1, tasks), chain);
      origin += through.origin;
      misses += through.misses;
      missCpu += through.misses * costs.read[kind].task;
      databaseCpu += through.misses * costs.read[kind].database;
    }
    const each = (sum: number) => (misses === 0 ? 0 : (slowness * sum) / misses);
    return {
      requests: rate,
      hits: origin + written - misses,
      misses,
      hitCpu: slowness * costs.hit,
      missCpu: each(missCpu),
      databaseCpu: each(databaseCpu),
      refusalCpu: slowness * costs.refusal,
    };
  };
}
