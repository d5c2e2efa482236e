/** Steps that both environments go through. */

import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { isDeepStrictEqual, promisify } from "node:util";
import { UserError } from "../../cli/user-error.ts";
import type { JsonObject } from "../../local/terraform-json/index.ts";
import { type Adopted, adopt } from "../adopt/adopt.ts";
import { isUnclear } from "../adopt/find-adoptable.ts";
import { inventory } from "../inventory/inventory.ts";
import type { Item } from "../inventory/item.ts";
import { findLeftovers } from "../leftovers/leftovers.ts";
import { Plan, type PlannedResource } from "../plan-json.ts";
import { type CheckContext, type CheckResult, runChecks, type StateResource } from "./checks/check.ts";
import { CHECKS } from "./checks/index.ts";
import type { Environment } from "./environment.ts";
import type { TestBed } from "./test-bed.ts";

const ROOT = path.resolve(import.meta.dirname, "..", "..");

/** A demand that did not hold. */
export class RehearsalFailed extends UserError {}

/** Everything that was asserted, whichever phase did it. */
export class Assertions {
  passed = 0;

  /** @throws RehearsalFailed with what does not hold */
  demand(holds: boolean, otherwise: string): void {
    if (!holds) throw new RehearsalFailed(otherwise);
    this.passed++;
  }

  /** @throws RehearsalFailed naming every demand that failed */
  results(results: readonly CheckResult[]): void {
    const failed = results.filter(({ failure }) => failure !== undefined);
    this.passed += results.length - failed.length;
    if (failed.length === 0) return;
    throw new RehearsalFailed(
      failed.map(({ demand, failure }) => `${demand}:\n  ${failure?.replaceAll("\n", "\n  ")}`).join("\n"),
    );
  }
}

/** Runs the audits over a plan, as a user does: by the command. */
export async function audit(
  environment: Environment,
  planFile: string,
): Promise<{ passed: boolean; report: string }> {
  const plan = environment.file("plan.json");
  await writeFile(plan, await environment.terraform.show(planFile));
  const catalog = path.join(ROOT, "bin", "catalog.js");
  const command = [catalog, "check", environment.file("cdk.tf.json"), "--plan", plan];
  try {
    const { stdout } = await promisify(execFile)(process.execPath, command, { cwd: ROOT });
    return { passed: true, report: stdout };
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    return { passed: false, report: stdout + stderr };
  }
}

/** Plans, and demands that nothing would change. */
export async function planNothing(
  environment: Environment,
  assertions: Assertions,
  when: string,
): Promise<string> {
  const file = environment.file("nothing.tfplan");
  const changes = await environment.terraform.plan(file);
  const what = changes ? await differences(environment, file) : [];
  assertions.demand(
    !changes,
    `${when}, a plan of '${environment.suffix}' still has changes:\n  ${what.join("\n  ")}`,
  );
  return "no changes";
}

/** `update aws_ecs_service.X`, sorted. */
export async function changedAddresses(environment: Environment, planFile: string): Promise<string[]> {
  return (await changedResources(environment, planFile)).map(inWords).sort();
}

/** The same, with the arguments that differ. */
async function differences(environment: Environment, planFile: string): Promise<string[]> {
  const differing = ({ before, values, unknown }: PlannedResource) =>
    [...new Set([...Object.keys(before), ...Object.keys(values), ...Object.keys(unknown)])].filter(
      (argument) => !isDeepStrictEqual(before[argument], values[argument]),
    );
  return (await changedResources(environment, planFile))
    .map((resource) => `${inWords(resource)}: ${differing(resource).join(", ")}`)
    .sort();
}

const inWords = ({ address, actions }: PlannedResource) => `${actions.join(" and ")} ${address}`;

async function changedResources(environment: Environment, planFile: string): Promise<PlannedResource[]> {
  const plan = new Plan(JSON.parse(await environment.terraform.show(planFile)) as JsonObject);
  return plan.resources.filter(({ actions }) => actions.join() !== "no-op" && actions.join() !== "read");
}

/** Asks the AWS API everything about an environment, and demands that all of it holds. */
export async function check(
  environment: Environment,
  image: string,
  assertions: Assertions,
): Promise<string> {
  const results = await ask(environment, image);
  assertions.results(results);
  return `${results.length} demands hold`;
}

/** Asks the AWS API everything about an environment. */
export async function ask(environment: Environment, image: string): Promise<CheckResult[]> {
  const [state, stored] = await Promise.all([
    environment.terraform.show(),
    environment.terraform.pullState(),
  ]);
  const plan = await readFile(environment.file("plan.json"), "utf8").catch(() => undefined);
  const { values } = JSON.parse(state) as {
    values: { outputs: Record<string, { value: string }>; root_module: { resources: StateResource[] } };
  };
  const context: CheckContext = {
    aws: environment.aws,
    suffix: environment.suffix,
    image,
    resources: values.root_module.resources,
    outputs: Object.fromEntries(Object.entries(values.outputs).map(([name, { value }]) => [name, value])),
    written: [
      { what: "state", text: state },
      { what: "stored state", text: stored },
      ...(plan ? [{ what: "plan", text: plan }] : []),
    ],
  };
  return runChecks(CHECKS, context);
}

/** How many managed resources the state holds. */
export async function countResources(environment: Environment): Promise<number> {
  const { resources } = JSON.parse(await environment.terraform.pullState()) as { resources: StateResource[] };
  return resources.filter(({ mode }) => mode === "managed").length;
}

/** Writes import blocks for what exists unrecorded. */
export async function adoptUnrecorded(environment: Environment, testBed: TestBed): Promise<Adopted> {
  const adopted = await adopt(environment.terraform, environment.folder, testBed.aws);
  if (isUnclear(adopted)) {
    const { ambiguous, strays } = adopted;
    const twice = ambiguous.map(({ to, ids }) => `${to} ${ids.join(" ")}`);
    throw new RehearsalFailed(`adopt is not sure: ${[...twice, ...strays.map(key)].join(", ")}`);
  }
  return adopted;
}

/** The items of `now` that `before` lacks. */
export function added(before: readonly Item[], now: readonly Item[]): Item[] {
  const known = new Set(before.map(key));
  return now.filter((item) => !known.has(key(item)));
}

/**
 * What exists of neither the account as it was nor an environment that stands: left by one that went, whatever it is called.
 *
 * @param standing suffix of the environment that stands
 */
export async function strangers(
  { aws }: TestBed,
  baseline: readonly Item[],
  standing: string,
): Promise<Item[]> {
  const [everything, own] = await Promise.all([inventory(aws), findLeftovers(aws, standing)]);
  return added([...baseline, ...own], everything);
}

export const key = ({ type, id }: Item): string => `${type} ${id}`;
