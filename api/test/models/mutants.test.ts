import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { edited } from "../support/mutants/mutant.ts";
import { MUTANTS } from "../support/mutants/mutants.ts";

/** A mutant must still be another code than there is, and be looked for where it is seen (`npm run mutation:faults`). */

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8");

for (const [
  name,
  {
    edits,
    test: [file, title],
  },
] of Object.entries(MUTANTS))
  test(`the mutant ${name} can be made`, () => {
    for (const edit of edits) assert.notEqual(edited(read(`../../src/${edit.file}`), edit), "");
    // Names of generated tests are put together from what stands there.
    const words = title.split(" ").slice(-3).join(" ");
    assert.ok(read(`../${file}`).includes(words), `${file} has no test with: ${words}`);
  });
