/** What is left of an environment: by name, by tag, and by the network that it stands in. */

import { DeleteLogGroupCommand } from "@aws-sdk/client-cloudwatch-logs";
import { DeregisterTaskDefinitionCommand } from "@aws-sdk/client-ecs";
import { CLOUDFRONT_REGION } from "../../local/regions.ts";
import type { Aws } from "../aws.ts";
import { inventory } from "../inventory/inventory.ts";
import type { Item } from "../inventory/item.ts";
import { type IsNameOf, namesOf } from "./names.ts";
import { taggedItems, unlisted } from "./tagged.ts";

export interface Leftovers {
  readonly suffix: string;
  readonly left: readonly Item[];
  /** What the commands made to outlive the environment: its data, and the role that deploys it. */
  readonly kept: readonly Item[];
  readonly removed: readonly Item[];
}

export interface AuditOptions {
  /** Remove what may go without asking; nothing does while anything else is left. @default false */
  readonly clean?: boolean | undefined;
}

/** Lists what is left of an environment, and with `clean` removes what may go without asking. */
export async function auditLeftovers(
  aws: Aws,
  suffix: string,
  { clean = false }: AuditOptions = {},
): Promise<Leftovers> {
  const found = await findLeftovers(aws, suffix);
  const kept = found.filter(isKept);
  const left = found.filter((item) => !isKept(item));
  const removed = clean && left.every(isRemnant) ? await removeHarmless(aws, left) : [];
  return { suffix, left: left.filter((item) => !removed.includes(item)), kept, removed };
}

/** Snapshots of `destroy --keep-data`, and the two roles of `bootstrap --github`; all bear the environment's name. */
export const isKept = ({ type, name }: Item): boolean =>
  (type === "aws_db_cluster_snapshot" && name.startsWith("snapshot-")) ||
  (type === "aws_iam_role" && /^role-(github|plan)-/.test(name));

/** All that exists of the environment `suffix`: the inventory's items in its order, then what is known by its tags alone. */
export async function findLeftovers(aws: Aws, suffix: string): Promise<Item[]> {
  const [items, tagged, isNameOf] = await Promise.all([
    inventory(aws),
    taggedItems(aws, suffix),
    namesOf(suffix),
  ]);
  return leftovers([...items, ...unlisted(tagged, items)], isNameOf);
}

/** @param items the inventory of the account */
export function leftovers(items: readonly Item[], isNameOf: IsNameOf): Item[] {
  const named = (item: Item) => {
    const { name, type } = ownerOf(item);
    return isNameOf(name, type);
  };
  const vpcs = new Set(items.filter((item) => item.type === "aws_vpc" && named(item)).map(({ id }) => id));
  // What somebody else has put into the environment's VPC keeps it from going.
  return items.filter((item) => named(item) || (item.vpc !== undefined && vpcs.has(item.vpc)));
}

/** What says whose an item is: its own name, or that of what it belongs to. */
function ownerOf({ type, id, name, parent = id }: Item): { name: string; type: string | undefined } {
  const first = name.split(" ")[0]!;
  switch (type) {
    // A service's name is unique in its cluster alone: `service-api-fallback-a` is one of `a` and one of `fallback-a`.
    case "aws_ecs_service":
      return { type: "aws_ecs_cluster", name: id.split("/")[0]! };
    case "aws_appautoscaling_target":
    case "aws_appautoscaling_policy":
    case "aws_appautoscaling_scheduled_action": // of `service/cluster-dev/service-api-dev`
      return { type: "aws_ecs_cluster", name: parent.split("/")[1] ?? "" };
    case "aws_lb_listener":
    case "aws_lb_listener_rule": // `alb-dev 80 1`
      return { type: "aws_lb", name: first };
    case "aws_route": // `route-table-private-1-dev 0.0.0.0/0`
      return { type: "aws_route_table", name: first };
    case "aws_route_table_association":
      return { type: "aws_subnet", name };
    // What target tracking watches, Application Auto Scaling makes alarms of its own for, named after the service.
    case "aws_cloudwatch_metric_alarm": {
      const watched = /^TargetTracking-service\/([^/]+)\/.+-Alarm(?:High|Low)-[\da-f-]{36}$/.exec(name);
      return watched ? { type: "aws_ecs_cluster", name: watched[1]! } : { type, name };
    }
    // RDS names a cluster's automatic snapshots after it.
    case "aws_db_cluster_snapshot": {
      const cluster = /^rds:(.+)-\d{4}(?:-\d\d){4}$/.exec(name);
      return cluster ? { type: "aws_rds_cluster", name: cluster[1]! } : { type, name };
    }
    default:
      return { type: type.startsWith("aws_") ? type : undefined, name };
  }
}

/** What an environment leaves behind when it goes. Beside anything else a log is still written, or still needed. */
const REMNANTS = ["aws_cloudwatch_log_group", "aws_ecs_task_definition", "aws_db_cluster_snapshot"];

const isRemnant = ({ type }: Item): boolean => REMNANTS.includes(type);

/** Removes what may go without asking: log groups that AWS wrote anew, and task definitions that nothing runs. */
async function removeHarmless(aws: Aws, items: readonly Item[]): Promise<Item[]> {
  const removed: Item[] = [];
  for (const item of items) {
    if (item.type === "aws_cloudwatch_log_group") {
      const client = item.region === CLOUDFRONT_REGION ? aws.edgeLogs : aws.logs;
      await client.send(new DeleteLogGroupCommand({ logGroupName: item.id }));
    } else if (item.type === "aws_ecs_task_definition") {
      await aws.ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition: item.id }));
    } else continue;
    removed.push(item);
  }
  return removed;
}
