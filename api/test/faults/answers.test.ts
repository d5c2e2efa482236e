import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { Deadline } from "../../src/database/deadline.ts";
import { DatabaseUnavailable } from "../../src/database/errors.ts";
import {
  type Answer,
  addProducts,
  connectOwner,
  row,
  startApi,
  type TestApi,
  unique,
  untold,
} from "../support/api.ts";
import { BreakableProxy } from "../support/proxy.ts";

/** What a write answers is what has happened, and why. */

let api: TestApi;
let other: pg.Client;

before(async () => {
  // Longer than anybody waits on a busy machine.
  api = await startApi({ DB_LOCK_TIMEOUT_MS: "4000" });
  other = await connectOwner(api);
  await api.client.query(`
    CREATE TABLE fault (code text);
    INSERT INTO fault VALUES (NULL);
    CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE c text := (SELECT code FROM fault);
    BEGIN
      IF c IS NOT NULL THEN RAISE EXCEPTION 'connection closed timeout %', c USING ERRCODE = c; END IF;
      RETURN NULL;
    END $$`);
});
// One that fails half-way takes nothing from those that follow.
afterEach(async () => {
  await other.query("ROLLBACK");
  await api.client.query("UPDATE fault SET code = NULL; DROP TRIGGER IF EXISTS zz_fail ON products");
});
after(async () => {
  await other?.end().catch(() => {});
  await api?.close();
});

const METHODS = {
  create: (on: TestApi, slug: string, headers: Record<string, string> = {}) => {
    const { sku, prices, product } = row({ slug: `new-${slug}`, categories: ["books"] });
    return on.call("PUT", `/v1/products/new-${slug}`, {
      key: true,
      headers: { "if-none-match": "*", ...headers },
      body: { ...product, variants: [{ sku, prices }] },
    });
  },
  change: (on: TestApi, slug: string, headers: Record<string, string> = {}) =>
    on.call("PATCH", `/v1/products/${slug}`, {
      key: true,
      headers: { "if-match": "*", ...headers },
      body: { name: `Changed ${unique()}` },
    }),
  remove: (on: TestApi, slug: string, headers: Record<string, string> = {}) =>
    on.call("DELETE", `/v1/products/${slug}`, { key: true, headers: { "if-match": "*", ...headers } }),
  batch: (on: TestApi, slug: string, headers: Record<string, string> = {}) =>
    on.call("PUT", "/v1/products:bulk?atomic=true", {
      key: true,
      headers,
      body: {
        rows: [{ sku: `SKU-${slug}`, prices: { EUR: 4_321 }, product: { name: `Batch ${unique()}` } }],
      },
    }),
};

/** All that a write could have changed of a product, or of the one that it would have made. */
async function stateOf(slug: string): Promise<string> {
  const { rows } = await api.client.query(
    `SELECT p.slug, s.version FROM products p JOIN product_states s ON s.product_id = p.id
     WHERE slug IN ($1, 'new-' || $1) ORDER BY slug`,
    [slug],
  );
  return JSON.stringify(rows);
}

/** @param meanwhile what is so while it is written, and not any more when it is looked at. */
async function assertTrue(
  where: string,
  slug: string,
  write: () => Promise<Answer>,
  meanwhile: { begin?: string; end?: string } = {},
): Promise<Answer> {
  const before = await stateOf(slug);
  if (meanwhile.begin) await other.query(meanwhile.begin);
  const answer = await write().finally(() => meanwhile.end && other.query(meanwhile.end));
  const changed = (await stateOf(slug)) !== before;
  assert.equal(changed, answer.status < 300, `${where}: ${answer.status} ${answer.text}`);
  return answer;
}

test("whatever table somebody holds, an answer of 2xx was committed, and no other was", async () => {
  const { rows } = await api.client.query(
    "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT IN ('schema_migrations', 'fault') ORDER BY 1",
  );
  const refused = new Set<string>();
  for (const { tablename } of rows) {
    // A task that has just started has nothing of its own yet.
    const fresh = await api.another({ DB_LOCK_TIMEOUT_MS: "300" });
    const slugs = Object.keys(METHODS).map((method) => `${method}-${unique()}`);
    await addProducts(
      api,
      slugs.map((slug) => ({ slug, categories: ["books"] })),
    );
    for (const [i, write] of Object.values(METHODS).entries()) {
      const where = `${tablename}, ${slugs[i]}`;
      // Nobody else can as much as read it: what reads after a COMMIT fails.
      const meanwhile = { begin: `BEGIN; LOCK TABLE ${tablename} IN ACCESS EXCLUSIVE MODE`, end: "ROLLBACK" };
      const key: Record<string, string> = i % 2 ? { "idempotency-key": unique() } : {};
      const { status, json } = await assertTrue(
        where,
        slugs[i]!,
        () => write(fresh, slugs[i]!, key),
        meanwhile,
      );
      if (status >= 300) refused.add(json.type);
    }
    await fresh.close();
  }
  assert.deepEqual([...refused], ["/problems/locked"]);
});

test("each reason has its own problem, whenever it shows", async () => {
  const reasons: Record<string, string> = {
    "40001": "contention",
    "40P01": "contention",
    "55P03": "locked",
    "57014": "database-timeout",
    "53100": "database-unavailable",
    "53200": "database-unavailable",
    "53300": "database-unavailable",
    "53400": "database-unavailable",
    "58030": "database-unavailable",
    "08006": "database-unavailable",
    "25P03": "database-unavailable",
    "25P04": "database-unavailable",
    "28000": "database-unavailable",
    "22003": "unprocessable-content",
    P0001: "internal-error",
    XX000: "internal-error",
    "54000": "unprocessable-content",
    "23514": "unprocessable-content",
    "25006": "database-unavailable",
    "57P01": "database-unavailable",
    "57P02": "database-unavailable",
    "57P03": "database-unavailable",
  };
  /** What says of a connection that it is gone, and not that nothing was committed. */
  const ends = /^(08|28|57P)|^53300$/;
  for (const moment of ["AFTER UPDATE ON products FOR EACH ROW", "CONSTRAINT"]) {
    await api.client.query(
      moment === "CONSTRAINT"
        ? "CREATE CONSTRAINT TRIGGER zz_fail AFTER UPDATE ON products DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fail()"
        : `CREATE TRIGGER zz_fail ${moment} EXECUTE FUNCTION fail()`,
    );
    for (const [code, problem] of Object.entries(reasons)) {
      const slug = `p-${unique()}`;
      await addProducts(api, [{ slug }]);
      await api.client.query("UPDATE fault SET code = $1", [code]);
      const answer = await assertTrue(`${moment} ${code}`, slug, () => METHODS.change(api, slug));
      await api.client.query("UPDATE fault SET code = NULL");
      // The server has ended the connection in its COMMIT, as far as pg can tell; or has no room for its notifications.
      const inCommit = ends.test(code)
        ? "outcome-unknown"
        : code === "54000"
          ? "database-unavailable"
          : problem;
      const expected = moment === "CONSTRAINT" ? inCommit : problem;
      assert.equal(answer.json.type, `/problems/${expected}`, `${moment} ${code}: ${answer.text}`);
      if (answer.status === 503) assert.ok(Number(answer.headers["retry-after"]) > 0);
    }
    await api.client.query("DROP TRIGGER zz_fail ON products");
  }
});

test("a transaction that met others goes through when they are gone", async () => {
  const slug = `p-${unique()}`;
  await addProducts(api, [{ slug }]);
  await api.client.query(
    "CREATE TRIGGER zz_fail AFTER UPDATE ON products FOR EACH ROW EXECUTE FUNCTION fail(); UPDATE fault SET code = '40P01'",
  );
  const write = METHODS.change(api, slug);
  await sleep(300);
  await api.client.query("UPDATE fault SET code = NULL");
  assert.equal((await write).status, 200);
});

test("a read waits for no longer than it may in all, whatever of it stands still", async (t) => {
  // Nothing else ends what is asked here.
  const task = await api.another({ DB_LOCK_TIMEOUT_MS: "60000", DB_STATEMENT_TIMEOUT_MS: "60000" });
  const late = () => new DatabaseUnavailable("late");
  const slug = `p-${unique()}`;
  await addProducts(api, [{ slug, categories: ["books"] }]);
  const reads = [
    `/v1/products/${slug}`,
    `/v1/products/${slug}?fields=name`,
    "/v1/products?category=books&facets=true",
    `/v1/search?q=${slug}`,
    "/v1/suggest?q=bo",
    "/v1/categories",
    `/v1/products/${slug}/record`,
    "/v1/changes",
    "/v1/export",
  ];
  const ask = (url: string) => task.call("GET", url, { key: true });
  for (const url of reads.slice(0, 2)) assert.equal((await ask(url)).status, 200, url);
  task.app.freshness.changed(["*"]);
  const { rows } = await api.client.query("SELECT tablename FROM pg_tables WHERE schemaname = 'public'");
  await other.query(`BEGIN; LOCK TABLE ${rows.map(({ tablename }) => tablename)} IN ACCESS EXCLUSIVE MODE`);
  // What is loaded for several answers has a time of its own.
  let deadlines = 0;
  t.mock.method(task.app.database, "deadline", () => new Deadline(deadlines++ === 0 ? 100 : 60_000, late));
  for (const [i, url] of reads.entries()) {
    deadlines = 0;
    const answer = await ask(url);
    // The tree of categories was read for the products.
    if (i < 2 || url === "/v1/categories")
      assert.match(String(answer.headers["cache-status"]), /detail=stale/, url);
    else assert.equal(answer.json.detail, "late; try again", `${url}: ${answer.text}`);
  }
  await other.query("ROLLBACK");
  // What has no part in the answer's own reads is not waited for without end either.
  t.mock.method(task.app.catalog().sample, "estimate", () => new Promise(() => {}));
  deadlines = 0;
  const { json } = await ask("/v1/products?category=books&availability=in_stock&sort=name");
  assert.equal(json.detail, "late; try again");
  await task.close();
});

test("no word of an address or a message makes a refusal a failure of the database", async () => {
  for (const slug of ["closed-back", "timeout", "connection-lost", "not-queryable", "terminated"]) {
    assert.equal((await METHODS.remove(api, slug)).json.type, "/problems/precondition-failed", slug);
    const missing = await api.call("DELETE", `/v1/products/${slug}`, { key: true });
    assert.equal(missing.json.type, "/problems/not-found", slug);
  }
});

test("when the answer to COMMIT is lost, the refusal says so, and advises only what was offered", async () => {
  await using proxy = await BreakableProxy.start(api.server);
  const task = await api.another({ DB_PORT: String(proxy.port) });
  for (const [name, write] of Object.entries(METHODS)) {
    for (const key of [undefined, unique()]) {
      const slug = `p-${unique()}`;
      await addProducts(api, [{ slug }]);
      proxy.cutOn("COMMIT");
      const headers: Record<string, string> = key === undefined ? {} : { "idempotency-key": key };
      const answer = await write(task, slug, headers);
      assert.equal(answer.json.type, "/problems/outcome-unknown", `${name}: ${answer.text}`);
      assert.match(answer.json.detail, /may have been written/);
      assert.equal(/Idempotency-Key/.test(answer.json.detail), key !== undefined, answer.text);
    }
  }
  await task.close();
});

test("who reads again what may have been written gets what is so, of a task that nobody has told", async () => {
  await using proxy = await BreakableProxy.start(api.server);
  const task = await api.another({ DB_PORT: String(proxy.port) });
  const truth = await api.another({ CACHE_MAX_MIB: "0" });
  const shown = ({ status, text }: Answer): string =>
    status === 200 ? text.replace(/"nextCursor":"[^"]*"/, "") : String(status);
  const assertSame = async (what: string, urls: string[]) => {
    truth.app.freshness.changed(["*"]); // nor is it told
    for (const url of urls)
      assert.equal(shown(await task.get(url)), shown(await truth.get(url)), `${what}: ${url}`);
  };
  await untold(api.client, async () => {
    for (const [name, write] of Object.entries(METHODS)) {
      for (const key of [undefined, unique()]) {
        const slug = `p-${unique()}`;
        await addProducts(task, [{ slug, categories: ["books"] }]);
        const urls = [`/v1/products/${slug}`, `/v1/products/new-${slug}`, "/v1/products?facets=true"];
        await assertSame(`before ${name}`, urls);
        proxy.cutOn("COMMIT");
        const { json, text } = await write(task, slug, key === undefined ? {} : { "idempotency-key": key });
        assert.equal(json.type, "/problems/outcome-unknown", `${name}: ${text}`);
        await assertSame(`after ${name}`, urls);
      }
    }
    const [category, other] = [`c-${unique()}`, `c-${unique()}`];
    for (const id of [category, other])
      await task.call("PUT", `/v1/categories/${id}`, { key: true, body: { name: id } });
    await addProducts(task, [{ slug: `p-${unique()}`, categories: [category] }]);
    const changes: Record<string, [method: string, url: string, body?: object]> = {
      "a category's name": ["PATCH", `/v1/categories/${category}`, { name: "Renamed" }],
      "where its products go": ["DELETE", `/v1/categories/${category}?moveTo=${other}`],
    };
    for (const [what, [method, url, body]] of Object.entries(changes)) {
      const urls = ["/v1/categories", `/v1/products?category=${other}`];
      await assertSame(`before ${what}`, urls);
      proxy.cutOn("COMMIT");
      const { json, text } = await task.call(method, url, { key: true, ...(body && { body }) });
      assert.equal(json.type, "/problems/outcome-unknown", `${what}: ${text}`);
      await assertSame(`after ${what}`, urls);
    }
  });
  await task.close();
  await truth.close();
});
