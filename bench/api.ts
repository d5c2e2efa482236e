import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { countProducts, loadCatalogue } from "../api/dev/catalogue/load.ts";
import { migrate } from "../api/src/migrate.ts";
import { command, integer, run } from "../cli/command.ts";
import { interruption } from "../cli/interruption.ts";
import { jsonOption } from "../cli/output.ts";
import { UserError } from "../cli/user-error.ts";
import { PostgresServer } from "../local/postgres/server.ts";
import { cellsOf, type Sample, type Setup } from "./api/cells.ts";
import { PEERS, type Server, startApi, startPrinting } from "./api/contenders.ts";
import type { Request } from "./api/load.ts";
import { describeMachine, peakMemory } from "./api/machine.ts";
import { hasPgbench, writeScripts } from "./api/pgbench.ts";
import { judge, progressLine, type Report, summarise, toMarkdown } from "./api/report.ts";
import { filteredList, platformatic, postgraphile } from "./api/requests.ts";
import { publish } from "./report.ts";

const ROOT = join(import.meta.dirname, "..");

interface Options {
  products: number;
  rounds: number;
  seconds: number;
  only: string | undefined;
  peers: boolean;
  json?: boolean;
}

const WORKLOADS = "product, list, page, search, facets, mix, 304, bulk, stampede, spike";

const bench = command("npm run bench:api --", { 1: "a contender failed, or cannot be installed" })
  .description(
    "Measures the API at a million products: CPU time per request of the server and of PostgreSQL by the operating system's " +
      "accounting, requests per second, latency and errors; beside bare node:http with the same bytes, pgbench with the same " +
      "SQL, and Platformatic DB and PostGraphile on the same table (installed into bench/peers/api on first use). All take " +
      "turns; medians count. The first run fills a database in .postgres/, which takes some minutes more.\n\n" +
      "The report is also written to bench/results/, as Markdown and as JSON. Linux only: it reads /proc.",
  )
  .option("--products <n>", "size of the catalogue (default: 1000000)", integer(2_000, 10_000_000))
  .option("--rounds <n>", "turns of each (default: 5)", integer(1, 50))
  .option("--seconds <n>", "length of one turn (default: 3)", integer(1, 60))
  .option("--only <workload>", `workloads whose name begins so: ${WORKLOADS}`)
  .option("--no-peers", "leave the peers out")
  .option("--quick", "20000 products, 1 round of 1 s: to see that it works, not for figures")
  .addOption(jsonOption)
  .action(async ({ quick, ...given }) => {
    if (process.platform !== "linux") throw new UserError("The benchmark reads /proc, which only Linux has.");
    const size = quick
      ? { products: 20_000, rounds: 1, seconds: 1 }
      : { products: 1_000_000, rounds: 5, seconds: 3 };
    const options: Options = { ...size, only: undefined, ...given };
    const folder = await mkdtemp(join(tmpdir(), "catalog-bench-"));
    const stops: (() => Promise<void>)[] = [() => rm(folder, { recursive: true, force: true })];
    const stopAll = async () => {
      for (const stop of stops.splice(0).reverse()) await stop();
    };
    const { promise: stopped, reject: stop } = Promise.withResolvers<never>();
    const signal = interruption();
    signal.addEventListener("abort", () => void stopAll().finally(() => stop(signal.reason)));
    try {
      const report = await Promise.race([measure(options, folder, stops), stopped]);
      await publish("api", options.json, report, toMarkdown(report));
    } catch (error) {
      if (signal.aborted) await stopped;
      throw error;
    } finally {
      await stopAll();
    }
  });

async function measure(options: Options, folder: string, stops: (() => Promise<void>)[]): Promise<Report> {
  const loadBefore = loadavg()[0]!;
  const database = await openDatabase(options.products);
  stops.push(() => database.stop());
  const servers: Server[] = [];
  const started = async (starting: Promise<Server>) => {
    const server = await starting;
    servers.push(server);
    stops.push(() => server.stop());
    return server;
  };
  const missing: string[] = [];
  const uncached = await started(startApi(database, { CACHE_MAX_MIB: "0", MAX_EVENT_LOOP_UTILIZATION: "0" }));
  const cached = await started(startApi(database, { MAX_EVENT_LOOP_UTILIZATION: "0" }));
  const { same, bodies } = await sameBytes(cached, folder);
  const bare = await started(
    startPrinting(join(ROOT, "bench/api/bare.ts"), { BODIES: JSON.stringify(bodies) }),
  );
  const scripts = (await hasPgbench()) ? await writeScripts(folder, options.products) : undefined;
  if (!scripts) missing.push("pgbench, which is not installed (Debian: postgresql-contrib)");
  if (!options.peers) missing.push("the peers, which were left out");
  const client = new pg.Client({ connectionString: database.connectionString("postgres") });
  await client.connect();
  stops.push(() => client.end());
  await client.query("CREATE EXTENSION IF NOT EXISTS pg_stat_statements");
  const setup: Setup = {
    database,
    products: options.products,
    seconds: options.seconds,
    cursorKey: await readCursorKey(database),
    uncached,
    cached,
    bare,
    same,
    peers: options.peers ? await startPeers(database, started) : undefined,
    scripts,
    startFresh: () => startApi(database),
    countRankings: () => countRankings(client),
    memory: [],
  };
  const results = await takeTurns(setup, options);
  const peakMemoryMiB = Math.max(...setup.memory, peakMemory(uncached.pid), peakMemory(cached.pid));
  return {
    machine: describeMachine(),
    date: new Date().toISOString().slice(0, 10),
    products: options.products,
    rounds: options.rounds,
    seconds: options.seconds,
    loadBefore,
    results,
    targets: judge(results, peakMemoryMiB),
    peakMemoryMiB,
    missing,
  };
}

async function takeTurns(setup: Setup, { rounds, only }: Options) {
  const cells = cellsOf(setup).filter(({ workload }) => only === undefined || workload.startsWith(only));
  if (cells.length === 0) throw new UserError(`--only ${only}: there is no such workload`);
  process.stderr.write("warming up …\n");
  for (const cell of cells) await cell.run(-1);
  const samples = new Map<string, Sample[]>();
  for (let round = 0; round < rounds; round++) {
    // Every other round the other way round, so that nobody always comes after the same one.
    for (const cell of round % 2 ? [...cells].reverse() : cells) {
      const sample = await cell.run(round);
      const key = `${cell.workload}\n${cell.contender}`;
      samples.set(key, [...(samples.get(key) ?? []), sample]);
      process.stderr.write(progressLine(round, rounds, { ...sample, ...cell }));
    }
  }
  return cells.map(({ workload, contender }) =>
    summarise(workload, contender, samples.get(`${workload}\n${contender}`)!),
  );
}

/** Kept between runs: filling it takes longer than the benchmark. */
async function openDatabase(products: number): Promise<PostgresServer> {
  await mkdir(join(ROOT, ".postgres"), { recursive: true, mode: 0o755 });
  const server = await PostgresServer.start({
    dataFolder: join(ROOT, `.postgres/bench-${products}`),
    user: "catalog",
    settings: {
      shared_buffers: "1GB",
      max_wal_size: "4GB",
      shared_preload_libraries: "pg_stat_statements",
    },
  });
  try {
    await server.createDatabase("catalog");
    const client = new pg.Client({ connectionString: server.connectionString("catalog") });
    await client.connect();
    await migrate(client);
    if ((await countProducts(client)) !== products) await loadCatalogue(client, products, 1);
    await client.end();
    return server;
  } catch (error) {
    await server.stop();
    throw error;
  }
}

async function readCursorKey(database: PostgresServer): Promise<Buffer> {
  const client = new pg.Client({ connectionString: database.connectionString("catalog") });
  await client.connect();
  const { rows } = await client.query("SELECT value FROM settings WHERE name = 'cursor_key'");
  await client.end();
  return Buffer.from(rows[0].value, "hex");
}

/** How often searches were ranked since the last call: how many of them reached the database. */
async function countRankings(client: pg.Client): Promise<number> {
  const { rows } = await client.query(
    "SELECT coalesce(sum(calls), 0)::int AS calls FROM pg_stat_statements WHERE query ~ '^WITH matches' AND query ~ 'ts_rank_cd'",
  );
  await client.query("SELECT pg_stat_statements_reset()");
  return rows[0].calls;
}

/** What the API answers to one product and one list, for bare node:http to answer with the same. */
async function sameBytes(api: Server, folder: string) {
  const bodies: Record<string, { file: string; headers: Record<string, string> }> = {};
  const fetchInto = async (name: string, path: string) => {
    const response = await fetch(`${api.url}${path}`);
    if (!response.ok) throw new Error(`${path} answered ${response.status}`);
    const file = join(folder, name);
    await writeFile(file, Buffer.from(await response.arrayBuffer()));
    const headers = Object.fromEntries(
      [...response.headers].filter(([header]) => !["connection", "keep-alive", "date"].includes(header)),
    );
    bodies[path] = { file, headers };
    return response.headers.get("etag") ?? "";
  };
  const product = "/v1/products/1234";
  const list = filteredList()[0]!.path;
  await fetchInto("product.json", product);
  const listEtag = await fetchInto("list.json", list);
  return { same: { product, list, listEtag }, bodies };
}

async function startPeers(database: PostgresServer, started: (starting: Promise<Server>) => Promise<Server>) {
  if (!existsSync(join(PEERS, "node_modules"))) {
    process.stderr.write("installing the peers …\n");
    execFileSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], {
      cwd: PEERS,
      stdio: "inherit",
    });
  }
  const env = { DATABASE_URL: database.connectionString("catalog") };
  const peers = {
    platformatic: await started(startPrinting(join(PEERS, "platformatic.js"), env)),
    postgraphile: await started(startPrinting(join(PEERS, "postgraphile.js"), env)),
  };
  const [platformaticProduct, platformaticVariants] = platformatic.product(1);
  const [postgraphileProduct] = postgraphile.product(1);
  await assertAnswers(peers.platformatic, platformaticProduct!, "slug");
  await assertAnswers(peers.platformatic, platformaticVariants!, "sku");
  await assertAnswers(peers.platformatic, platformatic.list()[0]!, "slug");
  await assertAnswers(peers.postgraphile, postgraphileProduct!, "sku");
  await assertAnswers(peers.postgraphile, postgraphile.list()[0]!, "slug");
  return peers;
}

/** GraphQL reports its errors with status 200: a peer that fails must not look fast. */
async function assertAnswers(
  server: Server,
  { path, method, headers, body }: Request,
  member: string,
): Promise<void> {
  const response = await fetch(`${server.url}${path}`, { method, headers, body });
  const answer = await response.text();
  if (!response.ok || !answer.includes(`"${member}":"`) || answer.includes('"errors":')) {
    throw new Error(`${path} of a peer answered ${response.status}: ${answer.slice(0, 500)}`);
  }
}

await run(bench);
