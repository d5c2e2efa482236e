import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import fc from "fast-check";
import { startApi, type TestApi, writeRows } from "../support/api.ts";
import {
  at,
  CURRENCIES,
  madeOf,
  PATHS,
  type Product,
  priceAt,
  productOf,
  rowsOf,
} from "../support/priced.ts";

let api: TestApi;
before(async () => {
  api = await startApi();
});
after(() => api?.close());

const write = (rows: object[]) => writeRows(api, rows);
const clear = () => api.client.query("DELETE FROM products");

/** Every row that the derived tables must have, worked out from the products alone. */
function derived(products: Product[]): { listed: string[]; boundaries: string[] } {
  const listed = new Set<string>();
  const boundaries = new Set<string>();
  for (const { slug, brand, leaf, variants } of products) {
    const sales = variants.flatMap((each) => each.sales);
    const bounds = sales.flatMap(({ from, to }) => [from, to]).filter((bound) => bound !== null);
    for (const bound of bounds) boundaries.add(`${slug} ${at(bound)}`);
    for (const currency of CURRENCIES) {
      const always = variants.map(({ prices }) => prices[currency]);
      const sometimes = [-Infinity, ...bounds].flatMap((second) =>
        variants.map((each) => priceAt(each, currency, second)),
      );
      for (const price of [...always, ...sometimes]) {
        if (price === undefined) continue;
        for (const list of ["", `b:${brand}`, ...PATHS[leaf]!.map((id) => `c:${id}`)])
          listed.add(`${currency === "EUR" ? "" : `${currency}:`}${list} ${price} ${slug}`);
      }
    }
  }
  return { listed: [...listed].toSorted(), boundaries: [...boundaries].toSorted() };
}

async function stored(): Promise<{ listed: string[]; boundaries: string[] }> {
  const lines = async (text: string): Promise<string[]> =>
    (await api.client.query(text)).rows.map(({ line }) => line).toSorted();
  return {
    listed: await lines(
      "SELECT concat_ws(' ', list, l.price, slug) AS line FROM listed_prices l LEFT JOIN products p ON p.id = product_id",
    ),
    boundaries: await lines(
      "SELECT concat_ws(' ', slug, catalog_time(at)) AS line FROM boundaries LEFT JOIN products p ON p.id = product_id",
    ),
  };
}

test("whatever is written, products stand in the lists of each currency at each price of each time, and nowhere else", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(3), fc.option(madeOf)), { minLength: 1, maxLength: 12 }),
      async (steps) => {
        await clear();
        const products = new Map<string, Product>();
        for (const [number, made] of steps) {
          const slug = `q-${number}`;
          const before = products.get(slug);
          if (made === null) {
            if (!before) continue;
            const { status } = await api.call("DELETE", `/v1/products/${slug}`, {
              key: true,
              headers: { "if-match": "*" },
            });
            assert.equal(status, 204);
            products.delete(slug);
            continue;
          }
          const product = productOf(made, slug);
          await write(rowsOf(product));
          // A batch leaves the variants that it does not name as they are.
          const kept = before?.variants.slice(product.variants.length) ?? [];
          products.set(slug, { ...product, variants: [...product.variants, ...kept] });
        }
        const expected = derived([...products.values()]);
        assert.deepEqual(await stored(), expected);
        // As for the products of a version that knew one currency.
        await api.client.query(
          "UPDATE product_states SET other_prices = NULL; DELETE FROM listed_prices WHERE list ~ '^[A-Z]{3}:'",
        );
        for (let run = 0; run < 2; run++) {
          await api.client.query("CALL catalog_fill_other_prices()");
          assert.deepEqual(await stored(), expected);
        }
        await api.client.query("SELECT catalog_rebuild()");
        assert.deepEqual(await stored(), expected);
      },
    ),
    { numRuns: 20, endOnFailure: true },
  );
});
