import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { editDistance, splitWords } from "../src/catalog/words.ts";
import { addProducts, allPages, startApi, type TestApi } from "./support/api.ts";

let api: TestApi;

before(async () => {
  api = await startApi();
  await addProducts(api, [
    {
      slug: "studio",
      name: "Studio Wireless Headphones",
      brand: "Sonora",
      categories: ["headphones"],
      price: 19_900,
    },
    {
      slug: "cable",
      name: "Headphone Cable",
      brand: "Klang",
      description: "For wireless and wired headphones.",
      categories: ["audio"],
      price: 900,
    },
    { slug: "kaffee", name: "Cafetière Wi-Fi", brand: "Maison", categories: ["books"], price: 4_900 },
    { slug: "xm4", name: "Noise Canceller WH-1000XM4", brand: "Sonora", price: 29_900 },
    { slug: "heater", name: "Heater 1000 Watt", brand: "Warm", price: 5_900 },
    { slug: "theatre", name: "Theatre Curtain", brand: "Stage", price: 7_900 },
    ...Array.from({ length: 45 }, (_, i) => ({
      slug: `speaker-${i}`,
      name: `Garden Speaker ${i}`,
      categories: ["speakers"],
      price: 1_000 + i,
    })),
  ]);
});
after(() => api?.close());

const search = async (query: string) => (await api.get(`/v1/search?${query}`)).json;
const slugs = ({ items }: { items: { slug: string }[] }) => items.map(({ slug }) => slug);

test("finds by stem, case and accent, and puts a match in the name before one in the description", async () => {
  assert.deepEqual(slugs(await search("q=HEADPHONE")).toSorted(), ["cable", "studio"]);
  assert.deepEqual(slugs(await search("q=wireless")), ["studio", "cable"]);
  assert.deepEqual(slugs(await search("q=cafetiere")), ["kaffee"]);
  assert.deepEqual(slugs(await search("q=cafeti%C3%A8re%20wi-fi")), ["kaffee"]);
});

test("corrects each word that nothing has by itself, and says so", async () => {
  const result = await search("q=wirless%20hedphones");
  assert.deepEqual(slugs(result).toSorted(), ["cable", "studio"]);
  assert.deepEqual(result.query.corrections, [
    { from: "wirless", to: "wireless" },
    { from: "hedphones", to: "headphones" },
  ]);
  // The stem of "wireles" is nearer to "wired" than to "wireless".
  const stemmed = await search("q=wireles%20headphnes");
  assert.deepEqual(slugs(stemmed).toSorted(), ["cable", "studio"]);
  assert.deepEqual(
    stemmed.query.corrections.map(({ to }: { to: string }) => to),
    ["wireless", "headphones"],
  );
});

test("does not correct a word that the catalogue has, nor one that resembles nothing", async () => {
  assert.deepEqual((await search("q=cable")).query.corrections, []);
  const { query, items } = await search("q=qqqqzzzz");
  assert.deepEqual(query, { text: "qqqqzzzz", corrections: [], ignored: ["qqqqzzzz"] });
  assert.deepEqual(items, []);
});

test("the start of a model number finds it, and a number that is there as a whole goes before what it begins", async () => {
  for (const typed of ["1000xm4", "1000xm", "1000x", "wh-1000", "WH-1000X", "sonora 10", "noise 1000"])
    assert.deepEqual(slugs(await search(`q=${encodeURIComponent(typed)}`)), ["xm4"], typed);
  assert.deepEqual(slugs(await search("q=1000")), ["heater"]);
  assert.deepEqual(slugs(await search("q=garden%20speaker%201")), ["speaker-1"]);
  // A digit is never corrected: 1000xm5 would be another model.
  const { query, items } = await search("q=1000xm5");
  assert.deepEqual([query.corrections, query.ignored, items], [[], ["1000xm5"], []]);
});

test("a correction that no product has beside the other words is dropped, and stands among what was left out", async () => {
  const result = await search("q=curtain%20hedphones");
  assert.deepEqual(slugs(result), ["theatre"]);
  assert.deepEqual([result.query.corrections, result.query.ignored], [[], ["hedphones"]]);
});

test("a search for stop words alone is one for what begins so", async () => {
  const result = await search("q=the");
  assert.deepEqual(slugs(result), ["theatre"]);
  assert.deepEqual(result.query.ignored, []);
  assert.deepEqual(slugs(await search("q=the%20of")), ["theatre"]);
  assert.deepEqual(slugs(await search("q=the%20cable")), ["cable"]);
  await addProducts(api, [
    { slug: "band", name: "The Who, live" },
    { slug: "whole", name: "The Whole" },
    { slug: "it", name: "It" },
  ]);
  const band = await search("q=The%20Who");
  assert.deepEqual([slugs(band), band.query.ignored, band.total.value], [["band"], [], 1]);
  assert.deepEqual(slugs(await search("q=it")), ["it"]);
});

test("of names that begin with stop words, those that are not shown take no place", async () => {
  const drafts = Array.from({ length: 25 }, (_, at) => ({
    sku: `those-${at}`,
    prices: { EUR: 1 },
    product: { slug: `those-${at}`, name: `Those A${at}`, brand: "Acme", status: "draft" },
  }));
  const { json } = await api.call("PUT", "/v1/products:bulk", { key: true, body: { rows: drafts } });
  assert.equal(json.created, 25);
  await addProducts(
    api,
    Array.from({ length: 25 }, (_, at) => ({ slug: `shown-${at}`, name: `Those B${at}` })),
  );
  assert.equal((await search("q=those&limit=50")).items.length, 25);
});

test("leaves stop words and unknown words out, and searches for the others", async () => {
  const result = await search("q=the%20qqqqzzzz%20cable");
  assert.deepEqual(result.query.ignored, ["the", "qqqqzzzz"]);
  assert.deepEqual(slugs(result), ["cable"]);
});

test("a product is found by a word that it brings into the catalogue, from its first moment on", async () => {
  assert.deepEqual(slugs(await search("q=xylotronic")), []);
  await addProducts(api, [{ slug: "xylo", name: "Xylotronic Deluxe" }]);
  assert.deepEqual(slugs(await search("q=xylotronic")), ["xylo"]);
});

test("filters and counts facets over what is found", async () => {
  const result = await search("q=headphones&brand=Klang");
  assert.deepEqual(slugs(result), ["cable"]);
  const { facets, total } = await search("q=headphones");
  assert.deepEqual(facets.brand, [
    { value: "Klang", count: 1 },
    { value: "Sonora", count: 1 },
  ]);
  assert.deepEqual(total, { value: 2, relation: "eq" });
  assert.equal((await search("q=headphones&facets=false")).facets, undefined);
});

test("pages by rank and by price have each match once", async () => {
  for (const sort of ["relevance", "price", "-name"]) {
    const { items, pages } = await allPages(api, `/v1/search?q=speaker&limit=7&sort=${sort}`);
    assert.equal(pages, 7);
    assert.equal(new Set(items.map(({ id }) => id)).size, 45);
  }
});

test("/v1/products takes q as a filter, and sorts by relevance then", async () => {
  const { json } = await api.get("/v1/products?q=wireless");
  assert.deepEqual(slugs(json), ["studio", "cable"]);
  assert.equal(json.query, undefined);
});

test("suggestions complete the last word, and lead to products, brands and categories", async () => {
  const { json } = await api.get("/v1/suggest?q=wireless%20hea");
  assert.deepEqual(
    json.suggestions
      .filter(({ type }: { type: string }) => type === "product")
      .map(({ slug }: { slug: string }) => slug),
    ["studio", "cable"],
  );
  assert.ok(
    json.suggestions.some(
      ({ type, id }: { type: string; id: string }) => type === "category" && id === "headphones",
    ),
  );
  const brand = (await api.get("/v1/suggest?q=sono&limit=1")).json;
  assert.deepEqual(brand.suggestions, [{ type: "brand", text: "Sonora" }]);
  // "ga" begins no stem of a stop word; "so" is one itself.
  assert.ok((await api.get("/v1/suggest?q=so")).json.suggestions.length > 0);
  assert.deepEqual((await api.get("/v1/suggest?q=qqqqzzz")).json.suggestions, []);
});

test("words are what is between spaces and punctuation, of every script", () => {
  assert.deepEqual(splitWords("  Wi-Fi / USB_C  usb "), ["wi", "fi", "usb", "c", "usb"]);
  assert.deepEqual(splitWords("15.6 Zoll ñandú 日本語"), ["15.6", "zoll", "ñandú", "日本語"]);
  assert.deepEqual(splitWords("'; DROP TABLE products --"), ["drop", "table", "products"]);
  assert.equal(splitWords("a b c d e f g h i j").length, 8);
});

test("the distance of words counts insertions, deletions, replacements and swaps", () => {
  for (const [a, b, distance] of [
    ["abc", "abc", 0],
    ["abc", "acb", 1],
    ["abc", "ab", 1],
    ["abc", "abcd", 1],
    ["abc", "axc", 1],
    ["", "abc", 3],
    ["kitten", "sitting", 3],
  ] as const) {
    assert.equal(editDistance(a, b), distance, `${a} ${b}`);
    assert.equal(editDistance(b, a), distance, `${b} ${a}`);
  }
});
