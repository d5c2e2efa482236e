/** What exists in the account, over all services that the stack uses. */
import type { Aws } from "../aws.ts";
import { containers, loadBalancing, scaling } from "./compute.ts";
import { buckets, databases, secrets } from "./data.ts";
import type { Item } from "./item.ts";
import { network } from "./network.ts";
import { alarms, distributions, eventRules, logs, roles } from "./observability.ts";

const LISTS = [
  network,
  containers,
  loadBalancing,
  scaling,
  databases,
  secrets,
  buckets,
  logs,
  alarms,
  eventRules,
  distributions,
  roles,
];

/** All resources of the account and its two regions, sorted by type and name, whoever made them. */
export async function inventory(aws: Aws): Promise<Item[]> {
  const items = (await Promise.all(LISTS.map((list) => list(aws)))).flat();
  return items.sort(
    (a, b) => a.type.localeCompare(b.type) || a.name.localeCompare(b.name) || a.id.localeCompare(b.id),
  );
}
