/** The whole rehearsal: two environments on one testBed, from nothing to nothing. */
import { inventory } from "../inventory/inventory.ts";
import type { Tools } from "../tools.ts";
import { Authorisation } from "./authorisation.ts";
import { recordCalls } from "./calls.ts";
import { applySelection } from "./changes/all.ts";
import { changeLive, type Selection, Watch } from "./changes/live.ts";
import { deployThroughFaults, destroyThroughFaults, type FaultRun } from "./fault-injection.ts";
import { SwitchableFaults } from "./faults.ts";
import { checkUntouched, deployHappyPath, destroyHappyPath, type Run } from "./happy-path.ts";
import { Progress } from "./progress.ts";
import { DEPLOYER, IMAGES, SUFFIXES } from "./settings.ts";
import { Assertions } from "./steps.ts";
import { makeStateBackend, setUp, type TestBed } from "./test-bed.ts";
import { untilInterrupted } from "./until-interrupted.ts";

interface Result {
  readonly resources: number;
  readonly checks: number;
}

/** Rows that are drawn for one change. The seed stays, so that the same code gives the same result. */
const DRAWN = { count: 5, seed: 1 };

export interface RehearseOptions {
  /** Rows to apply and nothing else, or the seed by which some are drawn after the rest of the rehearsal. @default the seed 1 */
  readonly changes?: { readonly seed: number } | Selection;
  /** A file that takes the actions which were asked of the deployer's policy; see {@link recordCalls}. @default none */
  readonly calls?: string | undefined;
  /** Print the result as JSON on standard output, and what goes on to standard error. @default for people */
  readonly json?: boolean | undefined;
  /** Stops what runs and removes what was made, at any time. */
  readonly signal: AbortSignal;
}

/** @throws RehearsalFailed with what did not hold, and whatever else went wrong */
export async function rehearse(
  tools: Tools,
  { json = false, changes = DRAWN, calls, signal }: RehearseOptions,
): Promise<void> {
  const progress = new Progress(json ? process.stderr : process.stdout);
  const resources = new AsyncDisposableStack();
  resources.defer(() => progress.stop());
  const authorisation = new Authorisation(DEPLOYER.accessKeyId);
  const result = await untilInterrupted(signal, resources, () =>
    carryOut(tools, { progress, resources, authorisation, changes, signal }),
  );
  const kind = "seed" in changes ? "rehearse" : "rehearse: rows of the change matrix";
  if (calls) await recordCalls(calls, kind, authorisation.asked);
  const { resources: made, checks } = result;
  const { phases, elapsed: seconds } = progress;
  if (json) console.log(JSON.stringify({ resources: made, checks, left: 0, seconds, phases }));
  else console.log(`\n${progress.table()}\n\nrehearsal: ${made} resources, ${checks} checks passed, 0 left`);
}

interface RunContext {
  readonly progress: Progress;
  /** Takes what has to be stopped and removed in the end; disposed of at any time. */
  readonly resources: AsyncDisposableStack;
  /** Of the first environment. */
  readonly authorisation: Authorisation;
  readonly changes: NonNullable<RehearseOptions["changes"]>;
  readonly signal: AbortSignal;
}

async function carryOut(
  tools: Tools,
  { progress, resources, authorisation, changes, signal }: RunContext,
): Promise<Result> {
  const assertions = new Assertions();
  let testBed!: TestBed;
  await progress.phase("", "set up the test bed", async () => {
    testBed = await setUp(tools, resources);
    return `${tools.terraformName}, ${tools.motoName}, provider from ${testBed.mirror ?? "the registry"}`;
  });
  await progress.phase("", "bootstrap", () => makeStateBackend(testBed.endpoint));
  const baseline = await inventory(testBed.aws);

  if (!("seed" in changes)) {
    await applySelection({ testBed, progress, assertions, signal, asked: authorisation.asked }, changes);
    return { resources: 0, checks: assertions.passed };
  }
  const watch = new Watch();
  const environment = await testBed.environment(SUFFIXES.happyPath, {
    ...watch.gateway,
    faults: authorisation,
    onResource: () => progress.resource(SUFFIXES.happyPath),
  });
  const happyPath: Run = { testBed, progress, assertions, authorisation, environment };
  const faultInjection = await prepareFaultInjection(testBed, progress, assertions);
  // Both at once: that they do not touch each other is part of what is shown.
  const [inHappyPath, inFaultInjection] = await Promise.all([
    deployHappyPath(happyPath).then(async (made) => {
      await changeLive({ ...happyPath, watch }, { count: DRAWN.count, seed: changes.seed });
      return made;
    }),
    deployThroughFaults(faultInjection).then(async (made) => {
      await destroyThroughFaults(faultInjection);
      return made;
    }),
  ]);
  await checkUntouched(happyPath, baseline);
  await destroyHappyPath(happyPath, baseline);
  return { resources: inHappyPath + inFaultInjection, checks: assertions.passed };
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
