import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { until } from "../../test/support/until.ts";
import { startApi, type TestApi } from "./support/api.ts";

let api: TestApi;
before(async () => {
  api = await startApi();
});
after(() => api?.close());

beforeEach(async () => {
  await api.client.query("DELETE FROM products; DELETE FROM settings WHERE name = 'mirror_prices'");
  const row = (slug: string, price: number) => ({
    sku: slug.toUpperCase(),
    prices: { EUR: price },
    product: { slug, name: slug, brand: "Acme", categories: ["books"] },
  });
  const rows = [row("one", 100), row("two", 200), row("three", 300)];
  const { json } = await api.call("PUT", "/v1/products:bulk", { key: true, body: { rows } });
  assert.equal(json.created, 3);
});

const reprice = async (sku: string, price: number) => {
  const body = { rows: [{ sku, prices: { EUR: price } }] };
  const { json } = await api.call("PUT", "/v1/products:bulk", { key: true, body });
  assert.equal(json.updated, 1);
};
const inOrder = async (query: string): Promise<string[]> =>
  (await api.get(`/v1/products?sort=price&${query}`)).json.items.map(
    ({ slug, price }: { slug: string; price: { amount: number } }) => `${slug} ${price.amount}`,
  );
const LISTS = ["", "brand=Acme", "category=books", "category=books&brand=Acme", "q=one", "minPrice=150"];

test("a new price leaves the wide row alone, and moves the product in every order of prices", async () => {
  const wide = async () =>
    (await api.client.query("SELECT id, xmin, ctid FROM products ORDER BY id")).rows.map((row) =>
      Object.values(row).join(" "),
    );
  const before = await wide();
  await reprice("ONE", 250);
  assert.deepEqual(await wide(), before);
  for (const list of LISTS) {
    const expected = list === "q=one" ? ["one 250"] : ["two 200", "one 250", "three 300"];
    assert.deepEqual(await inOrder(list), expected, list);
  }
  const { rows } = await api.client.query(
    "SELECT list, l.price::int FROM listed_prices l JOIN products p ON p.id = l.product_id WHERE slug = 'one' ORDER BY 1",
  );
  assert.deepEqual(rows, [
    { list: "", price: 250 },
    { list: "b:Acme", price: 250 },
    { list: "c:books", price: 250 },
  ]);
});

test("a new price is a new version of the product, and tells every task", async () => {
  const task = await api.another();
  try {
    const before = await task.get("/v1/products/one");
    const list = await task.get("/v1/products?category=books&sort=price");
    await reprice("ONE", 50);
    await until(async () => (await task.get("/v1/products/one")).json.price.amount === 50);
    assert.notEqual((await task.get("/v1/products/one")).headers.etag, before.headers.etag);
    assert.notEqual(
      (await task.get("/v1/products?category=books&sort=price")).headers.etag,
      list.headers.etag,
    );
    const stale = await api.call("PATCH", "/v1/products/one", {
      key: true,
      headers: { "if-match": String(before.headers.etag) },
      body: { name: "Uno" },
    });
    assert.equal(stale.status, 412);
  } finally {
    await task.close();
  }
});

test("a price of a period holds in it, in lists and in their order, without a write when it begins", async () => {
  const schedule = async (sku: string, from: string, to: string | null, price: number) =>
    api.client.query("UPDATE variants SET schedule = $2 WHERE sku = $1", [
      sku,
      JSON.stringify([{ from, ...(to && { to }), prices: { EUR: price } }]),
    ]);
  await schedule("THREE", "2001-01-01T00:00:00Z", null, 1);
  await schedule("TWO", "2001-01-01T00:00:00Z", "2002-01-01T00:00:00Z", 1);
  await schedule("ONE", "2999-01-01T00:00:00Z", null, 1);
  for (const list of ["", "brand=Acme", "category=books", "category=books&brand=Acme"])
    assert.deepEqual(await inOrder(list), ["three 1", "one 100", "two 200"], list);
  assert.deepEqual(await inOrder("maxPrice=50"), ["three 1"]);
  assert.deepEqual(await inOrder("minPrice=250"), []);
  assert.equal((await api.get("/v1/products/three")).json.price.amount, 1);
});

test("a product is shown from when to when its state says, and counted so", async () => {
  const show = (slug: string, from: string | null, to: string | null) =>
    api.client.query(
      "UPDATE product_states s SET visible_from = $2, visible_to = $3 FROM products p WHERE p.id = s.product_id AND p.slug = $1",
      [slug, from, to],
    );
  await show("one", "infinity", null);
  await show("two", "2001-01-01", "2002-01-01");
  await show("three", "2001-01-01", null);
  for (const list of [
    "category=books",
    "brand=Acme",
    "minPrice=1",
    "attribute=none:x",
    "brand=Acme&availability=in_stock",
  ]) {
    const { json } = await api.get(`/v1/products?facets=true&${list}`);
    const expected = list.startsWith("attribute") ? [] : ["three"];
    assert.deepEqual(
      json.items.map(({ slug }: { slug: string }) => slug),
      expected,
      list,
    );
    assert.deepEqual(json.total, { value: expected.length, relation: "eq" });
  }
  assert.equal((await api.get("/v1/products/one")).status, 404);
  assert.equal((await api.get("/v1/search?q=one")).json.total.value, 0);
});

test("while the version before may be serving, its columns have the prices and versions too", async () => {
  await api.client.query("INSERT INTO settings VALUES ('mirror_prices', 'on')");
  const row = async () =>
    (
      await api.client.query(
        "SELECT p.price::int, p.availability, p.version = s.version AS same FROM products p JOIN product_states s ON s.product_id = p.id WHERE slug = 'one'",
      )
    ).rows[0];
  const body = { rows: [{ sku: "ONE", prices: { EUR: 7 }, availability: "preorder" }] };
  await api.call("PUT", "/v1/products:bulk", { key: true, body });
  assert.deepEqual(await row(), { price: 7, availability: "preorder", same: true });
  // As that version writes: the product, then its variants.
  await api.client.query(`BEGIN;
    UPDATE products SET price = 9, availability = 'in_stock' WHERE slug = 'one';
    UPDATE variants SET prices = '{"EUR": 9}', availability = 'in_stock' WHERE sku = 'ONE';
    COMMIT`);
  assert.deepEqual(await row(), { price: 9, availability: "in_stock", same: true });
  assert.deepEqual((await inOrder("brand=Acme&limit=1"))[0], "one 9");
});

test("what is removed leaves a tombstone and nothing else", async () => {
  const { headers } = await api.get("/v1/products/two");
  await api.call("DELETE", "/v1/products/two", { key: true, headers: { "if-match": String(headers.etag) } });
  const { rows } = await api.client.query("SELECT slug FROM product_tombstones WHERE slug = 'two'");
  assert.ok(rows.length > 0);
  for (const table of ["product_states", "listed_prices", "product_terms", "category_products"]) {
    const { rows: left } = await api.client.query(
      `SELECT FROM ${table} t WHERE NOT EXISTS (SELECT FROM products p WHERE p.id = t.product_id)`,
    );
    assert.equal(left.length, 0, table);
  }
});
