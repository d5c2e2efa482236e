import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { command, run } from "../cli/command.ts";
import { jsonOption } from "../cli/output.ts";
import { describeMachine } from "./api/machine.ts";
import { publish } from "./report.ts";

const ROOT = join(import.meta.dirname, "..");
const CATALOG = join(ROOT, "bin/catalog");
/** Services on which the traffic grows tenfold: to 1.6 times what the smallest of each carries at its target. */
const SPIKES: Readonly<Record<string, string>>[] = [
  {},
  { MIN_TASKS: "3" },
  { CPU_TARGET_PERCENT: "40" },
  { CPU_TARGET_PERCENT: "90" },
];

/** As `catalog forecast --drill FILE --json` prints it. */
interface Comparison {
  minutes: { drill: number; forecast: number }[];
  within: number;
  shed: { drill: number; forecast: number };
  holds: boolean;
}

const bench = command("npm run bench:forecast --", { 1: "a forecast does not hold" })
  .description(
    "Carries the drill `spike` out on several services, and compares each with its forecast by the minute. Takes some three minutes for each, on a machine that does nothing else. The report and what the drills saw are also " +
      "written to bench/results/.",
  )
  .addOption(jsonOption)
  .action(async ({ json }) => {
    const state = await mkdtemp(join(tmpdir(), "bench-forecast-"));
    try {
      const compared: Compared[] = [];
      for (const [number, settings] of SPIKES.entries()) {
        const drill = join(ROOT, `bench/results/spike-${number + 1}.json`);
        await mkdir(join(drill, ".."), { recursive: true });
        // Whether what the drill itself checks holds is not asked here.
        await writeFile(drill, await catalog(["drill", "spike", "--state", state, "--json"], settings));
        const comparison = await catalog(["forecast", "--drill", drill, "--json"], settings);
        compared.push({ settings, ...(JSON.parse(comparison) as Comparison) });
      }
      const report = { machine: describeMachine(), compared };
      await publish("forecast", json, report, toMarkdown(report));
      if (compared.some(({ holds }) => !holds)) process.exitCode = 1;
    } finally {
      await rm(state, { recursive: true, force: true });
    }
  });

interface Compared extends Comparison {
  settings: Readonly<Record<string, string>>;
}

/** @returns what it prints, whether all holds or not; rejects when it prints nothing. */
function catalog(args: string[], settings: Readonly<Record<string, string>>): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const env = { ...process.env, ...settings };
  execFile(CATALOG, args, { env, maxBuffer: 2 ** 28 }, (error, stdout, stderr) => {
    if (stdout === "") reject(new Error(`catalog ${args.join(" ")}: ${stderr}`, { cause: error }));
    else resolve(stdout);
  });
  return promise;
}

function toMarkdown({ machine, compared }: { machine: string; compared: Compared[] }): string {
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  const most = (tasks: number[]) => Math.max(...tasks);
  return [
    `Traffic that grows tenfold, in the preview and as it is forecast. ${machine}.`,
    "",
    "| settings | minutes | tasks within one of each other | most tasks | shed in the drill | as forecast | holds |",
    "|---|--:|--:|--:|--:|--:|---|",
    ...compared.map(({ settings, minutes, within, shed, holds }) => {
      const named = Object.entries(settings).map(([name, value]) => `\`${name}=${value}\``);
      const peaks = `${most(minutes.map(({ drill }) => drill))}, ${most(minutes.map(({ forecast }) => forecast))} forecast`;
      return `| ${named.join(", ") || "defaults"} | ${minutes.length} | ${percent(within)} | ${peaks} | ${percent(shed.drill)} | ${percent(shed.forecast)} | ${holds ? "✓" : "✗"} |`;
    }),
    "",
  ].join("\n");
}

await run(bench);
