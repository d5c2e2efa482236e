import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import fc from "fast-check";
import { LIMITS } from "../../src/writes/limits.ts";
import { type Answer, startApi, type TestApi, unique } from "../support/api.ts";

let api: TestApi;

before(async () => {
  api = await startApi();
});
after(() => api?.close());

const url = (slug: string) => `/v1/products/${slug}`;
const patch = (slug: string, body: object) =>
  api.call("PATCH", url(slug), { key: true, headers: { "if-match": "*" }, body });
const bulk = (rows: object[]) => api.call("PUT", "/v1/products:bulk", { key: true, body: { rows } });

async function create(): Promise<string> {
  const slug = `w-${unique()}`;
  const body = { slug, name: "N", brand: "B", variants: [{ sku: slug, prices: { EUR: 1 } }] };
  const made = await api.call("PUT", url(slug), { key: true, headers: { "if-none-match": "*" }, body });
  assert.equal(made.status, 201, made.text);
  return slug;
}

/** What GET gives fits the document (`call` checks it), is within the limits of a product, and can be put back as it is. */
async function assertWhole(slug: string): Promise<void> {
  const record = () => api.call("GET", `${url(slug)}/record`, { key: true });
  const read = await record();
  const product = read.json;
  assert.ok(Object.keys(product.attributes).length <= LIMITS.attributes);
  assert.ok(product.variants.length <= LIMITS.variants);
  for (const { attributes, prices } of product.variants) {
    assert.ok(Object.keys(attributes).length <= LIMITS.attributes);
    assert.ok(Object.keys(prices).length <= LIMITS.prices);
  }
  const back = await api.call("PUT", url(slug), { key: true, headers: { "if-match": "*" }, body: product });
  assert.equal(back.status, 200, back.text);
  assert.equal((await record()).headers.etag, read.headers.etag, "nothing has changed");
}

const named = (prefix: string, count: number, value: unknown = "v") =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`${prefix}${i}`, value]));
const currencies = (letter: string, count: number) =>
  Object.fromEntries(
    Array.from({ length: count }, (_, i) => [
      `${letter}${String.fromCharCode(65 + (i % 26))}${i < 26 ? "A" : "B"}`,
      1,
    ]),
  );

test("whatever sequence of writes succeeded, the product is whole and can be put back", async () => {
  const step = fc.oneof(
    fc.record({
      kind: fc.constant("attributes"),
      by: fc.constantFrom("a", "b", "c"),
      count: fc.integer({ min: 0, max: 50 }),
    }),
    fc.record({
      kind: fc.constant("variant attributes"),
      by: fc.constantFrom("a", "b", "c"),
      count: fc.integer({ min: 0, max: 50 }),
    }),
    fc.record({
      kind: fc.constant("prices"),
      by: fc.constantFrom("A", "B", "C"),
      count: fc.integer({ min: 0, max: 30 }),
    }),
    fc.record({
      kind: fc.constant("variants"),
      by: fc.constantFrom("a", "b", "c"),
      count: fc.integer({ min: 1, max: 150 }),
    }),
    fc.record({
      kind: fc.constantFrom("status", "publication", "sales", "texts", "renaming"),
      by: fc.constantFrom("a", "b", "c"),
      count: fc.integer({ min: 0, max: 9 }),
    }),
    fc.record({
      kind: fc.constant("categories"),
      by: fc.constantFrom("audio", "books", "phones"),
      count: fc.integer({ min: 0, max: 1 }),
    }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 6 }), async (steps) => {
      let slug = await create();
      const sku = slug;
      for (const { kind, by, count } of steps) {
        const row = (members: object) => ({ sku, ...members });
        const time = `203${count}-01-01T00:00:00.5+01:00`;
        if (kind === "status") await patch(slug, { status: count % 2 ? "draft" : "published" });
        if (kind === "publication") await patch(slug, { publishFrom: count % 2 ? time : null });
        if (kind === "sales")
          await bulk([row({ sales: count % 2 ? [{ from: time, prices: { EUR: count } }] : null })]);
        if (kind === "texts")
          await patch(slug, {
            name: ` Cafe\u0301 ${by} `,
            description: `${by}\n`,
            images: [{ url: `https://a.example/${by}`, alt: "" }],
          });
        if (kind === "renaming") {
          const renamed = `${sku}-${by}${count}`;
          if ((await patch(slug, { slug: renamed })).status === 200) slug = renamed;
        }
        if (kind === "attributes") await patch(slug, { attributes: named(by, count) });
        if (kind === "variant attributes") await bulk([row({ attributes: named(by, count) })]);
        if (kind === "prices" && count > 0) await bulk([row({ prices: currencies(by, count) })]);
        if (kind === "variants")
          await bulk(
            Array.from({ length: count }, (_, i) => ({
              sku: `${slug}-${by}${i}`,
              prices: { EUR: 1 },
              product: { slug },
            })),
          );
        if (kind === "categories") await patch(slug, { categories: count === 0 ? [] : [by] });
      }
      await assertWhole(slug);
    }),
    { numRuns: 12 },
  );
});

test("a category can be put back as it is, wherever it is in the tree", async () => {
  const tree = JSON.stringify((await api.get("/v1/categories")).json);
  const ids = [...tree.matchAll(/"id":"([^"]+)"/g)].map(([, id]) => id!);
  assert.ok(ids.length >= 6);
  for (const id of ids) {
    const read = await api.get(`/v1/categories/${id}`);
    const back = await api.call("PUT", `/v1/categories/${id}`, { key: true, body: read.json });
    assert.deepEqual([back.status, back.text], [200, read.text]);
  }
  assert.equal(JSON.stringify((await api.get("/v1/categories")).json), tree);
});

test("categories as an answer shows them are taken by every way in", async () => {
  const slug = await create();
  const shown = (await patch(slug, { categories: ["audio"] })).json.categories;
  assert.equal(shown[0].path.length, 2);
  assert.equal((await patch(slug, { categories: shown })).status, 200);
  const { json } = await bulk([{ sku: slug, product: { categories: shown } }]);
  assert.deepEqual(json.results[0].status, "unchanged", JSON.stringify(json));
  await assertWhole(slug);
});

/** Each limit, passed in two steps that are within it: what the second one is answered. */
const EXCESSES: [limit: string, step: (slug: string, by: string) => Promise<Answer>][] = [
  ["attributes by PATCH", (slug, by) => patch(slug, { attributes: named(by, 30) })],
  ["attributes by a batch", (slug, by) => bulk([{ sku: slug, product: { attributes: named(by, 30) } }])],
  ["attributes of a variant", (slug, by) => bulk([{ sku: slug, attributes: named(by, 30) }])],
  ["prices of a variant", (slug, by) => bulk([{ sku: slug, prices: currencies(by.toUpperCase(), 20) }])],
  [
    "variants",
    (slug, by) =>
      bulk(
        Array.from({ length: 150 }, (_, i) => ({
          sku: `${slug}-${by}${i}`,
          prices: { EUR: 1 },
          product: { slug },
        })),
      ),
  ],
  [
    "bytes",
    (slug, by) =>
      bulk(
        Array.from({ length: 60 }, (_, i) => ({
          sku: `${slug}-${by}${i}`,
          prices: { EUR: 1 },
          attributes: named("n", 50, "v".repeat(200)),
          product: { slug },
        })),
      ),
  ],
];

for (const [limit, step] of EXCESSES) {
  test(`${limit}: what two writes add up to is refused, and the product stays whole`, async () => {
    const slug = await create();
    const neighbour = await create();
    assert.ok((await step(slug, "a")).status === 200);
    const second = await step(slug, "b");
    if (second.status === 200) assert.ok(second.json.failed > 0, second.text);
    else assert.equal(second.status, 422, second.text);
    assert.match(second.text, /at most/);
    const beside = await bulk([{ sku: neighbour, prices: { EUR: 5 } }]);
    assert.equal(beside.json.updated, 1);
    await assertWhole(slug);
  });
}
