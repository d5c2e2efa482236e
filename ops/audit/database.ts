import type { Block, Configuration } from "../../local/terraform-json/index.ts";
import { demand, each, type Rule, rule } from "./rule.ts";

const clusters = (config: Configuration) => config.of("aws_rds_cluster");
const instances = (config: Configuration) => config.of("aws_rds_cluster_instance");

/** Whether a full version such as `16.8` is 16.4 or later. */
export function isSupportedVersion(version: string): boolean {
  const match = /^(\d+)\.(\d+)(?:\.\d+)?$/.exec(version);
  if (!match) return false;
  const [major, minor] = [Number(match[1]), Number(match[2])];
  return major > 16 || (major === 16 && minor >= 4);
}

/** Behind the first, which may be the long-term release, the newer comes before the older. */
const isNewestFirst = ([, ...others]: readonly string[]) =>
  others.every(
    (version, index) =>
      index === 0 || Number(version.split(".")[1]) < Number(others[index - 1]!.split(".")[1]),
  );

/** The versions that a cluster can come up with: a literal, or the preferences of the data source that chooses. */
function possibleVersions(config: Configuration, cluster: Block): string[] {
  const chosen = config.targets(cluster.get("engine_version"), "aws_rds_engine_version");
  return chosen.length
    ? chosen.flatMap((source) => source.all("preferred_versions").map(String))
    : [String(cluster.get("engine_version") ?? "")];
}

/**
 * Families that Aurora PostgreSQL 16 runs on, with their sizes but the small ones (Aurora user guide, "Hardware specifications for
 * DB instance classes for Aurora"). Of newer generations than these the sizes that there have been are taken.
 */
const CLASSES: readonly RegExp[] = [
  /^db\.t(3|4g)\.(medium|large)$/,
  /^db\.r5\.(large|([248]|12|16|24)?xlarge)$/,
  /^db\.(r6g|r7g|x2g)\.(large|([248]|12|16)?xlarge)$/,
  /^db\.r6gd\.([248]|12|16)?xlarge$/,
  /^db\.r6i\.(large|([248]|12|16|24|32)?xlarge)$/,
  /^db\.r6id\.(24|32)xlarge$/,
  /^db\.(r7i|r8gd?)\.(large|([248]|12|16|24|48)?xlarge)$/,
  /^db\.(r(8i|9|\d\d)|x[4-9])[a-z]*\.(large|([248]|12|16|24|32|48)?xlarge)$/,
];
const isKnownClass = (instanceClass: unknown) => CLASSES.some((family) => family.test(String(instanceClass)));

/** Aurora PostgreSQL. */
export const database: readonly Rule[] = [
  rule({
    id: "aurora-postgresql",
    source: "Core Requirements, 3",
    words: "RDS Aurora PostgreSQL",
    check: (config) => [
      ...demand(clusters(config).length > 0, "aws_rds_cluster", "There is no Aurora cluster: add one."),
      ...each(
        clusters(config),
        (cluster) => cluster.get("engine") === "aurora-postgresql",
        'Set engine to "aurora-postgresql".',
      ),
    ],
  }),
  rule({
    id: "aurora-version",
    source: "Aurora PostgreSQL Version Compatibility; Common Deployment Failures, 2",
    words: "Aurora PostgreSQL 15.3 fails in eu-north-1, use 16.4 or later",
    check: (config) =>
      each(
        clusters(config),
        (cluster) => {
          const versions = possibleVersions(config, cluster);
          return versions.length > 0 && versions.every(isSupportedVersion) && isNewestFirst(versions);
        },
        (cluster) =>
          `Use version 16.4 or later, the long-term release or the newest first; possible here: ${possibleVersions(config, cluster).join(", ") || "any"}.`,
      ),
  }),
  rule({
    id: "aurora-version-verified",
    source: "Aurora PostgreSQL Version Compatibility",
    words: "Verify engine version availability in the target region before deployment",
    check: (config) =>
      each(
        clusters(config),
        (cluster) => config.targets(cluster.get("engine_version"), "aws_rds_engine_version").length > 0,
        "Take engine_version from data.aws_rds_engine_version, which asks the region while planning.",
      ),
  }),
  rule({
    id: "parameters-of-the-version",
    source: "Aurora user guide, Parameter groups",
    words: "the parameter group is of the major version that the cluster comes up with, whichever is chosen",
    check: (config) =>
      each(
        clusters(config),
        (cluster) => {
          const families = possibleVersions(config, cluster).map(
            (version) => `aurora-postgresql${version.split(".")[0]}`,
          );
          const groups = config.targets(
            cluster.get("db_cluster_parameter_group_name"),
            "aws_rds_cluster_parameter_group",
          );
          return groups.every((group) => families.every((family) => family === group.get("family")));
        },
        "Let the family of its parameter group, and every version that it may come up with, be of one major version.",
      ),
  }),
  rule({
    id: "instance-class",
    source: "Core Requirements, 3; Constraints",
    words: "RDS instance must use db.t3.medium class minimum",
    check: (config) =>
      each(
        instances(config),
        (instance) => isKnownClass(instance.get("instance_class")),
        (instance) =>
          `Use db.t3.medium or larger, of a family that Aurora PostgreSQL runs on, instead of ${instance.get("instance_class")}.`,
      ),
  }),
  rule({
    id: "automatic-backups",
    source: "Core Requirements, 3",
    words: "Automatic backups enabled",
    check: (config) =>
      each(
        clusters(config),
        (cluster) => cluster.number("backup_retention_period") >= 1,
        "Set backup_retention_period to 1 day or more.",
      ),
  }),
  rule({
    id: "database-failover",
    source: "Success Criteria",
    words: "Reliability: Multi-AZ deployment with automatic failover",
    check: (config) =>
      each(
        clusters(config),
        (cluster) => {
          const members = config.referrers("aws_rds_cluster_instance", "cluster_identifier", cluster);
          const zones = new Set(members.map((member) => member.get("availability_zone")));
          const tiers = members.map((member) => member.number("promotion_tier"));
          return (
            members.length >= 2 &&
            zones.size >= 2 &&
            !zones.has(undefined) &&
            // The writer, and so what the alarms and the order mean by it.
            members.every(
              (member) =>
                (member.number("promotion_tier") === 0) ===
                String(member.get("identifier")).includes("-writer-"),
            ) &&
            tiers.filter((tier) => tier === 0).length === 1 &&
            new Set(tiers).size === tiers.length
          );
        },
        "Give the cluster a writer, called so (promotion_tier 0), and a reader (1) in different availability zones.",
      ),
  }),
  rule({
    id: "database-in-its-zones",
    source: "Aurora user guide, Working with a DB cluster in a VPC",
    words: "each instance is in a zone in which the cluster has a subnet, else it cannot be made",
    check: (config) =>
      clusters(config).flatMap((cluster) => {
        const zones = config
          .targets(cluster.get("db_subnet_group_name"), "aws_db_subnet_group")
          .flatMap((group) => config.targets(group.all("subnet_ids"), "aws_subnet"))
          .map((subnet) => subnet.get("availability_zone"));
        return each(
          config.referrers("aws_rds_cluster_instance", "cluster_identifier", cluster),
          (member) => zones.includes(member.get("availability_zone")),
          "Set availability_zone to the zone of a subnet of the cluster's db_subnet_group.",
        );
      }),
  }),
  rule({
    id: "no-cluster-zones",
    source: "hashicorp/terraform-provider-aws#29149",
    words: "no availability_zones on the Aurora cluster: AWS adds a third, which forces a replacement",
    check: (config) =>
      each(
        clusters(config),
        (cluster) => cluster.get("availability_zones") === undefined,
        "Remove availability_zones; place the instances instead.",
      ),
  }),
  rule({
    id: "database-encrypted",
    source: "Success Criteria",
    words: "Security: the database is encrypted at rest",
    check: (config) =>
      each(
        clusters(config),
        (cluster) => cluster.get("storage_encrypted") === true,
        "Set storage_encrypted to true.",
      ),
  }),
  rule({
    id: "database-tls",
    source: "Aurora user guide, rds.force_ssl",
    words: "the database refuses connections without TLS",
    check: (config) =>
      each(
        clusters(config),
        (cluster) =>
          config
            .targets(cluster.get("db_cluster_parameter_group_name"), "aws_rds_cluster_parameter_group")
            .some((group) =>
              group
                .blocks("parameter")
                .some(({ name, value }) => name === "rds.force_ssl" && String(value) === "1"),
            ),
        "Set rds.force_ssl to 1 in the cluster's parameter group: it is 0 by default on Aurora.",
      ),
  }),
  rule({
    id: "no-extended-support",
    source: "Aurora user guide, Amazon RDS Extended Support",
    words:
      "extended support is never bought unasked; an environment that was made without the choice is not replaced for it",
    check: (config) =>
      each(
        config.of("aws_rds_cluster"),
        (cluster) =>
          cluster.get("engine_lifecycle_support") === "open-source-rds-extended-support-disabled" &&
          cluster.all("lifecycle.ignore_changes").includes("engine_lifecycle_support"),
        "Set engine_lifecycle_support to open-source-rds-extended-support-disabled, and ignore its changes.",
      ),
  }),
  rule({
    id: "no-minor-upgrades-by-aws",
    source: "aws_rds_cluster_instance, auto_minor_version_upgrade",
    words: "auto_minor_version_upgrade is set, so that no plan shows a downgrade",
    check: (config) =>
      each(
        instances(config),
        (instance) => instance.get("auto_minor_version_upgrade") === false,
        "Set auto_minor_version_upgrade to false: the plan decides on the version.",
      ),
  }),
];
