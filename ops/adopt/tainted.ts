import type { JsonObject } from "../../local/terraform-json/index.ts";
import { isFinishedInPlace } from "../audit/plan.ts";
import { Plan } from "../plan-json.ts";
import type { Import } from "./import-blocks.ts";

/**
 * What a failed apply left tainted, and the audit would not let the next one replace.
 *
 * @param plan `terraform show -json` of a plan
 */
export const irreplaceable = (plan: JsonObject): Import[] =>
  new Plan(plan).resources
    .filter(isFinishedInPlace)
    .map(({ address, before }) => ({ to: address, id: String(before.id ?? "") }));
