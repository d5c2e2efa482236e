import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import fc from "fast-check";
import { splitWords } from "../src/catalog/words.ts";
import { startApi, type TestApi } from "./support/api.ts";

let api: TestApi;
before(async () => {
  api = await startApi();
  const item = (slug: string, sku: string, gtin: string | null) => ({
    sku,
    gtin,
    prices: { EUR: 1 },
    product: { slug, name: slug, brand: "Lux" },
  });
  const rows = [
    item("lamp", "AB 12/3", "4006381333931"),
    item("lamp", "AB,12&4", null),
    item("chair", "ÄÖ-1", "96385074"),
    item("desk", "D", "036000291452"),
  ];
  const made = await api.call("PUT", "/v1/products:bulk?atomic=true", { key: true, body: { rows } });
  assert.equal(made.status, 200, made.text);
});
after(() => api?.close());

const find = async (query: Record<string, string | string[]>) => {
  const parameters = Object.entries(query).flatMap(([name, values]) =>
    [values].flat().map((value) => `${name}=${encodeURIComponent(value)}`),
  );
  const { status, json, text } = await api.get(`/v1/products?${parameters.join("&")}`);
  assert.equal(status, 200, text);
  assert.equal(json.total.value, json.items.length);
  assert.equal(json.nextCursor, null);
  return json.items.map(({ slug }: { slug: string }) => slug);
};

test("products are found by SKU, by GTIN in any of its lengths and by id, many at once, each once", async () => {
  assert.deepEqual(await find({ sku: "AB 12/3" }), ["lamp"]);
  assert.deepEqual(await find({ sku: ["AB,12&4", "AB 12/3"] }), ["lamp"]);
  assert.deepEqual(await find({ sku: [" A\u0308\u00d6-1\u200b"] }), ["chair"]);
  assert.deepEqual(await find({ gtin: ["04006381333931", "0000096385074"] }), ["chair", "lamp"].sort());
  assert.deepEqual(await find({ gtin: "36000291452".padStart(12, "0"), sku: "nowhere" }), ["desk"]);
  const { id } = (await api.get("/v1/products/desk")).json;
  assert.deepEqual(await find({ ids: `${id},999999`, sku: "D", limit: "1" }), ["desk"]);
  assert.deepEqual(await find({ sku: "ab 12/3" }), []);
});

test("a look-up stands alone, and is bounded", async () => {
  for (const [query, pattern] of [
    ["sku=D&brand=Lux", /brand does not go with ids, sku and gtin/],
    ["ids=1&facets=true", /facets does not go/],
    [
      `ids=${Array.from({ length: 101 }, (_, index) => index + 1).join(",")}`,
      /101 are asked for; at most 100/,
    ],
    ["ids=a", /ids/],
  ] as const) {
    const { status, json } = await api.get(`/v1/products?${query}`);
    assert.equal(status, 400, query);
    assert.match(json.detail, pattern);
  }
});

test("what is found by its SKU follows what is written", async () => {
  assert.deepEqual(await find({ sku: "NEW" }), []);
  const rows = [{ sku: "NEW", prices: { EUR: 1 }, product: { slug: "new", name: "New", brand: "Lux" } }];
  await api.call("PUT", "/v1/products:bulk", { key: true, body: { rows } });
  assert.deepEqual(await find({ sku: "NEW" }), ["new"]);
});

test("a word with digits is never corrected: another digit is another model", async () => {
  const rows = [
    {
      sku: "X-1",
      prices: { EUR: 1 },
      product: { slug: "x-1", name: "Headphone WH1000XM5 wireless", brand: "Lux" },
    },
  ];
  await api.call("PUT", "/v1/products:bulk", { key: true, body: { rows } });
  const search = async (q: string) => (await api.get(`/v1/search?q=${encodeURIComponent(q)}`)).json;
  assert.equal((await search("WH1000XM5")).items.length, 1);
  const other = await search("WH1000XM4");
  assert.deepEqual([other.items, other.query.corrections, other.query.ignored], [[], [], ["wh1000xm4"]]);
  assert.equal((await search("headfone")).query.corrections.length, 1);
});

test("a SKU or GTIN that is typed as a whole finds its product, before what has the words", async () => {
  const rows = [
    ["c-1", "4058NB/09", "Plain shade", null],
    ["c-2", "12-12-A", "Bulb for 4058NB 09", null],
    ["c-3", "S-nb", "Stool", "4006381333948"],
    ["c-4", "ÅÄ-1", "Table", null],
    ["c-5", "The/1", "Other table", null],
  ].map(([slug, sku, name, gtin]) => ({
    sku,
    gtin,
    prices: { EUR: slug === "c-1" ? 700 : 100 },
    product: { slug, name, brand: "Codes" },
  }));
  const { status, json, text } = await api.call("PUT", "/v1/products:bulk?atomic=true", {
    key: true,
    body: { rows },
  });
  assert.deepEqual([status, json?.results.length], [200, rows.length], text);
  const search = async (q: string, more = "") => {
    const answer = await api.get(`/v1/search?q=${encodeURIComponent(q)}&brand=Codes${more}`);
    assert.equal(answer.status, 200, answer.text);
    const { items, total, facets, query } = answer.json;
    assert.deepEqual([total.value, query.ignored], [items.length, []], q);
    assert.equal(facets.brand.find(({ value }: { value: string }) => value === "Codes")?.count, items.length);
    return items.map(({ slug }: { slug: string }) => slug);
  };
  assert.deepEqual(await search("4058NB/09"), ["c-1", "c-2"]);
  assert.deepEqual(await search("4058nb 09", "&sort=price"), ["c-2", "c-1"]);
  assert.deepEqual(await search("4058nb/09", "&maxPrice=500"), ["c-2"]);
  assert.deepEqual(await search("4058NB09"), ["c-1"]);
  assert.deepEqual(await search("12-12-a"), ["c-2"]);
  assert.deepEqual(await search("s-NB"), ["c-3"]);
  assert.deepEqual(await search("åä-1"), ["c-4"]);
  assert.deepEqual(await search("the/1"), ["c-5"]);
  for (const gtin of ["4006381333948", "04006381333948", "400-638-133394-8"])
    assert.deepEqual(await search(gtin), ["c-3"]);
  const [plain] = (await api.get("/v1/products?q=4058NB/09&brand=Codes")).json.items;
  assert.equal(plain.slug, "c-1");
  assert.deepEqual((await api.get("/v1/search?q=4006381333955")).json.items, []);
});

test("what is found by its SKU comes first, however many have its words", async () => {
  const rows = Array.from({ length: 1_200 }, (_, at) => ({
    sku: `MANY-${at}`,
    prices: { EUR: 100 },
    product: { slug: `many-${at}`, name: `Bottle 500 ml ${at}`, brand: "Many" },
  }));
  rows.push({ sku: "500", prices: { EUR: 100 }, product: { slug: "five", name: "Glass", brand: "Many" } });
  for (const part of [rows.slice(0, 1_000), rows.slice(1_000)]) {
    const { status, text } = await api.call("PUT", "/v1/products:bulk", { key: true, body: { rows: part } });
    assert.equal(status, 200, text);
  }
  for (const more of ["", "&minPrice=100&maxPrice=100", "&brand=Many", "&availability=in_stock"]) {
    const { json } = await api.get(`/v1/search?q=500${more}`);
    assert.equal(json.items[0].slug, "five", more);
    assert.equal(new Set(json.items.map(({ slug }: { slug: string }) => slug)).size, json.items.length);
  }
});

const wordsOf = (text: string) => splitWords(text).join(" ");

test("a search for any SKU as it stands there finds its product first, in whatever case", async () => {
  const sign = fc.constantFrom(..." -./_+#&\"'‑–·½²№★Åé한日0", "\u2067", "👜");
  const skus = fc
    .array(fc.oneof(sign, fc.constantFrom(..."abcxyz0123456789")), { minLength: 1, maxLength: 60 })
    .map((parts) => `${parts.join("")}K`.normalize("NFC").trim());
  const long = "a-b-c-d-e-f-g-h-i-j-k-l";
  const given = [
    ...new Set([...fc.sample(skus, { numRuns: 200, seed: 1 }), long, "x".repeat(64), "A‑1", "A★1"]),
  ];
  const rows = given.map((sku, at) => ({
    sku,
    prices: { EUR: 1 },
    // Another product has its words.
    product: { slug: `any-${at}`, name: `Any ${wordsOf(given[(at + 1) % given.length]!)}`, brand: "Any" },
  }));
  const { json } = await api.call("PUT", "/v1/products:bulk", { key: true, body: { rows } });
  const taken = rows.filter((_, at) => json.results[at].status === "created");
  assert.ok(taken.length > 180, `${taken.length} of ${rows.length}`);
  for (const { sku, product } of taken) {
    for (const typed of [sku, sku.toUpperCase(), sku.toLowerCase()]) {
      const { status, json, text } = await api.get(`/v1/search?q=${encodeURIComponent(typed)}&limit=100`);
      assert.equal(status, 200, text);
      const place = json.items.findIndex(({ slug }: { slug: string }) => slug === product.slug);
      // Those that are typed alike are found alike.
      const { rows } = await api.client.query(
        "SELECT count(*)::int AS alike FROM variants WHERE catalog_code(sku) IN (catalog_code($1), catalog_code($2))",
        [typed, wordsOf(typed)],
      );
      assert.ok(
        place >= 0 && place < rows[0].alike,
        `${JSON.stringify(typed)}: ${place} of ${rows[0].alike}`,
      );
    }
  }
});
