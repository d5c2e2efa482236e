import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { CsvReader, type CsvRecord } from "../../../dev/import/csv.ts";

async function* pieces(text: string, cuts: readonly number[]): AsyncGenerator<string> {
  let from = 0;
  for (const cut of [...cuts.map((cut) => cut % (text.length + 1)).sort((a, b) => a - b), text.length]) {
    yield text.slice(from, cut);
    from = cut;
  }
}

async function read(text: string, delimiter: string, cuts: readonly number[] = []): Promise<CsvRecord[]> {
  const reader = new CsvReader(pieces(text, cuts), delimiter);
  const header = await reader.header();
  assert.ok(header && "cells" in header);
  reader.columns = header.cells;
  return Array.fromAsync(reader.records());
}

const quote = (cell: string, always: boolean, delimiter: string) =>
  always || cell.includes('"') || cell.includes("\n") || cell.includes(delimiter)
    ? `"${cell.replaceAll('"', '""')}"`
    : cell;

const cells = fc.string({
  unit: fc.constantFrom("a", "b", " ", "é", "😀", '"', ",", ";", "\t", "\n", "|", "'", "0"),
  maxLength: 8,
});
/** Not blank as a whole: such a record is no row. */
const record = fc
  .tuple(fc.constant("x"), cells, cells, cells)
  .map(([key, ...rest]) => [key, ...rest.map((cell) => cell.trim())]);
const delimiters = fc.constantFrom(",", ";", "\t");
const breaks = fc.constantFrom("\n", "\r\n");
const cuts = fc.array(fc.nat(), { maxLength: 5 });

test("what is written as RFC 4180 is read as it was, with any delimiter, line break and piece of the file", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(record, { maxLength: 6 }),
      delimiters,
      breaks,
      fc.boolean(),
      cuts,
      async (records, delimiter, lineBreak, always, where) => {
        const text = [["k", "l", "m", "n"], ...records]
          .map((row) => row.map((cell) => quote(cell, always, delimiter)).join(delimiter))
          .join(lineBreak);
        const found = await read(text, delimiter, where);
        assert.deepEqual(
          found.map((row) => ("cells" in row ? row.cells.map((cell) => cell.trim()) : row)),
          records,
        );
        const other = parse(text, { delimiter, relax_column_count: true });
        assert.deepEqual(
          records,
          other.slice(1).map((row: string[]) => row.map((cell) => cell.trim())),
        );
      },
    ),
    { numRuns: 300 },
  );
});

const BROKEN = [
  'x,15" wide,b,c',
  'x,"15" wide",b,c',
  "x,too,few",
  "x,one,too,many,here",
  'x,"a""b"c,d,e',
  'x,a"b"c,d,e',
];

/** An error that speaks of several lines. */
const named = (line: number) => (item: CsvRecord) =>
  "error" in item && item.line < line && line <= Number(/read to line (\d+)/.exec(item.error)?.[1] ?? 0);

test("a broken line is refused where it stands, with its column, and every other row comes through", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(record, fc.constantFrom(...BROKEN)), { minLength: 1, maxLength: 12 }),
      cuts,
      async (rows, where) => {
        const texts = rows.map((row) =>
          typeof row === "string" ? row : row.map((cell) => quote(cell, false, ",")).join(","),
        );
        const found = await read(["k,l,m,n", ...texts].join("\n"), ",", where);
        let line = 2;
        for (const [index, row] of rows.entries()) {
          const there = found.find((item) => item.line === line) ?? found.find(named(line));
          assert.ok(there, `line ${line} is not mentioned: ${JSON.stringify(found)}`);
          if (typeof row === "string") assert.ok("error" in there, JSON.stringify(there));
          else assert.ok("cells" in there, JSON.stringify(there));
          line += texts[index]!.split("\n").length;
        }
      },
    ),
    { numRuns: 300 },
  );
});

test("a quote mark that is never closed costs its own line only", async () => {
  const good = Array.from({ length: 2_000 }, (_, index) => `x${index},b,c,d`);
  const found = await read(["k,l,m,n", "x,b,c,d", 'x,"15 wide,c,d', ...good].join("\n"), ",");
  assert.equal(found.length, 2_002);
  assert.deepEqual(
    found.filter((row) => "error" in row).map(({ line }) => line),
    [3],
  );
  assert.match((found[1] as { error: string }).error, /^column l: the quote mark before 15 wide/);
});

test("a value of several lines between quote marks is one value, and lines are counted as in the file", async () => {
  const found = await read('k,l\r\na,"one\r\ntwo\r\n\r\nthree"\r\n\r\nb,c\r\nd\r\n', ",");
  assert.deepEqual(found.slice(0, 2), [
    { line: 2, cells: ["a", "one\ntwo\n\nthree"] },
    { line: 7, cells: ["b", "c"] },
  ]);
  assert.equal(found[2]!.line, 8);
  assert.match((found[2] as { error: string }).error, /^has 1 value for 2 columns, the last "d"/);
});

test("a row that a quote mark too many has made a part of the one before it is warned of", async () => {
  const [row] = await read('k,l,m\nx,"15 wide,c\ny,"",z\ny,"b",z', ",");
  assert.ok(row && "error" in row, JSON.stringify(row));
  const [swallowing] = await read('k,l,m\nx,"15 wide,c\ny,b,z",d', ",");
  assert.ok(swallowing && "cells" in swallowing);
  assert.match(String(swallowing.warning), /^column l goes on to line 3/);
});
