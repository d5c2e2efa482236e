import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import type pg from "pg";
import type { PostgresServer } from "../../../local/postgres/server.ts";
import { until } from "../../../test/support/until.ts";
import { unmarked } from "../support/api.ts";
import { BreakableProxy } from "../support/proxy.ts";
import { Fleet, fill, type Reply, rename, type Task } from "../support/tasks.ts";

const fleet = new Fleet();
let server: PostgresServer;
let client: pg.Client;
let proxy: BreakableProxy;
/** Writes, directly. */
let writer: Task;
/** Reads over a network that breaks; what it has stays fresh for an hour unless it hears of a change. */
let reader: Task;

before(async () => {
  server = await fleet.database({ settings: { shared_preload_libraries: "pg_stat_statements" } });
  client = await fleet.client(server);
  await fill(client, 500);
  await client.query("CREATE EXTENSION pg_stat_statements");
  proxy = await BreakableProxy.start(server);
  writer = await fleet.healthy(server, { RATE_LIMIT_PER_MINUTE: "0" });
  reader = await fleet.healthy(server, {
    DB_PORT: String(proxy.port),
    CACHE_TTL_SECONDS: "3600",
    RATE_LIMIT_PER_MINUTE: "0",
    // How soon a silent connection is given up.
    DB_LOCK_TIMEOUT_MS: "1000",
    DB_STATEMENT_TIMEOUT_MS: "1000",
    METRICS_INTERVAL_SECONDS: "1",
  });
});
// One that fails half-way takes nothing from those that follow.
afterEach(async () => {
  proxy.mend();
  await client.query("ROLLBACK");
});
after(async () => {
  await fleet.stop();
  await proxy?.stop();
});

/** Of the last line of metrics: kinds of connections that get no answer, and whether nobody tells of changes. */
const metricsOf = (task: Task): number[] => {
  const line = task.log().findLast((entry) => "_aws" in entry);
  return [line?.DatabaseSilent, line?.NotificationsDown];
};

const nameOf = async (task: Task, slug: string): Promise<string> =>
  (await task.send(`/v1/products/${slug}`)).json.name;

/** Until what is asked for comes from the cache, again and again: notifications of earlier writes are all in. */
async function settle(task: Task, path: string): Promise<void> {
  let hits = 0;
  let last: Reply | undefined;
  await until(async () => {
    last = await task.send(path);
    hits = String(last.headers["cache-status"]).endsWith("; hit") ? hits + 1 : 0;
    return hits === 5;
  }).catch((error) => {
    throw new Error(`${path} does not stay in the cache: ${last?.status} ${last?.body}`, { cause: error });
  });
}

test("a task that was cut off from its database hears, once it is back, of what has changed meanwhile", async () => {
  const list = "/v1/products?brand=Acme&sort=-name";
  await settle(reader, "/v1/products/product-1");
  await settle(reader, list);
  proxy.cut();
  await until(async () => (await reader.send("/health")).json.database.notifications === "down");
  assert.equal((await rename(writer, "product-1", "Meanwhile")).status, 200);
  assert.equal(await nameOf(reader, "product-1"), "Fine Lamp 1", "cut off, it has only what it had");
  await until(() => metricsOf(reader)[0]! >= 2 && metricsOf(reader)[1] === 1);
  proxy.mend();
  await until(async () => (await nameOf(reader, "product-1")) === "Meanwhile");
  await until(async () => (await reader.send(list)).json.items[0].name === "Meanwhile");
  await until(() => metricsOf(reader).every((value) => value === 0));
});

test("a connection for notifications that the server ends is replaced, and nothing stays stale for ever", async () => {
  await settle(reader, "/v1/products/product-2");
  // The write of which nobody hears: it happens in the same moment.
  await client.query("ALTER TABLE products DISABLE TRIGGER products_updated");
  await client.query("UPDATE products SET name = 'In the gap' WHERE slug = 'product-2'");
  await client.query("ALTER TABLE products ENABLE TRIGGER products_updated");
  const { rowCount } = await client.query(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query ~ '^(LISTEN|SELECT NOT .pg_is_in_recovery)'",
  );
  assert.ok(rowCount! >= 1);
  await until(async () => (await nameOf(reader, "product-2")) === "In the gap");
});

test("categories that change in a gap of the notifications are shown everywhere once it is over", async () => {
  const urls = ["/v1/categories/lamps", "/v1/products/product-4", "/v1/products?brand=Acme&limit=1"];
  for (const url of urls) await settle(reader, url);
  proxy.cut();
  await until(async () => (await reader.send("/health")).json.database.notifications === "down");
  const renamed = await writer.send("/v1/categories/lamps", {
    method: "PATCH",
    key: true,
    body: JSON.stringify({ name: "Lights" }),
  });
  assert.equal(renamed.status, 200, renamed.body);
  const made = await writer.send("/v1/categories/torches", {
    method: "PUT",
    key: true,
    body: JSON.stringify({ name: "Torches" }),
  });
  assert.equal(made.status, 201, made.body);
  assert.match((await reader.send(urls[0]!)).body, /Lamps/, "cut off, it has only what it had");
  proxy.mend();
  await until(async () => {
    const { status, database } = (await reader.send("/health")).json;
    return status === "ok" && Object.values(database).every((state) => state === "up");
  });
  // At once: what is heard again is that everything may have changed.
  for (const url of [...urls.slice(0, 2), "/v1/products/product-5"])
    assert.match((await unmarked(() => reader.send(url))).body, /Lights/, url);
  assert.equal((await unmarked(() => reader.send("/v1/products?category=torches"))).status, 200);
});

test("a connection for notifications that has gone silent without an end is noticed as well", async () => {
  await settle(reader, "/v1/products/product-3");
  await until(() => proxy.silence("LISTEN catalog") > 0);
  assert.equal((await rename(writer, "product-3", "Unheard")).status, 200);
  await until(async () => (await nameOf(reader, "product-3")) === "Unheard");
});

test("200 clients that ask at once for a search that nobody has asked before cost one query", async () => {
  const task = await fleet.healthy(server, {
    RATE_LIMIT_PER_MINUTE: "0",
    DB_LOCK_TIMEOUT_MS: "60000",
    DB_STATEMENT_TIMEOUT_MS: "60000",
  });
  // Other searches first: connections are warm, and what is looked up once for all searches has been.
  await task.send("/v1/search?q=acme");
  await client.query("SELECT pg_stat_statements_reset()");
  await client.query("BEGIN; LOCK TABLE products IN ACCESS EXCLUSIVE MODE");
  const answers = Promise.all(
    Array.from({ length: 200 }, () => task.send("/v1/search?q=fine+lamp&sort=name")),
  );
  await until(async () => {
    const { rows } = await client.query("SELECT count(*)::int AS n FROM pg_locks WHERE NOT granted");
    return rows[0].n > 0;
  });
  // Whoever asks after the others is answered after they have been read.
  for (let i = 0; i < 10; i++) await task.send("/health");
  await client.query("COMMIT");
  const replies = await answers;
  assert.deepEqual([...new Set(replies.map(({ status }) => status))], [200]);
  assert.equal(new Set(replies.map(({ body }) => body)).size, 1);
  assert.ok(replies[0]!.json.items.length > 0);
  const joined = replies.filter(({ headers }) => /collapsed/.test(String(headers["cache-status"])));
  assert.ok(joined.length > 100, `only ${joined.length} have waited for the one`);
  const { rows } = await client.query(
    "SELECT calls::int, query FROM pg_stat_statements WHERE query ~ 'product_terms|search_lexemes' AND query !~ 'LOCK TABLE|pg_'",
  );
  assert.ok(
    rows.some(({ query }) => /@@/.test(query)),
    "the search is not among the statements",
  );
  assert.deepEqual(
    rows.filter(({ calls }) => calls > 1),
    [],
  );
});
