import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { InvalidArgumentError } from "@commander-js/extra-typings";
import fc from "fast-check";
import { decimal, integer } from "../../cli/command.ts";

describe("numbers on the command line", () => {
  it("are the whole numbers of their range, in decimal digits, and no other text", () => {
    const read = integer(-5, 100);
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.integer().map(String), fc.double().map(String)), (text) => {
        const value = Number(text);
        if (/^-?\d+$/.test(text) && value >= -5 && value <= 100) assert.equal(read(text), value);
        else assert.throws(() => read(text), InvalidArgumentError);
      }),
    );
  });

  for (const text of ["", " ", "1e2", "0x10", "1_0", "+1", "1,5", ".5", "5.", "NaN", "Infinity", "1 "]) {
    it(`are not ${JSON.stringify(text)}`, () => {
      assert.throws(() => decimal(0, 1000)(text), { message: "Choose a number from 0 to 1000." });
    });
  }

  it("may be a fraction where that has a meaning", () => assert.equal(decimal(0.01, 64)("0.25"), 0.25));
});
