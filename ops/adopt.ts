/** After a killed apply: finds what AWS has and the state does not know. */
import { existsSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { styleText } from "node:util";
import { paginateDescribeSecurityGroupRules, RevokeSecurityGroupEgressCommand } from "@aws-sdk/client-ec2";
import { UserError } from "../cli/user-error.ts";
import type { JsonObject } from "../local/terraform-json/index.ts";
import {
  ADOPT_FILE,
  type Adoption,
  findAdoptable,
  importBlocks,
  irreplaceable,
  isUnclear,
} from "./adoption.ts";
import { type Aws, awsClients } from "./aws.ts";
import { makeReady } from "./environment/digest.ts";
import type { Session } from "./environment/session.ts";
import { inventory } from "./inventory/index.ts";
import { all } from "./inventory/item.ts";
import { removal } from "./inventory/removal.ts";
import { Terraform } from "./terraform.ts";
import { findTerraform } from "./tools.ts";

/** What was found, and what was closed. */
export interface Adopted extends Adoption {
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
  const { workspace, aws, say } = session;
  say("Synthesising …");
  await workspace.synthesise();
  await makeReady(session, unlock);
  if (unlock) await workspace.terraform.forceUnlock(unlock);
  say("Listing what exists, and planning …");
  return adopt(workspace.terraform, workspace.folder, aws);
}

/** Plans in a folder, writes the import blocks there, and finishes what was half made. */
export async function adopt(terraform: Terraform, directory: string, aws: Aws): Promise<Adopted> {
  const file = path.join(directory, ADOPT_FILE);
  const planFile = path.join(directory, "adopt.tfplan");
  await rm(file, { force: true });
  try {
    await terraform.plan(planFile);
    const plan = JSON.parse(await terraform.show(planFile)) as JsonObject;
    const adoption = findAdoptable(plan, await inventory(aws));
    if (isUnclear(adoption)) return { ...adoption, closed: [] };
    if (adoption.imports.length > 0) await writeFile(file, importBlocks(adoption.imports));
    const tainted = irreplaceable(plan);
    for (const { to } of tainted) await terraform.untaint(to);
    const groups = [...adoption.imports, ...tainted]
      .filter(({ to }) => to.startsWith("aws_security_group."))
      .map(({ id }) => id);
    return { ...adoption, closed: await closeDefaultEgress(aws, groups) };
  } finally {
    await rm(planFile, { force: true });
  }
}

/**
 * AWS gives each new security group a rule that lets everything out, and the provider revokes it in a second call. A run
 * that was killed between the two leaves the group open; an import does not look at rules, and would leave it so for ever.
 */
export async function closeDefaultEgress(
  { ec2 }: Pick<Aws, "ec2">,
  groups: readonly string[],
): Promise<string[]> {
  if (groups.length === 0) return [];
  const Filters = [{ Name: "group-id", Values: [...groups] }];
  const rules = await all(
    paginateDescribeSecurityGroupRules({ client: ec2 }, { Filters }),
    (page) => page.SecurityGroupRules,
  );
  // The stack's own rules are tagged, and none of them opens every port.
  const open = rules.filter(
    ({ IsEgress, IpProtocol, CidrIpv4, CidrIpv6, Tags = [] }) =>
      IsEgress &&
      IpProtocol === "-1" &&
      (CidrIpv4 === "0.0.0.0/0" || CidrIpv6 === "::/0") &&
      Tags.length === 0,
  );
  for (const { GroupId, SecurityGroupRuleId = "" } of open) {
    await ec2.send(
      new RevokeSecurityGroupEgressCommand({ GroupId, SecurityGroupRuleIds: [SecurityGroupRuleId] }),
    );
  }
  return open.map(({ SecurityGroupRuleId = "" }) => SecurityGroupRuleId);
}

/** What was found, for people. */
export function report(adopted: Adopted, directory: string): string {
  const lines: string[] = [];
  const { suffix, imports, ambiguous, strays, closed } = adopted;
  const where = `environment '${suffix}' in ${directory}`;
  for (const { to, id } of imports)
    lines.push(`${styleText("green", "adopt")}  ${to}  ${styleText("dim", id)}`);
  for (const rule of closed) {
    lines.push(
      `${styleText("green", "close")}  ${rule}: AWS's default egress, which the killed apply had not yet revoked`,
    );
  }
  for (const { to, ids } of ambiguous) {
    lines.push(
      `${styleText("yellow", "choose")} ${to} exists ${ids.length} times: ${ids.join(", ")}. Keep the one that is in use.`,
    );
  }
  for (const item of strays) {
    const place = item.vpc
      ? ` in ${item.vpc}, which is not this stack's VPC`
      : ", beside the one in the state";
    lines.push(`${styleText("yellow", "stray")}  ${item.type} ${item.name} ${item.id}${place}`);
    lines.push(`       ${styleText("dim", removal(item))}`);
  }
  if (isUnclear(adopted)) {
    lines.push(
      `\nNothing was written for ${where}, and an apply now would make it worse. Delete what should not be, then run this again.`,
    );
  } else if (imports.length === 0)
    lines.push(`Nothing to adopt for ${where}: its state knows all that exists.`);
  else {
    lines.push(
      `\n${imports.length} import blocks for ${where} are in ${path.join(directory, ADOPT_FILE)}. Next: the apply (bin/catalog deploy, or terraform apply; then delete that file).`,
    );
  }
  return lines.join("\n");
}
