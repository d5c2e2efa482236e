/** The whole rehearsal: two environments on one stage, from nothing to nothing. */
import { inventory } from "../inventory/index.ts";
import type { Tools } from "../tools.ts";
import { type Act, checkUntouched, deployCalmly, destroyCalmly } from "./calm.ts";
import { SwitchableFaults } from "./faults.ts";
import type { Progress } from "./progress.ts";
import { IMAGES, SUFFIXES } from "./settings.ts";
import { makeStateBackend, type Stage, setUp } from "./stage.ts";
import { Tally } from "./steps.ts";
import { deployThroughFaults, destroyThroughFaults, type StormyAct } from "./stormy.ts";

export interface Result {
  readonly resources: number;
  readonly checks: number;
}

/**
 * @param resources takes what has to be stopped and removed in the end; the caller disposes of it, at any time
 * @throws Error with what did not hold
 */
export async function rehearse(
  tools: Tools,
  progress: Progress,
  resources: AsyncDisposableStack,
): Promise<Result> {
  const tally = new Tally();
  let stage!: Stage;
  await progress.phase("", "set the stage", async () => {
    stage = await setUp(tools, resources);
    return `${tools.terraformName}, provider from ${stage.mirror ?? "the registry"}`;
  });
  await progress.phase("", "bootstrap", () => makeStateBackend(stage.endpoint));
  const baseline = await inventory(stage.aws);

  const calm: Act = {
    stage,
    progress,
    tally,
    environment: await stage.environment(SUFFIXES.calm, undefined, () => progress.resource(SUFFIXES.calm)),
  };
  const stormy = await prepareStormy(stage, progress, tally);
  // Both at once: that they do not touch each other is part of what is shown.
  const [inCalm, inStorm] = await Promise.all([deployCalmly(calm), deployThroughFaults(stormy)]);
  await destroyThroughFaults(stormy);
  await checkUntouched(calm, SUFFIXES.stormy);
  await destroyCalmly(calm, baseline);
  return { resources: inCalm + inStorm, checks: tally.passed };
}

async function prepareStormy(stage: Stage, progress: Progress, tally: Tally): Promise<StormyAct> {
  const faults = new SwitchableFaults();
  const onResource: StormyAct["onResource"] = {};
  const environment = await stage.environment(SUFFIXES.stormy, faults, () => {
    progress.resource(SUFFIXES.stormy);
    onResource.current?.();
  });
  let total = 0;
  await progress.phase(SUFFIXES.stormy, "synthesise, init", async () => {
    total = await environment.write(IMAGES.first);
    await environment.init();
    return `${total} resources`;
  });
  return { stage, environment, progress, tally, faults, onResource, total };
}
