import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { stripVTControlCharacters } from "node:util";
import { InvalidArgumentError } from "@commander-js/extra-typings";
import fc from "fast-check";
import { ConfigError } from "../../api/src/config.ts";
import { MigrationError } from "../../api/src/migrate.ts";
import { command, decimal, integer, moment, run } from "../../cli/command.ts";
import { isUserError, UserError } from "../../cli/user-error.ts";
import * as lib from "../../lib/aws/core/index.ts";
import { UnreadableDocument } from "../../local/terraform-json/index.ts";

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

describe("moments on the command line", () => {
  it("have a zone", () => {
    assert.equal(moment()("2026-11-28T10:15+02:00").toISOString(), "2026-11-28T08:15:00.000Z");
    for (const text of ["2026-11-28T10:15:00", "2026-13-01T00:00Z", "2026-11-28", "tomorrow", "", "15m"])
      assert.throws(() => moment()(text), { message: "Choose a time as 2026-11-28T10:15:00Z." });
  });

  it("may be said as how long ago where that has a meaning", (t) => {
    t.mock.timers.enable({ apis: ["Date"], now: Date.parse("2026-11-28T10:15:00Z") });
    const read = moment({ ago: true });
    assert.equal(read("90m").toISOString(), "2026-11-28T08:45:00.000Z");
    assert.equal(read("3d").toISOString(), "2026-11-25T10:15:00.000Z");
    assert.throws(() => read("2w"), /, or how long ago as 15m, 2h or 3d\.$/);
  });
});

describe("what a command says of an error", () => {
  const mistakes = [
    new UserError("a"),
    new UnreadableDocument("a"),
    new lib.UserError("a"),
    new ConfigError("a"),
    new MigrationError("a"),
  ];
  for (const error of mistakes)
    it(`is its message where it is a user's mistake: ${error.constructor.name} ${error.name}`, async (t) => {
      assert.ok(isUserError(error));
      const written: string[] = [];
      t.mock.method(process.stderr, "write", (text: string) => written.push(text) > 0);
      try {
        await run(
          command("a command").action(() => {
            throw error;
          }),
          [],
        );
      } finally {
        t.mock.restoreAll();
        assert.equal(process.exitCode, 1);
        process.exitCode = undefined;
      }
      assert.equal(stripVTControlCharacters(written.join("")), "a\n");
    });

  it("is its stack where it is a defect", async () => {
    const defect = new TypeError("a");
    assert.ok(!isUserError(defect) && !isUserError("UserError"));
    const failing = command("a command").action(() => {
      throw defect;
    });
    await assert.rejects(run(failing, []), defect);
  });
});
