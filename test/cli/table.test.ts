import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { stripVTControlCharacters, styleText } from "node:util";
import fc from "fast-check";
import { alignColumns, markdownTable } from "../../cli/table.ts";

const cell = fc.stringMatching(/^[a-z|]{1,8}$/);
const rows = fc
  .integer({ min: 1, max: 4 })
  .chain((columns) =>
    fc.array(fc.array(cell, { minLength: columns, maxLength: columns }), { minLength: 1, maxLength: 5 }),
  );

describe("a table", () => {
  it("has each column begin, or end, at the same place in every row, coloured or not", () => {
    fc.assert(
      fc.property(rows, fc.constantFrom("left", "right"), fc.boolean(), (table, at, coloured) => {
        const paint = (text: string) => (coloured ? styleText("red", text, { validateStream: false }) : text);
        const lines = alignColumns(
          table.map((row) => row.map(paint)),
          at,
        ).map(stripVTControlCharacters);
        let start = 0;
        for (let column = 0; column < table[0]!.length; column++) {
          const width = Math.max(...table.map((row) => row[column]!.length));
          for (const [index, line] of lines.entries()) {
            const shown = line.slice(start, start + width);
            assert.equal(shown.trim(), table[index]![column]);
            assert.equal(at === "left" ? shown.trimEnd() : shown.trimStart(), table[index]![column]);
          }
          start += width + 2;
        }
      }),
    );
  });

  it("is nothing without rows", () => assert.deepEqual(alignColumns([]), []));

  it("keeps its cells apart in Markdown, whatever stands in them", () => {
    fc.assert(
      fc.property(rows, (table) => {
        const lines = markdownTable(table[0]!, table).split("\n");
        const cells = lines.map((line) => line.slice(2, -2).split(/ (?<!\\)\| /));
        assert.deepEqual(
          cells.toSpliced(1, 1).map((row) => row.map((text) => text.replaceAll("\\|", "|"))),
          [table[0]!, ...table],
        );
      }),
    );
  });
});
