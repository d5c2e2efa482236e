import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readSettings, SETTINGS } from "../../../../lib/settings.ts";
import { RULES } from "../../../../ops/audit/index.ts";
import { drawn } from "../../../../ops/rehearsal/changes/run.ts";
import { CHANGES, ELSEWHERE } from "../../../../ops/rehearsal/changes/table.ts";

const variables = Object.values(SETTINGS).map(({ variable }) => variable);
const names = CHANGES.map(({ name }) => name);

describe("the change matrix", () => {
  it("changes every setting, or says why that is no change of an environment", () => {
    const changed = CHANGES.flatMap(({ to }) => Object.keys(to));
    const covered = new Set([...changed, ...ELSEWHERE.map(({ variable }) => variable)]);
    assert.deepEqual(
      variables.filter((variable) => !covered.has(variable)),
      [],
    );
    assert.deepEqual(
      [...covered].filter((variable) => !variables.includes(variable)),
      [],
      "a row changes what is no setting",
    );
  });

  for (const { name, from = {}, to, refusedBy } of CHANGES) {
    it(`${name}: goes from one possible set of settings to another`, () => {
      const [before, after] = [readSettings(from), readSettings(to)];
      assert.notDeepEqual(before, after);
      const rules = Object.values(RULES).flatMap((each) => each.map(({ id }) => id));
      if (refusedBy) assert.ok(rules.includes(refusedBy), refusedBy);
    });
  }

  it("names each row once", () => {
    assert.equal(new Set(names).size, names.length);
  });

  it("draws the same rows for the same seed, none twice, and none that is refused", () => {
    const draw = (seed: number) => drawn(6, seed).map(({ name }) => name);
    assert.deepEqual(draw(1), draw(1));
    assert.notDeepEqual(draw(1), draw(2));
    assert.equal(new Set(draw(3)).size, 6);
    const all = drawn(1_000, 4);
    assert.deepEqual(
      all.map(({ name }) => name).sort(),
      CHANGES.filter(({ refusedBy }) => !refusedBy)
        .map(({ name }) => name)
        .sort(),
    );
  });
});
