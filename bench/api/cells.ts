import { setTimeout as sleep } from "node:timers/promises";
import type { PostgresServer } from "../../local/postgres/server.ts";
import type { Server } from "./contenders.ts";
import { drive, type LoadOptions, type Request } from "./load.ts";
import { cpuOf, cpuOfTree, peakMemory } from "./machine.ts";
import { pgbench } from "./pgbench.ts";
import * as requests from "./requests.ts";

/** What one turn of one contender at one workload gave. */
export interface Sample {
  requests: number;
  perSecond: number;
  /** CPU microseconds of the server for each request. */
  serverUs: number;
  /** CPU microseconds of PostgreSQL, all its processes, for each request. */
  databaseUs: number;
  /** Milliseconds. */
  p50: number;
  p99: number;
  errors: number;
  shed: number;
  /** Statements that reached the database; counted where that is the question. */
  queries?: number;
  /** Milliseconds from the start of a process to its first 200. */
  startMs?: number;
}

export interface Cell {
  workload: string;
  contender: string;
  /** @param round from 0; -1 warms up */
  run(round: number): Promise<Sample>;
}

export interface Setup {
  database: PostgresServer;
  products: number;
  seconds: number;
  cursorKey: Buffer;
  /** With the cache of responses off. */
  uncached: Server;
  cached: Server;
  bare: Server;
  /** The path that both `cached` and `bare` answer with the same bytes, and its ETag. */
  same: { product: string; list: string; listEtag: string };
  peers: { platformatic: Server; postgraphile: Server } | undefined;
  scripts: { product: string[]; list: string[] } | undefined;
  /** A process of its own, as the stack runs it: shedding on, nothing cached yet. */
  startFresh(): Promise<Server>;
  /** How often searches have been ranked since the last call. */
  countRankings(): Promise<number>;
  /** Of every process of the API that has run, MiB. */
  memory: number[];
}

const CONNECTIONS = 32;
const STAMPEDE_CLIENTS = 200;
/** Requests a second before the spike, and ten times as many in it. */
const CALM_RATE = 100;
const BATCHES = 3;

/** All workloads, each with everything that it is measured beside. */
export function cellsOf(setup: Setup): Cell[] {
  const { products, uncached, cached, bare, peers, scripts, same } = setup;
  const cells: Cell[] = [];
  const add = (workload: string, contender: string, server: Server, list: Request[], parts = 1) =>
    cells.push({
      workload,
      contender,
      run: (round) => loaded(setup, server, { requests: list, seconds: secondsOf(setup, round) }, parts),
    });
  const addPgbench = (workload: string, files: string[] | undefined) => {
    if (files)
      cells.push({
        workload,
        contender: "pgbench",
        run: () => sql(setup, files, setup.seconds),
      });
  };

  add("product", "API, uncached", uncached, requests.productById(products));
  add("product", "API, cached", cached, [{ path: same.product }]);
  add("product", "node:http", bare, [{ path: same.product }]);
  if (peers)
    add(
      "product",
      "Platformatic DB",
      peers.platformatic,
      requests.platformatic.product(products),
      requests.PLATFORMATIC_PRODUCT_REQUESTS,
    );
  if (peers) add("product", "PostGraphile", peers.postgraphile, requests.postgraphile.product(products));
  addPgbench("product", scripts?.product);

  add("list", "API, uncached", uncached, requests.filteredList());
  add("list", "API, cached", cached, [{ path: same.list }]);
  add("list", "node:http", bare, [{ path: same.list }]);
  if (peers) add("list", "Platformatic DB", peers.platformatic, requests.platformatic.list());
  if (peers) add("list", "PostGraphile", peers.postgraphile, requests.postgraphile.list());
  addPgbench("list", scripts?.list);

  const { first, deep, deepPage } = requests.pages(products, setup.cursorKey);
  add("pages from 1", "API, uncached", uncached, first);
  add(`pages to ${deepPage.toLocaleString("en-GB")}`, "API, uncached", uncached, deep);
  add("search", "API, uncached", uncached, requests.searches(products));
  add("facets", "API, uncached", uncached, requests.facets(products));
  add("mix 95/5", "API, cached", cached, requests.mix(products));
  add("304", "API, cached", cached, [{ path: same.list, headers: { "if-none-match": same.listEtag } }]);
  cells.push({ workload: "bulk, changed", contender: "API", run: (round) => bulk(setup, round, true) });
  cells.push({ workload: "bulk, unchanged", contender: "API", run: (round) => bulk(setup, round, false) });
  cells.push({ workload: "stampede", contender: "API, fresh", run: (round) => stampede(setup, round) });
  cells.push({ workload: "spike 10 ×", contender: "API, fresh", run: () => spike(setup) });
  return cells;
}

/** Warming up takes three turns: V8 goes on optimising for the first 30,000 requests, which are no time for a server. */
const secondsOf = ({ seconds }: Setup, round: number): number => (round < 0 ? 3 * seconds : seconds);

async function accounted(
  { database }: Setup,
  pid: number | undefined,
  work: () => Promise<Omit<Sample, "serverUs" | "databaseUs">>,
): Promise<Sample> {
  const before = [pid ? cpuOf(pid) : 0, cpuOfTree(database.pid!)] as const;
  const sample = await work();
  const after = [pid ? cpuOf(pid) : 0, cpuOfTree(database.pid!)] as const;
  const each = (index: 0 | 1) => (after[index] - before[index]) / sample.requests;
  return { ...sample, serverUs: each(0), databaseUs: each(1) };
}

/** @param parts requests that together do what is counted as one; latencies stay those of a single one. */
function loaded(
  setup: Setup,
  server: Server,
  options: Omit<LoadOptions, "url" | "connections"> & { connections?: number },
  parts = 1,
) {
  return accounted(setup, server.pid, async () => {
    const { seconds, ...load } = await drive({ connections: CONNECTIONS, ...options, url: server.url });
    const requests = load.requests / parts;
    return { ...load, requests, perSecond: requests / seconds };
  });
}

function sql(setup: Setup, files: string[], seconds: number): Promise<Sample> {
  return accounted(setup, undefined, async () => {
    const { transactions, seconds: taken, latencyMs } = await pgbench(setup.database, files, seconds);
    return {
      requests: transactions,
      perSecond: transactions / taken,
      p50: latencyMs,
      p99: Number.NaN,
      errors: 0,
      shed: 0,
    };
  });
}

/** Batches of 1,000 rows one after another; figures are for a row. */
async function bulk(setup: Setup, round: number, changed: boolean): Promise<Sample> {
  const { cached, products } = setup;
  const price = (batch: number) => 5_000 + (changed ? (round + 2) * 10 + batch : 0);
  const put = async (batch: number) => {
    const { path, method, body, headers } = requests.bulk(products, 7, price(batch));
    const started = performance.now();
    const response = await fetch(`${cached.url}${path}`, { method, headers, body });
    if (!response.ok) throw new Error(`a batch was answered ${response.status}: ${await response.text()}`);
    const result = (await response.json()) as { updated: number; unchanged: number; failed: number };
    return { ms: performance.now() - started, ...result };
  };
  // The state that the measured batches find: other prices than theirs, or the same.
  await put(changed ? -1 : 0);
  return accounted(setup, cached.pid, async () => {
    const started = performance.now();
    const results = [];
    for (let batch = 0; batch < BATCHES; batch++) results.push(await put(batch));
    const rows = results.reduce((sum, { updated, unchanged }) => sum + updated + unchanged, 0);
    const expected = results.reduce((sum, result) => sum + (changed ? result.updated : result.unchanged), 0);
    const ms = results.map((result) => result.ms).sort((a, b) => a - b);
    return {
      requests: rows,
      perSecond: (rows / (performance.now() - started)) * 1000,
      p50: ms[Math.floor(ms.length / 2)]!,
      p99: ms.at(-1)!,
      errors: BATCHES * Math.min(1_000, products) - expected,
      shed: 0,
    };
  });
}

/** 200 clients ask at once for one slow search that is in no cache. */
async function stampede(setup: Setup, round: number): Promise<Sample> {
  return withFresh(setup, async (server) => {
    await setup.countRankings();
    // So many searches differ that a round never meets the one before; the time makes runs differ too.
    const list = requests.slowSearch(round + 2 + (Date.now() % 100_000) * 100);
    const sample = await loaded(setup, server, {
      requests: list,
      seconds: 0,
      amount: STAMPEDE_CLIENTS,
      connections: STAMPEDE_CLIENTS,
    });
    // One burst has latencies, but no rate.
    return { ...sample, perSecond: Number.NaN, queries: await setup.countRankings() };
  });
}

/** Ten times the traffic from one second to the next, at a constant rate whether or not answers come. */
async function spike(setup: Setup): Promise<Sample> {
  const list = requests.mixReads(setup.products);
  return withFresh(setup, async (server) => {
    await drive({ url: server.url, requests: list, connections: CONNECTIONS, seconds: 1, rate: CALM_RATE });
    return loaded(setup, server, {
      requests: list,
      seconds: setup.seconds * 2,
      connections: 100,
      rate: CALM_RATE * 10,
    });
  });
}

async function withFresh(setup: Setup, work: (server: Server) => Promise<Sample>): Promise<Sample> {
  const server = await setup.startFresh();
  try {
    // Starting keeps the event loop busy, and requests would be shed for it; a balancer's health checks take longer.
    await sleep(1_000);
    const sample = await work(server);
    setup.memory.push(peakMemory(server.pid));
    return { ...sample, startMs: server.startMs };
  } finally {
    await server.stop();
  }
}
