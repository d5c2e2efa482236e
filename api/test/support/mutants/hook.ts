import { registerHooks } from "node:module";
import { edited } from "./mutant.ts";
import { MUTANTS } from "./mutants.ts";

/** Loaded into a process (`--import`): what it imports of the API has the mutant that MUTANT names. No file is changed. */
const name = process.env.MUTANT ?? "";
const mutant = MUTANTS[name];
if (!mutant) throw new Error(`MUTANT=${name}: there are ${Object.keys(MUTANTS).join(", ")}`);

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    const edits = mutant.edits.filter(({ file }) => url.endsWith(`/api/src/${file}`));
    if (edits.length === 0) return loaded;
    const source = Buffer.from(loaded.source as Uint8Array).toString();
    return { ...loaded, source: edits.reduce(edited, source) };
  },
});
