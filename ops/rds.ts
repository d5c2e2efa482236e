/** What RDS has by a name: for it, what is not there is an error. */
import {
  type DBCluster,
  type DBInstance,
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
} from "@aws-sdk/client-rds";
import type { Aws } from "./aws.ts";

/** Undefined when there is none. */
export async function clusterOf(
  rds: Aws["rds"],
  DBClusterIdentifier: string,
): Promise<DBCluster | undefined> {
  try {
    const { DBClusters = [] } = await rds.send(new DescribeDBClustersCommand({ DBClusterIdentifier }));
    return DBClusters[0];
  } catch (error) {
    if ((error as Error).name !== "DBClusterNotFoundFault") throw error;
    return undefined;
  }
}

/** Undefined when there is none. */
export async function instanceOf(
  rds: Aws["rds"],
  DBInstanceIdentifier: string,
): Promise<DBInstance | undefined> {
  try {
    const { DBInstances = [] } = await rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier }));
    return DBInstances[0];
  } catch (error) {
    if (!/^DBInstanceNotFound/.test((error as Error).name)) throw error;
    return undefined;
  }
}
