/** A record of the actions that rehearsals have asked of the deployer's policy: what it allows beyond them may be too much. */
import { readFile, writeFile } from "node:fs/promises";

/** Sorted actions, by the rehearsal that asked: `rehearse`, `rehearse: season`. */
export type AskedActions = Readonly<Record<string, readonly string[]>>;

/** Writes what one rehearsal has asked for in place of what it asked for before. */
export async function recordCalls(file: string, kind: string, asked: Iterable<string>): Promise<void> {
  const before = JSON.parse(await readFile(file, "utf8").catch(whenAbsent)) as AskedActions;
  const all = Object.entries({ ...before, [kind]: [...new Set(asked)].sort() }).sort(byKind);
  await writeFile(file, `${JSON.stringify(Object.fromEntries(all), undefined, 2)}\n`);
}

const byKind = ([a]: [string, unknown], [b]: [string, unknown]) => a.localeCompare(b);

function whenAbsent(error: NodeJS.ErrnoException): string {
  if (error.code !== "ENOENT") throw error;
  return "{}";
}
