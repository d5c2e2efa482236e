/**
 * The mutation score of the audit: every mutant of the stack with every option on, `terraform validate` over those that nothing
 * notices, and checkov over all that the audit does not notice and some of each kind that it does. CI tries a share (audit.test.ts).
 */
import { styleText } from "node:util";
import { command, decimal, run } from "../../cli/command.ts";
import { findCheckov } from "../../ops/tools.ts";
import { EVERYTHING, synthesiseWith } from "../support/variants.ts";
import { noticedByCheckov } from "./checkov.ts";
import { Journal } from "./journal.ts";
import { KINDS, type Mutant, mutantsOf } from "./mutants.ts";
import { CI_SHARE, percent, sampleOf, scoreOf, verdictOf } from "./score.ts";
import { validates } from "./validate.ts";

/** Of each kind, of those that the audit notices: checkov takes seconds for one. */
const COMPARED = 40;

/** @param minutes after about which it ends, to go on from there the next time */
async function score(minutes: number): Promise<void> {
  const deadline = performance.now() + minutes * 60_000;
  const stack = await synthesiseWith(EVERYTHING);
  const mutants = [...mutantsOf(stack)];
  const numbers = new Map(mutants.map((mutant, number) => [mutant, number]));
  const journal = new Journal(stack);
  const isOver = () => performance.now() > deadline;

  for (const [number, mutant] of mutants.entries()) {
    if (journal.audit.has(number)) continue;
    if (isOver()) return pause(`${journal.audit.size} of ${mutants.length} mutants audited`);
    journal.write([{ mutant: number, audit: verdictOf(stack, mutant) }]);
  }
  const { noticed, explained, survivors } = scoreOf(
    stack,
    mutants,
    (mutant) => journal.audit.get(numbers.get(mutant)!)!,
  );

  const ofKind = (from: Iterable<Mutant>, kind: string) => [...from].filter((mutant) => mutant.kind === kind);
  /** Evenly over the stack. */
  const some = (of: readonly Mutant[]) =>
    of.filter((_, index) => index % Math.ceil(of.length / COMPARED) === 0);
  const compared = [
    ...mutants.filter((mutant) => !noticed.has(mutant)),
    ...KINDS.flatMap((kind) => some(ofKind(noticed, kind))),
  ];
  const unscanned = compared.filter((mutant) => !journal.checkov.has(numbers.get(mutant)!));
  for await (const batch of noticedByCheckov(findCheckov().checkov, stack, unscanned)) {
    journal.write(batch.map(([mutant, seen]) => ({ mutant: numbers.get(mutant)!, checkov: seen })));
    if (isOver()) return pause(`${journal.checkov.size} of ${compared.length} mutants scanned by checkov`);
  }

  for (const [why, count] of [...explained].sort((a, b) => b[1] - a[1]))
    console.log(`${String(count).padStart(5)}  ${why}`);
  const left = await validates(survivors);
  for (const { address, path, kind, change } of left)
    console.log(styleText("red", `${kind}  ${address}  ${path}  ${change}`));

  console.log("\n| defect | mutants | the audit notices | compared | the audit | checkov | checkov alone |");
  console.log("| --- | --: | --: | --: | --: | --: | --: |");
  const byCheckov = (mutant: Mutant) => journal.checkov.get(numbers.get(mutant)!) === true;
  let ahead = true;
  for (const kind of KINDS) {
    const [of, seen, sample] = [mutants, noticed, compared].map((from) => ofKind(from, kind));
    const both = sample!.filter((mutant) => noticed.has(mutant)).length;
    const scanned = sample!.filter(byCheckov);
    const alone = scanned.filter((mutant) => !noticed.has(mutant));
    const share = `${percent(seen!.length, of!.length)} %`;
    const cells = [kind, of!.length, share, sample!.length, both, scanned.length, alone.length];
    console.log(`| ${cells.join(" | ")} |`);
    for (const { address, path, change } of alone)
      console.log(styleText("red", `${address}  ${path}  ${change}`));
    ahead &&= alone.length === 0;
  }

  const share = scoreOf(stack, sampleOf(stack, CI_SHARE));
  const unimportant = [...explained.values()].reduce((sum, count) => sum + count, 0);
  console.log(
    `\nmutation score ${percent(noticed.size, mutants.length)} %: ${mutants.length} mutants, ${noticed.size} noticed, ${unimportant} explained, ${survivors.length - left.length} refused by terraform validate, ${left.length} left`,
  );
  console.log(`of the share that CI tries ${percent(share.noticed.size, share.mutants.length)} %`);
  if (left.length > 0 || !ahead) process.exitCode = 1;
}

function pause(done: string): void {
  console.log(`${done}; the next run goes on from there.`);
}

await run(
  command("npm run mutation --", {
    1: "the audit misses a defect that matters, or checkov notices one that it does not",
  })
    .description(
      "The mutation score of the audit: breaks the stack in every way that a defect could, and prints the share that the audit " +
        "notices, beside checkov's.",
    )
    .option(
      "--minutes <n>",
      "end after about so long; the next run goes on from there",
      decimal(0.1, 100_000),
    )
    .action(({ minutes = Number.POSITIVE_INFINITY }) => score(minutes)),
);
