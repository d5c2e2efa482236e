/** Runs the change matrix on a deployed environment: plans every row, applies some or all of them there and back. */
import { Configuration, type JsonObject } from "../../../local/terraform-json/index.ts";
import { audit, type Finding } from "../../audit/audit.ts";
import { Plan } from "../../plan-json.ts";
import type { Environment } from "../environment.ts";
import { IMAGES } from "../settings.ts";
import { type Assertions, planNothing } from "../steps.ts";
import { planTogether } from "./batch.ts";
import { isCombinable, takenBy } from "./pairs.ts";
import { CHANGES, type Change } from "./table.ts";
import type { SecretVersions } from "./versions.ts";
import type { World } from "./world.ts";

export interface Matrix {
  readonly environment: Environment;
  readonly assertions: Assertions;
  /** Fed with every call that the environment's Terraform makes. */
  readonly world: World;
  readonly versions: SecretVersions;
}

type Settings = Readonly<Record<string, string>>;

const DEFAULT_BOUNDS = { MIN_TASKS: "2", MAX_TASKS: "10", SPOT_FALLBACK_TASKS: "0" };

/** Rows of a run of Terraform, and runs side by side: a plan of thirty thousand resources takes too much memory. */
const TOGETHER = 12;
const SIDE_BY_SIDE = 2;

/** Plans every row against the environment as it was made, and demands that the audit takes it or refuses it as it shall. */
export async function planChanges(matrix: Matrix, changes: readonly Change[]): Promise<string> {
  const batches = Array.from({ length: Math.ceil(changes.length / TOGETHER) }, (_, index) =>
    changes.slice(index * TOGETHER, (index + 1) * TOGETHER),
  );
  const numbered = [...batches.entries()];
  const work = async () => {
    for (let next = numbered.shift(); next; next = numbered.shift()) await planBatch(matrix, ...next);
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, work));
  const refused = changes.filter(({ refusedBy }) => refusedBy).length;
  return `${changes.length} changes planned, ${refused} of them refused as they shall be`;
}

async function planBatch(
  { environment, assertions, versions }: Matrix,
  index: number,
  changes: readonly Change[],
): Promise<void> {
  const stacks: JsonObject[] = [];
  // The environment is as it was made: of a change from something else, the way there is planned.
  for (const { from, to } of changes)
    stacks.push(await synthesised(environment, versions.planned(from ?? to)));
  const plans = await planTogether(environment, stacks, `${environment.suffix}-changes-${index}`);
  for (const [row, { name, refusedBy, changesNothing = false }] of changes.entries()) {
    const findings = audit(new Configuration(stacks[row]!), plans[row]);
    const broken = findings.filter(({ result }) => result === "fail");
    assertions.demand(
      refusedBy ? broken.some(({ rule }) => rule === refusedBy) : broken.length === 0,
      `${name}: the audit ${refusedBy ? `does not refuse the plan by ${refusedBy}` : "refuses the plan"}${told(broken)}`,
    );
    const changesSomething = plans[row]!.resources.some(({ actions }) => actions.join() !== "no-op");
    assertions.demand(
      changesSomething !== changesNothing,
      `${name}: the plan changes ${changesSomething ? "something" : "nothing"}`,
    );
  }
}

/**
 * Applies a row there and back, and demands that nothing in use was missing at any moment. Versions of secrets stay where they
 * have risen to.
 */
export async function applyChange(matrix: Matrix, change: Change): Promise<string> {
  if (change.refusedBy) return "refused when planned";
  const set = matrix.versions.row();
  if (change.from) await applySettings(matrix, change, "before", set(change.from));
  const there = await applySettings(matrix, change, "there", set(change.to));
  if (change.backRefusedBy) {
    await demandRefusal(matrix, `${change.name}, back`, change.backRefusedBy, set(change.from ?? {}));
    return `${there} changes there, none back`;
  }
  const back = await applySettings(matrix, change, "back", set(change.from ?? {}));
  if (change.from) await applySettings(matrix, change, "to the beginning", set({}));
  await write(matrix.environment, set({}));
  return `${there} changes there, ${back} back`;
}

/** Plans settings for a standing environment, and demands that a rule of the audit refuses that. */
export async function demandRefusal(
  { environment, assertions }: Pick<Matrix, "environment" | "assertions">,
  what: string,
  refusedBy: string,
  settings: Settings,
): Promise<void> {
  const { broken } = await planned(environment, settings);
  assertions.demand(
    broken.some(({ rule }) => rule === refusedBy),
    `${what}: the audit does not refuse the plan by ${refusedBy}${told(broken)}`,
  );
}

/** Plans settings for a standing environment. `broken`: what the audit has against it. */
async function planned(environment: Environment, settings: Settings) {
  const file = environment.file("change.tfplan");
  const stack = await synthesised(environment, settings);
  await environment.put(stack);
  await environment.terraform.plan(file);
  const plan = new Plan(JSON.parse(await environment.terraform.show(file)) as JsonObject);
  const broken = audit(new Configuration(stack), plan).filter(({ result }) => result === "fail");
  return { file, plan, broken };
}

async function applySettings(
  { environment, assertions, world }: Matrix,
  { name, takes }: Change,
  direction: string,
  settings: Settings,
): Promise<number> {
  const { file, plan, broken } = await planned(environment, settings);
  assertions.demand(broken.length === 0, `${name}, ${direction}: the audit refuses the plan${told(broken)}`);
  world.begin(takes);
  await environment.terraform.apply(file);
  assertions.demand(
    world.violations.length === 0,
    `${name}, ${direction}:\n  ${world.violations.join("\n  ")}`,
  );
  const wanted = { ...DEFAULT_BOUNDS, ...settings };
  assertions.demand(
    world.bounds?.max === Number(wanted.MAX_TASKS) - Number(wanted.SPOT_FALLBACK_TASKS) &&
      ("SCHEDULED_MINIMUMS" in settings || world.bounds.min === Number(wanted.MIN_TASKS)),
    `${name}, ${direction}: the service scales between ${world.bounds?.min} and ${world.bounds?.max}`,
  );
  await planNothing(environment, assertions, `${name}, ${direction}:`);
  return plan.resources.filter(({ actions }) => !["no-op", "read"].includes(actions.join())).length;
}

const told = (broken: readonly Finding[]) =>
  broken
    .flatMap(({ rule, violations }) =>
      violations.map(({ address, message }) => `\n  ${rule}: ${address}: ${message}`),
    )
    .join("");

const write = (environment: Environment, { CONTAINER_IMAGE = IMAGES.first, ...settings }: Settings) =>
  environment.write(CONTAINER_IMAGE, settings);

const synthesised = (environment: Environment, { CONTAINER_IMAGE = IMAGES.first, ...settings }: Settings) =>
  environment.synthesise(CONTAINER_IMAGE, settings);

/** So many rows in one change, drawn by a seed: those that begin at the environment as it was made, and set different things. */
export function drawn(count: number, seed: number): Change & { readonly names: readonly string[] } {
  const rows = CHANGES.filter(isCombinable);
  // Spread first (Knuth's multiplicative hash): neighbouring seeds would all begin with the same row.
  let state = Math.imul(seed, 2654435761) >>> 0;
  const chosen: Change[] = [];
  const sets = (change: Change) => Object.keys(change.to);
  while (chosen.length < count && rows.length > 0) {
    // A linear congruential generator (Numerical Recipes' constants): enough for a draw, and the same for a seed.
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const [row] = rows.splice(Math.floor((state / 2 ** 32) * rows.length), 1) as [Change];
    const taken = new Set(chosen.flatMap(sets));
    if (!sets(row).some((variable) => taken.has(variable))) chosen.push(row);
  }
  const names = chosen.map(({ name }) => name);
  return {
    name: names.join(", "),
    names,
    to: Object.assign({}, ...chosen.map(({ to }) => to)),
    ...takenBy(chosen),
  };
}
