import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { toFilter } from "../../src/catalog/filter.ts";
import { type After, type IndexedSort, ORDERS } from "../../src/catalog/order.ts";
import { Sample } from "../../src/catalog/sample.ts";
import { addProducts, startApi, type TestApi } from "../support/api.ts";

let api: TestApi;

before(async () => {
  api = await startApi();
  const products = Array.from({ length: 20 }, (_, i) => ({
    slug: `lamp-${i}`,
    price: 1_000,
    categories: ["books"],
  }));
  await addProducts(api, products);
  const sale = [{ from: "2020-01-01T00:00:00Z", to: "2100-01-01T00:00:00Z", prices: { EUR: 500 } }];
  await api.client.query("UPDATE variants SET schedule = $1 WHERE sku LIKE 'SKU-lamp-1_'", [
    JSON.stringify(sale),
  ]);
});
after(() => api?.close());

const sampleOf = () =>
  new Sample({
    read: async ({ text }, values) =>
      (
        await api.client.query({
          text,
          values: values as unknown[],
          rowMode: "array",
          types: { getTypeParser: (oid: number) => (oid === 20 ? Number : String) },
        })
      ).rows,
  });

test("what matches is estimated by the prices that hold, what has to be read by those of all times", async () => {
  const sample = sampleOf();
  const onSale = await sample.estimate(toFilter({ maxPrice: 600 } as never, undefined));
  assert.deepEqual([onSale.matches, onSale.prices], [10, 10]);
  const regular = await sample.estimate(toFilter({ minPrice: 900 } as never, undefined));
  assert.deepEqual([regular.matches, regular.prices], [10, 20]);
});

test("how many products a walk comes upon before the first match follows its order and where it begins", async () => {
  await api.client.query(
    "UPDATE variants SET availability = 'preorder' WHERE sku IN ('SKU-lamp-5', 'SKU-lamp-12')",
  );
  const { rows } = await api.client.query("SELECT slug, id::int FROM products ORDER BY id DESC");
  const [first, second] = rows.flatMap(({ slug }, place) => (/-(5|12)$/.test(slug) ? [place] : []));
  const ahead = async (sort: IndexedSort, after?: After) =>
    (
      await sampleOf().estimate(toFilter({ availability: ["preorder"] } as never, undefined), {
        order: ORDERS[sort],
        after,
      })
    ).ahead;
  const behind = (place: number) => ahead("newest", { key: rows[place].id, id: rows[place].id });
  assert.deepEqual(
    [await ahead("newest"), await behind(first!), await behind(second!)],
    [first, second! - first! - 1, rows.length - second! - 1],
  );
  assert.deepEqual([await ahead("price"), await ahead("price", { key: 500, id: 0 })], [0, 0]);
  assert.equal(await ahead("price", { key: 999, id: 0 }), 0);
  assert.equal(await ahead("-price", { key: 1_000, id: 0 }), 0);
});

test("what has both a category and brands is walked by whichever has fewer products", async () => {
  const walked = async (category: string, brand: string) =>
    (await sampleOf().estimate(toFilter({ category, brand: [brand] } as never, undefined))).from.kind;
  assert.deepEqual(
    [await walked("books", "Nobody"), await walked("phones", "Acme"), await walked("books", "Acme")],
    ["brand", "category", "category"],
  );
});
