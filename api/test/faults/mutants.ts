import { spawn } from "node:child_process";
import { parseArgs } from "node:util";
import type { Mutant } from "../support/mutants/mutant.ts";
import { MUTANTS } from "../support/mutants/mutants.ts";

/**
 * Makes each mutant of the API, what it once did wrong, and sees whether it is noticed: by the test that is named for it, and by the checker of
 * histories, under the faults in which clients meet it. Writes a table for docs/FRESHNESS.md; ends with 1 when one goes unseen that
 * should be seen.
 *
 *   npm run mutation:faults -- [MUTANT…] [--tests] [--checker] [--seconds 120] [--seed 1]
 *
 * `--tests` and `--checker` are for one of the two alone; `--seconds` is how long the histories of one mutant last at most.
 */

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: "string", default: "120" },
    seed: { type: "string", default: "1" },
    tests: { type: "boolean", default: false },
    checker: { type: "boolean", default: false },
  },
});
const HOOK = new URL("../support/mutants/hook.ts", import.meta.url).href;
const HISTORIES = ["faults/histories.test.ts", "whatever happens, every promise"] as const;

interface Run {
  failed: boolean;
  /** Why, in one line. */
  why: string;
}

/** Runs a test with a mutant. @param faults of histories. */
async function run(
  name: string,
  [file, title]: Mutant["test"],
  faults: readonly string[] = [],
): Promise<Run> {
  const path = new URL(`../${file}`, import.meta.url).pathname;
  const child = spawn(
    process.execPath,
    ["--test", "--test-reporter=tap", `--test-name-pattern=${escaped(title)}`, path],
    {
      env: {
        ...process.env,
        NODE_OPTIONS: `--import=${HOOK}`,
        MUTANT: name,
        HISTORY_SECONDS: values.seconds,
        HISTORY_SEED: values.seed,
        HISTORY_FAULTS: faults.join(),
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

const asked = positionals.length > 0 ? positionals : Object.keys(MUTANTS);
for (const name of asked)
  if (!MUTANTS[name])
    throw new Error(`There is no mutant ${name}. There are: ${Object.keys(MUTANTS).join(", ")}.`);

const both = values.tests === values.checker;
let unseen = 0;

/** @returns why it has failed, as it should. */
async function seen(running: Promise<Run>): Promise<string> {
  const { failed, why } = await running;
  if (!failed) unseen++;
  return failed ? why : "**unseen**";
}

function byHistories(name: string, { histories }: Mutant): Promise<string> | string {
  return "unseen" in histories ? `cannot: ${histories.unseen}` : seen(run(name, HISTORIES, histories));
}

console.log("| mutant | test | histories |\n|---|---|---|");
for (const name of asked) {
  const mutant = MUTANTS[name]!;
  const byTest = both || values.tests ? await seen(run(name, mutant.test)) : "–";
  const byChecker = both || values.checker ? await byHistories(name, mutant) : "–";
  console.log(`| ${mutant.what} (\`${name}\`) | ${byTest} | ${byChecker} |`);
}
process.exitCode = unseen > 0 ? 1 : 0;
