import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { until } from "../../../test/support/until.ts";
import { cacheControlOf } from "../../src/plugins/cache.ts";
import {
  type Answer,
  addProducts,
  row,
  startApi,
  type TestApi,
  unique,
  unmarked,
  untold,
} from "../support/api.ts";
import { BreakableProxy } from "../support/proxy.ts";
import { Replica } from "../support/replica.ts";

/** What a task may answer after a change, by every read and whatever its reader has. */

/** Knows the truth: it reads from the writer and keeps nothing. */
let truth: TestApi;
let replica: Replica;
let network: BreakableProxy;
/** Acknowledges the changes, and reads from a replica. */
let one: TestApi;
/** Hears of the changes, and reads from the same replica. */
let two: TestApi;

before(async () => {
  truth = await startApi({ CACHE_MAX_MIB: "0", CACHE_TTL_SECONDS: "3600" });
  replica = await Replica.start(truth.server, {
    name: truth.env.DB_USER!,
    password: truth.env.DB_PASSWORD!,
  });
  network = await BreakableProxy.start(truth.server);
  const reading = { DB_READER_HOST: Replica.HOST, CACHE_MAX_MIB: "64" };
  one = await truth.another(reading);
  two = await truth.another(reading);
  await until(() => replica.proxy.open === 12);
});
after(async () => {
  await one?.close();
  await two?.close();
  await network?.stop();
  await replica?.stop();
  await truth?.close();
});

interface Subject {
  slug: string;
  id: number;
  word: string;
  category: string;
}

/** Letters only: words with digits are not corrected in the same way. */
const word = () => `w${unique().replace(/\d/g, (digit) => "ghijklmnop"[Number(digit)]!)}`;

async function makeSubject(): Promise<Subject> {
  const slug = `f-${unique()}`;
  const category = `c${unique()}`;
  await truth.client.query(
    "INSERT INTO categories (id, parent_id, name, path) VALUES ($1, 'audio', 'Before', ARRAY['electronics', 'audio', $1])",
    [category],
  );
  await until(async () => (await one.get(`/v1/categories/${category}`)).status === 200);
  const text = word();
  await addProducts(one, [{ slug, name: text, categories: [category] }]);
  const { rows } = await truth.client.query("SELECT id FROM products WHERE slug = $1", [slug]);
  return { slug, id: rows[0].id, word: text, category };
}

const READS: Record<string, (subject: Subject, changed: string) => string> = {
  "product by slug": ({ slug }) => `/v1/products/${slug}`,
  "product by id": ({ id }) => `/v1/products/${id}`,
  "some fields": ({ slug }) => `/v1/products/${slug}?fields=name,categories,price`,
  "list of all": () => "/v1/products?limit=3&facets=true",
  "list of a category": ({ category }) => `/v1/products?category=${category}&facets=true`,
  "list by price": ({ category }) => `/v1/products?category=${category}&sort=price`,
  search: ({ word }) => `/v1/search?q=${word}`,
  "search for the new word": (_, changed) => `/v1/search?q=${changed}`,
  "list with words": (_, changed) => `/v1/products?q=${changed}`,
  suggest: (_, changed) => `/v1/suggest?q=${changed.slice(0, 8)}`,
  categories: () => "/v1/categories",
  category: ({ category }) => `/v1/categories/${category}`,
  "looked up": ({ id, slug }) => `/v1/products?ids=${id}&sku=SKU-${slug}`,
  record: ({ slug }) => `/v1/products/${slug}/record`,
  "not shown": () => "/v1/unpublished",
  export: () => "/v1/export",
};

const ask = (task: TestApi, url: string): Promise<Answer> => task.call("GET", url, { key: true });

const CHANGES: Record<string, (subject: Subject, changed: string) => Promise<unknown>> = {
  "a new name": ({ slug }, name) =>
    one.call("PATCH", `/v1/products/${slug}`, { key: true, headers: { "if-match": "*" }, body: { name } }),
  "a new product": ({ category }, name) =>
    addProducts(one, [{ slug: `n-${name}`, name, categories: [category] }]),
  "a new price in a batch": ({ slug }) =>
    one.call("PUT", "/v1/products:bulk", { key: true, body: { rows: [row({ slug, price: 77 })] } }),
  "its end": ({ slug }) =>
    one.call("DELETE", `/v1/products/${slug}`, { key: true, headers: { "if-match": "*" } }),
  "a price by SQL": ({ slug }) =>
    truth.client.query(`UPDATE variants SET prices = '{"EUR": 55}' WHERE sku = $1`, [`SKU-${slug}`]),
  "a name by SQL": ({ slug }, name) =>
    truth.client.query("UPDATE products SET name = $2 WHERE slug = $1", [slug, name]),
  "a category by SQL": ({ category }, name) =>
    truth.client.query("UPDATE categories SET name = $2 WHERE id = $1", [category, name]),
  "a category moved by SQL": ({ category }) =>
    truth.client.query("UPDATE categories SET parent_id = NULL, path = ARRAY[id] WHERE id = $1", [category]),
};

/** Until each of these tasks has heard of every change so far: a notification of its own comes after theirs. */
async function heard(...tasks: TestApi[]): Promise<void> {
  // Of an address that nobody has, which makes nothing else obsolete.
  const mark = `r:${unique()}`;
  await until(async () => {
    await truth.client.query("SELECT pg_notify('catalog', $1)", [mark]);
    return tasks.every(({ app: { freshness } }) => freshness.lastChange([mark]) > freshness.lastChange([]));
  });
}

const shown = ({ status, text, json }: Answer): string =>
  status === 200 ? text.replace(/"nextCursor":"[^"]*"/, "") : `${status} ${json.type}`;

for (const [change, make] of Object.entries(CHANGES)) {
  test(`after ${change} every read shows it, on the task that wrote and on another, though the replica is behind`, async () => {
    const subject = await makeSubject();
    await replica.replay();
    const changed = word();
    const urls = Object.values(READS).map((url) => url(subject, changed));
    for (const task of [one, two]) for (const url of urls) await ask(task, url);
    await make(subject, changed);
    // Who has made a change itself needs nobody to tell it.
    await heard(truth, two, ...(change.endsWith("by SQL") ? [one] : []));
    for (const phase of ["behind", "again", "caught up"]) {
      if (phase === "caught up") await replica.replay();
      for (const url of urls) {
        const expected = shown(await ask(truth, url));
        for (const [name, task] of Object.entries({ one, two }))
          assert.equal(
            shown(await unmarked(() => ask(task, url))),
            expected,
            `${phase}, task ${name}: ${url}`,
          );
      }
    }
  });
}

test("while the writer is away a reader that is behind answers, says so, and nothing of it is kept", async () => {
  await using reader = await BreakableProxy.start(truth.server, { host: "127.0.0.3", port: network.port });
  const task = await truth.another({
    DB_PORT: String(network.port),
    DB_HOST: "127.0.0.1",
    DB_READER_HOST: "127.0.0.3",
    CACHE_MAX_MIB: "64",
  });
  try {
    const subject = await makeSubject();
    const urls = [...Object.values(READS).map((url) => url(subject, subject.word)), "/v1/changes"];
    const moved = `m-${unique()}`;
    await addProducts(one, [{ slug: `former-${moved}` }]);
    await one.call("PATCH", `/v1/products/former-${moved}`, {
      key: true,
      headers: { "if-match": "*" },
      body: { slug: moved },
    });
    assert.equal((await unmarked(() => task.get(`/v1/products/former-${moved}`))).status, 301);
    await until(() => reader.open === 6);
    network.cut();
    task.app.catalogChanged(["*"]);
    for (const url of urls) {
      const answer = await ask(task, url);
      assert.equal(answer.status, 200, `${url}: ${answer.text}`);
      assert.match(String(answer.headers["cache-status"]), /detail=stale/, url);
      assert.doesNotMatch(String(answer.headers["cache-control"]), /(s-maxage|max-age)=[1-9]/, url);
    }
    const [none, elsewhere] = [unique(), `former-${moved}`];
    for (const url of [`/v1/products/${none}`, `/v1/products/${none}/record`, `/v1/products/${elsewhere}`]) {
      const missing = await ask(task, url);
      assert.equal(missing.json?.type, "/problems/database-unavailable", `it may be there: ${url}`);
    }
    network.mend();
    for (const url of urls) assert.equal((await unmarked(() => ask(task, url))).status, 200, url);
  } finally {
    network.mend();
    await task.close();
  }
});

test("what a task has seen in the database for a write, its next answers show, though it hears of nothing", async () => {
  const deaf = await truth.another({ CACHE_MAX_MIB: "64" });
  const outcomes: Record<string, (slug: string, name: string, key: string, etag: string) => Promise<Answer>> =
    {
      "the same change": (slug, name) =>
        deaf.call("PATCH", `/v1/products/${slug}`, {
          key: true,
          headers: { "if-match": "*" },
          body: { name },
        }),
      "a former ETag": (slug, name, _key, etag) =>
        deaf.call("PATCH", `/v1/products/${slug}`, {
          key: true,
          headers: { "if-match": etag },
          body: { name: `${name} 2` },
        }),
      "a removal with a former ETag": (slug, _name, _key, etag) =>
        deaf.call("DELETE", `/v1/products/${slug}`, { key: true, headers: { "if-match": etag } }),
      "its making": (slug, name) =>
        deaf.call("PUT", `/v1/products/${slug}`, {
          key: true,
          headers: { "if-none-match": "*" },
          body: { slug, name, brand: "Acme", variants: [{ sku: `SKU-${slug}`, prices: { EUR: 1 } }] },
        }),
      "the same row": (slug, name) =>
        deaf.call("PUT", "/v1/products:bulk", {
          key: true,
          body: { rows: [{ sku: `SKU-${slug}`, product: { name } }] },
        }),
      "a replay": (slug, name, key) =>
        deaf.call("PATCH", `/v1/products/${slug}`, {
          key: true,
          headers: { "if-match": "*", "idempotency-key": key },
          body: { name },
        }),
    };
  await untold(truth.client, async () => {
    for (const [outcome, learn] of Object.entries(outcomes)) {
      const [slug, name, key] = [`d-${unique()}`, `Name ${unique()}`, unique()];
      await addProducts(one, [{ slug, name: "Before", categories: ["books"] }]);
      const urls = [
        `/v1/products/${slug}`,
        `/v1/products/${slug}?fields=name`,
        "/v1/products?category=books",
        "/v1/products",
      ];
      for (const url of urls) await deaf.get(url);
      const former = String((await deaf.get(urls[0]!)).headers.etag);
      await one.call("PATCH", `/v1/products/${slug}`, {
        key: true,
        headers: { "if-match": "*", "idempotency-key": key },
        body: { name },
      });
      const { status, text } = await learn(slug, name, key, former);
      assert.ok(status === 200 || status === 412, `${outcome}: ${text}`);
      for (const url of urls)
        assert.match((await deaf.get(url)).text, new RegExp(name), `${outcome}: ${url}`);
    }
  });
  await deaf.close();
});

test("what a task has seen of a category for a write that it refuses, its next answer shows, though it hears of nothing", async () => {
  const deaf = await truth.another({ CACHE_MAX_MIB: "64" });
  const path = "/v1/categories/books";
  const refusals: Record<string, (etag: string) => Promise<Answer>> = {
    "a change": (etag) =>
      deaf.call("PATCH", path, { key: true, headers: { "if-match": etag }, body: { name: "Mine" } }),
    "a removal": (etag) => deaf.call("DELETE", path, { key: true, headers: { "if-match": etag } }),
    "a removal that files its products elsewhere": (etag) =>
      deaf.call("DELETE", `${path}?products=remove`, { key: true, headers: { "if-match": etag } }),
  };
  await untold(truth.client, async () => {
    for (const [what, refused] of Object.entries(refusals)) {
      const former = String((await deaf.get(path)).headers.etag);
      const name = `Books ${unique()}`;
      await one.call("PATCH", path, { key: true, body: { name } });
      const { status, text } = await refused(former);
      assert.equal(status, 412, `${what}: ${text}`);
      assert.equal((await deaf.get(path)).json.category.name, name, what);
    }
  });
  await deaf.close();
});

test("a writer that is closed for writing sends no notifications, and is not listened to", async () => {
  await until(async () => (await one.get("/health")).json.database.notifications === "up");
  await truth.client.query("ALTER DATABASE catalog SET default_transaction_read_only = on");
  await truth.client.query("ALTER SYSTEM SET default_transaction_read_only = on");
  await truth.client.query("SELECT pg_reload_conf()");
  try {
    await until(async () => (await one.get("/health")).json.database.notifications === "down");
  } finally {
    await truth.client.query("SET default_transaction_read_only = off");
    await truth.client.query("ALTER SYSTEM RESET default_transaction_read_only");
    await truth.client.query("ALTER DATABASE catalog RESET default_transaction_read_only");
    await truth.client.query("SELECT pg_reload_conf()");
  }
  await until(async () => (await one.get("/health")).json.database.notifications === "up");
});

test("what the edge may serve is at most a minute old, the first answer after a pause included", () => {
  for (let sharedMaxAgeSeconds = 0; sharedMaxAgeSeconds <= 60; sharedMaxAgeSeconds++) {
    const header = cacheControlOf({ maxAgeSeconds: 10, sharedMaxAgeSeconds });
    const [, fresh, stale] = /s-maxage=(\d+), stale-while-revalidate=(\d+)/.exec(header)!;
    assert.ok(Number(fresh) + Number(stale) <= 60, header);
  }
});

test("nothing is kept beyond the boundary of a sale that it shows, by the task, the edge or a browser", async (t) => {
  const category = `c${unique()}`;
  const slug = `s-${unique()}`;
  const start = Math.ceil(Date.now() / 1_000) * 1_000;
  const at = (seconds: number) => new Date(start + seconds * 1_000).toISOString();
  await one.call("PUT", `/v1/categories/${category}`, { key: true, body: { name: "On sale" } });
  const sales = [
    { from: at(40), to: at(100), prices: { EUR: 700 } },
    { from: at(100), to: at(110), prices: { EUR: 800 } },
  ];
  const product = { ...row({ slug, price: 1_000, categories: [category] }), sales };
  const { json } = await one.call("PUT", "/v1/products:bulk", { key: true, body: { rows: [product] } });
  assert.equal(json.created, 1, JSON.stringify(json));
  await replica.replay();
  const { id } = (await one.get(`/v1/products/${slug}`)).json;
  const urls = [
    `/v1/products/${slug}`,
    `/v1/products/${id}`,
    `/v1/products?category=${category}`,
    `/v1/products?category=${category}&sort=price`,
    `/v1/products?ids=${id}`,
  ];
  t.mock.timers.enable({ apis: ["Date"], now: start });
  const prices = [
    { from: 0, to: 40, amount: 1_000 },
    { from: 40, to: 100, amount: 700 },
    { from: 100, to: 110, amount: 800 },
    { from: 110, to: Number.POSITIVE_INFINITY, amount: 1_000 },
  ];
  for (const { from, to, amount } of prices) {
    for (const seconds of [from, from + 1, Number.isFinite(to) ? to - 0.001 : from + 90]) {
      t.mock.timers.setTime(start + seconds * 1_000);
      for (const url of urls)
        for (const task of [one, two]) {
          const { json, headers } = await unmarked(() => task.get(url));
          const where = `${url} after ${seconds} s`;
          assert.equal((json.items?.[0] ?? json).price.amount, amount, where);
          const [, own, shared, stale] = /max-age=(\d+), s-maxage=(\d+), stale-while-revalidate=(\d+)/
            .exec(String(headers["cache-control"]))!
            .map(Number) as [number, number, number, number];
          assert.ok(seconds + Math.max(own, shared + stale) <= to, `${where}: ${headers["cache-control"]}`);
        }
    }
  }
});
