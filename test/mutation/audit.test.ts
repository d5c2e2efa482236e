import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import type { JsonObject } from "../../local/terraform-json/index.ts";
import { EVERYTHING, synthesiseWith } from "../support/variants.ts";
import { EXPLAINED } from "./explained.ts";
import { KINDS, mutantsOf } from "./mutants.ts";
import { CI_SHARE, percent, sampleOf, scoreOf } from "./score.ts";

/** `npm run mutation` tries all mutants, MUTATION_SEED another share. */
const seed = Number(process.env.MUTATION_SEED ?? 0);

describe(`the audit, over one mutant of ${CI_SHARE} of the stack (MUTATION_SEED=${seed})`, () => {
  let stack: JsonObject;
  before(async () => {
    stack = await synthesiseWith(EVERYTHING);
  });

  it("notices each, or it is explained why that does not matter", () => {
    const { mutants, noticed, survivors } = scoreOf(stack, sampleOf(stack, CI_SHARE, seed));
    assert.ok(mutants.length > 400);
    assert.deepEqual(
      survivors.map(({ kind, address, path, change }) => `${kind} ${address} ${path}: ${change}`),
      [],
    );
    const score = percent(noticed.size, mutants.length);
    const kept = keptScore();
    const advice =
      "let the audit notice what is new, or write the new score there with the reason in the commit";
    if (seed === 0) assert.ok(score >= kept, `${score} %, and docs/FIGURES.md keeps ${kept} %: ${advice}`);
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
    assert.deepEqual([...kinds].sort(), [...KINDS].sort());
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

/** The score of the share that is tried here, in per cent, as docs/FIGURES.md keeps it. */
function keptScore(): number {
  const figures = readFileSync(join(import.meta.dirname, "../../docs/FIGURES.md"), "utf8");
  const [, score] = /of the share that CI tries \| (\d+\.\d) %/.exec(figures) ?? [];
  assert.ok(score, "docs/FIGURES.md keeps no mutation score of the share that CI tries");
  return Number(score);
}
