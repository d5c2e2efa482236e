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
import { CI_SHARE, percent, type Score, sampleOf, scoreOf, verdictOf } from "./score.ts";
import { validates } from "./validate.ts";

/** Of each kind, of those that the audit notices: checkov takes seconds for one. */
const COMPARED = 40;

/** @param minutes after about which it ends, to go on from there the next time */
async function score(minutes: number): Promise<void> {
  const deadline = performance.now() + minutes * 60_000;
  const isOver = () => performance.now() > deadline;
  const stack = await synthesiseWith(EVERYTHING);
  const mutants = [...mutantsOf(stack)];
  const numbers = new Map(mutants.map((mutant, number) => [mutant, number]));
  const numberOf = (mutant: Mutant) => numbers.get(mutant)!;
  const journal = new Journal(stack);

  for (const mutant of mutants.filter((each) => !journal.audit.has(numberOf(each)))) {
    if (isOver()) return pause(`${journal.audit.size} of ${mutants.length} mutants audited`);
    journal.write([{ mutant: numberOf(mutant), audit: verdictOf(stack, mutant) }]);
  }
  const audited = scoreOf(stack, mutants, (mutant) => journal.audit.get(numberOf(mutant))!);

  const compared = comparable(audited);
  const unscanned = compared.filter((mutant) => !journal.checkov.has(numberOf(mutant)));
  for await (const batch of noticedByCheckov(findCheckov().checkov, stack, unscanned)) {
    journal.write(batch.map(([mutant, seen]) => ({ mutant: numberOf(mutant), checkov: seen })));
    if (isOver()) return pause(`${journal.checkov.size} of ${compared.length} mutants scanned by checkov`);
  }
  const seenByCheckov = compared.filter((mutant) => journal.checkov.get(numberOf(mutant)) === true);

  const left = await printUnnoticed(audited);
  const isAhead = printByKind(audited, compared, seenByCheckov);
  printScore(audited, left.length, scoreOf(stack, sampleOf(stack, CI_SHARE)));
  if (left.length > 0 || !isAhead) process.exitCode = 1;
}

/** All that the audit does not notice, and some of each kind that it does, evenly over the stack. */
function comparable({ mutants, noticed }: Score): Mutant[] {
  const some = (of: readonly Mutant[]) =>
    of.filter((_, index) => index % Math.ceil(of.length / COMPARED) === 0);
  return [
    ...mutants.filter((mutant) => !noticed.has(mutant)),
    ...KINDS.flatMap((kind) => some(ofKind([...noticed], kind))),
  ];
}

const ofKind = (mutants: readonly Mutant[], kind: string) => mutants.filter((each) => each.kind === kind);

/** @returns those that neither a rule, nor an explanation, nor Terraform speaks of */
async function printUnnoticed({ explained, survivors }: Score): Promise<Mutant[]> {
  for (const [why, count] of [...explained].sort((a, b) => b[1] - a[1]))
    console.log(`${String(count).padStart(5)}  ${why}`);
  const left = await validates(survivors);
  for (const { address, path, kind, change } of left)
    console.log(styleText("red", `${kind}  ${address}  ${path}  ${change}`));
  return left;
}

/** @returns whether checkov notices nothing that the audit does not */
function printByKind({ mutants, noticed }: Score, compared: Mutant[], seenByCheckov: Mutant[]): boolean {
  const isNoticed = (mutant: Mutant) => noticed.has(mutant);
  console.log("\n| defect | mutants | the audit notices | compared | the audit | checkov | checkov alone |");
  console.log("| --- | --: | --: | --: | --: | --: | --: |");
  let isAhead = true;
  for (const kind of KINDS) {
    const of = ofKind(mutants, kind);
    const sample = ofKind(compared, kind);
    const scanned = ofKind(seenByCheckov, kind);
    const alone = scanned.filter((mutant) => !isNoticed(mutant));
    const cells = [
      ...[kind, of.length, `${percent(of.filter(isNoticed).length, of.length)} %`],
      ...[sample.length, sample.filter(isNoticed).length, scanned.length, alone.length],
    ];
    console.log(`| ${cells.join(" | ")} |`);
    for (const { address, path, change } of alone)
      console.log(styleText("red", `${address}  ${path}  ${change}`));
    isAhead &&= alone.length === 0;
  }
  return isAhead;
}

function printScore({ mutants, noticed, explained, survivors }: Score, left: number, share: Score): void {
  const unimportant = [...explained.values()].reduce((sum, count) => sum + count, 0);
  console.log(
    `\nmutation score ${percent(noticed.size, mutants.length)} %: ${mutants.length} mutants, ${noticed.size} noticed, ${unimportant} explained, ${survivors.length - left} refused by terraform validate, ${left} left`,
  );
  console.log(`of the share that CI tries ${percent(share.noticed.size, share.mutants.length)} %`);
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
