/** The second environment: deployed beside the first while calls are throttled, fail and break, and Terraform is killed. */

import { rm } from "node:fs/promises";
import { findLeftovers } from "../leftovers/leftovers.ts";
import { TerraformFailed } from "../terraform.ts";
import { Outage, RandomFaults, type SwitchableFaults } from "./faults.ts";
import type { Run } from "./happy-path.ts";
import { IMAGES } from "./settings.ts";
import {
  type Assertions,
  adoptUnrecorded,
  check,
  countResources,
  key,
  planNothing,
  RehearsalFailed,
} from "./steps.ts";

/** One call in twelve meets a fault; the provider's retries have to cope. */
const WEATHER = { rate: 1 / 12, kinds: ["throttle", "server-error", "drop"] } as const;

/** Where Terraform is killed: when this share of the resources has been created. */
const HALF_WAY = 0.5;

export interface FaultRun extends Omit<Run, "authorisation"> {
  readonly faults: SwitchableFaults;
  /** Called with each resource that Terraform finishes, by whoever made the environment. */
  readonly onResource: { current?: () => void };
  /** Managed resources in the stack. */
  readonly total: number;
}

/** Deploys through every fault. Returns the number of resources. */
export async function deployThroughFaults(run: FaultRun): Promise<number> {
  const { environment, faults, progress, testBed, assertions, total } = run;
  const { suffix, terraform } = environment;
  const phase = (name: string, run: () => Promise<string>) => progress.phase(suffix, name, run);

  await phase("apply, kill -9 half-way", async () => {
    faults.current = new RandomFaults({ ...WEATHER, seed: 1 });
    const finished = await applyUntilKilled(run, Math.floor(total * HALF_WAY));
    return `killed after ${finished} of ${total} resources`;
  });
  faults.current = undefined;
  await phase("stale lock", async () => {
    await terraform.forceUnlock(await staleLock(run));
    return "refused the next run, then released by force-unlock";
  });
  await phase("adopt what no state knows", async () => {
    const { imports, closed } = await adoptUnrecorded(environment, testBed);
    assertions.demand(
      imports.length > 0,
      "the killed apply left nothing unrecorded: it was not killed in the middle",
    );
    return `${imports.length} import blocks, ${closed.length} open security groups closed`;
  });
  await phase("apply, AWS fails in the middle", async () => {
    const outage = new Outage("CreateDBInstance");
    faults.current = outage;
    const { exitCode, applied } = await terraform.tryApply();
    assertions.demand(exitCode === 1, `an apply through an outage ended with ${exitCode}`);
    return `${applied.length} resources, then an outage; unanswered: ${outage.unanswered.join(", ")}`;
  });
  faults.current = undefined;
  await phase("adopt what was not answered", async () => {
    await rm(environment.file("adopt.tf.json"), { force: true });
    return `${(await adoptUnrecorded(environment, testBed)).imports.length} import blocks`;
  });
  let resources = 0;
  await phase("apply through faults", async () => {
    const weather = new RandomFaults({ ...WEATHER, seed: 2 });
    faults.current = weather;
    await terraform.apply();
    resources = await countResources(environment);
    assertions.demand(weather.total > 0, "no fault was injected");
    return `${resources} resources through ${describe(weather)}`;
  });
  faults.current = undefined;
  await rm(environment.file("adopt.tf.json"), { force: true });
  await phase("plan again", () => planNothing(environment, assertions, "after the faults"));
  await phase("ask the AWS API", () => check(environment, IMAGES.first, assertions));
  return resources;
}

/** Destroys through faults, and demands that nothing of the environment is left. */
export async function destroyThroughFaults({
  environment,
  faults,
  progress,
  testBed,
  assertions,
}: FaultRun): Promise<void> {
  const { suffix, terraform } = environment;
  await progress.phase(suffix, "destroy through faults", async () => {
    const weather = new RandomFaults({ ...WEATHER, seed: 3 });
    faults.current = weather;
    const { applied } = await terraform.destroy();
    faults.current = undefined;
    const left = await findLeftovers(testBed.aws, suffix);
    assertions.demand(
      left.length === 0,
      `the destroy left ${left.length} items:\n  ${left.map(key).join("\n  ")}`,
    );
    return `${applied.length} resources through ${describe(weather)}`;
  });
}

/** Applies, and kills Terraform with its provider as soon as so many resources are finished. */
async function applyUntilKilled({ environment, onResource }: FaultRun, after: number): Promise<number> {
  let finished = 0;
  onResource.current = () => {
    if (++finished === after) void environment.terraform.kill();
  };
  const { exitCode, errors } = await environment.terraform.tryApply();
  onResource.current = undefined;
  if (exitCode !== null) throw new TerraformFailed("apply (before it could be killed)", errors);
  return finished;
}

/** The id of the lock that the killed run still holds, as the next run reports it. */
async function staleLock({
  environment,
  assertions,
}: {
  environment: FaultRun["environment"];
  assertions: Assertions;
}): Promise<string> {
  try {
    await environment.terraform.plan(environment.file("locked.tfplan"));
  } catch (error) {
    if (!(error instanceof TerraformFailed)) throw error;
    const text = error.errors.map(({ summary, detail }) => `${summary}\n${detail}`).join("\n");
    const id = /ID:\s+([0-9a-f-]{36})/.exec(text)?.[1];
    if (!id) throw error;
    assertions.demand(/state lock/i.test(text), "the refusal does not speak of the lock");
    return id;
  }
  throw new RehearsalFailed("a second run was let in while the killed one held the lock");
}

const describe = ({ injected }: RandomFaults): string =>
  [...injected].map(([kind, count]) => `${count} × ${kind}`).join(", ");
