/** The whole rehearsal: two environments on one testBed, from nothing to nothing. */
import { inventory } from "../inventory/index.ts";
import type { Tools } from "../tools.ts";
import { Authorisation } from "./authorisation.ts";
import { changeLive, Watch } from "./changes/live.ts";
import { RELEASES, upgrade } from "./changes/releases.ts";
import { deployThroughFaults, destroyThroughFaults, type FaultRun } from "./fault-injection.ts";
import { SwitchableFaults } from "./faults.ts";
import {
  checkUntouched,
  deployHappyPath,
  destroyHappyPath,
  makeEnvironment,
  type Run,
} from "./happy-path.ts";
import { Progress } from "./progress.ts";
import { DEPLOYER, IMAGES, SUFFIXES } from "./settings.ts";
import { Assertions } from "./steps.ts";
import { makeStateBackend, setUp, type TestBed } from "./test-bed.ts";

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
  const assertions = new Assertions();
  let testBed!: TestBed;
  await progress.phase("", "set up the test bed", async () => {
    testBed = await setUp(tools, resources);
    return `${tools.terraformName}, ${tools.motoName}, provider from ${testBed.mirror ?? "the registry"}`;
  });
  await progress.phase("", "bootstrap", () => makeStateBackend(testBed.endpoint));
  const baseline = await inventory(testBed.aws);

  const watch = new Watch();
  const authorisation = new Authorisation(DEPLOYER.accessKeyId);
  const happyPath: Run = {
    testBed,
    progress,
    assertions,
    authorisation,
    environment: await testBed.environment(SUFFIXES.happyPath, {
      ...watch.gateway,
      faults: authorisation,
      onResource: () => progress.resource(SUFFIXES.happyPath),
    }),
  };
  if (Array.isArray(changes)) {
    await upgradeReleases(happyPath, changes);
    const rows = changes.filter((name) => !RELEASES.some((release) => release.name === name));
    if (rows.length === 0) return { resources: 0, checks: assertions.passed };
    const made = await makeEnvironment(happyPath);
    await changeLive({ ...happyPath, watch, apply: rows });
    return { resources: made, checks: assertions.passed };
  }
  const faultInjection = await prepareFaultInjection(testBed, progress, assertions);
  // Both at once: that they do not touch each other is part of what is shown.
  const [inHappyPath, inFaultInjection] = await Promise.all([
    deployHappyPath(happyPath),
    deployThroughFaults(faultInjection),
  ]);
  await destroyThroughFaults(faultInjection);
  await checkUntouched(happyPath, SUFFIXES.faultInjection);
  await changeLive({ ...happyPath, watch, apply: changes === "all" ? "all" : [] });
  await destroyHappyPath(happyPath, baseline);
  if (changes === "all")
    await upgradeReleases(
      happyPath,
      RELEASES.map(({ name }) => name),
    );
  return { resources: inHappyPath + inFaultInjection, checks: assertions.passed };
}

/** Each release that is named in an environment of its own, from nothing to this release and to nothing again. */
async function upgradeReleases(
  { testBed, progress, assertions }: Run,
  names: readonly string[],
): Promise<void> {
  for (const [index, release] of RELEASES.entries()) {
    if (!names.includes(release.name)) continue;
    const watch = new Watch();
    const suffix = `release-${index + 1}`;
    const environment = await testBed.environment(suffix, watch.gateway);
    await progress.phase(suffix, `from ${release.name} to this release`, () =>
      upgrade(release, environment, watch.world, assertions),
    );
    await progress.phase(suffix, "destroy", async () => {
      const { applied } = await environment.terraform.destroy();
      return `${applied.length} resources`;
    });
  }
}

async function prepareFaultInjection(
  testBed: TestBed,
  progress: Progress,
  assertions: Assertions,
): Promise<FaultRun> {
  const faults = new SwitchableFaults();
  const onResource: FaultRun["onResource"] = {};
  const environment = await testBed.environment(SUFFIXES.faultInjection, {
    faults,
    onResource: () => {
      progress.resource(SUFFIXES.faultInjection);
      onResource.current?.();
    },
  });
  let total = 0;
  await progress.phase(SUFFIXES.faultInjection, "synthesise, init", async () => {
    total = await environment.write(IMAGES.first);
    await environment.init();
    return `${total} resources`;
  });
  return { testBed, environment, progress, assertions, faults, onResource, total };
}
