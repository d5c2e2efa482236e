import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { until } from "../../../test/support/until.ts";
import { readConfig } from "../../src/config.ts";
import type { Transaction } from "../../src/database/writer.ts";
import { Writer } from "../../src/database/writer.ts";
import { Problem } from "../../src/http/problem.ts";
import { upsertBatch } from "../../src/writes/bulk.ts";
import { patchProduct, putProduct, removeProduct } from "../../src/writes/product.ts";
import { validateRows } from "../../src/writes/rows.ts";
import { startApi, type TestApi, unique } from "../support/api.ts";

/**
 * A write is many statements, each of which sees what others have written until then. Here another write comes between two of
 * them: what both answer, and what is stored then, must be what comes of one after the other.
 */

let api: TestApi;
let writer: Writer;

before(async () => {
  // Longer than anybody waits on a busy machine.
  api = await startApi({ DB_LOCK_TIMEOUT_MS: "8000" });
  writer = new Writer(readConfig(api.env), 2);
});
after(async () => {
  await writer?.close();
  await api?.close();
});

/** Names of one run end with its own sign; in what is compared it is left out. */
type Named = (name: string) => string;
type Write = (named: Named) => Promise<{ status: number; json: { type?: string } }>;

const GTINS = ["4006381333931", "4006381333948", "4006381333955"] as const;
const RULES = { currency: "EUR", scope: "all" } as const;

const row = (sku: string, product: object | undefined, more: object = {}) => ({
  sku,
  prices: { EUR: 100 },
  ...more,
  ...(product && { product }),
});
const madeBy = (slug: string) => ({ slug, name: slug, brand: "Acme" });
const call = (method: string, path: string, headers: Record<string, string>, body?: object) =>
  api.call(method, path, { key: true, headers, ...(body && { body }) });
const patch = (slug: string, body: object) =>
  call(
    "PATCH",
    `/v1/products/${slug}`,
    { "if-match": "*", "content-type": "application/merge-patch+json" },
    body,
  );
const bulk = (rows: object[]) => call("PUT", "/v1/products:bulk", {}, { rows });
const make = (slug: string, sku: string, more: object = {}, gtin: string | null = null) =>
  call(
    "PUT",
    `/v1/products/${slug}`,
    { "if-none-match": "*" },
    {
      ...madeBy(slug),
      ...more,
      variants: [{ sku, gtin, prices: { EUR: 1 } }],
    },
  );

/** Two products, the second with two variants, and a category with one below it. */
async function build(n: Named): Promise<void> {
  await call("PUT", `/v1/categories/${n("top")}`, {}, { name: n("Top") });
  await call("PUT", `/v1/categories/${n("sub")}`, {}, { name: n("Sub"), parent: n("top") });
  const { json } = await bulk([
    row(n("a1"), madeBy(n("a")), { gtin: GTINS[0] }),
    row(n("b1"), { ...madeBy(n("b")), categories: [n("sub")] }, { gtin: GTINS[1] }),
    row(n("b2"), { slug: n("b") }),
  ]);
  assert.equal(json.created, 3);
}

const BATCHES: Record<string, (n: Named) => object[]> = {
  "a price": (n) => [row(n("a1"), undefined, { prices: { EUR: 5 } })],
  "nothing new": (n) => [row(n("a1"), madeBy(n("a"))), row(n("b2"), undefined)],
  "a variant of a product that is there": (n) => [row(n("new"), { slug: n("a") }, { gtin: GTINS[0] })],
  "a product": (n) => [row(n("new"), madeBy(n("c")), { gtin: GTINS[2] })],
  "a product named alone": (n) => [
    row(n("new"), { name: n("c"), brand: "Acme" }),
    row(n("new2"), { name: n("c"), brand: "Acme" }),
  ],
  "another one's SKU": (n) => [row(n("a1"), madeBy(n("c")))],
  "another one's GTIN, beside a price": (n) => [
    row(n("b2"), undefined, { prices: { EUR: 6 } }),
    row(n("new"), madeBy(n("c")), { gtin: GTINS[0] }),
  ],
  "another one's GTIN alone": (n) => [row(n("b2"), undefined, { gtin: GTINS[0] })],
  categories: (n) => [
    row(n("a1"), { slug: n("a"), categories: [n("sub"), `> ${n("Top")} > ${n("Other")}`] }),
    row(n("b1"), { slug: n("b"), categories: [n("late")] }),
  ],
};

/** @returns what is answered, without ids */
type Work = (tx: Transaction, named: Named) => Promise<unknown>;

const inBatch =
  (rows: (n: Named) => object[]): Work =>
  async (tx, named) => {
    const given = await validateRows(rows(named).map((value) => ({ value })));
    const { results } = await upsertBatch(tx, given, RULES);
    return results.map(({ status, error, slug }) => ({ status, error, slug }));
  };
const NEW = { ifMatch: undefined, ifNoneMatch: "*" };
const THERE = { ifMatch: "*", ifNoneMatch: undefined };
const variant = (sku: string, gtin: string | null = null) => ({ sku, gtin, prices: { EUR: 3 } });

const WORKS: Record<string, Work> = {
  ...Object.fromEntries(
    Object.entries(BATCHES).map(([name, rows]) => [`a batch with ${name}`, inBatch(rows)]),
  ),
  "a new product": async (tx, n) => {
    const body = { ...madeBy(n("c")), variants: [variant(n("new"), GTINS[2])] };
    return (await putProduct(tx, n("c"), body, NEW, RULES)).created;
  },
  "a product's new members": async (tx, n) => {
    const body = { ...madeBy(n("a")), variants: [variant(n("a1")), variant(n("new"), GTINS[2])] };
    return (await putProduct(tx, n("a"), body, THERE, RULES)).created;
  },
  "another slug": async (tx, n) => (await patchProduct(tx, n("a"), { slug: n("c") }, THERE, RULES)).created,
  "another category": async (tx, n) =>
    (await patchProduct(tx, n("a"), { categories: [n("sub")] }, THERE, RULES)).created,
  "a removal": async (tx, n) => (await removeProduct(tx, n("a"), THERE)).length > 0,
};

const MEANWHILE: Record<string, Write> = {
  "removes the product": (n) => call("DELETE", `/v1/products/${n("a")}`, { "if-match": "*" }),
  "renames the product": (n) => patch(n("a"), { slug: n("c") }),
  "removes the variant": (n) => patch(n("b"), { variants: [{ sku: n("b2"), prices: { EUR: 1 } }] }),
  "takes the GTIN away": (n) => patch(n("a"), { variants: [{ sku: n("a1"), prices: { EUR: 100 } }] }),
  "makes the product": (n) => make(n("c"), n("new"), {}, GTINS[2]),
  "makes one of its slug": (n) => make(n("c"), n("z1"), { name: "Other" }),
  "makes one with its SKU": (n) => make(n("z"), n("new"), {}, GTINS[2]),
  "writes the same rows": (n) =>
    bulk([
      row(n("new"), madeBy(n("c")), { gtin: GTINS[2] }),
      row(n("a1"), undefined, { prices: { EUR: 7 } }),
    ]),
  "makes the category": (n) =>
    call("PUT", `/v1/categories/${n("late")}`, {}, { name: n("Late"), parent: n("top") }),
  "moves the category": (n) =>
    call(
      "PATCH",
      `/v1/categories/${n("sub")}`,
      { "content-type": "application/merge-patch+json" },
      { parent: null },
    ),
  "removes the category": async (n) => {
    // Refused while a product is being filed in it: then it is asked again.
    for (;;) {
      const answer = await call("DELETE", `/v1/categories/${n("sub")}?products=remove`, {});
      if (answer.status !== 409) return answer;
    }
  },
};

interface Outcome {
  answer: unknown;
  meanwhile: unknown;
  stored: unknown;
}

async function storedBy(sign: string): Promise<unknown> {
  const { rows } = await api.client.query(
    `SELECT p.slug, p.name, p.category_ids, p.category_path, p.price,
       (SELECT json_agg(json_build_array(v.sku, v.gtin, v.prices, v.position) ORDER BY v.sku) FROM variants v WHERE v.product_id = p.id) AS variants,
       (SELECT json_agg(c.path ORDER BY c.id) FROM categories c WHERE c.id LIKE '%' || $1) AS categories
     FROM products p WHERE p.slug LIKE '%' || $1 ORDER BY p.slug`,
    [sign],
  );
  return rows;
}

const isWaiting = async (): Promise<boolean> => {
  const { rows } = await api.client.query(
    "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = 'catalog'",
  );
  return rows.length > 0;
};

/**
 * @param at before which statement the other write comes; 0: before all, Infinity: behind them
 * @returns what came of both, and how many statements the write had
 */
async function run(work: Work, write: Write, at: number): Promise<{ outcome: Outcome; statements: number }> {
  const sign = `-${unique()}`;
  const named: Named = (name) => name + sign;
  await build(named);
  let statements = 0;
  let other: ReturnType<Write> | undefined;
  const start = async () => {
    let isDone = false;
    other = write(named).finally(() => {
      isDone = true;
    });
    // It may wait for the other.
    await until(async () => isDone || (await isWaiting()), "that it is written, or waits");
  };
  if (at === 0) await start();
  const between = (tx: Transaction): Transaction => ({
    query: async (statement, values) => {
      if (++statements === at) await start();
      return tx.query(statement, values);
    },
  });
  const answer = await writer
    .transaction((tx) => work(between(tx), named))
    .catch((error) => {
      if (error instanceof Problem) return error.problem;
      throw error;
    });
  if (!other) await start();
  const { status, json } = await other!;
  const plain = (value: unknown) => JSON.parse(JSON.stringify(value).replaceAll(sign, ""));
  const outcome = plain({
    answer,
    meanwhile: [status, json?.type],
    stored: await storedBy(sign),
  });
  for (const [table, column] of [
    ["products", "slug"],
    ["categories", "id"],
  ])
    await api.client.query(`DELETE FROM ${table} WHERE ${column} LIKE '%' || $1`, [sign]);
  return { outcome, statements };
}

/** INTERLEAVINGS=all: every write before every statement, which takes minutes. */
const isWhole = process.env.INTERLEAVINGS === "all";
const USUAL = ["renames the product", "makes the product"];
const writes = Object.entries(MEANWHILE).filter(([what]) => isWhole || USUAL.includes(what));

for (const [name, work] of Object.entries(WORKS))
  test(`what else is written between the statements of ${name} comes before it, or after`, async () => {
    for (const [what, write] of writes) {
      const first = await run(work, write, 0);
      const last = await run(work, write, Number.POSITIVE_INFINITY);
      const serial = [first.outcome, last.outcome].map((outcome) => JSON.stringify(outcome));
      for (let at = 2; at <= last.statements; at++) {
        if (!isWhole && at !== 3 && at !== last.statements) continue;
        const { outcome } = await run(work, write, at);
        const said = `${what} before statement ${at} of ${last.statements}:\n${JSON.stringify(outcome)}`;
        assert.ok(serial.includes(JSON.stringify(outcome)), `${said}\nbefore, after:\n${serial.join("\n")}`);
      }
    }
  });
