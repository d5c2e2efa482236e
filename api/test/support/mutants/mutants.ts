import type { Mutant } from "./mutant.ts";
import { READS } from "./reads.ts";
import { WRITES } from "./writes.ts";

/** Mistakes that the API once had, or that its guards are there for, by name. */
export const MUTANTS: Readonly<Record<string, Mutant>> = { ...READS, ...WRITES };
