import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { SynthesisFailed, synthesise, synthesiseInto } from "../../local/synthesise.ts";

describe("synthesise", () => {
  const folder = mkdtempSync(join(tmpdir(), "synthesise-test-"));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("gives the stack of the settings", async () => {
    const stack = JSON.stringify(await synthesise({ ENVIRONMENT_SUFFIX: "other" }));
    assert.match(stack, /"cluster-other"/);
  });

  it("says what the program itself said of a setting that cannot be", async () => {
    await assert.rejects(synthesiseInto(join(folder, "a"), { MIN_TASKS: "many" }), (error: Error) => {
      assert.ok(error instanceof SynthesisFailed);
      assert.match(error.message, /^MIN_TASKS 'many' is not possible: use [^\n]+$/);
      return true;
    });
  });

  it("ends with the signal's own reason", async () => {
    const reason = new Error("told to end");
    await assert.rejects(synthesiseInto(join(folder, "b"), {}, AbortSignal.abort(reason)), reason);
  });
});
