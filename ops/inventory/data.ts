import {
  paginateDescribeDBClusterParameterGroups,
  paginateDescribeDBClusterSnapshots,
  paginateDescribeDBClusters,
  paginateDescribeDBInstances,
  paginateDescribeDBSubnetGroups,
} from "@aws-sdk/client-rds";
import { ListBucketsCommand } from "@aws-sdk/client-s3";
import { paginateListSecrets } from "@aws-sdk/client-secrets-manager";
import type { Aws } from "../aws.ts";
import { all, type Item } from "./item.ts";

const named =
  (type: string) =>
  (name: string | undefined): Item => ({ type, id: name ?? "", name: name ?? "" });

/** Aurora clusters, instances, groups, and snapshots that a deleted cluster left. */
export async function databases({ rds }: Pick<Aws, "rds">): Promise<Item[]> {
  const config = { client: rds };
  const [clusters, instances, subnetGroups, parameterGroups, snapshots] = await Promise.all([
    all(paginateDescribeDBClusters(config, {}), (page) => page.DBClusters),
    all(paginateDescribeDBInstances(config, {}), (page) => page.DBInstances),
    all(paginateDescribeDBSubnetGroups(config, {}), (page) => page.DBSubnetGroups),
    all(paginateDescribeDBClusterParameterGroups(config, {}), (page) => page.DBClusterParameterGroups),
    all(paginateDescribeDBClusterSnapshots(config, {}), (page) => page.DBClusterSnapshots),
  ]);
  const vpcOf = new Map(subnetGroups.map(({ DBSubnetGroupName, VpcId }) => [DBSubnetGroupName, VpcId]));
  return [
    ...clusters.map(({ DBClusterIdentifier, DBSubnetGroup }) => ({
      ...named("aws_rds_cluster")(DBClusterIdentifier),
      vpc: vpcOf.get(DBSubnetGroup),
    })),
    ...instances.map(({ DBInstanceIdentifier, DBSubnetGroup }) => ({
      ...named("aws_rds_cluster_instance")(DBInstanceIdentifier),
      vpc: DBSubnetGroup?.VpcId ?? vpcOf.get(DBSubnetGroup?.DBSubnetGroupName),
    })),
    ...subnetGroups.map(({ DBSubnetGroupName = "", VpcId: vpc }) => ({
      type: "aws_db_subnet_group",
      id: DBSubnetGroupName,
      name: DBSubnetGroupName,
      vpc,
    })),
    ...parameterGroups
      .map((group) => group.DBClusterParameterGroupName)
      .filter((name) => !name?.startsWith("default."))
      .map(named("aws_rds_cluster_parameter_group")),
    ...snapshots
      .map((snapshot) => snapshot.DBClusterSnapshotIdentifier)
      .map(named("aws_db_cluster_snapshot")),
  ];
}

/** Secrets, also those that wait to be deleted: their names are taken until then. */
export async function secrets({ secrets: client }: Pick<Aws, "secrets">): Promise<Item[]> {
  const found = await all(
    paginateListSecrets({ client }, { IncludePlannedDeletion: true }),
    (page) => page.SecretList,
  );
  return found.map(({ ARN = "", Name = "" }) => ({ type: "aws_secretsmanager_secret", id: ARN, name: Name }));
}

export async function buckets({ s3 }: Pick<Aws, "s3">): Promise<Item[]> {
  const { Buckets = [] } = await s3.send(new ListBucketsCommand({}));
  return Buckets.map(({ Name }) => Name).map(named("aws_s3_bucket"));
}
