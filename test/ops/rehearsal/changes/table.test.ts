import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readSettings, SETTINGS } from "../../../../lib/settings.ts";
import { RULES } from "../../../../ops/audit/audit.ts";
import { isCombinable, pairwise } from "../../../../ops/rehearsal/changes/pairs.ts";
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

  it("draws the same change for the same seed, of rows that can be applied together", () => {
    assert.deepEqual(drawn(6, 1), drawn(6, 1));
    assert.notDeepEqual(drawn(6, 1), drawn(6, 2));
    for (let seed = 1; seed <= 200; seed++) {
      const { to } = drawn(6, seed);
      assert.doesNotThrow(() => readSettings(to), `seed ${seed}`);
    }
  });

  it("draws every row that begins at the environment as it was made", () => {
    const drawable = CHANGES.filter(isCombinable).map(({ name }) => name);
    const seen = new Set(Array.from({ length: 200 }, (_, seed) => drawn(6, seed).names).flat());
    assert.deepEqual(
      drawable.filter((name) => !seen.has(name)),
      [],
    );
  });

  it("lets the drawn change take away what one of its rows may", () => {
    for (let seed = 1; seed <= 50; seed++) {
      const { names, takes } = drawn(6, seed);
      const rows = CHANGES.filter(({ name }) => names.includes(name));
      for (const operation of ["DeleteNatGateway", "DeleteLogGroup", "DeleteDBCluster"])
        assert.equal(
          takes?.test(operation) ?? false,
          rows.some((row) => row.takes?.test(operation)),
          `${seed} ${operation}`,
        );
    }
  });

  const pairs = pairwise(CHANGES);

  it("makes every two changes together and undoes them together, and makes each while it undoes the other", () => {
    const settings = CHANGES.filter(isCombinable).flatMap(({ to }) => Object.entries(to));
    const variablesOf = [...new Set(settings.map(([variable]) => variable))];
    /** How a row changes a variable: there, and back. */
    const ways = (variable: string) =>
      pairs.map(
        ({ from = {}, to }) => `${variable in from ? "set" : "unset"} ${variable in to ? "set" : "unset"}`,
      );
    for (const [index, one] of variablesOf.entries())
      for (const other of variablesOf.slice(index + 1)) {
        const others = ways(other);
        const met = new Set(ways(one).map((way, row) => `${way}, ${others[row]}`));
        assert.ok(met.has("unset set, unset set"), `${one} and ${other} are never changed together`);
        const apart = ["unset set, set unset", "set unset, unset set"];
        // Two settings that only mean something together are one change.
        const areOne = CHANGES.every(({ from, to }) => from || one in to === other in to);
        assert.ok(areOne || apart.some((way) => met.has(way)), `${one} is never set while ${other} is unset`);
      }
  });

  for (const { name, from = {}, to } of pairs)
    it(`${name}: goes from one possible set of settings to another`, () => {
      assert.notDeepEqual(readSettings(from), readSettings(to));
    });
});
