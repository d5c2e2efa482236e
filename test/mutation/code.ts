/**
 * The mutation score of the tests over the code, by Stryker: `npm run mutation:code -- lib` or `-- api`. All mutants of some lines
 * that a seed chooses; each is tried by every test that could notice it, so that it takes long, and CI does not run it.
 * `--sources` and `--tests` take one file each, to look at that alone.
 */
import { createHash } from "node:crypto";
import { globSync, readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { Stryker } from "@stryker-mutator/core";

const AREAS: Readonly<Record<string, { sources: string; tests: string[]; runner: "command" | "tap" }>> = {
  // The stack is synthesised by a program of its own, of which the tap runner cannot see what it runs: it would take a mutant there
  // for one that no test covers, whatever `coverageAnalysis` says, and leave it untried.
  lib: {
    sources: "lib/**/*.ts",
    tests: ["test/lib/**/*.test.ts", "test/ops/audit.test.ts"],
    runner: "command",
  },
  api: { sources: "api/src/**/*.ts", tests: ["api/test/**/*.test.ts"], runner: "tap" },
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    lines: { type: "string", default: "60" },
    seed: { type: "string", default: "0" },
    sources: { type: "string" },
    tests: { type: "string" },
  },
});
const area = AREAS[positionals[0] ?? ""];
if (!area) throw new Error(`Say of what: ${Object.keys(AREAS).join(" or ")}.`);

/** Those that the seed's hash puts first, whatever else is in the files. */
const chosen = globSync(values.sources ?? area.sources)
  .flatMap((file) =>
    readFileSync(file, "utf8")
      .split("\n")
      .flatMap((text, index) =>
        /\w/.test(text) && !/^\s*(\/?\*|\/\/|import )/.test(text) ? [{ file, text, line: index + 1 }] : [],
      ),
  )
  .map((line) => ({
    ...line,
    rank: createHash("sha256").update(`${values.seed}\n${line.file}\n${line.text}`).digest("hex"),
  }))
  .sort((a, b) => a.rank.localeCompare(b.rank))
  .slice(0, Number(values.lines));

const tests = values.tests ? [values.tests] : area.tests;
const options: ConstructorParameters<typeof Stryker>[0] = {
  mutate: chosen.map(({ file, line }) => `${file}:${line}-${line}`),
  testRunner: area.runner,
  tap: { testFiles: tests, nodeArgs: ["--test-reporter=tap"], forceBail: true },
  commandRunner: { command: `node --test ${tests.map((each) => `"${each}"`).join(" ")}` },
  coverageAnalysis: area.runner === "command" ? "off" : "perTest",
  dryRunTimeoutMinutes: 60,
  concurrency: 1, // tests start databases
  tsconfigFile: "none", // Node runs the TypeScript as it is
  disableTypeChecks: false,
  ignorePatterns: ["docs", ".preview", "cdktf.out", ".venv", ".venv-checkov"],
  reporters: [],
  allowEmpty: true,
};
const results = await new Stryker(options).runMutationTest();
const tried = results.filter(({ status }) => status !== "Ignored");
const noticed = tried.filter(
  ({ status }) => status === "Killed" || status === "Timeout" || status === "RuntimeError",
);
for (const { fileName, location, mutatorName, replacement, status } of tried.filter(
  (each) => !noticed.includes(each),
))
  console.log(`${status}  ${fileName}:${location.start.line + 1}  ${mutatorName}  ${replacement}`);
const score = Math.floor((1000 * noticed.length) / Math.max(1, tried.length)) / 10;
console.log(
  `mutation score of ${positionals[0]} ${score} %: ${tried.length} mutants of ${chosen.length} lines, seed ${values.seed}`,
);
