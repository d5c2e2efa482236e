import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { styleText } from "node:util";
import fc from "fast-check";
import { terminalSvg } from "../../ops/guide/terminal.ts";

const plain = (svg: string) =>
  [...svg.matchAll(/<text [^>]*>(.*)<\/text>/g)].map(([, line]) =>
    line!
      .replaceAll(/<[^>]+>/g, "")
      .replaceAll("&lt;", "<")
      .replaceAll("&gt;", ">")
      .replaceAll("&amp;", "&")
      .replaceAll("\u00a0", " "),
  );

describe("the picture of a terminal", () => {
  it("has every line as it was written, whatever is in it, and no escape sequence", () => {
    const line = fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 120 });
    const style = fc.constantFrom("red", "green", "yellow", "cyan", "bold", "dim", "reset" as const);
    fc.assert(
      fc.property(fc.array(fc.tuple(line, style), { minLength: 1 }), (lines) => {
        const output = lines
          .map(([text, name]) => styleText(name, text, { validateStream: false }))
          .join("\n");
        const svg = terminalSvg("catalog <x> & y", output);
        const trimmed = lines.map(([text]) => text);
        assert.deepEqual(plain(svg), ["$ catalog <x> & y", ...trimmed]);
        assert.ok(!svg.includes("\u001b"));
      }),
    );
  });

  it("goes on in the next row where a line is longer than a terminal is wide, in its colours", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 500 }), fc.integer({ min: 0, max: 500 }), (plainly, green) => {
        const output = `${"a".repeat(plainly)}${styleText("green", "b".repeat(green), { validateStream: false })}`;
        const rows = plain(terminalSvg("x", `${output}\nend`)).slice(1, -1);
        assert.equal(rows.join(""), "a".repeat(plainly) + "b".repeat(green));
        assert.ok(rows.slice(0, -1).every((row) => row.length === 130));
        const coloured = [...terminalSvg("x", output).matchAll(/fill="#4ade80">(b+)/g)].map(
          ([, text]) => text,
        );
        assert.equal(coloured.join("").length, green);
      }),
    );
  });

  it("colours what is coloured, and nothing behind it", () => {
    const svg = terminalSvg("x", `${styleText("green", "pass", { validateStream: false })} said`);
    assert.match(svg, /<tspan fill="#4ade80">pass<\/tspan><tspan fill="#e2e8f0">\u00a0said<\/tspan>/);
  });
});
