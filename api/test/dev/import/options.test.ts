import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { UserError } from "../../../../cli/user-error.ts";
import { API_KEY } from "../../support/api.ts";
import { importText, startImports } from "./support.ts";

const { api, url, folder } = await startImports();

const map = join(folder, "map.json");
const take = (content: string, options: object = {}) =>
  importText(folder, content, { url, key: API_KEY, ...options });
const saveMap = (mapping: unknown) =>
  writeFile(map, mapping instanceof Uint8Array ? mapping : JSON.stringify(mapping));
const variants = async (): Promise<number> =>
  Number((await api.client.query("SELECT count(*) FROM variants")).rows[0].count);
const refusal = async (content: string, options: object): Promise<string> => {
  try {
    await take(content, options);
  } catch (error) {
    assert.ok(error instanceof UserError, String((error as Error).stack));
    assert.equal(await variants(), 0);
    return error.message;
  }
  throw new Error(`it was accepted: ${JSON.stringify(options)}`);
};

const PRODUCT = '{"sku":"A-1","prices":{"EUR":100},"product":{"name":"Lamp","brand":"Lux"}}';
/** A file of each format, and which of its columns is the SKU. */
const FILES = {
  "our own columns": ["sku", "sku,prices.EUR,product.name\nA-1,100,Lamp\n"],
  "Shopify's export": ["Variant SKU", "Handle,Title,Variant SKU,Variant Price\nlamp,Lamp,A-1,1.00\n"],
  "WooCommerce's export": ["SKU", "ID,Type,SKU,Name,Regular price\n1,simple,A-1,Lamp,1.00\n"],
  "Google's table": ["id", "id\ttitle\tprice\tlink\nA-1\tLamp\t1.00 EUR\thttps://a.example\n"],
  "Google's feed": ["id", "<rss><item><id>A-1</id><title>Lamp</title><price>1.00</price></item></rss>"],
  "JSON lines": ["sku", `${PRODUCT}\n`],
  "a JSON list": ["sku", `[${PRODUCT}]`],
} as const;
const SHOPS = Object.keys(FILES).filter((name) => /Shopify|WooCommerce|Google/.test(name));
const TABLES = Object.keys(FILES).filter((name) => !/JSON|feed/.test(name));

/** Options of the format, and the files in which they mean something. */
const OPTIONS: [option: object, files: readonly string[]][] = [
  [{ prices: "major" }, ["our own columns", ...SHOPS]],
  [{ prices: "minor" }, ["our own columns", "JSON lines", "a JSON list"]],
  [{ blank: "clear" }, ["our own columns"]],
  [{ blank: "keep" }, Object.keys(FILES)],
  [{ map }, TABLES],
  [{ currency: "SEK" }, SHOPS],
  [{ brand: "Lux" }, ["our own columns", ...SHOPS]],
];

test("an option that would change nothing in a file is refused before anything is written", async () => {
  for (const [name, [skuColumn, content]] of Object.entries(FILES))
    for (const [option, files] of OPTIONS) {
      await api.client.query("DELETE FROM products");
      await saveMap({ columns: { [skuColumn]: "sku", "*": "" } });
      const label = `${name} with ${JSON.stringify(option)}`;
      if (files.includes(name)) assert.equal((await take(content, option)).rows, 1, label);
      else {
        const message = await refusal(content, option);
        assert.match(message, /was taken for .*: leave --\w+( \w+)? out\. Nothing was imported\.$/, label);
      }
    }
});

test("--brand is that of new products of a table without brands, and of no other", async () => {
  await api.client.query("DELETE FROM products");
  const head = "sku,prices.EUR,product.name";
  const brand = async () =>
    (await api.client.query("SELECT brand FROM products")).rows.map((row) => row.brand);
  assert.equal((await take(`${head}\nA-1,100,Lamp`, { brand: "Lux" })).created, 1);
  assert.deepEqual(await brand(), ["Lux"]);
  assert.equal((await take("sku,prices.EUR\nA-1,200", { brand: "Other" })).updated, 1);
  assert.deepEqual(await brand(), ["Lux"]);
  await api.client.query("DELETE FROM products");
  const both = await refusal(`${head},product.brand\nA-1,100,Lamp,Lux`, { brand: "Other" });
  assert.match(both, /leave --brand out, or the column product\.brand\.$/);
});

test("--currency is a code in any case, and what is none is refused", async () => {
  await api.client.query("DELETE FROM products");
  const [, content] = FILES["Shopify's export"];
  for (const currency of ["euro", "€", "XXQ", "", "constructor"])
    assert.match(
      await refusal(content, { currency }),
      /^--currency .*: must be a currency's code of three letters/,
    );
  assert.equal((await take(content, { currency: "eur" })).created, 1);
});

test("a mapping is understood as it is, or refused by a sentence with an example", async () => {
  await api.client.query("DELETE FROM products");
  const text = "Nr;Gr\u00f6\u00dfe;Preis;Name;Marke\nA-1;L;1,00;Lamp;Lux\n";
  const columns = {
    Nr: "sku",
    Größe: "attributes.size",
    Preis: "prices.EUR",
    Name: "product.name",
    Marke: "product.brand",
  };
  const good = JSON.stringify({ columns, prices: "major" });
  for (const [bytes, expected] of [
    [Buffer.from("\ufeff{"), /is not valid JSON/],
    [Buffer.from(good, "utf16le"), /it is not valid JSON|is no UTF-8/],
    [Buffer.from(good, "latin1"), /it is no UTF-8 text: save it as UTF-8/],
    [Buffer.from(""), /is not valid JSON/],
    [Buffer.from('{"columns":{"Nr":"sku","Nr":"gtin"}}'), /columns\.Nr is there twice/],
    [Buffer.from('{"columns":{"Nr":"sku","__proto__":"gtin"}}'), /__proto__/],
    [{ columns: { ...columns, " Nr": "gtin" } }, /"Nr" is there twice/],
    [{ columns, price: "major" }, /"price" means nothing there/],
    [{ columns, prices: "euros" }, /"prices" is "euros", and must be "minor" or "major"/],
    [{ columns: {} }, /"columns" is empty/],
    [{ columns: ["sku"] }, /"columns" must say of each/],
    [{}, /"columns" must say of each/],
    [[], /must be one JSON object/],
    [null, /must be one JSON object/],
    [{ columns: { ...columns, Nr: 7 } }, /"Nr" leads to 7, which is no column of ours/],
    [{ columns: { ...columns, Name: "name" } }, /"Name" leads to "name", which is no column of ours/],
    [{ columns: { ...columns, Name: "product.brand" } }, /columns "Name" and "Marke" are the same/],
    [{ columns: { ...columns, Lager: "" } }, /--map names "Lager", which the file does not have/],
    [{ columns: { Nr: "sku" } }, /--map does not say what columns "Größe", "Preis", "Name", "Marke" are/],
    [{ columns: { Nr: "", "*": "" } }, /--map must say which column is "sku"/],
  ] as const) {
    await saveMap(bytes);
    const message = await refusal(text, { map });
    assert.match(message, expected);
    if (message.startsWith("--map")) assert.match(message, /\. It looks like \{"columns": .*\}\.$/);
  }
  for (const path of [folder, join(folder, "none")])
    assert.match(await refusal(text, { map: path }), /there is no such file|it is a folder/);
  // A byte order mark, and letters made of two characters, are a matter of the program that wrote it.
  await saveMap(Buffer.from(`\ufeff${good.normalize("NFD")}`));
  const outcome = await take(text, { map });
  assert.deepEqual([outcome.created, outcome.failed], [1, 0], JSON.stringify(outcome));
});

test("a column without a name can be mapped, as that of the index in a data frame's file", async () => {
  await api.client.query("DELETE FROM products");
  await saveMap({ columns: { "": "sku", P: "prices.EUR", N: "product.name" } });
  const outcome = await take(",P,N\nA-1,100,Lamp\n", { map, brand: "Lux" });
  assert.deepEqual([outcome.created, outcome.warnings], [1, []], JSON.stringify(outcome));
});
