import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { addProducts, allPages, startApi, type TestApi } from "./support/api.ts";

const PRODUCTS = 230;
let api: TestApi;

before(async () => {
  // No cache: each page is what the database has at that moment.
  api = await startApi({ CACHE_MAX_MIB: "0" });
  await addProducts(
    api,
    Array.from({ length: PRODUCTS }, (_, i) => ({
      slug: `product-${i}`,
      // Many of each price and of each name: the id decides among them.
      name: `Name ${i % 5}`,
      brand: i % 2 ? "Odd" : "Even",
      categories: [i % 3 ? "headphones" : "speakers"],
      attributes: { colour: i % 7 ? "black" : "red" },
      price: 100 * (i % 4),
    })),
  );
});
after(() => api?.close());

test("while products come, go and change, those that stay are seen once each", async () => {
  const stay = (await allPages(api, "/v1/products?sort=price&limit=100&category=speakers")).items;
  const seen = new Map<number, number>();
  let cursor: string | null = null;
  let round = 0;
  do {
    const url: string = `/v1/products?sort=price&limit=4&category=speakers${cursor === null ? "" : `&cursor=${cursor}`}`;
    const { json } = await api.get(url);
    for (const { id } of json.items) seen.set(id, (seen.get(id) ?? 0) + 1);
    cursor = json.nextCursor;
    // Newcomers before and behind the position, and one that leaves again.
    await addProducts(api, [
      { slug: `cheap-${round}`, price: 0, categories: ["speakers"] },
      { slug: `dear-${round}`, price: 250, categories: ["speakers"] },
    ]);
    await api.call("DELETE", `/v1/products/cheap-${round}`, { key: true, headers: { "if-match": "*" } });
    round++;
  } while (cursor !== null && round < 200);
  assert.deepEqual(
    stay.filter(({ id }) => seen.get(id) !== 1).map(({ slug }) => slug),
    [],
  );
});

test("the count is made once, and goes along in the cursor", async () => {
  const first = (await api.get("/v1/products?limit=5&brand=Odd")).json;
  await addProducts(api, [{ slug: "odd-one", brand: "Odd" }]);
  const second = (await api.get(`/v1/products?limit=5&brand=Odd&cursor=${first.nextCursor}`)).json;
  assert.deepEqual(second.total, first.total);
});

test("a cursor serves the list that it was issued for, and no other; nobody can make one", async () => {
  const { nextCursor } = (await api.get("/v1/products?sort=price&limit=5")).json;
  assert.equal(
    (await api.get(`/v1/products?limit=50&sort=price&fields=id&cursor=${nextCursor}`)).status,
    200,
  );
  for (const query of [
    `sort=-price&cursor=${nextCursor}`,
    `sort=price&brand=Odd&cursor=${nextCursor}`,
    `q=name&sort=price&cursor=${nextCursor}`,
    `sort=price&cursor=${nextCursor.slice(0, -2)}AA`,
    `sort=price&cursor=A${nextCursor}`,
    `sort=price&cursor=${"A".repeat(40)}`,
  ]) {
    const { status, json } = await api.get(`/v1/products?${query}`);
    assert.equal(status, 400, query);
    assert.equal(json.type, "/problems/invalid-cursor", query);
  }
});

test("the Link header leads through the list in canonical addresses", async () => {
  let url: string | undefined = "/v1/products?sort=name&limit=50&brand=Even";
  const seen = new Set<number>();
  while (url) {
    const { json, headers } = await api.get(url);
    for (const { id } of json.items) seen.add(id);
    url = /^<([^>]+)>; rel="next"$/.exec(String(headers.link ?? ""))?.[1];
    if (url) assert.equal((await api.get(url)).headers["content-location"], url);
  }
  assert.equal(seen.size, PRODUCTS / 2);
});
