/** RDS (awsQuery): engine versions, and an Aurora cluster's description. */
import { isOk, parameters, withBody, xmlResponse } from "../call.ts";
import type { Correction } from "./correction.ts";

/**
 * Aurora PostgreSQL versions that eu-north-1 offers, as AWS's release calendar lists them. 15.3 is absent there, which
 * is what the stack's choice at plan time guards against.
 */
const AURORA_POSTGRESQL = [
  "15.10",
  "15.12",
  "15.13",
  "16.4",
  "16.6",
  "16.8",
  "16.9",
  "16.10",
  "16.11",
  "16.13",
  "17.4",
  "17.5",
];

const DEFAULT_VERSION = "16.8";

export const rds: Correction[] = [
  {
    // moto does not know the operation and answers 500.
    service: "rds",
    operations: ["DescribeDBEngineVersions"],
    async answer(call) {
      const asked = parameters(call);
      const version = asked.get("EngineVersion");
      const family = asked.get("DBParameterGroupFamily");
      const chosen =
        asked.get("Engine") === "aurora-postgresql"
          ? AURORA_POSTGRESQL.filter(
              (candidate) =>
                (version === null || candidate === version || candidate.startsWith(`${version}.`)) &&
                (family === null || familyOf(candidate) === family) &&
                (asked.get("DefaultOnly") !== "true" || candidate === DEFAULT_VERSION),
            )
          : [];
      return xmlResponse(
        `<DescribeDBEngineVersionsResponse xmlns="http://rds.amazonaws.com/doc/2014-10-31/"><DescribeDBEngineVersionsResult><DBEngineVersions>${chosen
          .map(engineVersion)
          .join("")}</DBEngineVersions></DescribeDBEngineVersionsResult></DescribeDBEngineVersionsResponse>`,
      );
    },
  },
  {
    // moto reports the scaling of Aurora Serverless v1 for a cluster of the engine mode `provisioned`, which has none.
    service: "rds",
    operations: ["CreateDBCluster", "DescribeDBClusters", "ModifyDBCluster"],
    async answer(_, forward) {
      const answer = await forward();
      return withBody(
        answer,
        answer.body.toString().replaceAll(/<DBCluster>[\s\S]*?<\/DBCluster>/g, withoutServerless),
      );
    },
  },
  {
    // AWS deletes a cluster's automatic backups with it unless told otherwise; moto keeps their snapshots.
    service: "rds",
    operations: ["DeleteDBCluster"],
    async answer(call, forward) {
      const answer = await forward();
      const sent = parameters(call);
      const cluster = sent.get("DBClusterIdentifier");
      if (!isOk(answer) || !cluster || sent.get("DeleteAutomatedBackups") === "false") return answer;
      const ask = (input: Record<string, string>) =>
        forward({
          ...call,
          body: Buffer.from(new URLSearchParams({ Version: "2014-10-31", ...input }).toString()),
        });
      const found = await ask({ Action: "DescribeDBClusterSnapshots", DBClusterIdentifier: cluster });
      const ids = /<DBClusterSnapshotIdentifier>(rds:[^<]+)</g;
      for (const [, id = ""] of found.body.toString().matchAll(ids)) {
        await ask({ Action: "DeleteDBClusterSnapshot", DBClusterSnapshotIdentifier: id });
      }
      return answer;
    },
  },
  {
    // moto's certificate authority is called `rds-ca-default`, which AWS never reports: a configuration that names the
    // authority would modify and reboot every instance after creating it.
    service: "rds",
    operations: ["CreateDBInstance", "DescribeDBInstances", "ModifyDBInstance"],
    async answer(_, forward) {
      const answer = await forward();
      return withBody(answer, answer.body.toString().replaceAll("rds-ca-default", "rds-ca-rsa2048-g1"));
    },
  },
];

const withoutServerless = (cluster: string): string =>
  cluster.includes("<EngineMode>provisioned<")
    ? cluster.replace(/<ScalingConfigurationInfo(?:\/>|>[\s\S]*?<\/ScalingConfigurationInfo>)/, "")
    : cluster;

const familyOf = (version: string): string => `aurora-postgresql${version.split(".")[0]}`;

function engineVersion(version: string): string {
  return `<DBEngineVersion><Engine>aurora-postgresql</Engine><EngineVersion>${version}</EngineVersion><DBParameterGroupFamily>${familyOf(version)}</DBParameterGroupFamily><DBEngineDescription>Aurora PostgreSQL</DBEngineDescription><DBEngineVersionDescription>Aurora PostgreSQL (Compatible with PostgreSQL ${version})</DBEngineVersionDescription><Status>available</Status><SupportedEngineModes><member>provisioned</member></SupportedEngineModes><ExportableLogTypes><member>postgresql</member></ExportableLogTypes><SupportsLogExportsToCloudwatchLogs>true</SupportsLogExportsToCloudwatchLogs></DBEngineVersion>`;
}
