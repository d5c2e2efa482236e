import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import type { JsonObject } from "../../local/terraform-json/index.ts";
import { EVERYTHING, synthesiseWith } from "../support/variants.ts";
import { EXPLAINED } from "./explained.ts";
import { mutantsOf } from "./mutants.ts";
import { percent, scoreOf } from "./score.ts";

/** One mutant of so many is tried here, always the same; `npm run mutation` tries all, MUTATION_SEED another share. */
const SHARE = 40;
const seed = Number(process.env.MUTATION_SEED ?? 0);

describe(`the audit, over every ${SHARE}th mutant of the stack (MUTATION_SEED=${seed})`, () => {
  let stack: JsonObject;
  before(async () => {
    stack = await synthesiseWith(EVERYTHING);
  });

  it("notices each, or it is explained why that does not matter", () => {
    const { mutants, noticed, survivors } = scoreOf(stack, (index) => index % SHARE === seed % SHARE);
    assert.ok(mutants > 200);
    assert.deepEqual(
      survivors.map(({ kind, address, path, change }) => `${kind} ${address} ${path}: ${change}`),
      [],
    );
    // Of a share the score is off by a little: two per cent here are three standard deviations.
    assert.ok(percent({ mutants, noticed }) > recordedScore() - 3, `${percent({ mutants, noticed })} %`);
  });

  it("makes mutants of every block, of every kind", () => {
    const addresses = new Set<string>();
    const kinds = new Set<string>();
    for (const { address, kind } of mutantsOf(stack)) {
      addresses.add(address);
      kinds.add(kind);
    }
    const blocks = ["resource", "data", "ephemeral"].flatMap((mode) =>
      Object.entries((stack[mode] ?? {}) as Record<string, JsonObject>).flatMap(([type, named]) =>
        Object.keys(named).map((name) => `${mode === "resource" ? "" : `${mode}.`}${type}.${name}`),
      ),
    );
    assert.deepEqual(
      blocks.filter((address) => !addresses.has(address)),
      [],
    );
    assert.deepEqual([...kinds].sort(), [
      "duplicate",
      "empty",
      "flip",
      "other",
      "remove",
      "reorder",
      "widen",
    ]);
  });

  it("leaves the stack that it makes mutants of as it is", () => {
    const before = JSON.stringify(stack);
    for (const mutant of mutantsOf(stack)) if (mutant.kind === "flip") mutant.apply();
    assert.equal(JSON.stringify(stack), before);
  });

  it("explains in words", () => {
    for (const { why } of EXPLAINED) assert.match(why, /\w+ \w+/);
  });
});

/** The score of all mutants, in per cent, as docs/FIGURES.md keeps it: it may not fall. */
function recordedScore(): number {
  const figures = readFileSync(join(import.meta.dirname, "../../docs/FIGURES.md"), "utf8");
  const [, score] = /mutation score of the audit \| (\d+\.\d) %/.exec(figures) ?? [];
  assert.ok(score, "docs/FIGURES.md keeps no mutation score");
  return Number(score);
}
