/**
 * The mutation score of the tests over the code, by Stryker: all mutants of some lines that a seed chooses, each tried by every
 * test that could notice it. It takes long, and CI does not run it.
 */
import { createHash } from "node:crypto";
import { globSync, readFileSync } from "node:fs";
import { Argument } from "@commander-js/extra-typings";
import { Stryker } from "@stryker-mutator/core";
import { command, integer, run } from "../../cli/command.ts";

const AREAS = {
  // The stack is synthesised by a program of its own, of which the tap runner cannot see what it runs: it would take a mutant there
  // for one that no test covers, whatever `coverageAnalysis` says, and leave it untried. The quickest tests come first.
  lib: {
    sources: "lib/**/*.ts",
    tests: [
      "test/lib/{aws,catalog,settings}/*.test.ts",
      "test/lib/*.test.ts",
      "test/ops/audit*.test.ts",
      "test/preview/alarms/*replays.test.ts",
    ],
    runner: "command",
  },
  api: { sources: "api/src/**/*.ts", tests: ["api/test/**/*.test.ts"], runner: "tap" },
  audit: {
    sources: "ops/{audit,outages}/**/*.ts",
    tests: ["test/ops/audit*.test.ts", "test/ops/outages.test.ts", "test/mutation/*.test.ts"],
    runner: "tap",
  },
} as const;

interface Options {
  readonly lines: number;
  readonly seed: number;
  readonly sources: string | undefined;
  readonly tests: string | undefined;
}

async function mutate(of: keyof typeof AREAS, values: Options): Promise<void> {
  const area = AREAS[of];
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
    .slice(0, values.lines);

  const tests = values.tests ? [values.tests] : [...area.tests];
  const options: ConstructorParameters<typeof Stryker>[0] = {
    mutate: chosen.map(({ file, line }) => `${file}:${line}-${line}`),
    testRunner: area.runner,
    tap: { testFiles: tests, nodeArgs: ["--test-reporter=tap"], forceBail: true },
    commandRunner: { command: tests.map((each) => `node --test "${each}"`).join(" && ") },
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
    `mutation score of ${of} ${score} %: ${tried.length} mutants of ${chosen.length} lines, seed ${values.seed}`,
  );
}

await run(
  command("npm run mutation:code --")
    .description(
      "Changes the code in small ways, by Stryker, and prints the share that the tests notice: all mutants of some lines that a " +
        "seed chooses. Each is tried by every test that could notice it, which takes long.",
    )
    .addArgument(new Argument("<area>", "whose code").choices(["lib", "api", "audit"] as const))
    .option("--lines <n>", "how many lines", integer(1, 1_000_000), 60)
    .option("--seed <n>", "another seed chooses other lines", integer(0, 2 ** 31 - 1), 0)
    .option("--sources <file>", "only lines of this file")
    .option("--tests <file>", "only this file of tests")
    .action(async (area, { lines, seed, sources, tests }) => mutate(area, { lines, seed, sources, tests })),
);
