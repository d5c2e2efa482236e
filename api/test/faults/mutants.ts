import { spawn } from "node:child_process";
import { command, integer, run } from "../../../cli/command.ts";
import { UserError } from "../../../cli/user-error.ts";
import type { Mutant } from "../support/mutants/mutant.ts";
import { MUTANTS } from "../support/mutants/mutants.ts";

const HOOK = new URL("../support/mutants/hook.ts", import.meta.url).href;
const HISTORIES = ["faults/histories.test.ts", "whatever happens, every promise"] as const;

interface Run {
  failed: boolean;
  /** Why, in one line. */
  why: string;
}

interface Histories {
  seconds: number;
  seed: number;
  faults: readonly string[];
}

/** Runs a test with a mutant. */
async function runTest(
  name: string,
  [file, title]: Mutant["test"],
  { seconds, seed, faults }: Histories,
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
        HISTORY_SECONDS: String(seconds),
        HISTORY_SEED: String(seed),
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

await run(
  command("npm run mutation:faults --", { 1: "a mutant went unseen that should be seen" })
    .description(
      "Makes each mutant of the API, what it once did wrong, and sees whether it is noticed: by the test that is named for it, and " +
        "by the checker of histories, under the faults in which clients meet it. Prints a table for docs/FRESHNESS.md.",
    )
    .argument("[mutants...]", "names (default: all)")
    .option("--tests", "ask the tests alone")
    .option("--checker", "ask the checker alone")
    .option("--seconds <n>", "how long the histories of one mutant last at most", integer(1, 3_600), 120)
    .option("--seed <n>", "of the histories", integer(0, 2 ** 31 - 1), 1)
    .action(async (names, { tests, checker, ...histories }) => {
      const unknown = names.find((name) => !MUTANTS[name]);
      if (unknown)
        throw new UserError(`There is no mutant ${unknown}: use one of ${Object.keys(MUTANTS).join(", ")}.`);
      let unseen = 0;
      /** @returns why it has failed, as it should. */
      const seen = async (running: Promise<Run>): Promise<string> => {
        const { failed, why } = await running;
        if (!failed) unseen++;
        return failed ? why : "**unseen**";
      };
      const byTest = (name: string, { test }: Mutant) =>
        seen(runTest(name, test, { ...histories, faults: [] }));
      const byChecker = (name: string, { histories: faults }: Mutant) =>
        "unseen" in faults
          ? `cannot: ${faults.unseen}`
          : seen(runTest(name, HISTORIES, { ...histories, faults }));
      console.log("| mutant | test | histories |\n|---|---|---|");
      for (const name of names.length > 0 ? names : Object.keys(MUTANTS)) {
        const mutant = MUTANTS[name]!;
        const inTest = tests || !checker ? await byTest(name, mutant) : "–";
        const inHistories = checker || !tests ? await byChecker(name, mutant) : "–";
        console.log(`| ${mutant.what} (\`${name}\`) | ${inTest} | ${inHistories} |`);
      }
      if (unseen > 0) process.exitCode = 1;
    }),
);
