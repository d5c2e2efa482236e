import type { Construct } from "constructs";
import { DataAwsEc2ManagedPrefixList } from "./bindings.cjs";

/** The id of a prefix list that AWS or the account manages, looked up by name when planning. */
export function prefixListId(scope: Construct, id: string, name: string): string {
  return new DataAwsEc2ManagedPrefixList(scope, id, { name }).id;
}
