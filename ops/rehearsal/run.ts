/** What `bin/catalog rehearse` does: the whole rehearsal, or one part in its place. */
import path from "node:path";
import { UserError } from "../../cli/user-error.ts";
import type { Aws } from "../aws.ts";
import { findAwsCli, findTools, skipWithout } from "../tools.ts";
import { everything, selected } from "./changes/live.ts";
import type { StartDataPlane } from "./data-plane/data-plane.ts";
import { guidesInOrder } from "./guides/order.ts";
import { runGuides } from "./guides/run.ts";
import { rehearse } from "./rehearse.ts";
import { rehearseSeason } from "./season/season.ts";
import { serve } from "./serve.ts";

const PROJECT = path.resolve(import.meta.dirname, "..", "..");

/** The command's options; it lets through one part at a time. */
export interface RehearsalOptions {
  readonly guides?: true | undefined;
  readonly serve?: true | undefined;
  readonly season?: true | undefined;
  /** Points of the season's commands. */
  readonly cutShort?: number | undefined;
  /** A folder. */
  readonly pictures?: string | undefined;
  readonly all?: true | undefined;
  /** Names of rows of the change matrix, or of releases. */
  readonly row?: readonly string[] | undefined;
  readonly seed: number;
  /** The number of the row or point to go on with. */
  readonly from?: number | undefined;
  readonly calls?: string | undefined;
  readonly json?: true | undefined;
}

type MakeDataPlane = (folder: string, aws: Aws, say: (line: string) => void) => StartDataPlane;

export interface RehearsalContext {
  readonly signal: AbortSignal;
  /** Loads what runs a service's tasks, which takes a while. */
  readonly previewDataPlane: () => Promise<MakeDataPlane>;
}

/**
 * Where a program is missing, it says what to install and does nothing.
 *
 * @throws MissingTool for that when CI=true
 */
export async function runRehearsal(
  options: RehearsalOptions,
  { signal, previewDataPlane }: RehearsalContext,
): Promise<void> {
  const { season, cutShort, pictures, all, row, seed, from, calls, json } = options;
  if (from && !cutShort && !all)
    throw new UserError("--from goes with --all or --cut-short: add one of them.");
  if (options.guides) return rehearseGuides(signal);
  const tools = skipWithout("rehearsal", () => findTools());
  if (!tools) return;
  if (options.serve) {
    const dataPlane = await previewDataPlane();
    const say = (line: string) => console.log(`# ${line}`);
    await serve(tools, { signal, startDataPlane: (folder, aws) => dataPlane(folder, aws, say) });
  } else if (season || cutShort || pictures) {
    const dataPlane = await previewDataPlane();
    await rehearseSeason(tools, {
      ...{ signal, seed, from, calls, folder: pictures, interruptions: cutShort },
      parts: pictures ? "pictures" : cutShort ? "interruptions" : "both",
      startDataPlane: (folder, aws) => dataPlane(folder, aws, () => undefined),
    });
  } else {
    const changes = row ? selected(row) : all ? everything(from) : { seed };
    await rehearse(tools, { json, changes, calls, signal });
  }
}

async function rehearseGuides(signal: AbortSignal): Promise<void> {
  const found = skipWithout("rehearsal of the guides", () => ({ ...findTools(), ...findAwsCli() }));
  if (!found) return;
  const { run, skipped } = await runGuides({
    blocks: guidesInOrder(PROJECT),
    terraform: found.terraform,
    programs: path.dirname(found.aws),
    say: (line) => console.log(line),
    signal,
  });
  console.log(`\nguides: ${run} blocks run, ${skipped} skipped, each with its reason above`);
}
