/** Whether the database can be had: its version, its class, and the data that it begins with. */
import {
  DescribeDBClusterSnapshotsCommand,
  paginateDescribeDBEngineVersions,
  paginateDescribeOrderableDBInstanceOptions,
} from "@aws-sdk/client-rds";
import { isSupportedVersion } from "../audit/database.ts";
import { all } from "../inventory/item.ts";
import { clusterOf } from "../rds.ts";
import { type Check, type Context, codeOf, type Finding, fail, pass } from "./finding.ts";

export const aurora: Check = async ({ aws, config }) => {
  const data = config.blocks.find(({ mode, type }) => mode === "data" && type === "aws_rds_engine_version");
  const preferred = (data?.all("preferred_versions") ?? []).map(String);
  const engine = "aurora-postgresql";
  const offered = await all(
    paginateDescribeDBEngineVersions({ client: aws.rds }, { Engine: engine }),
    (page) => page.DBEngineVersions,
  );
  const versions = offered.map(({ EngineVersion = "" }) => EngineVersion);
  const chosen = preferred.find((version) => versions.includes(version));
  if (!chosen) {
    const newer = versions.filter(isSupportedVersion).slice(-4).join(", ");
    return [
      fail(
        "Aurora version",
        `none of ${preferred.join(", ")} is offered in the region`,
        newer ? `add one of ${newer} to lib/catalog/database.ts` : "choose another region",
      ),
    ];
  }
  const classes = [
    ...new Set(config.of("aws_rds_cluster_instance").map((each) => String(each.get("instance_class")))),
  ];
  const findings = await Promise.all(classes.map((name) => orderable(aws, chosen, name)));
  return [pass("Aurora version", `${chosen} is offered`), ...findings];
};

async function orderable(
  { rds }: Context["aws"],
  EngineVersion: string,
  DBInstanceClass: string,
): Promise<Finding> {
  const what = `database class ${DBInstanceClass}`;
  const options = await all(
    paginateDescribeOrderableDBInstanceOptions(
      { client: rds },
      { Engine: "aurora-postgresql", EngineVersion, DBInstanceClass },
    ),
    (page) => page.OrderableDBInstanceOptions,
  );
  const zones = new Set(
    options.flatMap(({ AvailabilityZones = [] }) => AvailabilityZones.map(({ Name }) => Name)),
  );
  if (zones.size >= 2) return pass(what, `can be ordered in ${[...zones].join(", ")}`);
  return fail(
    what,
    zones.size === 0
      ? `cannot be ordered for ${EngineVersion}`
      : `can be ordered in ${[...zones].join()} alone; two zones are needed`,
    "set another DATABASE_INSTANCE_CLASS: aws rds describe-orderable-db-instance-options --engine aurora-postgresql",
  );
}

/** Of a new environment; one that stands keeps the data that it has. */
export const snapshot: Check = async ({ aws: { rds }, settings }) => {
  const what = "database snapshot";
  const { suffix, values } = settings;
  const { DATABASE_SNAPSHOT: name, DATABASE_ENGINE_VERSION: version } = values;
  if (!name) return [];
  if (await clusterOf(rds, `aurora-${suffix}`))
    return [pass(what, `aurora-${suffix} stands, and takes no notice of ${name}`)];
  const list =
    "aws rds describe-db-cluster-snapshots --query 'DBClusterSnapshots[].DBClusterSnapshotIdentifier'";
  try {
    const { DBClusterSnapshots: [found] = [] } = await rds.send(
      new DescribeDBClusterSnapshotsCommand({ DBClusterSnapshotIdentifier: name }),
    );
    if (!found) return [fail(what, `${name} is not there`, `set DATABASE_SNAPSHOT to one of: ${list}`)];
    if (found.Status !== "available")
      return [fail(what, `${name} is ${found.Status}`, "wait until it is available")];
    // The cluster would be in clear as well, and the next plan would replace it by an encrypted one.
    if (!found.StorageEncrypted)
      return [
        fail(
          what,
          `${name} is not encrypted`,
          `set DATABASE_SNAPSHOT to a copy that is: aws rds copy-db-cluster-snapshot --source-db-cluster-snapshot-identifier ${name} --target-db-cluster-snapshot-identifier ${name.split(":").at(-1)}-encrypted --kms-key-id alias/aws/rds`,
        ),
      ];
    if (majorOf(found.EngineVersion) !== majorOf(version ?? DEFAULT_MAJOR))
      return [
        fail(
          what,
          `${name} is of ${found.EngineVersion}, the environment would be of ${version ?? DEFAULT_MAJOR}`,
          `set DATABASE_ENGINE_VERSION=${found.EngineVersion}`,
        ),
      ];
    return [pass(what, `${name}, of ${found.EngineVersion}`)];
  } catch (error) {
    if (codeOf(error) !== "DBClusterSnapshotNotFoundFault") throw error;
    return [fail(what, `${name} is not there`, `set DATABASE_SNAPSHOT to one of: ${list}`)];
  }
};

/** What a new environment is made with when no version is asked for. */
const DEFAULT_MAJOR = "16";

const majorOf = (version = ""): string => version.split(".")[0] ?? "";
