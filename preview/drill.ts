/** `npm run drill`: faults on purpose, under load, with figures that must hold. */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { drills, findDrill } from "./drills/index.ts";
import { writeReport } from "./drills/report.ts";
import type { DrillResult } from "./drills/result.ts";
import { PreviewDrills } from "./drills/runner.ts";
import { type DrillService, RemoteDrills } from "./drills/service.ts";
import { describeAll, describeResult, ProgressLine } from "./drills/terminal.ts";
import { defaults, startPreview } from "./start.ts";

const POLL_MS = 200;

const help = `Usage: npm run drill -- NAME|all [--json] [--state FOLDER]

Causes a fault on purpose under load and checks what must hold: in the preview that runs already,
or in one of its own. Exit code 1 when something does not hold.

${drills.map(({ name, description }) => `  ${name.padEnd(15)} ${description}`).join("\n")}
  ${"all".padEnd(15)} All of them (about five minutes), with a report in the state folder.

  --json          Prints the results as JSON on standard output.
  --state FOLDER  State folder of the preview (.preview).
  --help          Prints this.
`;

async function main(): Promise<void> {
  const { names, json, state } = readArguments();
  const interrupted = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => interrupted.abort());
  const { service, stop } = await openService(state, interrupted.signal);
  try {
    const results: DrillResult[] = [];
    for (const name of names) {
      const result = await carryOut(service, name, interrupted.signal);
      if (!json) console.log(`${describeResult(result)}\n`);
      results.push(result);
    }
    if (json) console.log(JSON.stringify(names.length === 1 ? results[0] : results, undefined, 2));
    else if (names.length > 1) console.log(`${describeAll(results)}\n`);
    if (names.length > 1) console.error(`report: ${await writeReport(join(state, "reports"), results)}`);
    if (results.some(({ ok }) => !ok)) process.exitCode = 1;
  } finally {
    await stop();
  }
}

function readArguments(): { names: string[]; json: boolean; state: string } {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
      state: { type: "string", default: defaults.stateFolder },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    process.exit();
  }
  const [name, ...rest] = positionals;
  if (name === undefined || rest.length > 0) throw new Error(`Name one drill, or "all". ${listDrills()}`);
  const names = name === "all" ? drills.map(({ name }) => name) : [findDrill(name).name];
  return { names, json: values.json, state: values.state };
}

function listDrills(): string {
  return `There are: ${drills.map(({ name }) => name).join(", ")}.`;
}

type Open = { service: DrillService; stop: () => Promise<void> };

async function openService(stateFolder: string, signal: AbortSignal): Promise<Open> {
  const remote = await RemoteDrills.find(stateFolder);
  if (remote) {
    console.error(`using the preview at ${remote.controlUrl}`);
    return { service: remote, stop: async () => {} };
  }
  const preview = await startPreview({ port: 0, stateFolder, progress: console.error });
  const stop = () => preview.stop({ force: true }); // nobody else uses it
  if (signal.aborted) await stop();
  signal.throwIfAborted();
  return { service: new PreviewDrills(preview), stop };
}

/** @throws when the drill could not be carried out to its end */
async function carryOut(service: DrillService, name: string, signal: AbortSignal): Promise<DrillResult> {
  const line = new ProgressLine();
  try {
    signal.throwIfAborted();
    await service.start(name);
    for (;;) {
      const { running, error } = await service.state();
      if (running) line.show(running);
      else if (error) throw new Error(error);
      else break;
      await sleep(POLL_MS, undefined, { signal });
    }
    const result = await service.result(name);
    if (!result) throw new Error(`The drill "${name}" has left no result.`);
    return result;
  } catch (error) {
    if (signal.aborted) await service.cancel();
    throw error;
  } finally {
    line.clear();
  }
}

try {
  await main();
} catch (error) {
  const { name, message } = error as Error;
  console.error(name === "AbortError" ? "Ended early; nothing is left behind." : message);
  process.exitCode = 1;
}
