import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { toFilter } from "../../src/catalog/filter.ts";
import { Sample } from "../../src/catalog/sample.ts";
import { addProducts, startApi, type TestApi } from "../support/api.ts";

let api: TestApi;

before(async () => {
  api = await startApi();
  const products = Array.from({ length: 20 }, (_, i) => ({ slug: `lamp-${i}`, price: 1_000 }));
  await addProducts(api, products);
  const sale = [{ from: "2020-01-01T00:00:00Z", to: "2100-01-01T00:00:00Z", prices: { EUR: 500 } }];
  await api.client.query("UPDATE variants SET schedule = $1 WHERE sku LIKE 'SKU-lamp-1_'", [
    JSON.stringify(sale),
  ]);
});
after(() => api?.close());

test("what matches is estimated by the prices that hold, what has to be read by those of all times", async () => {
  const sample = new Sample({
    read: async ({ text }, values) =>
      (
        await api.client.query({
          text,
          values: values as unknown[],
          rowMode: "array",
          types: { getTypeParser: () => String },
        })
      ).rows,
  });
  const onSale = await sample.estimate(toFilter({ maxPrice: 600 } as never, undefined));
  assert.deepEqual([onSale.matches, onSale.prices], [10, 10]);
  const regular = await sample.estimate(toFilter({ minPrice: 900 } as never, undefined));
  assert.deepEqual([regular.matches, regular.prices], [10, 20]);
});
