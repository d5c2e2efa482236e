import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import type pg from "pg";
import type { PostgresServer } from "../../../local/postgres/server.ts";
import { BreakableProxy } from "../support/proxy.ts";
import { Fleet, fill, type Task } from "../support/tasks.ts";
import { until } from "../support.ts";

/**
 * Histories of concurrent clients under faults, and a checker of what is promised. HISTORY_SECONDS and HISTORY_SEED say how long
 * and which schedule of faults; a failure prints the seed and what happened to the product last.
 */

const SECONDS = Number(process.env.HISTORY_SECONDS ?? 20);
const SEED = Number(process.env.HISTORY_SEED ?? Date.now() % 1_000_000);
const PRODUCTS = 6;

const fleet = new Fleet();
let server: PostgresServer;
let client: pg.Client;
let networks: BreakableProxy[];
let tasks: Task[];

before(async () => {
  server = await fleet.database();
  client = await fleet.client(server);
  await fill(client, PRODUCTS);
  // Each committed version, in the transaction that makes it.
  await client.query(`
    CREATE TABLE audit (seq bigserial, tx xid8 DEFAULT pg_current_xact_id(), slug text, version bigint, name text);
    CREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      INSERT INTO audit (slug, version, name) SELECT slug, NEW.version, name FROM products WHERE id = NEW.product_id;
      RETURN NULL; END $$;
    CREATE TRIGGER audit AFTER UPDATE ON product_states FOR EACH ROW EXECUTE FUNCTION audit()`);
  networks = [await BreakableProxy.start(server), await BreakableProxy.start(server)];
  tasks = await Promise.all(
    networks.map(({ port }) =>
      fleet.healthy(server, {
        DB_PORT: String(port),
        DB_STATEMENT_TIMEOUT_MS: "1000",
        RATE_LIMIT_PER_MINUTE: "0",
      }),
    ),
  );
});
after(async () => {
  await server?.resume().catch(() => {});
  await fleet.stop();
  for (const network of networks ?? []) await network.stop();
});

interface Write {
  slug: string;
  task: number;
  name: string;
  /** If-Match. */
  from: number;
  outcome: "done" | "refused" | "unknown";
  version: number | undefined;
  why: string;
}

const versionOf = (etag: unknown): number => Number(/"(\d+)\./.exec(String(etag))?.[1]);

/** What happens, and after how many milliseconds the next thing does. */
const FAULTS: Record<string, (i: number) => Promise<unknown>> = {
  cut: async (i) => {
    networks[i]!.cut();
    await sleep(300);
    networks[i]!.mend();
  },
  "silent notifications": async (i) => networks[i]!.silence("LISTEN catalog"),
  "silent connections": async (i) => networks[i]!.silence(""),
  "slow network": async (i) => {
    networks[i]!.pause();
    await sleep(500);
    networks[i]!.resume();
  },
  "backends ended": () =>
    client.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'catalog-api' AND random() < 0.5",
    ),
  "answer to COMMIT lost": async (i) => networks[i]!.cutOn("COMMIT"),
  "database stands still": async () => {
    await server.pause();
    await sleep(800);
    await server.resume();
  },
  "database stands still for long": async () => {
    await server.pause();
    await sleep(4_000);
    await server.resume();
  },
  "task stands still": async (i) => {
    tasks[i]!.child.kill("SIGSTOP");
    await sleep(1_000);
    tasks[i]!.child.kill("SIGCONT");
  },
};

test(`no acknowledged write is lost, no refused one done, and no task goes backwards (seed ${SEED})`, async (t) => {
  const writes: Write[] = [];
  const story: string[] = [];
  const tell = (slug: string, what: string) => story.push(`${Math.round(performance.now())} ${slug} ${what}`);
  const broken = (slug: string, what: string): never =>
    assert.fail(
      `seed ${SEED}: ${what}\n${story
        .filter((line) => line.includes(slug) || line.includes("*"))
        .slice(-40)
        .join("\n")}`,
    );
  /** By task and product: the newest version that it has acknowledged or served. */
  const seen = tasks.map(() => new Map<string, number>());
  let stop = false;
  let reads = 0;

  const read = async (n: number): Promise<void> => {
    const task = n % tasks.length;
    const slug = `product-${n % PRODUCTS}`;
    const before = seen[task]!.get(slug) ?? 0;
    const path = [
      `/v1/products/${slug}`,
      `/v1/products/${slug}?fields=name`,
      `/v1/products/${slug}?fields=brand`,
    ][n % 3]!;
    const reply = await tasks[task]!.send(path);
    if (reply.status !== 200) {
      assert.equal(reply.status, 503, reply.body);
      return;
    }
    reads++;
    const version = versionOf(reply.headers.etag);
    const stale = String(reply.headers["cache-status"]).includes("stale");
    tell(slug, `read on ${task}: ${version}${stale ? " stale" : ""}`);
    if (!stale && version < before) broken(slug, `task ${task} went back from ${before} to ${version}`);
    if (!stale) seen[task]!.set(slug, Math.max(version, seen[task]!.get(slug) ?? 0));
  };
  const write = async (n: number): Promise<void> => {
    const task = Math.floor(n / 3) % tasks.length;
    const slug = `product-${n % PRODUCTS}`;
    const current = await tasks[task]!.send(`/v1/products/${slug}`);
    if (current.status !== 200) return;
    const name = `Name ${n}`;
    const from = versionOf(current.headers.etag);
    const reply = await tasks[task]!.send(`/v1/products/${slug}`, {
      method: "PATCH",
      key: true,
      headers: { "if-match": String(current.headers.etag) },
      body: JSON.stringify({ name }),
    });
    const done = reply.status === 200;
    const unknown = !done && reply.json.type === "/problems/outcome-unknown";
    const version = done ? versionOf(reply.headers.etag) : undefined;
    if (!done) assert.ok([412, 503].includes(reply.status), reply.body);
    if (version !== undefined) seen[task]!.set(slug, Math.max(version, seen[task]!.get(slug) ?? 0));
    tell(slug, `write on ${task} from ${from}: ${reply.status} ${version ?? reply.json.type}`);
    writes.push({
      slug,
      task,
      name,
      from,
      version,
      why: reply.body,
      outcome: done ? "done" : unknown ? "unknown" : "refused",
    });
  };
  let next = 0;
  const clients = [read, read, read, write, write, write].map(async (act) => {
    while (!stop) {
      await act(next++);
      await sleep(2);
    }
  });
  const schedule = fc.sample(
    fc.record({
      fault: fc.constantFrom(...Object.keys(FAULTS)),
      on: fc.nat(1),
      pause: fc.integer({ min: 100, max: 1_500 }),
    }),
    { seed: SEED, numRuns: 10 * SECONDS },
  );
  const end = performance.now() + SECONDS * 1_000;
  let faults = 0;
  for (const { fault, on, pause } of schedule) {
    if (performance.now() > end) break;
    story.push(`${Math.round(performance.now())} * ${fault} ${on}`);
    await FAULTS[fault]!(on);
    faults++;
    await sleep(pause);
  }
  stop = true;
  await Promise.all(clients);

  const { rows: audit } = await client.query<{ slug: string; version: string; name: string }>(
    // A transaction may take several: its last is the one that others see.
    "SELECT slug, version, name FROM (SELECT DISTINCT ON (tx, slug) * FROM audit ORDER BY tx, slug, seq DESC) a ORDER BY seq",
  );
  for (const { slug, name, from, outcome, version, why } of writes) {
    const committed = audit.filter((row) => row.name === name);
    const known = committed.map((row) => Number(row.version)).join();
    if (outcome === "done" && known !== String(version))
      broken(slug, `${name} was acknowledged as ${version}, committed as ${known}`);
    if (outcome === "refused" && known !== "")
      broken(slug, `${name} was refused and committed as ${known}: ${why}`);
    if (committed.length > 1) broken(slug, `${name} was committed ${committed.length} times`);
    const before = audit
      .filter((row) => row.slug === slug && Number(row.version) < Number(committed[0]?.version))
      .at(-1);
    if (before && Number(before.version) !== from)
      broken(slug, `${name} follows ${before.version}, and named ${from}`);
  }
  // Afterwards all tasks show the same, and it is the last version.
  for (let i = 0; i < PRODUCTS; i++) {
    const last = audit.filter((row) => row.slug === `product-${i}`).at(-1);
    for (const task of tasks) {
      if (last)
        await until(
          async () => (await task.send(`/v1/products/${last.slug}`)).json.name === last.name,
          30_000,
        );
    }
  }
  const count = (outcome: Write["outcome"]) => writes.filter((write) => write.outcome === outcome).length;
  t.diagnostic(
    `${SECONDS} s, seed ${SEED}: ${reads} reads, ${count("done")} writes done, ${count("refused")} refused, ${count("unknown")} unknown, ${faults} faults`,
  );
  assert.ok(count("done") > 10 && reads > 50 && faults > 3);
});
