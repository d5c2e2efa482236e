import type { JsonObject } from "../../local/terraform-json/index.ts";
import { EXPLAINED } from "./explained.ts";
import { type Mutant, mutantsOf } from "./mutants.ts";
import { noticedBy } from "./notice.ts";

/** What became of the mutants of a configuration. */
export interface Score {
  readonly mutants: number;
  readonly noticed: number;
  /** By the explanation. */
  readonly explained: ReadonlyMap<string, number>;
  /** Neither noticed nor explained: a rule is missing. */
  readonly survivors: readonly Mutant[];
}

/**
 * Makes mutants of a configuration, and sees which the audit notices.
 *
 * @param choose takes a mutant's number, and says whether it is tried. @default all are
 */
export function scoreOf(root: JsonObject, choose: (index: number) => boolean = () => true): Score {
  const explained = new Map<string, number>();
  const survivors: Mutant[] = [];
  let [index, mutants, noticed] = [0, 0, 0];
  for (const mutant of mutantsOf(root)) {
    if (!choose(index++)) continue;
    mutants++;
    const changed = mutant.apply();
    if (noticedBy(changed) !== undefined) noticed++;
    else {
      const why = explanationOf(root, changed, mutant);
      if (why === undefined) survivors.push(mutant);
      else explained.set(why, (explained.get(why) ?? 0) + 1);
    }
  }
  return { mutants, noticed, explained, survivors };
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

/** Per cent, to a tenth. */
export const percent = ({ mutants, noticed }: Pick<Score, "mutants" | "noticed">): number =>
  Math.floor((1000 * noticed) / mutants) / 10;
