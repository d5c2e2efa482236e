import { registerHooks } from "node:module";
import { edited } from "./mistake.ts";
import { MISTAKES } from "./mistakes.ts";

/** Loaded into a process (`--import`): what it imports of the API has the mistake that PUT_BACK names. No file is changed. */
const name = process.env.PUT_BACK ?? "";
const mistake = MISTAKES[name];
if (!mistake) throw new Error(`PUT_BACK=${name}: there are ${Object.keys(MISTAKES).join(", ")}`);

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    const edits = mistake.edits.filter(({ file }) => url.endsWith(`/api/src/${file}`));
    if (edits.length === 0) return loaded;
    const source = Buffer.from(loaded.source as Uint8Array).toString();
    return { ...loaded, source: edits.reduce(edited, source) };
  },
});
