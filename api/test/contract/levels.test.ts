import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ALL_LEVELS } from "../../src/catalog/categories.ts";
import { addProducts, startApi, type TestApi } from "../support/api.ts";

let api: TestApi;

before(async () => {
  api = await startApi();
});
after(() => api?.close());

const names = (prefix: string) => Array.from({ length: ALL_LEVELS }, (_, level) => `${prefix}${level + 1}`);
const put = (id: string, parent: string | null) =>
  api.call("PUT", `/v1/categories/${id}`, { key: true, body: { name: id, parent } });
const move = (id: string, parent: string | null) =>
  api.call("PATCH", `/v1/categories/${id}`, { key: true, body: { parent } });

test("no way in makes more levels than an answer shows", async () => {
  // Each category has the id of its name.
  await addProducts(api, [{ slug: "deep", categories: [names("a").join(" > ")] }]);
  for (const [level, id] of names("b").entries())
    assert.equal((await put(id, level === 0 ? null : `b${level}`)).status, 201, id);
  assert.equal((await put("too-deep", `b${ALL_LEVELS}`)).status, 422);
  const [refused] = (
    await api.call("PUT", "/v1/products:bulk", {
      key: true,
      body: { rows: [{ sku: "SKU-deep", product: { categories: [[...names("a"), "x"].join(" > ")] } }] },
    })
  ).json.results;
  assert.match(refused.error, /has 21 levels, and may have 20/);
  // What is moved comes with all that is below it.
  for (const level of [1, 2, 10, 19, 20]) {
    const id = `b${level}`;
    const above = level === 1 ? null : `b${level - 1}`;
    const fits = level - 1;
    const excess = await move(id, `a${fits + 1}`);
    assert.deepEqual(
      [excess.status, excess.json.detail],
      [422, "parent: there would be 21 levels; there may be 20"],
      id,
    );
    if (fits > 0) assert.equal((await move(id, `a${fits}`)).status, 200, id);
    const way = (await api.get(`/v1/categories/b${ALL_LEVELS}`)).json.path;
    assert.equal(way.length, ALL_LEVELS, id);
    assert.equal((await move(id, above)).status, 200, id);
  }
});

test("a name has as many characters on the way to a category as by itself", async () => {
  for (const [unit, length, fits] of [
    ["a", 200, true],
    ["a", 201, false],
    ["\u{10428}", 200, true],
    ["\u{10428}", 201, false],
  ] as const) {
    const name = unit.repeat(length);
    const row = {
      sku: `NAME-${unit}`,
      prices: { EUR: 1 },
      product: { name: "N", brand: "B", slug: `name-${unit}`, categories: [`Names > ${name}`] },
    };
    const { json } = await api.call("PUT", "/v1/products:bulk", { key: true, body: { rows: [row] } });
    assert.equal(json.failed === 0, fits, JSON.stringify(json));
    const alone = await api.call("PUT", `/v1/categories/name-${length}`, { key: true, body: { name } });
    assert.equal(alone.status < 300, fits, alone.text);
  }
});
