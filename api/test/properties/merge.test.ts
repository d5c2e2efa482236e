import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import fc from "fast-check";
import { startApi, type TestApi, unique } from "../support/api.ts";

let api: TestApi;
before(async () => {
  api = await startApi();
});
after(() => api?.close());

const bulk = async (rows: unknown[]) =>
  (await api.call("PUT", "/v1/products:bulk", { key: true, body: { rows } })).json;

/** RFC 7396 as its section 2 words it, on JSON as it is. */
function applyMergePatch(target: unknown, patch: unknown): unknown {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
  const result: Record<string, unknown> =
    typeof target === "object" && target !== null && !Array.isArray(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else result[name] = applyMergePatch(result[name], value);
  }
  return result;
}

/** A member that was removed has its default. */
const WITHOUT = {
  gtin: null,
  attributes: {},
  availability: "in_stock",
  sales: [],
  product: { description: "", categories: [], attributes: {}, images: [] },
};

const text = fc.constantFrom("a", "b", "wool", "dry clean");
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
const attributes = (value: fc.Arbitrary<string | null>) =>
  fc.dictionary(fc.constantFrom("size", "shade", "constructor", "größe"), value, {
    maxKeys: 4,
    noNullPrototype: true,
  });
const categories = fc.subarray(["audio", "books", "phones"]);
const images = fc.subarray([{ url: "https://a.example/1" }, { url: "https://a.example/2", alt: "two" }]);
const patches = fc.record(
  {
    gtin: maybe(fc.constantFrom("4006381333931", "96385074")),
    attributes: maybe(attributes(maybe(text))),
    prices: fc
      .record(
        { JPY: maybe(fc.nat(9)), SEK: maybe(fc.nat(9)), EUR: fc.nat(9) },
        { requiredKeys: [], noNullPrototype: true },
      )
      .filter((prices) => Object.keys(prices).length > 0),
    availability: maybe(fc.constantFrom("preorder", "out_of_stock")),
    product: fc.record(
      {
        name: text,
        brand: text,
        description: maybe(text),
        categories: maybe(categories),
        attributes: maybe(attributes(maybe(text))),
        images: maybe(images),
      },
      { requiredKeys: [], noNullPrototype: true },
    ),
  },
  { requiredKeys: [], noNullPrototype: true },
);

test("a row of a batch is a merge patch (RFC 7396) of the variant and of its product", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(patches, { minLength: 1, maxLength: 3 }), async (rows) => {
      const slug = `m-${unique()}`;
      const sku = `SKU-${slug}`;
      let expected: unknown = {
        sku,
        prices: { EUR: 5, JPY: 700 },
        attributes: { size: "L", shade: "red" },
        product: { slug, name: "Coat", brand: "Lux", attributes: { material: "wool" } },
      };
      await bulk([expected]);
      for (const row of rows) {
        const { results } = await bulk([{ sku, ...row }]);
        assert.notEqual(results[0].status, "failed", JSON.stringify(results[0]));
        expected = applyMergePatch(expected, { sku, ...row });
      }
      const { product: expectedProduct, ...variant } = expected as Record<string, object>;
      const { product: defaults, ...variantDefaults } = WITHOUT;
      const { json } = await api.get(
        `/v1/products/${slug}?fields=name,brand,description,categories,attributes,images,variants`,
      );
      const { slug: _, ...members } = { ...defaults, ...expectedProduct } as Record<string, unknown>;
      assert.deepEqual(json.variants, [{ ...variantDefaults, ...variant }]);
      assert.deepEqual(
        { ...json, categories: json.categories.map(({ id }: { id: string }) => id), variants: undefined },
        { ...members, variants: undefined },
      );
      // Nothing is left to do for the same rows.
      const again = await bulk([{ sku, ...applyAll(rows) }]);
      assert.equal(again.results[0].status, "unchanged", JSON.stringify(again));
      await api.client.query("DELETE FROM products WHERE slug = $1", [slug]);
    }),
    { numRuns: 60 },
  );
});

/** The patch that has the effect of all of them: the last word on each member. */
function applyAll(rows: object[]): object {
  const merge = (a: unknown, b: unknown): unknown => {
    const plain = (value: unknown) => typeof value === "object" && value !== null && !Array.isArray(value);
    if (!plain(a) || !plain(b)) return b;
    const both = { ...(a as Record<string, unknown>) };
    for (const [name, value] of Object.entries(b as object))
      both[name] = name in both ? merge(both[name], value) : value;
    return both;
  };
  return rows.reduce((all, row) => merge(all, row) as object, {});
}
