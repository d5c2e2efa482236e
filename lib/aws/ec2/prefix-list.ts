import { DataAwsEc2ManagedPrefixList } from "@cdktn/provider-aws/lib/data-aws-ec2-managed-prefix-list/index.js";
import type { Construct } from "constructs";

/** The id of a prefix list that AWS or the account manages, looked up by name when planning. */
export function prefixListId(scope: Construct, id: string, name: string): string {
  return new DataAwsEc2ManagedPrefixList(scope, id, { name }).id;
}
