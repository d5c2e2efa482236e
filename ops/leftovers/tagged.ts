/** What bears the project's tags, of whatever service: it finds what the inventory has no list for. */

import { paginateGetResources } from "@aws-sdk/client-resource-groups-tagging-api";
import { CLOUDFRONT_REGION } from "../../local/regions.ts";
import type { Aws } from "../aws.ts";
import { all, type Item, nameTag } from "../inventory/item.ts";

/** The tag that everything of the project bears, as a filter. */
export const PROJECT = { Key: "Project", Values: ["catalog-api"] };

/**
 * What bears the project's tag, and no other environment's: its ARN is its id. Environments of the first release bear no
 * `Suffix`, so that only the name tells whose such an item is. Its type is AWS's service, since an ARN tells no type of
 * Terraform's.
 *
 * @param suffix of the environment. @default every environment's are told
 */
export async function taggedItems(
  aws: Pick<Aws, "tagging" | "edgeTagging">,
  suffix?: string,
): Promise<Item[]> {
  const of = async (client: Aws["tagging"], region?: string): Promise<Item[]> => {
    const found = await all(
      paginateGetResources({ client }, { TagFilters: [PROJECT] }),
      (page) => page.ResourceTagMappingList,
    );
    const foreign = (tags: (typeof found)[number]["Tags"]) =>
      tags?.some(({ Key, Value }) => Key === "Suffix" && suffix !== undefined && Value !== suffix);
    return found
      .filter(({ Tags }) => !foreign(Tags))
      .map(({ ResourceARN = "", Tags }) => ({
        type: ResourceARN.split(":").slice(2, 3).join(),
        id: ResourceARN,
        name: nameTag(Tags),
        region,
      }));
  };
  return (await Promise.all([of(aws.tagging), of(aws.edgeTagging, CLOUDFRONT_REGION)])).flat();
}

/** Those that are not among `items`, whose ids are ARNs or the last part of one. */
export function unlisted(tagged: readonly Item[], items: readonly Item[]): Item[] {
  const ids = new Set(items.map(({ id }) => id));
  const isListed = (arn: string) => {
    const [, , service, , , ...rest] = arn.split(":");
    const resource = rest.join(":");
    return [arn, resource, ...tails(resource)].some((id) => ids.has(id)) || isGone(service ?? "", resource);
  };
  return tagged.filter(({ id }) => !isListed(id));
}

/** `loadbalancer/app/x`, `app/x`, `x`; and what follows a colon: `log-group:/aws/x`, `secret:x`. */
function tails(resource: string): string[] {
  const starts = [...resource.matchAll(/[/:]/g)].map(({ index }) => index + 1);
  return starts.map((start) => resource.slice(start));
}

/** AWS keeps telling the tags of what is deleted: task definitions for good, gateways and tasks for an hour. */
const isGone = (service: string, resource: string): boolean =>
  (service === "ecs" && /^(?:task-definition|service|task|cluster)\//.test(resource)) ||
  (service === "ec2" && /^(?:natgateway|vpc-endpoint)\//.test(resource));
