/**
 * After an apply that was killed, or whose connection broke at the wrong moment, there are resources that AWS has and
 * the state does not know: Terraform stores the state at most every 20 s, and not at all once it is dead. The next apply
 * would fail on what has a unique name, and make a second one of what has not (a VPC, an address, a NAT gateway), the
 * first one costing money unseen. Here the plan's intended creations are matched with what exists, by type and name, and
 * written as `import` blocks, which the next apply carries out.
 */

import type { JsonObject } from "../../local/terraform-json/index.ts";
import type { Item } from "../inventory/item.ts";
import type { Import } from "./import-blocks.ts";
import { namer, type PlanJson } from "./names.ts";

export interface Adoption {
  /** The environment that the plan is of. */
  readonly suffix: string;
  /** What an apply can take over. To be carried out only when nothing below is left to decide. */
  readonly imports: readonly Import[];
  /** Addresses with more than one match, and the ids: a person has to decide. */
  readonly ambiguous: readonly { readonly to: string; readonly ids: readonly string[] }[];
  /**
   * What bears a name of this stack and cannot become part of it: it stands in a VPC that is not the state's, or it is a
   * second one of what the state has already. It has to be deleted.
   */
  readonly strays: readonly Item[];
}

/** Whether a person has to act before the next apply. */
export const isUnclear = ({ ambiguous, strays }: Pick<Adoption, "ambiguous" | "strays">): boolean =>
  ambiguous.length > 0 || strays.length > 0;

/** What writing again does not harm: AWS overwrites it or finds it as it should be. */
const OVERWRITTEN = new Set([
  "aws_appautoscaling_policy",
  "aws_appautoscaling_scheduled_action",
  "aws_appautoscaling_target",
  "aws_cloudwatch_dashboard",
  "aws_cloudwatch_event_rule",
  "aws_cloudwatch_event_target",
  "aws_cloudwatch_log_resource_policy",
  "aws_cloudwatch_metric_alarm",
  "aws_sns_topic",
  "aws_sns_topic_policy",
]);

/** What may exist twice under one name: known by its `Name` tag, and by an id that the state has too. */
const CAN_EXIST_TWICE = new Set([
  "aws_cloudfront_distribution",
  "aws_eip",
  "aws_flow_log",
  "aws_internet_gateway",
  "aws_nat_gateway",
  "aws_route_table",
  "aws_subnet",
  "aws_vpc",
  "aws_vpc_endpoint",
]);

/** @param plan `terraform show -json` of a plan; @param items what exists in the account */
export function findAdoptable(plan: JsonObject, items: readonly Item[]): Adoption {
  const json = plan as unknown as PlanJson;
  const nameOf = namer(json);
  const known = idsInState(json);
  const managed = (json.resource_changes ?? []).filter(
    ({ mode, type }) => mode === "managed" && !OVERWRITTEN.has(type),
  );
  /** What exists under the name of an address, and is in no state. */
  const namesakes = ({ address, type }: { address: string; type: string }): Item[] => {
    const name = nameOf(address);
    return items.filter(
      (item) =>
        item.type === type && item.name !== "" && item.name === name && !known.has(`${type} ${item.id}`),
    );
  };
  const isCreated = ({ change }: (typeof managed)[number]) => change.actions.join() === "create";
  const home = homeOf(
    json,
    managed
      .filter(isCreated)
      .filter(({ type }) => type === "aws_vpc")
      .flatMap(namesakes),
  );

  const imports: Import[] = [];
  const ambiguous: { to: string; ids: string[] }[] = [];
  const strays: Item[] = [];
  for (const resource of managed) {
    const { address: to, type } = resource;
    const found = namesakes(resource);
    if (!isCreated(resource)) {
      if (CAN_EXIST_TWICE.has(type)) strays.push(...found);
      continue;
    }
    if (home === "unclear" && found.some(({ vpc }) => vpc)) continue; // decided when the VPC is
    const isForeign = ({ vpc }: Item) => vpc !== undefined && vpc !== home;
    strays.push(...found.filter(isForeign));
    const ids = found.filter((item) => !isForeign(item)).map(({ id }) => id);
    // Of several revisions of a task definition the newest is the one that counts.
    if (ids.length === 1 || type === "aws_ecs_task_definition")
      imports.push(...ids.slice(-1).map((id) => ({ to, id })));
    else if (ids.length > 1) ambiguous.push({ to, ids });
  }
  return { suffix: suffixOf(json), imports, ambiguous, strays };
}

/**
 * The VPC that the stack has or will take over; undefined when the next apply makes a new one, in which nothing that
 * exists can stand.
 */
function homeOf(
  { prior_state: state }: PlanJson,
  candidates: readonly Item[],
): string | "unclear" | undefined {
  const inState = state?.values?.root_module.resources?.find(
    ({ mode, type }) => mode === "managed" && type === "aws_vpc",
  );
  if (inState) return String(inState.values.id);
  return candidates.length > 1 ? "unclear" : candidates[0]?.id;
}

/** The suffix, as the name of the stack's cluster ends with it; empty when there is none. */
function suffixOf({ planned_values: planned }: PlanJson): string {
  const cluster = planned.root_module.resources?.find(({ address }) =>
    address.startsWith("aws_ecs_cluster."),
  );
  return String(cluster?.values.name ?? "").replace(/^cluster-/, "");
}

/** What the state knows already, so that a namesake beside it is not taken for it. */
function idsInState({ prior_state: state }: PlanJson): Set<string> {
  const resources = state?.values?.root_module.resources ?? [];
  return new Set(
    resources
      .filter(({ mode }) => mode === "managed")
      .flatMap(({ type, values }) => [`${type} ${values.id}`, `${type} ${values.arn}`]),
  );
}
