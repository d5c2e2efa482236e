/** By which dimensions CloudWatch keeps what each part of the stack emits. */
import type { Dimensions } from "./emitted.ts";
import type { ServiceBlueprint } from "./service.ts";
import type { Stack } from "./stack.ts";

export type PartDimensions = Readonly<
  Record<"edge" | "balancer" | "targets" | "writer" | "reader", Dimensions>
>;

export const dimensionsOfService = ({ cluster, name }: ServiceBlueprint): Dimensions => ({
  ClusterName: cluster.name,
  ServiceName: name,
});

/** @param addresses of the resources that the preview runs */
export function readDimensions(
  stack: Stack,
  addresses: { edge: string; balancer: string; targetGroup: string },
): PartDimensions {
  const attribute = (address: string, name: string) =>
    String(stack.blocks.find((block) => block.address === address)!.attribute(name));
  const balancer = { LoadBalancer: attribute(addresses.balancer, "arn_suffix") };
  const cluster = {
    DBClusterIdentifier: String(stack.only("aws_rds_cluster").attribute("cluster_identifier")),
  };
  return {
    edge: { DistributionId: attribute(addresses.edge, "id"), Region: "Global" },
    balancer,
    targets: { ...balancer, TargetGroup: attribute(addresses.targetGroup, "arn_suffix") },
    writer: { ...cluster, Role: "WRITER" },
    reader: { ...cluster, Role: "READER" },
  };
}
