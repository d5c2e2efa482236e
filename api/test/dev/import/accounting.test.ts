import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { exportedRows } from "../../../dev/export.ts";
import { cleanText } from "../../../src/catalog/text.ts";
import { API_KEY } from "../../support/api.ts";
import type { Cell } from "./cells.ts";
import { type FileOf, files } from "./foreign-files.ts";
import { COLUMNS } from "./kinds.ts";
import { isSentence } from "./sentences.ts";
import { accounted, importText, type Outcome, runs, startImports } from "./support.ts";
import { ENCODINGS, type Writing, write, writings } from "./writings.ts";

const { api, url, folder } = await startImports();

/** All that the catalogue has, as one text, and its variants by their SKU. */
async function readBack(): Promise<{ text: string; variants: Map<string, { availability?: string }> }> {
  const rows = [];
  for await (const row of exportedRows({ url, key: API_KEY, signal: new AbortController().signal }))
    rows.push(row);
  const tree = (await api.get("/v1/categories")).text;
  return {
    text: JSON.stringify(rows) + tree,
    variants: new Map(rows.map((row) => [row.sku, row as { availability?: string }])),
  };
}

const inJson = (text: string): string => JSON.stringify(cleanText(text)).slice(1, -1);
const mentions = (message: string, column: string): boolean =>
  message.toLowerCase().replaceAll("_", " ").includes(column.toLowerCase().replaceAll("_", " "));

/** What was neither kept nor named: row by row, the values of the file that got lost in silence. */
function lostIn(
  file: FileOf,
  lines: readonly number[],
  outcome: Outcome,
  kept: Awaited<ReturnType<typeof readBack>>,
): string[] {
  const leftOut = outcome.warnings.filter(({ message }) => /, and was left out$/.test(message));
  const refused = new Set([...outcome.errors, ...leftOut].map(({ line }) => line));
  // Rows that are no variants stand or fall with those of their product: it is not there when all of these were refused.
  const isGone = (key: string) =>
    /^(Shopify|WooCommerce)$/.test(file.format) &&
    !kept.text.includes(`"slug":${JSON.stringify(key)}`) &&
    file.keys.some((other, index) => other === key && refused.has(lines[index]!));
  const isRefused = (index: number) => refused.has(lines[index]!) || isGone(file.keys[index]!);
  // An option's name says nothing without a value, and the rows that have one may be refused.
  const isOfRefused = (index: number, column: string) =>
    /^Option. Name$/.test(column) &&
    file.keys.some((key, other) => key === file.keys[index] && refused.has(lines[other]!));
  const isNamed = (index: number, column: string) =>
    isOfRefused(index, column) ||
    outcome.warnings.some(
      ({ line, message }) =>
        (line === lines[index] || /^columns |^elements /.test(message)) && mentions(message, column),
    );
  const members = file.members ?? file.columns;
  const skuAt = members.findIndex((name) => /^(sku|id|Variant SKU|SKU)$/.test(name));
  const isKept = (cell: Cell, row: Cell[]): boolean => {
    if (cell.isNonsense) return false;
    const variant = kept.variants.get(cleanText(row[skuAt]!.text));
    if (cell.availability !== undefined && variant && variant.availability !== cell.availability)
      return false;
    return cell.parts.every((part) => kept.text.includes(inJson(part)));
  };
  return file.rows.flatMap((row, index) =>
    row.flatMap((cell, column) =>
      cell.text === "" || isKept(cell, row) || isRefused(index) || isNamed(index, members[column]!)
        ? []
        : [`line ${lines[index]}: ${file.columns[column]} ${JSON.stringify(cell.text)}`],
    ),
  );
}

async function empty(): Promise<void> {
  await api.client.query("DELETE FROM products");
  api.app.catalogChanged(["*"]);
}

const take = (content: Uint8Array, options: object): Promise<Outcome> =>
  importText(folder, content, { url, key: API_KEY, ...options });

async function takeFile(bytes: Uint8Array, file: FileOf, writing: Writing): Promise<Outcome> {
  const map = join(folder, "map.json");
  if (file.mapping) await writeFile(map, JSON.stringify(file.mapping));
  const { option: encoding } = ENCODINGS[writing.encoding];
  return take(bytes, { ...file.options, encoding, ...(file.mapping && { map }) });
}

test("every value of a file is kept as it is, or the report names its row, its column and why", async () => {
  await fc.assert(
    fc.asyncProperty(
      writings.chain((writing) => fc.tuple(fc.constant(writing), files(ENCODINGS[writing.encoding].latin))),
      async ([writing, file]) => {
        await empty();
        const { bytes, lines } = write(file, writing);
        const outcome = await takeFile(bytes, file, writing);
        assert.equal(accounted(outcome), outcome.rows);
        const report = () => JSON.stringify({ file: file.format, outcome }, null, 1);
        assert.deepEqual(lostIn(file, lines, outcome, await readBack()), [], report());
        for (const { message } of [...outcome.errors, ...outcome.warnings])
          assert.ok(isSentence(message), message);
        const isSaid = outcome.warnings.some(({ message }) => /column 1 has no name/.test(message));
        assert.equal(isSaid, writing.unnamed && file.mapping?.columns["*"] === undefined, report());
      },
    ),
    runs(),
  );
});

/** Google's data as RSS, an element a line; what an item has several times is several elements. */
function writeFeed(file: FileOf, cdata: boolean): { bytes: Buffer; lines: number[] } {
  const escaped = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  const texts = ['<rss xmlns:g="http://base.google.com/ns/1.0"><channel><title>Shop</title>'];
  const lines: number[] = [];
  for (const row of file.rows) {
    lines.push(texts.length + 1);
    const elements = row.flatMap(({ text }, index) =>
      (file.columns[index]!.startsWith("additional") ? text.split(",") : [text])
        .filter((value) => value !== "")
        .map((value) => {
          const name = `g:${file.columns[index]}`;
          return `<${name}>${cdata ? `<![CDATA[${value}]]>` : escaped(value)}</${name}>`;
        }),
    );
    texts.push("<item>", ...elements, "</item>");
  }
  return { bytes: Buffer.from([...texts, "</channel></rss>"].join("\n")), lines };
}

test("every value of a feed is kept as it is, or named", async () => {
  await fc.assert(
    fc.asyncProperty(files(false, "Google"), fc.boolean(), async (file, cdata) => {
      await empty();
      const { bytes, lines } = writeFeed(file, cdata);
      const outcome = await take(bytes, {});
      assert.deepEqual(lostIn(file, lines, outcome, await readBack()), [], JSON.stringify(outcome, null, 1));
    }),
    runs(14),
  );
});

test("markup inside of an element of a feed keeps its text, and is named", async () => {
  await empty();
  const outcome = await take(
    Buffer.from(
      "<rss><channel><item><id>m-1</id><title>Lamp</title><price>1.00 EUR</price><brand>B</brand>" +
        "<description>Cold <b>and</b> bright</description><shipping><country>SE</country></shipping></item></channel></rss>",
    ),
    {},
  );
  assert.deepEqual([outcome.created, outcome.failed], [1, 0], JSON.stringify(outcome));
  assert.ok((await readBack()).text.includes('"Cold and bright"'));
  const said = outcome.warnings.map(({ message }) => message).join("\n");
  assert.match(said, /^description has elements inside/m);
  assert.match(said, /^elements that nothing was made of: shipping/m);
});

test("a table that is cut off loses its last row at most, and says so; one that is zipped is not begun", async () => {
  await fc.assert(
    fc.asyncProperty(
      writings.filter(({ encoding }) => encoding === "utf-8"),
      files(true, "own"),
      fc.double({ min: 0.2, max: 1, noNaN: true, maxExcluded: true }),
      async (writing, file, share) => {
        await empty();
        const { bytes, lines } = write(file, writing);
        let end = Math.floor(bytes.length * share);
        // Half a character is no text, and the whole file is refused for it.
        while (!writing.gzip && (bytes[end]! & 0xc0) === 0x80) end--;
        const cut = bytes.subarray(0, end);
        if (writing.gzip) {
          await assert.rejects(take(cut, file.options), /is damaged: it cannot be unzipped to its end/);
          assert.equal((await readBack()).variants.size, 0);
          return;
        }
        const breaks = cut.toString().split("\n").length;
        // Rows that end before the last line of what is left.
        const whole = file.rows.filter(
          (_, index) => (lines[index + 1] ?? Number.POSITIVE_INFINITY) <= breaks,
        );
        if (whole.length === 0) return;
        const outcome = await take(cut, file.options);
        const part = { ...file, rows: whole, keys: file.keys.slice(0, whole.length) };
        assert.deepEqual(
          lostIn(part, lines, outcome, await readBack()),
          [],
          JSON.stringify(outcome, null, 1),
        );
      },
    ),
    runs(14),
  );
});

test("a column twice, in any format and under any of its names, is refused before anything is written", async () => {
  await empty();
  const OTHER_NAMES: Record<string, string> = {
    Handle: "URL handle",
    "Variant Price": "price",
    "Body (HTML)": "Description",
    image_link: "g:Image link",
    "product.name": "Product.Name",
  };
  for (const { format, columns } of COLUMNS)
    for (const column of columns)
      for (const twin of [column, OTHER_NAMES[column] ?? column.toUpperCase()].slice(
        0,
        column.includes("attributes") ? 1 : 2,
      ))
        await assert.rejects(
          take(Buffer.from(`${[...columns, twin].map((name) => `"${name}"`).join(",")}\n`), {}),
          /line 1: column.* (stands there twice|are the same) \(columns \d+ and \d+\), so nothing was imported/,
          `${format}: ${twin}`,
        );
  assert.equal((await readBack()).variants.size, 0);
});

test("UTF-16 without a mark is not taken for UTF-8, and the encoding is named", async () => {
  await empty();
  const text = "sku,prices.EUR,product.name,product.brand\nA-1,100,Lamp,Lux\n";
  for (const [encoding, bytes] of [
    ["utf-16le", Buffer.from(text, "utf16le")],
    ["utf-16be", Buffer.from(text, "utf16le").swap16()],
  ] as const) {
    await assert.rejects(take(bytes, {}), new RegExp(`sku,prices\\.EUR.*\n.*add --encoding ${encoding}`));
    assert.equal((await readBack()).variants.size, 0);
    assert.equal((await take(bytes, { encoding })).created + (await take(bytes, { encoding })).unchanged, 2);
    await empty();
  }
});
