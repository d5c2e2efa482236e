/** After a killed apply: finds what AWS has and the state does not know. */
import { existsSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { UserError } from "../../cli/user-error.ts";
import type { JsonObject } from "../../local/terraform-json/index.ts";
import { type Aws, awsClients } from "../aws.ts";
import { locked } from "../deploy/plan.ts";
import { makeReady } from "../environment/digest.ts";
import type { Session } from "../environment/session.ts";
import { inventory } from "../inventory/inventory.ts";
import { Terraform } from "../terraform.ts";
import { findTerraform } from "../tools.ts";
import { closeDefaultEgress } from "./default-egress.ts";
import { type Adoption, findAdoptable, isUnclear } from "./find-adoptable.ts";
import { ADOPT_FILE, type Import, importBlocks } from "./import-blocks.ts";
import { halfMade, readyToFinish } from "./tainted.ts";

/** What was found, and what was closed. */
export interface Adopted extends Adoption {
  /** What a failed apply left tainted, and the next one finishes: in place or, of a NAT gateway that failed, anew. */
  readonly finished: readonly Import[];
  /** Rules of AWS's default egress that were revoked. */
  readonly closed: readonly string[];
}

/**
 * Adopts for the Terraform folder of a synthesised stack, with Terraform and credentials as this machine has them.
 *
 * @throws UserError when the folder is not initialised, or Terraform is missing
 */
export async function adoptIn(directory: string): Promise<Adopted> {
  if (!existsSync(path.join(directory, ".terraform"))) {
    throw new UserError(
      `'${directory}' is not an initialised Terraform folder: run terraform init there, or give another --directory.`,
    );
  }
  const { terraform: executable } = findTerraform();
  process.stderr.write("Listing what exists, and planning …\n");
  const terraform = new Terraform({ executable, folder: directory, environment: process.env });
  return adopt(terraform, path.resolve(directory), awsClients());
}

/**
 * Adopts for an environment, in its own folder, made ready from its settings.
 *
 * @param unlock the id of a lock to release first
 */
export async function adoptFor(session: Session, unlock?: string): Promise<Adopted> {
  const { workspace, aws, settings, say } = session;
  say("Synthesising …");
  await workspace.synthesise();
  await makeReady(session, unlock);
  if (unlock) await release(session, unlock);
  say("Listing what exists, and planning …");
  try {
    return await adopt(workspace.terraform, workspace.folder, aws);
  } catch (error) {
    throw locked(error, settings.file) ?? error;
  }
}

/** What is not locked any more needs no release: the command is safe to run again. @throws UserError for somebody else's lock */
async function release({ workspace, settings, say }: Session, id: string): Promise<void> {
  try {
    await workspace.terraform.forceUnlock(id);
  } catch (error) {
    const other = locked(error, settings.file);
    if (other || !/failed to retrieve lock info/.test((error as Error).message)) throw other ?? error;
    say("The state is not locked any more.");
  }
}

/** Plans in a folder, writes the import blocks there, and finishes what was half made. */
export async function adopt(terraform: Terraform, directory: string, aws: Aws): Promise<Adopted> {
  const file = path.join(directory, ADOPT_FILE);
  const planFile = path.join(directory, "adopt.tfplan");
  await rm(file, { force: true });
  try {
    await terraform.plan(planFile);
    const plan = JSON.parse(await terraform.show(planFile)) as JsonObject;
    const items = await inventory(aws);
    const adoption = findAdoptable(plan, items);
    if (isUnclear(adoption)) return { ...adoption, finished: [], closed: [] };
    const half = halfMade(plan, items);
    const imports = [...adoption.imports, ...half.importAgain];
    if (imports.length > 0) await writeFile(file, importBlocks(imports));
    const finished = await readyToFinish(terraform, half);
    const groups = [...imports, ...finished]
      .filter(({ to }) => to.startsWith("aws_security_group."))
      .map(({ id }) => id);
    return { ...adoption, imports, finished, closed: await closeDefaultEgress(aws, groups) };
  } finally {
    await rm(planFile, { force: true });
  }
}
