/** A season on the local AWS API, by the commands alone: each verb as a process, as an operator types it. */
import { rm } from "node:fs/promises";
import path from "node:path";
import type { PolicyDocument } from "../../policy/deployer-policy.ts";
import type { Tools } from "../../tools.ts";
import { ACCOUNT, Authorisation } from "../authorisation.ts";
import { recordCalls } from "../calls.ts";
import { type PracticeOptions, startPractice } from "../practice.ts";
import { Progress } from "../progress.ts";
import { DEPLOYER } from "../settings.ts";
import { Assertions } from "../steps.ts";
import { untilInterrupted } from "../until-interrupted.ts";
import { Catalog } from "./catalog.ts";
import { ChangeCounter } from "./change-counter.ts";
import { interruptEverywhere } from "./interruptions.ts";
import { drawCommands } from "./pictures.ts";
import { liveThroughSeason } from "./year.ts";

const WORKSPACES = path.resolve(import.meta.dirname, "..", "..", "..", ".catalog");

export interface SeasonOptions {
  /** See {@link PracticeOptions}. */
  readonly startDataPlane: NonNullable<PracticeOptions["startDataPlane"]>;
  readonly parts: "both" | "interruptions" | "pictures";
  /** Where the pictures go. */
  readonly folder?: string | undefined;
  /** At how many points commands are cut short, at least. @default 20 */
  readonly interruptions?: number | undefined;
  /** Draws the points. */
  readonly seed: number;
  /** The number of the point to go on with. @default 1 */
  readonly from?: number | undefined;
  /** A file that takes the actions which were asked of the deployer's policy; see {@link recordCalls}. @default none */
  readonly calls?: string | undefined;
  readonly signal: AbortSignal;
}

/** Ends at once when the signal aborts, and leaves nothing. @throws RehearsalFailed with what did not hold */
export async function rehearseSeason(tools: Tools, options: SeasonOptions): Promise<void> {
  const progress = new Progress(process.stdout);
  const resources = new AsyncDisposableStack();
  resources.defer(() => progress.stop());
  const assertions = await untilInterrupted(options.signal, resources, () =>
    carryOut(tools, options, { progress, resources }),
  );
  if (options.parts !== "pictures")
    console.log(`\n${progress.table()}\n\nseason: ${assertions.passed} checks passed, 0 left`);
}

interface RunContext {
  readonly progress: Progress;
  readonly resources: AsyncDisposableStack;
}

async function carryOut(
  tools: Tools,
  { startDataPlane, parts, folder = "docs/images", interruptions = 20, seed, from, calls }: SeasonOptions,
  { progress, resources }: RunContext,
): Promise<Assertions> {
  const assertions = new Assertions();
  const perform = async (suffix: string, part: Part) => {
    const practice = await startPractice(tools, resources, { suffix, startDataPlane });
    // What the commands keep of an environment here goes with it.
    resources.defer(() => rm(path.join(WORKSPACES, suffix), { recursive: true, force: true, maxRetries: 5 }));
    const authorisation = new Authorisation(DEPLOYER.accessKeyId);
    const changes = new ChangeCounter();
    const endpoint = await practice.testBed.gateway({
      faults: authorisation,
      onCall: (call) => changes.count(call),
    });
    const catalog = new Catalog(practice.variables(endpoint));
    resources.defer(() => catalog.stop());
    // Whoever deploys may do what the printed policy allows, and nothing else.
    authorisation.policy = JSON.parse(
      (await catalog.run(`policy --account ${ACCOUNT}`)).stdout,
    ) as PolicyDocument;
    await part({ ...practice, suffix, progress, assertions, catalog, changes });
    const { refused } = authorisation;
    assertions.demand(
      refused.size === 0,
      `the deployer's policy does not allow:\n  ${[...refused].join("\n  ")}`,
    );
    if (calls) await recordCalls(calls, `rehearse: ${suffix}`, authorisation.asked);
  };
  if (parts === "pictures") {
    await perform("season", (run) => drawCommands(run, folder));
    return assertions;
  }
  if (parts === "both") await perform("season", liveThroughSeason);
  await perform("cut-short", (run) => interruptEverywhere({ ...run, points: interruptions, seed, from }));
  return assertions;
}

type Part = (
  run: Parameters<typeof liveThroughSeason>[0] & { readonly changes: ChangeCounter },
) => Promise<void>;
