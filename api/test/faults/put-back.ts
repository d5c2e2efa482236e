import { spawn } from "node:child_process";
import { parseArgs } from "node:util";
import type { Mistake } from "../support/put-back/mistake.ts";
import { MISTAKES } from "../support/put-back/mistakes.ts";

/**
 * Puts back each mistake that the API once had, and sees whether it is seen: by the test that is named for it, and by the checker of
 * histories where it should. Writes a table for docs/FRESHNESS.md; ends with 1 when one goes unseen.
 *
 *   npm run mutation:faults -- [MISTAKE…] [--seconds 120] [--seed 1] [--tests-only] [--histories-only]
 *
 * `--seconds` is how long the histories of one mistake last at most. Those of a mistake that is named are played in any case.
 */

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: "string", default: "120" },
    seed: { type: "string", default: "1" },
    "tests-only": { type: "boolean", default: false },
    "histories-only": { type: "boolean", default: false },
  },
});
const HOOK = new URL("../support/put-back/hook.ts", import.meta.url).href;
const HISTORIES = ["faults/histories.test.ts", "whatever happens, every promise"] as const;

interface Run {
  failed: boolean;
  /** Why, in one line. */
  why: string;
}

/** Runs a test with a mistake. */
async function run(name: string, file: string, title: string): Promise<Run> {
  const path = new URL(`../${file}`, import.meta.url).pathname;
  const child = spawn(
    process.execPath,
    ["--test", "--test-reporter=tap", `--test-name-pattern=${escaped(title)}`, path],
    {
      env: {
        ...process.env,
        NODE_OPTIONS: `--import=${HOOK}`,
        PUT_BACK: name,
        HISTORY_SECONDS: values.seconds,
        HISTORY_SEED: values.seed,
        HISTORY_SHRINK_SECONDS: "0",
      },
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (chunk) => {
    output += chunk;
  });
  const code = await new Promise<number>((resolve) => child.on("close", (code) => resolve(code ?? 1)));
  return { failed: code !== 0 && /^ *not ok/m.test(output), why: reasonOf(output) };
}

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** The first failure's message, and of a history the promise that was broken. */
function reasonOf(output: string): string {
  const [, block = ""] = /error: (?:\|-?\s*\n)?([\s\S]*?)\n\s*(?:code|name|stack|\.\.\.)/.exec(output) ?? [];
  const lines = block.split("\n").map((line) => line.trim());
  const line = lines.find((text) => text !== "" && !text.startsWith("HISTORY_SEED")) ?? "";
  return line.replace(/^'|'$/g, "").slice(0, 120);
}

const { "tests-only": testsOnly, "histories-only": historiesOnly } = values;
const asked = positionals.length > 0 ? positionals : Object.keys(MISTAKES);
for (const name of asked)
  if (!MISTAKES[name])
    throw new Error(`There is no mistake ${name}. There are: ${Object.keys(MISTAKES).join(", ")}.`);

let unseen = 0;
console.log("| put back | test | histories |\n|---|---|---|");
for (const name of asked) {
  const { what, test, inHistories }: Mistake = MISTAKES[name]!;
  const cells = [`${what} (\`${name}\`)`];
  const columns = [
    { wanted: !historiesOnly, run: () => run(name, ...test) },
    { wanted: !testsOnly && (inHistories || positionals.length > 0), run: () => run(name, ...HISTORIES) },
  ];
  for (const column of columns) {
    const { failed, why } = column.wanted ? await column.run() : { failed: true, why: "–" };
    if (!failed) unseen++;
    cells.push(failed ? why : "**unseen**");
  }
  console.log(`| ${cells.join(" | ")} |`);
}
process.exitCode = unseen > 0 ? 1 : 0;
