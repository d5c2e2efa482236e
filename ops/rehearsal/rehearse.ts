/** The whole rehearsal: two environments on one stage, from nothing to nothing. */
import { inventory } from "../inventory/index.ts";
import type { Tools } from "../tools.ts";
import { type Act, checkUntouched, deployCalmly, destroyCalmly, makeEnvironment } from "./calm.ts";
import { changeLive, Watch } from "./changes/live.ts";
import { RELEASES, upgrade } from "./changes/releases.ts";
import { SwitchableFaults } from "./faults.ts";
import { Progress } from "./progress.ts";
import { IMAGES, SUFFIXES } from "./settings.ts";
import { makeStateBackend, type Stage, setUp } from "./stage.ts";
import { Tally } from "./steps.ts";
import { deployThroughFaults, destroyThroughFaults, type StormyAct } from "./stormy.ts";

/** What fits into CI; another seed draws others. */
const CI_CHANGES = { count: 2, seed: 20261128 };

interface Result {
  readonly resources: number;
  readonly checks: number;
}

export interface RehearseOptions {
  /** Changes of the change matrix to apply, by name, on one environment and nothing else; all of them; or a drawn few. @default "few" */
  readonly changes?: "few" | "all" | readonly string[];
  /** Print the result as JSON on standard output, and what goes on to standard error. @default for people */
  readonly json?: boolean;
  /** Stops what runs and removes what was made, at any time. */
  readonly signal: AbortSignal;
}

/** @throws RehearsalFailed with what did not hold, and whatever else went wrong */
export async function rehearse(
  tools: Tools,
  { json = false, changes = "few", signal }: RehearseOptions,
): Promise<void> {
  const progress = new Progress(json ? process.stderr : process.stdout);
  const resources = new AsyncDisposableStack();
  const { promise: stopped, reject: stop } = Promise.withResolvers<never>();
  // What runs fails when it loses what it stands on: that is how an interruption ends it.
  signal.addEventListener("abort", () => {
    progress.stop();
    void resources.disposeAsync().finally(() => stop(signal.reason));
  });
  let result: Result;
  try {
    result = await Promise.race([carryOut(tools, progress, resources, changes), stopped]);
  } catch (error) {
    if (signal.aborted) await stopped;
    throw error;
  } finally {
    progress.stop();
    await resources.disposeAsync();
  }
  const { resources: made, checks } = result;
  const { phases, elapsed: seconds } = progress;
  if (json) console.log(JSON.stringify({ resources: made, checks, left: 0, seconds, phases }));
  else console.log(`\n${progress.table()}\n\nrehearsal: ${made} resources, ${checks} checks passed, 0 left`);
}

/** @param resources takes what has to be stopped and removed in the end; disposed of at any time */
async function carryOut(
  tools: Tools,
  progress: Progress,
  resources: AsyncDisposableStack,
  changes: NonNullable<RehearseOptions["changes"]>,
): Promise<Result> {
  const tally = new Tally();
  let stage!: Stage;
  await progress.phase("", "set the stage", async () => {
    stage = await setUp(tools, resources);
    return `${tools.terraformName}, ${tools.motoName}, provider from ${stage.mirror ?? "the registry"}`;
  });
  await progress.phase("", "bootstrap", () => makeStateBackend(stage.endpoint));
  const baseline = await inventory(stage.aws);

  const watch = new Watch();
  const calm: Act = {
    stage,
    progress,
    tally,
    environment: await stage.environment(SUFFIXES.calm, {
      ...watch.gateway,
      onResource: () => progress.resource(SUFFIXES.calm),
    }),
  };
  if (Array.isArray(changes)) {
    await upgradeReleases(calm, changes);
    const rows = changes.filter((name) => !RELEASES.some((release) => release.name === name));
    if (rows.length === 0) return { resources: 0, checks: tally.passed };
    const made = await makeEnvironment(calm);
    await changeLive({ ...calm, watch, apply: rows });
    return { resources: made, checks: tally.passed };
  }
  const stormy = await prepareStormy(stage, progress, tally);
  // Both at once: that they do not touch each other is part of what is shown.
  const [inCalm, inStorm] = await Promise.all([deployCalmly(calm), deployThroughFaults(stormy)]);
  await destroyThroughFaults(stormy);
  await checkUntouched(calm, SUFFIXES.stormy);
  await changeLive({ ...calm, watch, apply: changes === "all" ? "all" : CI_CHANGES });
  await destroyCalmly(calm, baseline);
  if (changes === "all")
    await upgradeReleases(
      calm,
      RELEASES.map(({ name }) => name),
    );
  return { resources: inCalm + inStorm, checks: tally.passed };
}

/** Each release that is named in an environment of its own, from nothing to this release and to nothing again. */
async function upgradeReleases({ stage, progress, tally }: Act, names: readonly string[]): Promise<void> {
  for (const [index, release] of RELEASES.entries()) {
    if (!names.includes(release.name)) continue;
    const watch = new Watch();
    const suffix = `release-${index + 1}`;
    const environment = await stage.environment(suffix, watch.gateway);
    await progress.phase(suffix, `from ${release.name} to this release`, () =>
      upgrade(release, environment, watch.world, tally),
    );
    await progress.phase(suffix, "destroy", async () => {
      const { applied } = await environment.terraform.destroy();
      return `${applied.length} resources`;
    });
  }
}

async function prepareStormy(stage: Stage, progress: Progress, tally: Tally): Promise<StormyAct> {
  const faults = new SwitchableFaults();
  const onResource: StormyAct["onResource"] = {};
  const environment = await stage.environment(SUFFIXES.stormy, {
    faults,
    onResource: () => {
      progress.resource(SUFFIXES.stormy);
      onResource.current?.();
    },
  });
  let total = 0;
  await progress.phase(SUFFIXES.stormy, "synthesise, init", async () => {
    total = await environment.write(IMAGES.first);
    await environment.init();
    return `${total} resources`;
  });
  return { stage, environment, progress, tally, faults, onResource, total };
}
