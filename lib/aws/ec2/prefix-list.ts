import type { Construct } from "constructs";
import * as aws from "../bindings.ts";

/** The id of a prefix list that AWS or the account manages, looked up by name when planning. */
export function prefixListId(scope: Construct, id: string, name: string): string {
  return new aws.DataAwsEc2ManagedPrefixList(scope, id, { name }).id;
}
