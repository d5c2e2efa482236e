import { gzipSync } from "node:zlib";
import { LONGEST } from "../../../dev/import/lines.ts";
import { type Case, cell, EAN, HEAD, LAMP, table, warned, whole } from "./refusal-case.ts";

const price = (text: string, units: "minor" | "major", ...says: string[]): Case => ({
  content: `${HEAD}\nA-1,"${text}",lamp,Lamp,Lux\n`,
  line: 2,
  options: { prices: units },
  says: ["prices.EUR", JSON.stringify(text), ...says],
});
const mapped = (mapping: unknown, says: string[], content = "Nr;Preis\nA-1;1\n"): Case =>
  whole(content, says, { mapping });

const FILES: Case[] = [
  whole(undefined, ["there is no such file"]),
  whole({ name: "." }, ["is a folder: name a file in it"]),
  whole({ name: "x".repeat(300) }, ["cannot be read", "name too long"]),
  whole("", ["is empty: there is nothing to import"]),
  whole("\ufeff \n\n", ["is empty"]),
  whole(",,\n,,\n", ["is empty: there is nothing to import"]),
  whole(`${HEAD}\n\n`, ["has no rows, only what stands above them"]),
  whole("PK\x03\x04rest", ["is a spreadsheet or zip archive: save it as CSV (UTF-8)"]),
  whole(Buffer.from([0xd0, 0xcf, 0x11, 0xe0]), ["is an old spreadsheet (.xls): save it as CSV (UTF-8)"]),
  ...["BZh91AY", Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), "Rar!"].map((start) =>
    whole(start, ["is packed otherwise than by gzip: unpack it first"]),
  ),
  whole("{\\rtf1 sku", ["is a text document"]),
  whole(gzipSync("PK\x03\x04rest"), ["is a spreadsheet or zip archive"]),
  whole(gzipSync(gzipSync("sku\n")), ["is zipped twice: unzip it once"]),
  whole("%PDF-1.7", ["is a PDF: export the catalogue as CSV"]),
  whole(gzipSync("sku\n".repeat(10_000)).subarray(0, 30), ["is damaged: it cannot be unzipped to its end"]),
  whole(Buffer.from(`${HEAD}\nA-1,1,a,Cr\xe8me,Lux\n`, "latin1"), [
    "line 2, column 11: byte E8 is no UTF-8",
    "Crème",
    "--encoding windows-1252",
  ]),
  whole(Buffer.from(HEAD, "utf16le"), ["line 1: every other byte is NUL", "--encoding utf-16le"]),
  whole(
    Buffer.from("sku\nGr\xff\xffe\n", "latin1"),
    ["line 2, column 3: the bytes are no shift_jis", "another --encoding"],
    { encoding: "shift_jis" },
  ),
  whole(LAMP, ["--encoding klingon", "windows-1252 (Western Europe)"], { encoding: "klingon" }),
  whole(LAMP, ["--url shop", "such as https://"], { url: "shop" }),
  ...[`{\n"sku": "A-1"}`, '{ "products": [\n{"sku":"A-1"}\n]}', '{"products":[{"sku":"A-1"}]}'].map(
    (content) => whole(content, ["is one JSON object, and its rows are inside", "one row a line"]),
  ),
  whole("<!DOCTYPE html>\n<html><body>Sign in</body></html>", ["is a web page", "must be signed in"]),
  table("<products><product><id>1</id></product></products>", 1, "no <item> and no <entry>", "as CSV"),
];

const TABLES: Case[] = [
  whole("sku,Preis\nA,1", ['line 1: unknown column "Preis"', "prices.EUR", "--map FILE"]),
  whole(Array.from({ length: 25 }, (_, column) => `c${column}`).join(","), ['"c19" and 5 more. Columns are']),
  whole("prices.EUR\n1", ['line 1: there must be a column "sku"']),
  whole("sku,prices.EUR,Prices.eur\nA,1,1", ['"prices.EUR" and "Prices.eur"', "columns 2 and 3", "Remove"]),
  whole("sku,gtin,gtin\nA,1,1", ['line 1: column "gtin" stands there twice', "columns 2 and 3"]),
  whole('sku,"gtin\nA,1', ["line 1: column 2", "never closed", "close it, or double it"]),
  whole(`${HEAD}\n${LAMP}`, ["leave --brand out, or the column product.brand"], { brand: "Other" }),
  whole("sku,prices.EUR\nA,1", ["in prices.EUR: leave --currency out"], { currency: "SEK" }),
  whole("sku,prices.EUR\nA,1", ["--currency euro", "such as EUR"], { currency: "euro" }),
  whole("Handle,Title,Variant Price\na,b,1", ["in major units: leave --prices minor out"], {
    prices: "minor",
  }),
  table(
    `${HEAD}\n${LAMP},books\n`,
    2,
    "has 6 values for 5 columns",
    '"books"',
    'holds "," between quote marks',
  ),
  table(`${HEAD}\nA-1,100\n`, 2, "has 2 values for 5 columns", '"100"', "usually it was cut off"),
  table(`${HEAD}\nA-1\n`, 2, "has 1 value for 5 columns", '"A-1"', "usually it was cut off"),
  table(`${HEAD}\nA-1,100,lamp,"Lamp\n",Lux,x\n`, 2, "has 6 values", "(read to line 3)"),
  table(`${HEAD}\nA-1,100,lamp,15" wide,Lux\n`, 2, "column product.name", '15" wide', '"15"" wide"'),
  table(
    `${HEAD}\nA-1,100,lamp,"15" wide",Lux\n`,
    2,
    "column product.name",
    "closing quote mark",
    "double a quote",
  ),
  table(
    `${HEAD}\nA-1,100,lamp,"15 wide,Lux\n`,
    2,
    "column product.name",
    "15 wide",
    "never closed: close it",
  ),
  warned(
    table(
      `${HEAD}\nA-1,100,lamp,"Lamp\nB-1,100,b,B,Lux",Lux\n`,
      2,
      "product.name goes on to line 3",
      "quote mark too many",
    ),
  ),
  warned(
    table(
      `,${HEAD}\n7,${LAMP}\n`,
      1,
      "column 1 has no name: its 1 values, the first in line 2, were left out",
    ),
  ),
  table(`${HEAD},product.description\n${LAMP},${"x".repeat(LONGEST + 200_000)}\n`, 2, "longer than 4 MiB"),
  table(`{"sku":"A-1"}\n{"sku":"${"x".repeat(LONGEST + 200_000)}"}\n`, 2, "longer than 4 MiB", "one variant"),
];

const CELLS: Case[] = [
  warned(
    cell("product.images", "https://a.example/a b.jpg", "product.images", '"b.jpg"', "its blank as %20"),
  ),
  warned(cell("prices.SKE", "100", "prices.SKE is kept", "no currency SKE", "a letter is wrong")),
  warned(
    table(`${HEAD}\n${LAMP.replace("A-1", "4.0E+12")}`, 2, 'sku "4.0E+12" is kept', "a spreadsheet changed"),
  ),
  ...["#REF!", "#N/A", "#NAME?", "#WERT!", "#DIV/0!"].map((text) =>
    cell("attributes.size", text, "column attributes.size", JSON.stringify(text), "a formula failed"),
  ),
  price("abc", "minor", "whole number of minor units, such as 12900 for 129.00"),
  price("12.90", "minor", "would be 1290", "--prices major"),
  price("abc", "major", "a price in EUR such as 129.00 or 129,00"),
  price("1,299", "major", "1299 and as 1.299", "write 1299.00 or 1.30"),
  price("1.12345", "major", "EUR has 2 decimal places", "a spreadsheet calculated it"),
  cell("gtin", "4.0E+12", "gtin", '"4.0E+12"', "a spreadsheet changed it"),
  cell("gtin", "4006381333931.0", "gtin", "a spreadsheet changed it into a decimal number"),
  cell("gtin", "978-3-16-148410-0", "gtin", "write the digits alone, 9783161484100"),
  cell("gtin", "none", "gtin", '"none"', "8, 12, 13 or 14 digits"),
  cell("gtin", "36000291452", "gtin", "has 11 digits", "leading zeros"),
  cell("gtin", "4006381333932", "gtin", "its last digit would be 1", "mistyped"),
  cell("gtin", "4006381330000", "gtin", "its last digit would be", "a spreadsheet rounded it"),
  warned(cell("gtin", "00000000", "gtin 00000000", "taken as none")),
  cell("availability", "perhaps", "availability", '"perhaps"', "one of in_stock"),
  warned(cell("availability", "backorder", "availability backorder is taken as preorder")),
  cell("sales", "50 %", "sales", '"50 %"', "a list in JSON such as", "not doubled"),
  cell("sales", '[{"from":1,"from":2}]', "sales", "from is there twice"),
  cell("sales", '{"EUR":1}', "sales", "must be a list"),
  cell(
    "sales",
    '[{"from":"2026-02-30T00:00:00Z","prices":{"EUR":1}}]',
    "sales",
    "2026-02-30T00:00:00Z",
    "no calendar has",
  ),
  cell(
    "sales",
    '[{"from":"2026-02-02T00:00:00Z","to":"2026-02-01T00:00:00Z","prices":{"EUR":1}}]',
    "sales",
    "ends at 2026-02-01",
    "before it begins",
  ),
  cell("product.status", "sleeping", "product.status", '"sleeping"', "one of published, draft"),
  cell("product.publishFrom", "next week", "product.publishFrom", '"next week"', "must be"),
  cell("product.publishFrom", "2026-02-30T00:00:00Z", "product.publishFrom", "2026-02-30", "no calendar has"),
  table(
    `${HEAD},product.publishFrom,product.publishTo\n${LAMP},2026-03-01T00:00:00Z,2026-02-01T00:00:00Z`,
    2,
    "product.publishTo",
    "2026-02-01",
    "never be shown",
  ),
  cell("product.categories", "nowhere", "product.categories", "nowhere", "Home > Lamps (> Lamps at the top)"),
  cell("product.categories", "> ", "product.categories", "names no category", "such as Home > Lamps"),
  cell("product.categories", `> ${Array(30).fill("a").join(" > ")}`, "product.categories", "levels"),
  cell("product.images", "lamp.jpg", "product.images", '"lamp.jpg"', "must be"),
  whole(`${HEAD},product.weight\n${LAMP},1`, ['unknown column "product.weight"']),
  cell("attributes.__proto__", "x", "__proto__"),
  cell("attributes.size", "x\0y", "attributes.size", "NUL", "another encoding"),
  cell("attributes.size", "x".repeat(2_000), "attributes.size has 2000 characters", "may have"),
  table(`${HEAD}\nA-1,100,My Lamp,Lamp,Lux`, 2, 'product.slug "My Lamp"', "write my-lamp"),
  table(`${HEAD}\n${LAMP}\nA-1,100,lamp,Lamp,Lux`, 3, "SKU A-1 stands in line 2 already", "keep one"),
  table(
    `${HEAD}\n${LAMP}\nA-2,100,lamp,Chair,Lux`,
    3,
    'product.name is "Chair" here and "Lamp" in line 2',
    "make them equal",
  ),
  table(
    `sku,prices.EUR,product.name,product.brand,product.description\nA-1,1,L,Lux,x\nA-2,1,L,Lux,y`,
    3,
    'product.description is "y" here and "x" in line 2',
  ),
  table(
    `${HEAD},gtin\n${LAMP},${EAN}\nA-2,100,chair,Chair,Lux,0${EAN}`,
    3,
    `gtin 0${EAN} is that of SKU A-1`,
    "copied from another row",
  ),
  table(`sku\nnew-1`, 2, "SKU new-1 is new", "product.slug is needed, or product.name and product.brand"),
  table(`sku,product.slug\nnew-1,new`, 2, "product new is new", "product.name and product.brand are needed"),
  table(`sku,product.name,product.brand\nnew-1,New,Lux`, 2, "SKU new-1 is new", "and needs prices"),
  table(
    `sku,prices.SEK,product.name,product.brand\nnew-1,1,New,Lux`,
    2,
    "prices.EUR is missing (there is only SEK)",
    "LIST_CURRENCY",
  ),
  table(
    "sku,category.id,category.name,category.position\n,c,C,first",
    2,
    "category.position",
    '"first"',
    "whole number from 0",
  ),
  table(
    "sku,category.id,category.name,category.parent\n,c,C,nowhere",
    2,
    "category.parent",
    "nowhere",
    "put its row before",
  ),
  table("sku,category.id,category.name,category.parent\n,c,C,c", 2, "category.parent", "put its row before"),
];

const MAPPED: Case[] = [
  mapped("{", ["is not valid JSON", "It looks like"]),
  mapped(Buffer.from('{"columns":{"Größe":"sku"}}', "latin1"), ["is no UTF-8 text: save it as UTF-8"]),
  mapped([], ["must be one JSON object"]),
  mapped('{"columns":{"Nr":"sku","Nr":"gtin"}}', ["columns.Nr is there twice"]),
  mapped({ columns: { Nr: "sku", " Nr": "gtin" } }, ['"Nr" is there twice']),
  mapped({ column: {} }, ['"column" means nothing there']),
  mapped({ columns: [] }, ['"columns" must say of each of the file\'s columns']),
  mapped({ columns: {} }, ['"columns" is empty']),
  mapped({ columns: { Nr: "sku" }, prices: "euros" }, ['"prices" is "euros"', '"minor" or "major"']),
  mapped({ columns: { Nr: "number" } }, ['"Nr" leads to "number"', "no column of ours"]),
  mapped(undefined, ["there is no such file"]),
  mapped({ columns: { Nr: "sku" } }, ['line 1: --map does not say what column "Preis" is', '"*": ""']),
  mapped({ columns: { Nr: "sku", Lager: "gtin", "*": "" } }, ['--map names "Lager"', '"Nr", "Preis"']),
  mapped({ columns: { Nr: "", "*": "" } }, ['--map must say which column is "sku"', '"Nr", "Preis"']),
  mapped({ columns: { Nr: "sku", Preis: "sku" } }, [
    '"Nr" and "Preis"',
    "sku by --map",
    "another column of ours",
  ]),
];

export const OF_FILES: Case[] = [FILES, TABLES, CELLS, MAPPED].flat();
