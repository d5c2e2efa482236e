/** The first environment: deployed, asked, changed and destroyed as on a good day. */
import {
  DescribeLoadBalancersCommand,
  DescribeTargetGroupsCommand,
  ModifyTargetGroupCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { HeadObjectCommand } from "@aws-sdk/client-s3";
import { synthesise } from "../../local/synthesise.ts";
import { Configuration } from "../../local/terraform-json/index.ts";
import { inventory } from "../inventory/inventory.ts";
import type { Item } from "../inventory/item.ts";
import { deployerPolicy } from "../policy/deployer-policy.ts";
import { ACCOUNT, type Authorisation } from "./authorisation.ts";
import type { Environment } from "./environment.ts";
import type { Progress } from "./progress.ts";
import { IMAGES, OPTIONS, STATE } from "./settings.ts";
import {
  type Assertions,
  added,
  ask,
  audit,
  changedAddresses,
  check,
  countResources,
  key,
  planNothing,
  strangers,
} from "./steps.ts";
import type { TestBed } from "./test-bed.ts";

/** One environment's part in the rehearsal. */
export interface Run {
  readonly testBed: TestBed;
  readonly environment: Environment;
  readonly progress: Progress;
  readonly assertions: Assertions;
  /** What the deployer may do. */
  readonly authorisation: Authorisation;
}

/** From now on Terraform may do what the policy of this stack allows, and nothing else. */
async function authorise(
  { environment, authorisation }: Run,
  settings: Record<string, string>,
): Promise<void> {
  const { suffix } = environment;
  const stack = await synthesise({
    ...{ ENVIRONMENT_SUFFIX: suffix, CONTAINER_IMAGE: IMAGES.first },
    ...{ STATE_BUCKET: STATE.bucket, STATE_LOCK_TABLE: STATE.lockTable },
    ...settings,
  });
  authorisation.policy = deployerPolicy(new Configuration(stack), {
    suffix,
    account: ACCOUNT,
    stateBucket: STATE.bucket,
    lockTable: STATE.lockTable,
  });
}

/** Deploys the environment and nothing more. Returns the number of resources. */
export async function makeEnvironment(run: Run): Promise<number> {
  const { environment, progress } = run;
  let resources = 0;
  await authorise(run, OPTIONS);
  await progress.phase(environment.suffix, "synthesise, init, apply", async () => {
    await environment.write(IMAGES.first);
    await environment.init();
    await environment.terraform.apply();
    resources = await countResources(environment);
    return `${resources} resources`;
  });
  return resources;
}

/** Deploys the environment, checks it, and changes its image. Returns the number of resources. */
export async function deployHappyPath(run: Run): Promise<number> {
  const { environment, progress, assertions } = run;
  const { suffix, terraform } = environment;
  const planFile = environment.file("first.tfplan");
  let resources = 0;
  await progress.phase(suffix, "synthesise, init, validate", async () => {
    await environment.write(IMAGES.first);
    await authorise(run, {});
    await environment.init();
    await terraform.validate();
    return undefined;
  });
  await progress.phase(suffix, "validate with every option on", async () => {
    await environment.write(IMAGES.first, OPTIONS);
    await terraform.validate();
    await environment.write(IMAGES.first);
    return undefined;
  });
  await progress.phase(suffix, "plan and audit", async () => {
    assertions.demand(await terraform.plan(planFile), "the first plan has no changes");
    const verdict = await audit(environment, planFile);
    assertions.demand(verdict.passed, `the audit refuses the plan:\n${verdict.report}`);
    return "every rule holds";
  });
  await progress.phase(suffix, "apply", async () => {
    await terraform.apply(planFile);
    resources = await countResources(environment);
    return `${resources} resources`;
  });
  await progress.phase(suffix, "ask the AWS API", () => check(environment, IMAGES.first, assertions));
  await progress.phase(suffix, "state in the backend", () => checkState(environment, assertions));
  await progress.phase(suffix, "plan again", () => planNothing(environment, assertions, "after its apply"));
  await progress.phase(suffix, "undo a change by hand", () => undoChangeByHand(environment, assertions));
  await progress.phase(suffix, "change the image", () => changeImage(environment, assertions));
  await progress.phase(suffix, "plan an on-demand base", () => addOnDemandBase(environment, assertions));
  await authorise(run, OPTIONS); // what is changed from here on may need any of them
  return resources;
}

/** The state is encrypted, kept in versions, and under a key of its own. */
async function checkState({ aws, suffix }: Environment, assertions: Assertions): Promise<string> {
  const Key = `catalog-api/${suffix}/terraform.tfstate`;
  const state = await aws.s3.send(new HeadObjectCommand({ Bucket: STATE.bucket, Key }));
  assertions.demand(state.ServerSideEncryption === "AES256", "the state is not encrypted");
  assertions.demand(
    state.VersionId !== undefined && state.VersionId !== "null",
    "the state is not versioned",
  );
  return `encrypted and versioned at ${Key}`;
}

/** Someone changes a setting past Terraform: the question about it fails and no other, and the next apply puts it back. */
async function undoChangeByHand(environment: Environment, assertions: Assertions): Promise<string> {
  const { aws, suffix, terraform } = environment;
  const { LoadBalancers } = await aws.loadBalancing.send(
    new DescribeLoadBalancersCommand({ Names: [`alb-${suffix}`] }),
  );
  const { TargetGroups } = await aws.loadBalancing.send(
    new DescribeTargetGroupsCommand({ LoadBalancerArn: LoadBalancers?.[0]?.LoadBalancerArn }),
  );
  await aws.loadBalancing.send(
    new ModifyTargetGroupCommand({
      TargetGroupArn: TargetGroups?.[0]?.TargetGroupArn,
      HealthCheckIntervalSeconds: 10,
    }),
  );
  const failed = (await ask(environment, IMAGES.first)).filter(({ failure }) => failure !== undefined);
  assertions.demand(
    failed.length === 1 && /^health checks/.test(failed[0]!.demand),
    `health checks every 10 s were noticed by: ${failed.map(({ demand }) => demand).join("; ") || "nobody"}`,
  );
  const planFile = environment.file("drift.tfplan");
  await terraform.plan(planFile);
  const changes = await changedAddresses(environment, planFile);
  assertions.demand(
    changes.length === 1 && changes[0]!.startsWith("update aws_lb_target_group."),
    `a plan would not put back the health check alone:\n  ${changes.join("\n  ")}`,
  );
  await terraform.apply(planFile);
  return check(environment, IMAGES.first, assertions);
}

async function changeImage(environment: Environment, assertions: Assertions): Promise<string> {
  const { terraform } = environment;
  const planFile = environment.file("image.tfplan");
  await environment.write(IMAGES.second);
  assertions.demand(await terraform.plan(planFile), "a new image changes nothing");
  const changes = await changedAddresses(environment, planFile);
  const kinds = changes.map((change) => change.replace(/\.\S+$/, "")).join(", ");
  // A task definition is immutable: a new revision takes the place of the one before.
  assertions.demand(
    /^(create and delete|delete and create) aws_ecs_task_definition, update aws_ecs_service$/.test(kinds),
    `a new image changes more than the task definition and its service:\n  ${changes.join("\n  ")}`,
  );
  await terraform.apply(planFile);
  await check(environment, IMAGES.second, assertions);
  return "task definition and service, nothing else";
}

/** An on-demand base is asked for when Spot is short: the service must be updated for it, never replaced. */
async function addOnDemandBase(environment: Environment, assertions: Assertions): Promise<string> {
  const planFile = environment.file("capacity.tfplan");
  await environment.write(IMAGES.second, { ON_DEMAND_BASE_TASKS: "1" });
  await environment.terraform.plan(planFile);
  const changes = await changedAddresses(environment, planFile);
  assertions.demand(
    changes.length === 1 && changes[0]!.startsWith("update aws_ecs_service."),
    `an on-demand base does not update the service alone:\n  ${changes.join("\n  ")}`,
  );
  await environment.write(IMAGES.second);
  return "would update the service, nothing else";
}

/** Demands that the other environment, now destroyed, has taken nothing, and left nothing under any name. */
export async function checkUntouched(
  { environment, progress, testBed, assertions }: Run,
  baseline: readonly Item[],
): Promise<void> {
  const { suffix } = environment;
  await progress.phase(suffix, "untouched by the other", async () => {
    const left = await strangers(testBed, baseline, suffix);
    assertions.demand(left.length === 0, `the other environment left:\n  ${left.map(key).join("\n  ")}`);
    return planNothing(environment, assertions, "after the other environment's destroy");
  });
}

/** Destroys the last environment, and demands that exactly what was there before the first remains. */
export async function destroyHappyPath(run: Run, baseline: readonly Item[]): Promise<void> {
  const { environment, progress, testBed, assertions, authorisation } = run;
  await progress.phase(environment.suffix, "destroy", async () => {
    const { applied } = await environment.terraform.destroy();
    const now = await inventory(testBed.aws);
    const left = added(baseline, now);
    assertions.demand(
      left.length === 0,
      `the destroy left ${left.length} items:\n  ${left.map(key).join("\n  ")}`,
    );
    const taken = added(now, baseline);
    assertions.demand(
      taken.length === 0,
      `the destroy took what it had not made:\n  ${taken.map(key).join("\n  ")}`,
    );
    return `${applied.length} resources, 0 left`;
  });
  await progress.phase(environment.suffix, "the deployer's policy", async () => {
    const { asked, refused } = authorisation;
    assertions.demand(
      refused.size === 0,
      `the policy of whoever deploys does not allow:\n  ${[...refused].join("\n  ")}`,
    );
    return `${asked.size} actions asked for, all allowed`;
  });
}
