import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { API_KEY } from "../../support/api.ts";
import { importText, type Outcome, startImports } from "./support.ts";

const { api, url, folder } = await startImports();

const fixture = (name: string) => readFile(new URL(`fixtures/${name}`, import.meta.url));
const take = (content: string | Uint8Array, options: object = {}): Promise<Outcome> =>
  importText(folder, content, { url, key: API_KEY, ...options });
const product = async (slug: string) => (await api.get(`/v1/products/${slug}`)).json;
const pathsOf = ({ categories }: { categories: { path: { name: string }[] }[] }) =>
  categories.map(({ path }) => path.map(({ name }) => name).join(" > "));

/** What is not published in the shop must not appear by an import. */
async function assertDraft(slug: string): Promise<void> {
  assert.equal((await api.get(`/v1/products/${slug}`)).status, 404);
  const record = await api.call("GET", `/v1/products/${slug}/record`, { key: true });
  assert.equal(record.json.status, "draft");
}

/** A second import of the same file, zipped, finds everything as it is. */
async function takeTwice(content: Uint8Array, options: object = {}): Promise<Outcome> {
  const first = await take(content, options);
  const second = await take(gzipSync(content), options);
  assert.deepEqual(
    [second.created, second.updated, second.unchanged],
    [0, 0, first.created],
    JSON.stringify(second.errors),
  );
  return first;
}

test("Shopify's export: variants below their product, rows with a picture alone, compare-at prices", async () => {
  const result = await takeTwice(await fixture("shopify.csv"));
  assert.match(result.format, /Shopify/);
  assert.deepEqual([result.created, result.failed], [4, 1], JSON.stringify(result.errors));
  assert.match(result.errors[0]!.message, /^Variant Compare At Price is "12,34,56"/);
  const shirt = await product("linen-shirt");
  assert.deepEqual([shirt.name, shirt.brand, shirt.images.length], ["Linen Shirt", "Nordhem", 2]);
  assert.deepEqual(pathsOf(shirt), ["Clothing > Shirts"]);
  assert.deepEqual(
    shirt.variants.map(({ sku, attributes, prices, sales, availability, gtin }: Record<string, unknown>) => [
      sku,
      attributes,
      prices,
      sales,
      availability,
      gtin,
    ]),
    [
      [
        "0042-S",
        { Size: "S", Colour: "Sand" },
        { EUR: 5_900 },
        [{ prices: { EUR: 4_900 } }],
        "in_stock",
        "4006381333931",
      ],
      ["0042-M", { Size: "M", Colour: "Sand" }, { EUR: 4_900 }, [], "out_of_stock", null],
    ],
  );
  assert.deepEqual(shirt.price, { amount: 4_900, currency: "EUR" });
  const mug = await product("enamel-mug");
  assert.deepEqual([mug.variants[0].sku, mug.variants[0].attributes], ["enamel-mug", {}]);
  assert.deepEqual(pathsOf(mug), ["Kitchen"]);
  assert.ok(result.warnings.some(({ message }) => /^columns that nothing was made of: Tags/.test(message)));
  await assertDraft("old-cap");
});

test("booleans are read in the words of shops and spreadsheets, and what is neither yes nor no refuses the row", async () => {
  const words = ["TRUE", "yes", "1", "ja", "WAHR", "oui", "FALSE", "no", "0", "nein", "falsch", "maybe", "2"];
  const rows = words.map((word) => `Bool ${word},bool-${word},${word},B-${word},1.00,Lux`);
  const result = await take(
    ["Title,Handle,Published,Variant SKU,Variant Price,Vendor", ...rows].join("\n").replaceAll("bool-", "b-"),
  );
  assert.deepEqual([result.created, result.failed], [11, 2], JSON.stringify(result.errors));
  for (const { message } of result.errors)
    assert.match(message, /^Published is "(maybe|2)", and must be yes or no, true or false, 1 or 0$/);
  for (const [index, word] of words.slice(0, 11).entries()) {
    const record = await api.call("GET", `/v1/products/b-${word.toLowerCase()}/record`, { key: true });
    assert.equal(record.json.status, index < 6 ? "published" : "draft", word);
  }
});

test("stock that a file does not speak of stays as it is; what is counted is had while there is any", async () => {
  const head = "Title,Handle,Variant SKU,Variant Price,Vendor";
  const availability = async () => (await product("stock-1")).variants[0].availability;
  await take(`${head},Variant Inventory Qty\nStock,stock-1,ST-1,1.00,Lux,0`);
  assert.equal(await availability(), "out_of_stock");
  await take(`${head}\nStock,stock-1,ST-1,2.00,Lux`);
  assert.equal(await availability(), "out_of_stock");
  await take(`${head},Variant Inventory Qty\nStock,stock-1,ST-1,1.00,Lux,7`);
  assert.equal(await availability(), "in_stock");
});

test("what a variable product has and its variations do not say, each of them has", async () => {
  const result = await take(
    `ID,Type,SKU,Name,Regular price,Parent,Brands,Weight (kg),Attribute 1 name,Attribute 1 value(s),Attribute 2 name,Attribute 2 value(s)
1,variable,va-1,Vase,,,Lux,,Color,"Red, Blue",Material,Clay
2,variation,va-1-r,Vase - Red,5,va-1,,.7,Color,Red,,`,
  );
  assert.deepEqual([result.created, result.failed], [1, 0], JSON.stringify(result.errors));
  const { attributes } = (await product("va-1")).variants[0];
  assert.deepEqual(attributes, { Color: "Red", Material: "Clay", Weight: "0.7 kg" });
});

test("Shopify's newer column names", async () => {
  const text = `Title,URL handle,Description,Vendor,Product category,SKU,Barcode,Option1 name,Option1 value,Option1 Linked To,Price,Compare-at price,Product image URL
Wool Cap,wool-cap,Warm,Nordhem,Clothing > Hats,CAP-1,,Title,Default Title,,19.90,,https://a.example/cap.jpg`;
  const result = await take(text);
  assert.deepEqual([result.created, result.failed], [1, 0], JSON.stringify(result.errors));
  assert.deepEqual((await product("wool-cap")).variants[0].prices, { EUR: 1_990 });
});

test("WooCommerce's export: variations name their parent, lists stand in cells, units in headers", async () => {
  const result = await takeTwice(await fixture("woocommerce.csv"));
  assert.match(result.format, /WooCommerce/);
  assert.deepEqual([result.created, result.failed], [4, 1], JSON.stringify(result.errors));
  assert.match(
    result.errors[0]!.message,
    /^Parent is "nobody", and no variable product of the file has that SKU or ID/,
  );
  const tee = await product("ww-tee");
  assert.deepEqual([tee.name, tee.brand], ["Harbour Tee", "Kattegat"]);
  assert.equal(tee.description, "Soft.\n\nKnitted, of cotton.");
  assert.deepEqual(pathsOf(tee), ["Clothing > Tees", "Summer, and more"]);
  assert.equal(tee.images.length, 2);
  assert.deepEqual(
    tee.variants.map(({ sku, attributes, prices, availability }: Record<string, unknown>) => [
      sku,
      attributes,
      prices,
      availability,
    ]),
    [
      ["ww-tee-red", { Color: "Red" }, { EUR: 2_000 }, "in_stock"],
      ["ww-tee-blue", { Color: "Blue" }, { EUR: 2_050 }, "out_of_stock"],
    ],
  );
  const cap = await product("ww-cap");
  assert.deepEqual(cap.attributes, { Weight: "0.5 kg", Color: "Grey" });
  assert.deepEqual(cap.variants[0].gtin, "96385074");
  assert.deepEqual(cap.variants[0].sales, [
    { from: "2026-11-27T00:00:00.000Z", to: "2026-11-30T23:59:59.000Z", prices: { EUR: 1_600 } },
  ]);
  assert.ok(result.warnings.some(({ message }) => /is a group of other products/.test(message)));
  await assertDraft("ww-card");
});

for (const [name, file] of [
  ["a table", "google.tsv"],
  ["a feed", "google.xml"],
])
  test(`Google Merchant's product data as ${name}: groups, currencies, sales with their time`, async () => {
    await api.client.query("DELETE FROM products");
    const result = await takeTwice(await fixture(file!));
    assert.match(result.format, /Google/);
    assert.deepEqual([result.created, result.failed], [3, 1], JSON.stringify(result.errors));
    assert.match(result.errors[0]!.message, /^price is "free"/);
    const lamp = await product("g-7");
    assert.deepEqual([lamp.name, lamp.brand, lamp.images.length], ["Desk Lamp, black", "Lumo", 2]);
    assert.deepEqual(pathsOf(lamp), ["Home > Lamps > Desk"]);
    assert.deepEqual(
      lamp.variants.map(({ sku, attributes, availability }: Record<string, unknown>) => [
        sku,
        attributes,
        availability,
      ]),
      [
        ["L-1", { color: "black" }, "in_stock"],
        ["L-2", { color: "white" }, "out_of_stock"],
      ],
    );
    assert.deepEqual(lamp.variants[0].sales, [
      { from: "2026-11-26T23:00:00.000Z", to: "2026-11-30T22:59:00.000Z", prices: { EUR: 3_999 } },
    ]);
    assert.equal((await product("https-shop-example-p-9")).variants[0].sku, "https://shop.example/p/9");
  });

test("a file that names no brand is imported all the same, and that is said", async () => {
  const text = `ID,Type,SKU,Name,Published,Regular price\n1,simple,nb-1,Plain,1,5\n`;
  const result = await take(text);
  assert.deepEqual([result.created, result.failed], [1, 0], JSON.stringify(result.errors));
  assert.ok(result.warnings.some(({ message }) => /names no brand: taken as Unbranded/.test(message)));
  assert.equal((await take(text, { brand: "Lux" })).updated, 1);
  assert.equal((await product("nb-1")).brand, "Lux");
});

test("a feed that is broken inside names the line, and what stands before it is imported", async () => {
  const feed = (await fixture("google.xml")).toString();
  const broken = feed.replace("<g:gtin>", "<g:gtin").replaceAll("L-", "B-").replace("g-7", "g-8");
  const result = await take(broken);
  assert.ok(result.failed >= 1 && result.created >= 1, JSON.stringify(result));
  assert.ok(result.errors.some(({ message }) => /^column \d+: the XML is broken/.test(message)));
});

test("a table with our own columns: two currencies, a path of categories, a picture with its text", async () => {
  const result = await takeTwice(await fixture("own.csv"));
  assert.deepEqual([result.created, result.failed], [2, 1], JSON.stringify(result.errors));
  assert.match(result.errors[0]!.message, /^prices\.EUR is "129\.00", .* --prices major$/);
  const coat = await product("wool-coat");
  assert.deepEqual(pathsOf(coat), ["Clothing > Coats"]);
  assert.deepEqual(coat.images, [{ url: "https://a.example/coat.jpg", alt: "The coat from the front" }]);
  assert.deepEqual(
    coat.variants.map(({ sku, prices, availability }: Record<string, unknown>) => [
      sku,
      prices,
      availability,
    ]),
    [
      ["C-L", { EUR: 12_900, SEK: 149_900 }, "in_stock"],
      ["C-M", { EUR: 12_900 }, "out_of_stock"],
    ],
  );
});

test("a semicolon file of a spreadsheet: its first line, decimal commas, a semicolon in a value", async () => {
  const result = await takeTwice(await fixture("semicolon.csv"), { prices: "major" });
  assert.match(result.format, /semicolons/);
  assert.deepEqual([result.created, result.failed], [1, 1], JSON.stringify(result.errors));
  assert.match(result.errors[0]!.message, /^SKU T-2 is new and needs prices\.EUR$/);
  const [variant] = (await product("esstisch")).variants;
  assert.deepEqual(
    [variant.prices, variant.attributes],
    [{ EUR: 112_900 }, { Größe: "120 × 80; ausziehbar" }],
  );
});

test("JSON lines and a JSON list: rows of the API", async () => {
  const lines = await takeTwice(await fixture("rows.ndjson"));
  assert.deepEqual([lines.format, lines.created, lines.failed], ["JSON lines", 2, 1]);
  assert.match(lines.errors[0]!.message, /^is not valid JSON .* or the line was cut off$/);
  const lamp = await product("reading-lamp");
  assert.deepEqual(
    lamp.variants.map(({ sku, availability }: Record<string, unknown>) => [sku, availability]),
    [
      ["J-1", "in_stock"],
      ["J-2", "preorder"],
    ],
  );
  const list = await takeTwice(await fixture("rows.json"));
  assert.deepEqual([list.format, list.created, list.failed], ["a JSON list", 1, 1]);
  assert.match(list.errors[0]!.message, /^prices\.EUR is 9\.5, and must be a whole number/);
});

test("any other table by a mapping, and its refusals in the file's own names", async () => {
  const result = await takeTwice(await fixture("mapped.csv"), {
    map: new URL("fixtures/mapped.json", import.meta.url).pathname,
  });
  assert.deepEqual([result.created, result.failed], [1, 1], JSON.stringify(result.errors));
  assert.match(
    result.errors[0]!.message,
    /^Preis \(brutto\) \(prices\.EUR\) is "1\.299", and can be read as 1299 and as 1\.299/,
  );
  const [variant] = (await product("tischlampe-grosse-l")).variants;
  assert.deepEqual(
    [variant.sku, variant.prices, variant.gtin],
    ["4058NB/09", { EUR: 8_990 }, "2000000000022"],
  );
});

test("a mapping that leads nowhere, or is not there, is refused", async () => {
  const map = join(folder, "map.json");
  const text = await fixture("mapped.csv");
  await assert.rejects(take(text), /unknown columns "Artikelnummer".*--map FILE/);
  await writeFile(map, JSON.stringify({ columns: { Artikelnummer: "skuu" } }));
  await assert.rejects(take(text, { map }), /"Artikelnummer" leads to "skuu", which is no column of ours/);
  await assert.rejects(take(text, { map: join(folder, "none") }), /there is no such file/);
});
