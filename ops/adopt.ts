#!/usr/bin/env node
/** `npm run adopt`: after a killed apply, finds what AWS has and the state does not know. */
import { existsSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { parseArgs, styleText } from "node:util";
import { paginateDescribeSecurityGroupRules, RevokeSecurityGroupEgressCommand } from "@aws-sdk/client-ec2";
import { type Adoption, findAdoptable, importBlocks } from "./adoption.ts";
import { type Aws, awsClients } from "./aws.ts";
import { inventory } from "./inventory/index.ts";
import { all } from "./inventory/item.ts";
import { Terraform } from "./terraform.ts";
import type { JsonObject } from "./terraform-json.ts";
import { findTerraform } from "./tools.ts";

const HELP = `Usage: npm run adopt [-- --directory cdktf.out/stacks/TapStack] [--json]

For after an apply that was killed (not merely interrupted) or cut off from AWS: plans, looks in the account for what the
plan would create but exists already under the same name, and writes import blocks to adopt.tf.json beside the stack.
The next \`terraform apply\` takes those resources over; delete adopt.tf.json after it. Changes one thing in AWS: it revokes
the default egress rule of a security group whose making was cut short.

The directory must be initialised (terraform init) and unlocked (terraform force-unlock ID, if the killed run held the lock).

Options:
  --directory  folder of the synthesised stack (default: cdktf.out/stacks/TapStack)
  --json       print what was found as JSON
  --help       print this help`;

const FILE = "adopt.tf.json";

/** What was found, and what was closed. */
export interface Adopted extends Adoption {
  /** Rules of AWS's default egress that were revoked. */
  readonly closed: readonly string[];
}

/** Plans in a folder, writes the import blocks there, and finishes security groups that were half made. */
export async function adopt(terraform: Terraform, directory: string, aws: Aws): Promise<Adopted> {
  const file = path.join(directory, FILE);
  const planFile = path.join(directory, "adopt.tfplan");
  await rm(file, { force: true });
  try {
    await terraform.plan(planFile);
    const plan = JSON.parse(await terraform.show(planFile)) as JsonObject;
    const adoption = findAdoptable(plan, await inventory(aws));
    if (adoption.imports.length > 0) await writeFile(file, importBlocks(adoption.imports));
    const groups = adoption.imports
      .filter(({ to }) => to.startsWith("aws_security_group."))
      .map(({ id }) => id);
    return { ...adoption, closed: await revokeDefaultEgress(aws, groups) };
  } finally {
    await rm(planFile, { force: true });
  }
}

/**
 * AWS gives each new security group a rule that lets everything out, and the provider revokes it in a second call. A run
 * that was killed between the two leaves the group open; an import does not look at rules, and would leave it so for ever.
 */
async function revokeDefaultEgress({ ec2 }: Aws, groups: readonly string[]): Promise<string[]> {
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

function report({ imports, ambiguous, closed }: Adopted, directory: string): void {
  for (const { to, id } of imports)
    console.log(`${styleText("green", "adopt")}  ${to}  ${styleText("dim", id)}`);
  for (const rule of closed) {
    console.log(
      `${styleText("green", "close")}  ${rule}: AWS's default egress, which the killed apply had not yet revoked`,
    );
  }
  for (const { to, ids } of ambiguous) {
    console.log(
      `${styleText("yellow", "choose")} ${to} exists ${ids.length} times: ${ids.join(", ")}. Delete all but one, and run this again.`,
    );
  }
  if (imports.length === 0) console.log("Nothing to adopt: the state knows all that exists.");
  else
    console.log(
      `\n${imports.length} import blocks are in ${path.join(directory, FILE)}. Next: terraform apply, then delete that file.`,
    );
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      directory: { type: "string", default: path.join("cdktf.out", "stacks", "TapStack") },
      json: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) {
    console.log(HELP);
    return;
  }
  if (!existsSync(path.join(values.directory, ".terraform"))) {
    throw new Error(
      `'${values.directory}' is not an initialised Terraform folder: run terraform init there, or give another --directory.`,
    );
  }
  const { terraform: executable } = findTerraform();
  const terraform = new Terraform({ executable, folder: values.directory, environment: process.env });
  if (!values.json)
    console.error(styleText("dim", "Listing what exists, and planning …", { stream: process.stderr }));
  const adoption = await adopt(terraform, path.resolve(values.directory), awsClients());
  if (values.json) console.log(JSON.stringify(adoption));
  else report(adoption, values.directory);
  if (adoption.ambiguous.length > 0) process.exitCode = 1;
}

if (import.meta.main) {
  main().catch((error: Error) => {
    console.error(styleText("red", `adopt: ${error.message}`, { stream: process.stderr }));
    process.exitCode = 1;
  });
}
