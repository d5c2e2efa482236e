import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { sampleGtin } from "../../dev/catalogue/gtin.ts";
import { addProducts, row, startApi, type TestApi, unique } from "../support/api.ts";

let api: TestApi;
let slug: string;

before(async () => {
  api = await startApi();
  slug = `d-${unique()}`;
  await addProducts(api, [{ slug }]);
});
after(() => api?.close());

describe("a row that only the rest of the batch or the database refuses", () => {
  /** What is wrong, its rows, of which the last is refused, and the member that is to blame. */
  const taken = () => row({ slug });
  const fresh = () => row({ slug: `r-${unique()}` });
  const many = (count: number, value: unknown) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}-${unique()}`, value]));
  const REFUSALS: [what: string, rows: () => object[], member: string][] = [
    ["a SKU that is there twice", () => [taken(), taken()], "sku"],
    [
      "a SKU of another product",
      () => [{ ...taken(), product: { slug: `other-${unique()}`, name: "N", brand: "B" } }],
      "product.slug",
    ],
    ["a new SKU without a product", () => [{ sku: unique(), prices: { EUR: 1 } }], "product"],
    [
      "a new product without a name",
      () => [{ ...fresh(), product: { slug: `r-${unique()}`, brand: "B" } }],
      "product.name",
    ],
    [
      "a new product without a brand",
      () => [{ ...fresh(), product: { slug: `r-${unique()}`, name: "N" } }],
      "product.brand",
    ],
    ["a new SKU without prices", () => [{ ...fresh(), prices: undefined }], "prices"],
    ["no price in the currency of lists", () => [{ ...fresh(), prices: { SEK: 1 } }], "prices"],
    ["its last price taken away", () => [{ sku: `SKU-${slug}`, prices: { EUR: null } }], "prices"],
    [
      "a category that there is not",
      () => [{ ...taken(), product: { categories: ["nowhere"] } }],
      "product.categories",
    ],
    [
      "a path that names nothing",
      () => [{ ...taken(), product: { categories: [" > "] } }],
      "product.categories",
    ],
    [
      "another name than a row before",
      () => {
        const [one, other] = [fresh(), fresh()];
        return [one, { ...other, product: { ...(one as { product: object }).product, name: "Other" } }];
      },
      "product.name",
    ],
    [
      "another attribute than a row before",
      () => {
        const [one, other] = [fresh(), fresh()];
        const product = { slug: `r-${unique()}`, name: "N", brand: "B" };
        return [
          { ...one, product: { ...product, attributes: { a: "1" } } },
          { ...other, product: { ...product, attributes: { a: "2" } } },
        ];
      },
      "product.attributes.a",
    ],
    [
      "a GTIN of another product",
      () => {
        const [one, other] = [fresh(), fresh()];
        const gtin = sampleGtin(Math.floor(Math.random() * 1e10));
        return [
          { ...one, gtin },
          { ...other, gtin },
        ];
      },
      "gtin",
    ],
    ["a GTIN whose check digit is wrong", () => [{ ...taken(), gtin: "4006381333932" }], "gtin"],
    [
      "more attributes than a product may have",
      () => {
        const product = { slug: `r-${unique()}`, name: "N", brand: "B" };
        return [
          { ...fresh(), product: { ...product, attributes: many(30, "v") } },
          { ...fresh(), product: { ...product, attributes: many(30, "v") } },
        ];
      },
      "product.attributes",
    ],
    [
      "more sales than a product may have",
      () => {
        const product = { slug: `r-${unique()}`, name: "N", brand: "B" };
        const sales = (from: number) =>
          Array.from({ length: 20 }, (_, i) => ({
            from: new Date(Date.UTC(2030, 0, from + i)).toISOString(),
            to: new Date(Date.UTC(2030, 0, from + i, 12)).toISOString(),
            prices: { EUR: 1 },
          }));
        return [
          { ...fresh(), product, sales: sales(1) },
          { ...fresh(), product, sales: sales(100) },
        ];
      },
      "sales",
    ],
    [
      "a sale that ends before it begins",
      () => [
        {
          ...taken(),
          sales: [{ from: "2030-01-02T00:00:00Z", to: "2030-01-01T00:00:00Z", prices: { EUR: 1 } }],
        },
      ],
      "sales",
    ],
    [
      "a slug that is no part of an address",
      () => [{ ...fresh(), product: { slug: "A b", name: "N", brand: "B" } }],
      "product.slug",
    ],
    ["a member that is not known", () => [{ ...taken(), colour: "red" }], "colour"],
    [
      "two names that are one when they are composed",
      () => [{ ...taken(), attributes: { "caf\u00e9": "a", "cafe\u0301": "b" } }],
      "attributes",
    ],
  ];
  for (const [what, rows, member] of REFUSALS) {
    it(what, async () => {
      for (const ndjson of [false, true]) {
        const [before, behind] = [row({ slug: `n-${unique()}` }), row({ slug: `n-${unique()}` })];
        const batch = [before, ...rows(), behind];
        const { status, json, text } = await api.call("PUT", "/v1/products:bulk", {
          key: true,
          headers: { "content-type": ndjson ? "application/x-ndjson" : "application/json" },
          body: ndjson
            ? batch.map((each) => JSON.stringify(each)).join("\n")
            : JSON.stringify({ rows: batch }),
        });
        assert.equal(status, 200, text);
        const refused = json.results.at(-2);
        assert.deepEqual([refused.status, refused.member], ["failed", member], JSON.stringify(refused));
        for (const result of json.results.filter((each: object) => each !== refused))
          assert.notEqual(result.status, "failed", JSON.stringify(result));
      }
    });
  }
});
