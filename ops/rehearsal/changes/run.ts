/** Runs the change matrix on a deployed environment: plans every row, applies some or all of them there and back. */

import { Configuration, type JsonObject } from "../../../local/terraform-json/index.ts";
import { audit, type Finding } from "../../audit/index.ts";
import { Plan } from "../../plan-json.ts";
import type { Environment } from "../environment.ts";
import { IMAGES } from "../settings.ts";
import { type Assertions, changedAddresses, planNothing } from "../steps.ts";
import { CHANGES, type Change } from "./table.ts";
import type { World } from "./world.ts";

export interface Matrix {
  readonly environment: Environment;
  readonly assertions: Assertions;
  /** Fed with every call that the environment's Terraform makes. */
  readonly world: World;
}

type Settings = Readonly<Record<string, string>>;

const DEFAULT_BOUNDS = { MIN_TASKS: "2", MAX_TASKS: "10" };

/** Plans every row against the environment as it was made, and demands that the audit takes it or refuses it as it shall. */
export async function planChanges(matrix: Matrix, changes: readonly Change[]): Promise<string> {
  // Two at a time: a plan reads the state and changes nothing.
  const [twin, rows] = [await matrix.environment.twin(), [...changes]];
  const work = async (environment: Environment) => {
    for (let change = rows.shift(); change; change = rows.shift())
      await planChange({ ...matrix, environment }, change);
  };
  await Promise.all([work(matrix.environment), work(twin)]);
  const refused = changes.filter(({ refusedBy }) => refusedBy).length;
  return `${changes.length} changes planned, ${refused} of them refused as they shall be`;
}

async function planChange(
  { environment, assertions }: Matrix,
  { name, from, to, refusedBy }: Change,
): Promise<void> {
  const file = environment.file("change.tfplan");
  // The environment is as it was made: of a change from something else, the way there is planned.
  await write(environment, from ?? to);
  // What AWS says has not changed since the last plan of the row before.
  await environment.terraform.plan(file, "-refresh=false", "-lock=false");
  const broken = await brokenRules(environment, file);
  assertions.demand(
    refusedBy ? broken.some(({ rule }) => rule === refusedBy) : broken.length === 0,
    `${name}: the audit ${refusedBy ? `does not refuse the plan by ${refusedBy}` : "refuses the plan"}${told(broken)}`,
  );
}

/** Applies a row there and back, and demands that nothing in use was missing at any moment. */
export async function applyChange(matrix: Matrix, change: Change): Promise<string> {
  const { environment } = matrix;
  if (change.refusedBy) return "refused when planned";
  if (change.from) await applySettings(matrix, change, "before", change.from);
  const there = await applySettings(matrix, change, "there", change.to);
  const back = await applySettings(matrix, change, "back", change.from ?? {});
  if (change.from) await applySettings(matrix, change, "to the beginning", {});
  await write(environment, {});
  return `${there} changes there, ${back} back`;
}

async function applySettings(
  { environment, assertions, world }: Matrix,
  { name, takes }: Change,
  direction: string,
  settings: Settings,
): Promise<number> {
  const file = environment.file("change.tfplan");
  await write(environment, settings);
  await environment.terraform.plan(file);
  const changes = await changedAddresses(environment, file);
  world.begin(takes);
  await environment.terraform.apply(file);
  assertions.demand(
    world.violations.length === 0,
    `${name}, ${direction}:\n  ${world.violations.join("\n  ")}`,
  );
  const wanted = { ...DEFAULT_BOUNDS, ...settings };
  assertions.demand(
    world.bounds?.max === Number(wanted.MAX_TASKS) &&
      ("SCHEDULED_MINIMUMS" in settings || world.bounds.min === Number(wanted.MIN_TASKS)),
    `${name}, ${direction}: the service scales between ${world.bounds?.min} and ${world.bounds?.max}`,
  );
  await planNothing(environment, assertions, `${name}, ${direction}:`);
  return changes.length;
}

/** The audit's rules that a plan breaks. In this process: the command takes a second to start. */
async function brokenRules(environment: Environment, planFile: string): Promise<Finding[]> {
  const plan = new Plan(JSON.parse(await environment.terraform.show(planFile)) as JsonObject);
  const findings = audit(Configuration.read(environment.file("cdk.tf.json")), plan);
  return findings.filter(({ result }) => result === "fail");
}

const told = (broken: readonly Finding[]) =>
  broken
    .flatMap(({ rule, violations }) =>
      violations.map(({ address, message }) => `\n  ${rule}: ${address}: ${message}`),
    )
    .join("");

const write = (environment: Environment, { CONTAINER_IMAGE = IMAGES.first, ...settings }: Settings) =>
  environment.write(CONTAINER_IMAGE, settings);

/** So many rows that can be applied, drawn by a seed. */
export function drawn(count: number, seed: number): readonly Change[] {
  const rows = CHANGES.filter(({ refusedBy }) => !refusedBy);
  let state = seed;
  const chosen: Change[] = [];
  while (chosen.length < count && rows.length > 0) {
    // A linear congruential generator (Numerical Recipes' constants): enough for a draw, and the same for a seed.
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    chosen.push(...rows.splice(Math.floor((state / 2 ** 32) * rows.length), 1));
  }
  return chosen;
}
