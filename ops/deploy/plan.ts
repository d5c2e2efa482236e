/** From the settings to a plan that may be applied: synthesised, audited, and said in words. */
import { writeFile } from "node:fs/promises";
import { UserError } from "../../cli/user-error.ts";
import { Configuration, type JsonObject } from "../../local/terraform-json/index.ts";
import { closeDefaultEgress } from "../adopt/default-egress.ts";
import { findAdoptable, isUnclear } from "../adopt/find-adoptable.ts";
import { ADOPT_FILE, importBlocks } from "../adopt/import-blocks.ts";
import { halfMade, readyToFinish } from "../adopt/tainted.ts";
import { audit } from "../audit/audit.ts";
import { isFinishedInPlace } from "../audit/plan.ts";
import { lockedBy, makeReady } from "../environment/digest.ts";
import type { Session } from "../environment/session.ts";
import { inventory } from "../inventory/inventory.ts";
import { removal } from "../inventory/removal.ts";
import { Plan } from "../plan-json.ts";
import { TerraformFailed } from "../terraform.ts";
import { type Change, changesOf } from "./changes.ts";

export interface Planned {
  readonly stack: JsonObject;
  readonly changes: readonly Change[];
  /** `terraform show -json` of the plan. It holds the origin token: never print or store it. */
  readonly json: JsonObject;
}

/**
 * Leaves the plan in the workspace, for whoever applies it; the caller discards it.
 *
 * @throws UserError when the settings, the state or an audit stand against it
 */
export async function makePlan(session: Session): Promise<Planned> {
  const { workspace, say } = session;
  say("Synthesising …");
  const stack = await workspace.synthesise();
  await session.before?.(stack);
  say("Terraform init …");
  await makeReady(session);
  say("Planning …");
  let json = await plan(session);
  if (await takeOver(session, json)) {
    say("Planning again, with what an earlier run had made …");
    json = await plan(session);
  }
  const broken = audit(new Configuration(stack), new Plan(json)).filter(({ result }) => result === "fail");
  if (broken.length > 0) {
    const lines = broken.flatMap(({ rule, violations }) =>
      violations.map(({ address, message }) => `  ${rule}: ${address}: ${message}`),
    );
    throw new UserError(`The audit refuses this plan:\n${lines.join("\n")}`);
  }
  return { stack, json, changes: changesOf(json) };
}

async function plan({ workspace, settings }: Session): Promise<JsonObject> {
  try {
    await workspace.terraform.plan(workspace.planFile);
  } catch (error) {
    throw locked(error, settings.file) ?? error;
  }
  return JSON.parse(await workspace.terraform.show(workspace.planFile)) as JsonObject;
}

/** Terraform's refusal of a lock that somebody holds, in the command's own words; undefined for another error. */
export function locked(error: unknown, file: string | undefined): UserError | undefined {
  if (!(error instanceof TerraformFailed)) return undefined;
  const text = error.errors.map(({ summary, detail }) => `${summary}\n${detail}`).join("\n");
  const field = (name: string) => new RegExp(`^\\s*${name}:\\s+(.+)$`, "m").exec(text)?.[1]?.trim();
  const id = field("ID");
  if (!/acquiring the state lock|match existing lock/i.test(text) || !id) return undefined;
  return new UserError(
    lockedBy({ id, who: field("Who") ?? "somebody", created: field("Created") ?? "some time" }, file),
  );
}

/**
 * Before a destroy: what a killed apply made is brought into the state, so that it goes too. Changes the state alone, and
 * stands in the way of nothing: what cannot be planned or taken over stays, to be found among the leftovers.
 *
 * @throws UserError when the state is locked
 */
export async function takeOverForDestroy(session: Session): Promise<void> {
  const { workspace, aws, settings, say, signal } = session;
  const goOn = (what: string) => (error: unknown) => {
    signal.throwIfAborted();
    const lock = locked(error, settings.file);
    if (lock || !(error instanceof TerraformFailed)) throw lock ?? error;
    say(`${what}, and may be among what is left: ${error.message}`);
  };
  const json = await plan(session).catch(goOn("What an earlier run left is not taken over"));
  if (!json) return;
  const { imports } = findAdoptable(json, await inventory(aws));
  if (imports.length > 0)
    say(`${imports.length} resources of an earlier run are in no state: they are taken over, to go too.`);
  for (const { to, id } of imports) {
    signal.throwIfAborted();
    await workspace.terraform.import(to, id).catch(goOn(`${to} is not taken over`));
  }
}

/** A killed run made what no state knows: an apply would make it twice. @returns whether to plan again */
async function takeOver({ workspace, aws, say }: Session, json: JsonObject): Promise<boolean> {
  const isWhole =
    !changesOf(json).some(({ action }) => action === "create") &&
    !new Plan(json).resources.some(isFinishedInPlace);
  if (isWhole) return false;
  const items = await inventory(aws);
  const adoption = findAdoptable(json, items);
  const { ambiguous, strays, suffix } = adoption;
  if (isUnclear(adoption)) {
    const lines = [
      ...ambiguous.map(({ to, ids }) => `  ${to} exists ${ids.length} times: ${ids.join(", ")}`),
      ...strays.map((item) => `  ${item.type} ${item.name} ${item.id} belongs to no state: ${removal(item)}`),
    ];
    throw new UserError(
      `Of '${suffix}' something exists that no state knows, and it is not clear what to take over. Delete what should not be:\n${lines.join("\n")}`,
    );
  }
  const half = halfMade(json, items);
  const tainted = await readyToFinish(workspace.terraform, half);
  const kept = tainted.length - half.forget.length;
  if (kept > 0) say(`${kept} resources were half made by an earlier run: they are finished in place.`);
  for (const { to, id } of half.forget) say(`${to} failed, as ${id}: it is made anew.`);
  const imports = [...adoption.imports, ...half.importAgain];
  const groups = [...imports, ...tainted].filter(({ to }) => to.startsWith("aws_security_group."));
  await closeDefaultEgress(
    aws,
    groups.map(({ id }) => id),
  );
  if (imports.length === 0) return tainted.length > 0;
  await writeFile(workspace.file(ADOPT_FILE), importBlocks(imports));
  if (adoption.imports.length > 0)
    say(`${adoption.imports.length} resources of an earlier run are in no state: they are taken over.`);
  return true;
}
