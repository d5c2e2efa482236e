import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { command, integer, run } from "../cli/command.ts";
import { interruption } from "../cli/interruption.ts";
import { jsonOption } from "../cli/output.ts";
import { StatusLine } from "../cli/status-line.ts";
import { UserError } from "../cli/user-error.ts";
import { median } from "./median.ts";
import { publish } from "./report.ts";
import { assertSameStack, countResources } from "./same-stack.ts";

const ROOT = join(import.meta.dirname, "..");
const PEER = join(import.meta.dirname, "peers", "aws-cdk");

interface Contender {
  readonly name: string;
  readonly args: string[];
  readonly env: Record<string, string>;
  /** What it writes; none for the empty process. */
  readonly output?: string;
}

interface Figures {
  readonly name: string;
  readonly medianSeconds: number;
  readonly minSeconds: number;
  readonly maxSeconds: number;
  /** User and system time over all threads: what is left of the wall clock on a machine that others use too. */
  readonly cpuSeconds: number;
  readonly peakMiB: number;
  readonly resources?: number;
}

interface Usage {
  readonly cpuSeconds: number;
  readonly peakMiB: number;
}

/** Writes `Usage` on descriptor 3. `VmHWM` where there is one: `maxRSS` survives exec, so it may be the bench's own. */
const REPORT_USAGE = `data:text/javascript,${encodeURIComponent(`
  import { readFileSync, writeSync } from "node:fs";
  process.on("exit", () => {
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    let peak = maxRSS;
    try { peak = Number(/VmHWM:\\s+(\\d+)/.exec(readFileSync("/proc/self/status", "utf8"))[1]); } catch {}
    writeSync(3, JSON.stringify({ cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, peakMiB: peak / 1024 }));
  });`)}`;
const USAGE_RUNS = 3;

function contenders(folder: string): Contender[] {
  const ours = join(folder, "cdktn");
  const theirs = join(folder, "aws-cdk");
  const peer = { args: [join(PEER, "app.js")], output: join(theirs, "TapStack.template.json") };
  return [
    {
      name: "this stack",
      args: [join(ROOT, "bin", "synth.js")],
      env: { CDKTF_OUTDIR: ours },
      output: join(ours, "stacks", "TapStack", "cdk.tf.json"),
    },
    { name: "aws-cdk-lib, defaults", ...peer, env: { CDK_OUTDIR: theirs } },
    {
      name: "aws-cdk-lib, CDK_VALIDATION=false",
      ...peer,
      env: { CDK_OUTDIR: theirs, CDK_VALIDATION: "false" },
    },
    {
      name: "the same, with a compile cache as ours",
      ...peer,
      env: { CDK_OUTDIR: theirs, CDK_VALIDATION: "false", COMPILE_CACHE: "1" },
    },
    { name: "empty Node process", args: ["-e", ""], env: {} },
  ];
}

/** Environment variables that would change what is measured. */
const IGNORED = /^(?:NODE_OPTIONS|NODE_DISABLE_COMPILE_CACHE|CDK_.*|CDKTF_.*|CDKTN_.*|COMPILE_CACHE)$/;

/** Runs a contender once. Resolves to seconds from spawn to exit. */
async function runOnce(
  contender: Contender,
  signal: AbortSignal,
  onUsage?: (usage: Usage) => void,
): Promise<number> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([key]) => !IGNORED.test(key)));
  if (contender.output) rmSync(contender.output, { force: true });
  const start = process.hrtime.bigint();
  const child = spawn(process.execPath, [...(onUsage ? ["--import", REPORT_USAGE] : []), ...contender.args], {
    cwd: ROOT,
    env: { ...env, ENVIRONMENT_SUFFIX: "dev", ...contender.env },
    stdio: ["ignore", "ignore", "pipe", ...(onUsage ? ["pipe" as const] : [])],
  });
  let seconds = 0;
  child.once("exit", () => {
    seconds = Number(process.hrtime.bigint() - start) / 1e9;
  });
  let errors = "";
  child.stderr!.on("data", (chunk) => {
    errors += chunk;
  });
  let usage = "";
  child.stdio[3]?.on("data", (chunk) => {
    usage += chunk;
  });
  await ended(child, signal);
  if (child.exitCode !== 0) throw new UserError(`${contender.name} failed: ${errors.trim()}`);
  onUsage?.(JSON.parse(usage));
  return seconds;
}

/** Resolves when a child is gone and its pipes are closed. @throws when interrupted, after the child was stopped */
async function ended(child: ChildProcess, signal: AbortSignal): Promise<void> {
  const stop = () => child.kill();
  signal.addEventListener("abort", stop);
  await once(child, "close");
  signal.removeEventListener("abort", stop);
  signal.throwIfAborted();
}

/** Installs exactly what the peer's lockfile names, when it is not there. */
async function installPeer(signal: AbortSignal): Promise<void> {
  const version = (path: string) => {
    try {
      return JSON.parse(readFileSync(join(PEER, path), "utf8"));
    } catch {
      return {};
    }
  };
  const wanted = version("package-lock.json").packages?.["node_modules/aws-cdk-lib"]?.version;
  if (version("node_modules/aws-cdk-lib/package.json").version === wanted) return;
  process.stderr.write(
    `Installing aws-cdk-lib ${wanted} into bench/peers/aws-cdk (once, about 190 MB) ...\n`,
  );
  const child = spawn("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: PEER,
    stdio: ["ignore", 2, 2],
  });
  await ended(child, signal);
  if (child.exitCode !== 0)
    throw new UserError("npm ci failed in bench/peers/aws-cdk: is the npm registry within reach?");
}

async function measure(rounds: number, signal: AbortSignal): Promise<Figures[]> {
  const folder = mkdtempSync(join(tmpdir(), "bench-synth-"));
  const status = new StatusLine();
  try {
    const all = contenders(folder);
    const seconds = new Map(all.map((each) => [each, [] as number[]]));
    for (let round = 0; round <= rounds; round++) {
      status.show(round === 0 ? "warming up" : `round ${round} of ${rounds}`);
      // Another one begins each round, so that none always runs after the most expensive.
      for (let turn = 0; turn < all.length; turn++) {
        const contender = all[(round + turn) % all.length]!;
        const taken = await runOnce(contender, signal);
        if (round > 0) seconds.get(contender)!.push(taken);
      }
    }
    status.show("CPU and memory");
    const figures: Figures[] = [];
    for (const contender of all) {
      const usage: Usage[] = [];
      for (let n = 0; n < USAGE_RUNS; n++) await runOnce(contender, signal, (each) => usage.push(each));
      const sorted = seconds.get(contender)!.sort((a, b) => a - b);
      figures.push({
        name: contender.name,
        medianSeconds: median(sorted),
        minSeconds: sorted[0]!,
        maxSeconds: sorted.at(-1)!,
        cpuSeconds: median(usage.map(({ cpuSeconds }) => cpuSeconds)),
        peakMiB: Math.max(...usage.map(({ peakMiB }) => peakMiB)),
        resources: contender.output === undefined ? undefined : countResources(readJson(contender.output)),
      });
    }
    assertSameStack(readJson(all[0]!.output!), readJson(all[1]!.output!));
    return figures;
  } finally {
    status.clear();
    rmSync(folder, { recursive: true, force: true });
  }
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, "utf8"));
}

/** The issue's targets, each with what was reached. */
function targets([ours, defaults, best, , empty]: Figures[]) {
  const faster = defaults!.medianSeconds / ours!.medianSeconds;
  const fasterThanBest = best!.medianSeconds / ours!.medianSeconds;
  const above = ours!.medianSeconds - empty!.medianSeconds;
  return [
    {
      target: "6 x faster than aws-cdk-lib at its defaults",
      reached: `${faster.toFixed(1)} x`,
      met: faster >= 6,
    },
    {
      target: "2 x faster than aws-cdk-lib with CDK_VALIDATION=false",
      reached: `${fasterThanBest.toFixed(1)} x`,
      met: fasterThanBest >= 2,
    },
    {
      target: "at most 0.5 s above an empty Node process",
      reached: `${above.toFixed(2)} s`,
      met: above <= 0.5,
    },
    { target: "below 160 MiB", reached: `${ours!.peakMiB.toFixed(0)} MiB`, met: ours!.peakMiB < 160 },
  ];
}

function markdown(figures: Figures[], rounds: number): string {
  const ours = figures[0]!.medianSeconds;
  const rows = figures.map((each) =>
    [
      each.name,
      each.medianSeconds.toFixed(3),
      `${each.minSeconds.toFixed(3)} to ${each.maxSeconds.toFixed(3)}`,
      (each.medianSeconds / ours).toFixed(2),
      each.cpuSeconds.toFixed(2),
      each.peakMiB.toFixed(0),
      each.resources ?? "",
    ].join(" | "),
  );
  return [
    `Node ${process.version} on ${cpus().length} x ${cpus()[0]?.model.trim()}; ${rounds} interleaved rounds.`,
    "",
    "| cold process | median s | range s | of this stack | CPU s | peak MiB | resources |",
    "|---|---|---|---|---|---|---|",
    ...rows.map((row) => `| ${row} |`),
    "",
    "| target | reached | |",
    "|---|---|---|",
    ...targets(figures).map(
      ({ target, reached, met }) => `| ${target} | ${reached} | ${met ? "met" : "missed"} |`,
    ),
    "",
  ].join("\n");
}

const bench = command("npm run bench:synth --", { 1: "a contender failed, or cannot be installed" })
  .description(
    "Times cold processes from start to exit, by then the JSON is on disk: this stack, the same stack in aws-cdk-lib " +
      "(bench/peers/aws-cdk, installed on first use), and a Node process that does nothing. The contenders take turns; " +
      "medians count. CPU seconds and peak memory come from further runs, since asking a process for them takes time.",
  )
  .option("--rounds <n>", "turns of each contender; one more beforehand is not counted", integer(1, 100), 7)
  .addOption(jsonOption)
  .action(async ({ rounds, json }) => {
    const signal = interruption();
    await installPeer(signal);
    const figures = await measure(rounds, signal);
    const report = { node: process.version, rounds, figures, targets: targets(figures) };
    await publish("synth", json, report, markdown(figures, rounds));
  });

await run(bench);
