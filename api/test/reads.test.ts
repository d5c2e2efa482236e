import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { addProducts, startApi, type TestApi } from "./support/api.ts";

let api: TestApi;

before(async () => {
  api = await startApi();
  await addProducts(api, [
    {
      slug: "wave-one",
      name: "Wave One",
      brand: "Sonora",
      categories: ["headphones"],
      attributes: { colour: "black" },
      price: 9_900,
    },
    {
      slug: "wave-two",
      name: "Wave Two",
      brand: "Sonora",
      categories: ["headphones"],
      attributes: { colour: "white" },
      price: 19_900,
    },
    {
      slug: "boom",
      name: "Boom",
      brand: "Klang",
      categories: ["speakers"],
      attributes: { colour: "black" },
      price: 29_900,
      availability: "out_of_stock",
    },
    {
      slug: "talk",
      name: "Talk",
      brand: "Klang",
      categories: ["phones"],
      price: 49_900,
      variantAttributes: { storage: "128 GB" },
    },
    {
      slug: "ecoute",
      name: "Écoute",
      brand: "Livre",
      categories: ["books"],
      price: 1_500,
      availability: "preorder",
    },
  ]);
});
after(() => api?.close());

const slugs = (items: { slug: string }[]) => items.map(({ slug }) => slug);
const list = async (query: string) => slugs((await api.get(`/v1/products?${query}`)).json.items);

describe("lists", () => {
  it("have every product, newest first, with what a shop window shows", async () => {
    const { status, json } = await api.get("/v1/products");
    assert.equal(status, 200);
    assert.deepEqual(
      slugs(json.items),
      ["wave-one", "wave-two", "boom", "talk", "ecoute"].sort(byIdDescending(json.items)),
    );
    assert.deepEqual(json.total, { value: 5, relation: "eq" });
    assert.equal(json.nextCursor, null);
    const item = json.items.find(({ slug }: { slug: string }) => slug === "talk");
    assert.deepEqual(item.price, { amount: 49_900, currency: "EUR" });
    assert.deepEqual(item.options, { storage: ["128 GB"] });
    assert.deepEqual(item.categories, ["phones"]);
  });

  it("are sorted by name without regard to accents, both ways", async () => {
    assert.deepEqual(await list("sort=name"), ["boom", "ecoute", "talk", "wave-one", "wave-two"]);
    assert.deepEqual(await list("sort=-name"), ["wave-two", "wave-one", "talk", "ecoute", "boom"]);
  });

  it("have only the fields that are asked for", async () => {
    const { json } = await api.get("/v1/products?fields=slug,price&limit=1&sort=price");
    assert.deepEqual(json.items, [{ slug: "ecoute", price: { amount: 1_500, currency: "EUR" } }]);
  });

  it("count only when they are asked to, and count facets when they are asked to", async () => {
    const plain = (await api.get("/v1/products?count=false")).json;
    assert.equal(plain.total, undefined);
    assert.equal(plain.facets, undefined);
    const { facets } = (await api.get("/v1/products?category=electronics&facets=true")).json;
    assert.deepEqual(facets.brand, [
      { value: "Klang", count: 2 },
      { value: "Sonora", count: 2 },
    ]);
    assert.deepEqual(facets.availability, [
      { value: "in_stock", count: 3 },
      { value: "out_of_stock", count: 1 },
    ]);
    assert.deepEqual(facets.attributes.colour, [
      { value: "black", count: 2 },
      { value: "white", count: 1 },
    ]);
    assert.deepEqual(facets.price, { min: 9_900, max: 49_900, currency: "EUR" });
    assert.deepEqual(facets.category[0], { id: "electronics", name: "Electronics", count: 4 });
  });

  it("refuse what contradicts itself or leads nowhere", async () => {
    for (const query of ["minPrice=2&maxPrice=1", "sort=relevance", "category=nowhere", "q=..."]) {
      const { status, json } = await api.get(`/v1/products?${query}`);
      assert.equal(status, 400, query);
      assert.equal(json.type, "/problems/invalid-request", query);
    }
  });
});

describe("a product", () => {
  it("is found by slug and by id, with variants, prices, images and the way to its categories", async () => {
    const { json } = await api.get("/v1/products/talk");
    assert.deepEqual(json.variants, [
      {
        sku: "SKU-talk",
        gtin: null,
        sales: [],
        attributes: { storage: "128 GB" },
        prices: { EUR: 49_900 },
        availability: "in_stock",
      },
    ]);
    assert.deepEqual(json.categories, [
      {
        id: "phones",
        name: "Phones",
        path: [
          { id: "electronics", name: "Electronics" },
          { id: "phones", name: "Phones" },
        ],
      },
    ]);
    assert.deepEqual((await api.get(`/v1/products/${json.id}`)).json, json);
  });

  it("shows the fields that are asked for, under one ETag for each selection and one version for all", async () => {
    const whole = await api.get("/v1/products/talk");
    const part = await api.get("/v1/products/talk?fields=name,slug");
    assert.deepEqual(part.json, { slug: "talk", name: "Talk" });
    assert.notEqual(part.headers.etag, whole.headers.etag);
    assert.equal(String(part.headers.etag).split(".")[0], String(whole.headers.etag).split(".")[0]);
  });

  it("that does not exist is a 404, whatever was asked for in its place", async () => {
    for (const reference of [
      "nothing",
      "999999",
      "Not-A-Slug",
      "%00",
      "a--b",
      "0",
      "'",
      "99999999999999999999999",
    ]) {
      const { status, json } = await api.get(`/v1/products/${reference}`);
      assert.equal(status, 404, reference);
      assert.equal(json.type, "/problems/not-found");
    }
  });
});

describe("categories", () => {
  it("come as a tree, as deep as asked for", async () => {
    const { json } = await api.get("/v1/categories");
    assert.deepEqual(
      json.categories.map(({ id }: { id: string }) => id),
      ["electronics", "books"],
    );
    assert.deepEqual(
      json.categories[0].children[0].children.map(({ id }: { id: string }) => id),
      ["headphones", "speakers"],
    );
    const flat = (await api.get("/v1/categories?depth=1")).json;
    assert.deepEqual(flat.categories[0], { id: "electronics", name: "Electronics" });
  });

  it("are found by id, with the way to them", async () => {
    const { json } = await api.get("/v1/categories/audio");
    assert.deepEqual(
      json.path.map(({ name }: { name: string }) => name),
      ["Electronics", "Audio"],
    );
    assert.equal(json.category.children.length, 2);
    assert.equal((await api.get("/v1/categories/nowhere")).status, 404);
  });
});

function byIdDescending(items: { id: number; slug: string }[]) {
  const ids = new Map(items.map(({ id, slug }) => [slug, id]));
  return (a: string, b: string) => ids.get(b)! - ids.get(a)!;
}
