import type { JsonObject } from "../../local/terraform-json/index.ts";
import { isFinishedInPlace } from "../audit/plan.ts";
import type { Item } from "../inventory/item.ts";
import { Plan, type PlannedResource } from "../plan-json.ts";
import type { Terraform } from "../terraform.ts";
import type { Import } from "./import-blocks.ts";

/** What a failed apply left tainted, and the audit would not let the next one replace. */
export interface HalfMade {
  /** What it lacks, the next apply sets: a plan shows it, once the resource is tainted no more. */
  readonly untaint: readonly Import[];
  /**
   * Databases. One that is restored from a snapshot gets its password last, and of a write-only password the state has nothing but
   * the version that was asked for: no plan would show that it was never sent. An import has no version, so that the apply sends it.
   */
  readonly importAgain: readonly Import[];
  /** NAT gateways that failed, which AWS deletes by itself within the hour: they are made anew. */
  readonly forget: readonly Import[];
}

/** @param plan `terraform show -json` of a plan; @param items what exists in the account */
export function halfMade(plan: JsonObject, items: readonly Item[]): HalfMade {
  const kindOf = ({ type, before }: PlannedResource): keyof HalfMade => {
    if (type === "aws_rds_cluster") return "importAgain";
    const isThere = items.some((item) => item.type === type && item.id === before.id);
    return type === "aws_nat_gateway" && !isThere ? "forget" : "untaint";
  };
  const found = Object.groupBy(new Plan(plan).resources.filter(isFinishedInPlace), kindOf);
  const importsOf = (resources: readonly PlannedResource[] = []) =>
    resources.map(({ address, before }) => ({ to: address, id: String(before.id ?? "") }));
  return {
    untaint: importsOf(found.untaint),
    importAgain: importsOf(found.importAgain),
    forget: importsOf(found.forget),
  };
}

/** Readies the state for the apply that finishes them; the caller has it import what is imported again. @returns all of them */
export async function readyToFinish(
  terraform: Pick<Terraform, "forget" | "untaint">,
  { untaint, importAgain, forget }: HalfMade,
): Promise<Import[]> {
  // A kill in between loses nothing: what is in no state is found by its name, and imported.
  for (const { to } of [...importAgain, ...forget]) await terraform.forget(to);
  for (const { to } of untaint) await terraform.untaint(to);
  return [...untaint, ...importAgain, ...forget];
}
