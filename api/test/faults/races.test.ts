import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { until } from "../../../test/support/until.ts";
import { GTIN_LOCK, GTIN_LOCKS } from "../../src/writes/store.ts";
import {
  type Answer,
  addProducts,
  connectOwner,
  row,
  startApi,
  type TestApi,
  unique,
} from "../support/api.ts";

/** Writes that meet each other: one of them does what all wanted, and the others hear what is so; none waits in a circle. */

let api: TestApi;
let other: pg.Client;

before(async () => {
  // Longer than anybody waits on a busy machine.
  api = await startApi({ DB_LOCK_TIMEOUT_MS: "4000" });
  other = await connectOwner(api);
});
after(async () => {
  await other?.end().catch(() => {});
  await api?.close();
});

const make = (product: { slug: string; name: string; brand: string }, gtin: string | null = null) =>
  api.call("PUT", `/v1/products/${product.slug}`, {
    key: true,
    headers: { "if-none-match": "*" },
    body: { ...product, variants: [{ sku: unique(), gtin, prices: { EUR: 1 } }] },
  });

test("of several who make one product, one does, and the others hear that it is there", async () => {
  for (let round = 0; round < 10; round++) {
    const slug = unique();
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => make({ slug, name: slug, brand: "Acme" })),
    );
    const statuses = answers.map(({ status }) => status).sort();
    assert.deepEqual(statuses, [201, 412, 412, 412, 412, 412], answers.map(({ text }) => text).join());
  }
});

test("who finds a product that was made since it looked for it hears that it is there", async () => {
  // It waits for its GTIN between the two.
  const hold = `BEGIN; SELECT pg_advisory_xact_lock(${GTIN_LOCK}, place) FROM generate_series(0, ${GTIN_LOCKS - 1}) place`;
  const waits = async () => {
    const { rows } = await api.client.query(
      "SELECT FROM pg_stat_activity WHERE wait_event = 'advisory' AND application_name = 'catalog-api'",
    );
    return rows.length > 0;
  };
  let answer: Answer;
  do {
    const slug = `new-${unique()}`;
    await other.query(hold);
    const product = { slug, name: "Made", brand: "Acme" };
    const later = make(product, "4006381333931");
    await Promise.race([until(waits), later]);
    await make(product);
    await other.query("ROLLBACK");
    answer = await later;
    // A busy machine may take longer than one waits for a lock.
  } while (answer.status === 503);
  assert.equal(answer.json.type, "/problems/precondition-failed", answer.text);
});

test("of those who make and remove one product at once, none hears of another one's SKU", async () => {
  const slug = unique();
  const path = `/v1/products/${slug}`;
  const body = { slug, name: slug, brand: "Acme", variants: [{ sku: slug, prices: { EUR: 1 } }] };
  const clients = Array.from({ length: 8 }, async (_, client) => {
    for (let turn = 0; turn < 25; turn++) {
      const isMaker = (client + turn) % 2 === 0;
      const { status, text } = isMaker
        ? await api.call("PUT", path, { key: true, headers: { "if-none-match": "*" }, body })
        : await api.call("DELETE", path, { key: true, headers: { "if-match": "*" } });
      // 503: whoever loses its race every time is asked to come back.
      assert.ok((isMaker ? [201, 412, 503] : [204, 412, 503]).includes(status), `${status} ${text}`);
    }
  });
  await Promise.all(clients);
});

test("batches with the same new words, crosswise, never wait for each other in a circle", async () => {
  const deadlocks = async (): Promise<number> => {
    const { rows } = await api.client.query(
      "SELECT deadlocks::int AS n FROM pg_stat_database WHERE datname = 'catalog'",
    );
    return rows[0].n;
  };
  const before = await deadlocks();
  for (let round = 0; round < 8; round++) {
    const [a, b] = [`a${unique().slice(0, 6)}`, `b${unique().slice(0, 6)}`];
    const changed = [`x-${unique()}`, `y-${unique()}`];
    await addProducts(
      api,
      changed.map((slug) => ({ slug })),
    );
    // One inserts what the other one's update has, and the other way round.
    const words = (prefix: string) => Array.from({ length: 12 }, (_, i) => `${prefix}x${i}`);
    const batch = (made: string, renamed: string, slug: string) => [
      ...words(made).map((name) => row({ slug: `n-${unique()}`, name })),
      row({ slug, name: words(renamed).join(" ") }),
    ];
    const answers = await Promise.all(
      [batch(a, b, changed[0]!), batch(b, a, changed[1]!)].map((rows) =>
        api.call("PUT", "/v1/products:bulk?atomic=true", { key: true, body: { rows } }),
      ),
    );
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200],
      answers.map(({ text }) => text.slice(0, 300)).join(),
    );
  }
  await sleep(1_500); // statistics are written down with a delay
  assert.equal(await deadlocks(), before);
});

test("no write holds a product while it waits for a category: whoever moves one locks it, and then its products", async () => {
  const writes: Record<string, (slug: string) => Promise<Answer>> = {
    "a change": (slug) =>
      api.call("PATCH", `/v1/products/${slug}`, {
        key: true,
        headers: { "if-match": "*" },
        body: { name: `Changed ${unique()}` },
      }),
    "a change of its categories": (slug) =>
      api.call("PATCH", `/v1/products/${slug}`, {
        key: true,
        headers: { "if-match": "*" },
        body: { categories: ["books", `> New ${slug}`] },
      }),
    "a replacement": (slug) =>
      api.call("PUT", `/v1/products/${slug}`, {
        key: true,
        headers: { "if-match": "*" },
        body: {
          slug,
          name: `Anew ${slug}`,
          brand: "Acme",
          categories: ["books"],
          variants: [{ sku: `SKU-${slug}`, prices: { EUR: 7 } }],
        },
      }),
    "a batch": (slug) =>
      api.call("PUT", "/v1/products:bulk", {
        key: true,
        body: { rows: [row({ slug, name: `Batch ${slug}`, categories: ["books"] })] },
      }),
    "a batch with a new category": (slug) =>
      api.call("PUT", "/v1/products:bulk", {
        key: true,
        body: { rows: [row({ slug, name: `Batch ${slug}`, categories: ["books", `> Newer ${slug}`] })] },
      }),
  };
  const holds = {
    "moves it": "UPDATE categories SET name = name WHERE id = 'books'",
    "changes the tree": "LOCK TABLE categories IN SHARE ROW EXCLUSIVE MODE",
  };
  let waited = 0;
  for (const [hold, sql] of Object.entries(holds))
    for (const [name, write] of Object.entries(writes)) {
      const slug = `l-${unique()}`;
      await addProducts(api, [{ slug, categories: ["books"] }]);
      await other.query(`BEGIN; ${sql}`);
      let done = false;
      const written = write(slug).finally(() => {
        done = true;
      });
      const waits = async () =>
        (
          await api.client.query(
            "SELECT FROM pg_stat_activity WHERE application_name = 'catalog-api' AND wait_event_type = 'Lock'",
          )
        ).rows.length > 0;
      await until(async () => done || (await waits()));
      if (!done) {
        waited++;
        await other.query(`SELECT FROM products WHERE slug = '${slug}' FOR UPDATE NOWAIT`);
      }
      await other.query("ROLLBACK");
      const { status, text } = await written;
      assert.ok([200, 503].includes(status), `${name} while somebody ${hold}: ${text}`);
    }
  assert.ok(waited >= 7, `only ${waited} have waited`);
});
