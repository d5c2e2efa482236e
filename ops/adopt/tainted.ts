import type { JsonObject } from "../../local/terraform-json/index.ts";
import { KEPT } from "../audit/plan.ts";
import type { Import } from "./import-blocks.ts";
import { NAME_ARGUMENT, type PlanJson } from "./names.ts";

/**
 * What a failed apply left tainted and the next must not replace. What serves customers or holds data: the service of a first
 * version that did not start, the distribution of an apply that was interrupted; the audit would refuse the plan. And what the
 * plan would replace by making the new one first, under a name that AWS gives once: a parameter group, say. No apply can
 * succeed so. And a security group, whichever goes first: AWS deletes none that a network interface is in. What such a resource
 * lacks can be set in place, once it is tainted no more.
 *
 * @param plan `terraform show -json` of a plan
 */
export function irreplaceable(plan: JsonObject): Import[] {
  return ((plan as unknown as PlanJson).resource_changes ?? [])
    .filter(
      ({ type, action_reason, change }) =>
        action_reason === "replace_because_tainted" &&
        (KEPT.has(type) ||
          type === "aws_security_group" ||
          (change.actions[0] === "create" && type in NAME_ARGUMENT)),
    )
    .map(({ address, change }) => ({ to: address, id: String(change.before?.id ?? "") }));
}
