/** A season on the local AWS API, by the commands alone: each verb as a process, as an operator types it. */

import type { Tools } from "../../tools.ts";
import { type PracticeOptions, startPractice } from "../practice.ts";
import { Progress } from "../progress.ts";
import { Assertions } from "../steps.ts";
import { Catalog } from "./catalog.ts";
import { interruptEverywhere } from "./interruptions.ts";
import { drawCommands } from "./pictures.ts";
import { liveThroughSeason } from "./year.ts";

export interface SeasonOptions {
  /** See {@link PracticeOptions}. */
  readonly startDataPlane: NonNullable<PracticeOptions["startDataPlane"]>;
  readonly parts: "both" | "interruptions" | "pictures";
  /** Where the pictures go. */
  readonly folder?: string | undefined;
  /** At how many random points an apply or a destroy is interrupted. @default 20 */
  readonly interruptions?: number | undefined;
  readonly signal: AbortSignal;
}

/** @throws RehearsalFailed with what did not hold */
export async function rehearseSeason(
  tools: Tools,
  { startDataPlane, parts, folder = "docs/images", interruptions = 20, signal }: SeasonOptions,
): Promise<void> {
  const progress = new Progress(process.stdout);
  const assertions = new Assertions();
  await using resources = new AsyncDisposableStack();
  resources.defer(async () => progress.stop());
  const practice = async (suffix: string, plane?: typeof startDataPlane) => {
    const started = await startPractice(tools, resources, { suffix, startDataPlane: plane });
    return { ...started, suffix, progress, assertions };
  };
  if (parts !== "interruptions") {
    const season = await practice("season", startDataPlane);
    const catalog = new Catalog(season.variables(season.testBed.endpoint));
    resources.defer(() => catalog.stop());
    signal.addEventListener("abort", () => void catalog.stop());
    if (parts === "pictures") return await drawCommands({ ...season, catalog }, folder);
    await liveThroughSeason({ ...season, catalog });
  }
  signal.throwIfAborted();
  const interrupted = await practice("cut-short");
  await interruptEverywhere({ ...interrupted, points: interruptions, signal });
  console.log(`\n${progress.table()}\n\nseason: ${assertions.passed} checks passed, 0 left`);
}
