/**
 * The mutation score of the audit: `npm run mutation`. Every mutant of the stack with every option on, `terraform validate` over
 * those that nothing notices, and checkov over a few of each kind, to compare. Minutes; CI tries a share (audit.test.ts).
 */
import { styleText } from "node:util";
import { findCheckov } from "../../ops/tools.ts";
import { EVERYTHING, synthesiseWith } from "../support/variants.ts";
import { noticedByCheckov } from "./checkov.ts";
import { KINDS, type Mutant, mutantsOf } from "./mutants.ts";
import { CI_SHARE, percent, sampleOf, scoreOf } from "./score.ts";
import { validates } from "./validate.ts";

/** Of each kind: checkov takes seconds for one. */
const COMPARED = 10;

const started = performance.now();
const stack = await synthesiseWith(EVERYTHING);
const all = scoreOf(stack, [...mutantsOf(stack)]);
const { mutants, noticed, explained, survivors } = all;
for (const [why, count] of [...explained].sort((a, b) => b[1] - a[1]))
  console.log(`${String(count).padStart(5)}  ${why}`);
const left = await validates(survivors);
for (const { address, path, kind, change } of left)
  console.log(styleText("red", `${kind}  ${address}  ${path}  ${change}`));

const ofKind = (from: Iterable<Mutant>, kind: string) => [...from].filter((mutant) => mutant.kind === kind);
/** Evenly over the stack. */
const few = (of: readonly Mutant[]) => of.filter((_, index) => index % Math.ceil(of.length / COMPARED) === 0);
const compared = KINDS.flatMap((kind) => few(ofKind(mutants, kind)));
const byCheckov = await noticedByCheckov(findCheckov().checkov, stack, compared);
console.log("\n| defect | mutants | the audit notices | compared | the audit | checkov | checkov alone |");
console.log("| --- | --: | --: | --: | --: | --: | --: |");
for (const kind of KINDS) {
  const [of, seen, sample] = [mutants, noticed, compared].map((from) => ofKind(from, kind));
  const both = sample!.filter((mutant) => noticed.has(mutant)).length;
  const scanned = sample!.filter((mutant) => byCheckov.has(mutant));
  const alone = scanned.filter((mutant) => !noticed.has(mutant));
  const cells = [
    kind,
    of!.length,
    `${percent(seen!.length, of!.length)} %`,
    sample!.length,
    both,
    scanned.length,
    alone.length,
  ];
  console.log(`| ${cells.join(" | ")} |`);
  for (const { address, path, change } of alone)
    console.log(styleText("red", `${address}  ${path}  ${change}`));
}

const share = scoreOf(stack, sampleOf(stack, CI_SHARE));
const seconds = Math.round((performance.now() - started) / 1000);
const unexplained = [...explained.values()].reduce((sum, count) => sum + count, 0);
console.log(
  `\nmutation score ${percent(noticed.size, mutants.length)} %: ${mutants.length} mutants, ${noticed.size} noticed, ${unexplained} explained, ${survivors.length - left.length} refused by terraform validate, ${left.length} left; ${seconds} s`,
);
console.log(`of the share that CI tries ${percent(share.noticed.size, share.mutants.length)} %`);
if (left.length > 0) process.exitCode = 1;
