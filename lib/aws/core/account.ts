import type { IConstruct } from "constructs";
import * as aws from "../bindings.ts";
import { Stack } from "./stack.ts";

/** The id of the account that is deployed to (12 digits), known when planning. */
export function accountId(scope: IConstruct): string {
  return Stack.of(scope).getOrCreate("Account", (stack, id) => new aws.DataAwsCallerIdentity(stack, id))
    .accountId;
}

/** `aws`, or the partition of China or GovCloud. */
export function partition(scope: IConstruct): string {
  return Stack.of(scope).getOrCreate("Partition", (stack, id) => new aws.DataAwsPartition(stack, id))
    .partition;
}

/** The ARN of a resource of this account and region. */
export function arn(scope: IConstruct, service: string, resource: string, region?: string): string {
  return `arn:${partition(scope)}:${service}:${region ?? Stack.of(scope).region}:${accountId(scope)}:${resource}`;
}
