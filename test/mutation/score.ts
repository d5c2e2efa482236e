import { createHash } from "node:crypto";
import type { JsonObject } from "../../local/terraform-json/index.ts";
import { EXPLAINED } from "./explained.ts";
import { type Mutant, mutantsOf } from "./mutants.ts";
import { noticedBy } from "./notice.ts";

/** CI tries one mutant of so many. */
export const CI_SHARE = 20;

/** What became of the mutants of a configuration. */
export interface Score {
  readonly mutants: readonly Mutant[];
  readonly noticed: ReadonlySet<Mutant>;
  /** By the explanation. */
  readonly explained: ReadonlyMap<string, number>;
  /** Neither noticed nor explained: a rule is missing. */
  readonly survivors: readonly Mutant[];
}

/** Why a mutant does not pass: the rule that notices it, or why it does not matter. Neither: a rule is missing. */
export interface Verdict {
  readonly rule?: string;
  readonly why?: string;
}

export function verdictOf(root: JsonObject, mutant: Mutant): Verdict {
  const changed = mutant.apply();
  const rule = noticedBy(changed, root);
  return rule === undefined ? { why: explanationOf(root, changed, mutant) } : { rule };
}

/** Adds up what became of mutants. @param judge @default the audit of `root` */
export function scoreOf(
  root: JsonObject,
  mutants: readonly Mutant[],
  judge = (mutant: Mutant) => verdictOf(root, mutant),
): Score {
  const explained = new Map<string, number>();
  const noticed = new Set<Mutant>();
  const survivors: Mutant[] = [];
  for (const mutant of mutants) {
    const { rule, why } = judge(mutant);
    if (rule !== undefined) noticed.add(mutant);
    else if (why === undefined) survivors.push(mutant);
    else explained.set(why, (explained.get(why) ?? 0) + 1);
  }
  return { mutants, noticed, explained, survivors };
}

/**
 * One mutant of so many: the same ones each time, also when the stack has more or fewer of them meanwhile.
 *
 * @param seed another chooses others
 */
export function sampleOf(root: JsonObject, share: number, seed = 0): Mutant[] {
  return [...mutantsOf(root)].filter(({ address, path, kind, change }) => {
    const text = [seed, address, path, kind, change].join("\n");
    return createHash("sha256").update(text).digest().readUInt32BE() % share === 0;
  });
}

function explanationOf(before: JsonObject, after: JsonObject, mutant: Mutant): string | undefined {
  const type = mutant.address.includes(".")
    ? mutant.address.slice(0, mutant.address.lastIndexOf("."))
    : mutant.address;
  return EXPLAINED.find(
    ({ where, kinds, holds }) =>
      where.test(`${type} ${mutant.path}`) &&
      (kinds === undefined || kinds.includes(mutant.kind)) &&
      (holds === undefined || holds(before, after, mutant)),
  )?.why;
}

/** Per cent, to a tenth, rounded down. */
export const percent = (part: number, whole: number): number => Math.floor((1000 * part) / whole) / 10;
