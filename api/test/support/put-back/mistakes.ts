import type { Mistake } from "./mistake.ts";
import { READS } from "./reads.ts";
import { WRITES } from "./writes.ts";

/** Mistakes that the API once had, or that its guards are there for, by name. */
export const MISTAKES: Readonly<Record<string, Mistake>> = { ...READS, ...WRITES };
