import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, it } from "node:test";
import { countResources } from "../../bench/same-stack.ts";

const ROOT = join(import.meta.dirname, "../..");
const bench = (...args: string[]) =>
  spawnSync(process.execPath, ["bench/synth.ts", ...args], { cwd: ROOT, encoding: "utf8" });

describe("bench:synth", () => {
  it("says how it is used", () => {
    const { status, stdout } = bench("--help");
    assert.equal(status, 0);
    assert.match(stdout, /--rounds <n>/);
  });

  for (const args of [
    ["--rounds", "0"],
    ["--rounds", "101"],
    ["--rounds", "some"],
    ["--round", "1"],
  ]) {
    it(`refuses ${args.join(" ")} in one line`, () => {
      const { status, stderr } = bench(...args);
      assert.equal(status, 1);
      assert.match(stderr, /^[^\n]*--round[^\n]*\n$/);
    });
  }

  it("counts resources in either format", () => {
    assert.equal(countResources({ resource: { aws_eip: { a: {}, b: {} }, aws_vpc: { c: {} } } }), 3);
    assert.equal(countResources({ Resources: { A: {}, B: {} } }), 2);
  });
});
