/** Drills from a terminal: in the preview that runs already, or in one of their own. */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { unlessAborted } from "../../cli/interruption.ts";
import { StatusLine } from "../../cli/status-line.ts";
import { UserError } from "../../cli/user-error.ts";
import { startPreview } from "../start.ts";
import { findDrill } from "./find-drill.ts";
import { writeReport } from "./report/report.ts";
import type { DrillResult } from "./report/result.ts";
import { describeAll, describeProgress, describeResult } from "./report/terminal.ts";
import { PreviewDrills } from "./runner.ts";
import { drills } from "./scenarios/index.ts";
import { spotDrought } from "./scenarios/spot-drought.ts";
import { type DrillService, RemoteDrills } from "./service.ts";

const POLL_MS = 200;

export interface DrillOptions {
  /** State folder of the preview. */
  readonly state: string;
  /** Print the results as JSON. @default for people */
  readonly json?: boolean | undefined;
  readonly signal: AbortSignal;
}

/**
 * Carries a drill out, or all of them, and prints what came of it.
 *
 * @param name a drill's name, or "all"
 * @returns whether everything held
 * @throws UserError for a name that no drill has, and when a drill could not be carried out to its end
 */
export async function carryOutDrills(name: string, { state, json, signal }: DrillOptions): Promise<boolean> {
  const names = name === "all" ? drills.map(({ name }) => name) : [findDrill(name).name];
  // A stack for which no task can be started on demand has nothing to show of it.
  const settings: Readonly<Record<string, string>> =
    names.includes(spotDrought.name) && !process.env.SPOT_FALLBACK_TASKS ? { SPOT_FALLBACK_TASKS: "2" } : {};
  const { service, stop } = await openService(state, settings, signal);
  try {
    const results: DrillResult[] = [];
    for (const name of names) {
      const result = await carryOut(service, name, signal);
      if (!json) console.log(`${describeResult(result)}\n`);
      results.push(result);
    }
    if (json) console.log(JSON.stringify(names.length === 1 ? results[0] : results));
    else if (names.length > 1) console.log(`${describeAll(results)}\n`);
    if (names.length > 1) console.error(`report: ${await writeReport(join(state, "reports"), results)}`);
    return results.every(({ ok }) => ok);
  } finally {
    await stop();
  }
}

interface Open {
  service: DrillService;
  stop: () => Promise<void>;
}

async function openService(
  stateFolder: string,
  settings: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Open> {
  const remote = await RemoteDrills.find(stateFolder);
  if (remote) {
    console.error(`using the preview at ${remote.controlUrl}`);
    return { service: remote, stop: async () => {} };
  }
  const preview = await unlessAborted(
    signal,
    startPreview({ port: 0, stateFolder, settings, progress: console.error }),
  );
  const stop = () => preview.stop({ force: true }); // nobody else uses it
  return { service: new PreviewDrills(preview), stop };
}

/** @throws when the drill could not be carried out to its end */
async function carryOut(service: DrillService, name: string, signal: AbortSignal): Promise<DrillResult> {
  const line = new StatusLine();
  let told = "";
  try {
    signal.throwIfAborted();
    await service.start(name);
    for (;;) {
      const { running, error } = await service.state();
      if (running) {
        line.show(describeProgress(running));
        if (!line.isTerminal && running.step !== told) line.print(`${running.title}: ${running.step}`);
        told = running.step;
      } else if (error) throw new UserError(error);
      else break;
      await sleep(POLL_MS, undefined, { signal });
    }
    const result = await service.result(name);
    if (!result) throw new UserError(`The drill "${name}" has left no result.`);
    return result;
  } catch (error) {
    if (signal.aborted) await service.cancel();
    throw error;
  } finally {
    line.clear();
  }
}
