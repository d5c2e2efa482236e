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

/**
 * What GET gives fits the document (`call` checks it), is within the limits of a product, and can be put back as it is: the record, what
 * customers see in each currency, and each category.
 */
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
  const shown = await Promise.all(
    Object.keys(product.variants[0].prices).map((currency) => api.get(`${url(slug)}?currency=${currency}`)),
  );
  for (const { json } of [read, ...shown.filter(({ status }) => status === 200)]) {
    const back = await api.call("PUT", url(slug), { key: true, headers: { "if-match": "*" }, body: json });
    assert.equal(back.status, 200, back.text);
    assert.equal((await record()).headers.etag, read.headers.etag, "nothing has changed");
  }
  for (const { id } of product.categories) {
    const category = await api.get(`/v1/categories/${id}`);
    const back = await api.call("PUT", `/v1/categories/${id}`, { key: true, body: category.json });
    assert.deepEqual([back.status, back.text], [200, category.text]);
  }
}

const named = (prefix: string, count: number, value: unknown = "v") =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`${prefix}${i}`, value]));
const currencies = (letter: string, count: number, amount: number | null = 1) =>
  Object.fromEntries(
    Array.from({ length: count }, (_, i) => [
      `${letter}${String.fromCharCode(65 + (i % 26))}${i < 26 ? "A" : "B"}`,
      amount,
    ]),
  );

/** What a writer does; whether it succeeds is nothing to the property. */
type Act = (product: { slug: string; readonly sku: string }, by: string, count: number) => Promise<unknown>;

const time = (count: number) => `203${count % 10}-01-01T00:00:00.5+01:00`;
const ACTS: Record<string, Act> = {
  attributes: ({ slug }, by, count) => patch(slug, { attributes: named(by, count % 51) }),
  "variant attributes": ({ sku }, by, count) => bulk([{ sku, attributes: named(by, count % 51) }]),
  prices: ({ sku }, by, count) => bulk([{ sku, prices: currencies(by.toUpperCase(), 1 + (count % 30)) }]),
  "no prices": ({ sku }, by, count) =>
    bulk([{ sku, prices: { ...currencies(by.toUpperCase(), count % 30, null), EUR: count } }]),
  sales: ({ sku }, by, count) =>
    bulk([
      {
        sku,
        sales:
          count % 3 === 0
            ? null
            : [
                { from: time(count), prices: currencies(by.toUpperCase(), count % 30, count) },
                { to: time(count + 1), prices: { EUR: count } },
              ],
      },
    ]),
  variants: ({ slug }, by, count) =>
    bulk(
      Array.from({ length: count }, (_, i) => ({
        sku: `${slug}-${by}${i}`,
        prices: { EUR: 1 },
        product: { slug },
      })),
    ),
  status: ({ slug }, _, count) => patch(slug, { status: count % 2 ? "draft" : "published" }),
  publication: ({ slug }, _, count) =>
    patch(slug, {
      publishFrom: count % 2 ? time(count) : null,
      publishTo: count % 3 ? null : time(count + 1),
    }),
  texts: ({ slug }, by) =>
    patch(slug, {
      name: ` Cafe\u0301 ${by} `,
      description: `${by}\n`,
      images: [{ url: `https://a.example/${by}`, alt: "" }],
    }),
  renaming: async (product, by, count) => {
    const renamed = `${product.sku}-${by}${count}`;
    if ((await patch(product.slug, { slug: renamed })).status === 200) product.slug = renamed;
  },
  categories: ({ slug }, by, count) =>
    patch(slug, { categories: [["audio"], [], ["books", "phones"], [`Audio > ${by}`, "books"]][count % 4] }),
  "categories by path": ({ sku }, by, count) =>
    bulk([{ sku, product: { categories: [`Home > ${by}${count % 4} > ${by}`, `> ${by.toUpperCase()}`] } }]),
  "a category": (_, by, count) =>
    api.call("PATCH", `/v1/categories/${["home", "audio", by, `${by}${count % 4}`][count % 4]}`, {
      key: true,
      body: count % 2 ? { name: `N${count}` } : { parent: count % 3 ? null : "books", position: count },
    }),
  replacing: ({ slug, sku }, by, count) =>
    api.call("PUT", url(slug), {
      key: true,
      headers: { "if-match": "*" },
      body: {
        slug,
        name: by,
        brand: "B",
        variants: [
          { sku, prices: { EUR: count, SEK: count } },
          { sku: `${sku}-${by}`, prices: { EUR: 1 } },
        ],
      },
    }),
};

test("whatever sequence of writes succeeded, the product is whole and can be put back", async () => {
  const step = fc.record({
    kind: fc.constantFrom(...Object.keys(ACTS)),
    by: fc.constantFrom("a", "b", "c"),
    count: fc.integer({ min: 0, max: 150 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
      const slug = await create();
      const product = { slug, sku: slug };
      for (const { kind, by, count } of steps) await ACTS[kind]!(product, by, count);
      await assertWhole(product.slug);
    }),
    { numRuns: 15 },
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
