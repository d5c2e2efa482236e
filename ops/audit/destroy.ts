import type { Configuration, Leaf } from "../../local/terraform-json/index.ts";
import { timetable } from "../estimate/time.ts";
import { each, type Rule, rule } from "./rule.ts";

/** Types that AWS refuses to delete while something is in them, and the argument that empties them first. */
const EMPTIED_BY: Readonly<Record<string, string>> = {
  aws_s3_bucket: "force_destroy",
  aws_cloudwatch_event_rule: "force_destroy",
  aws_cloudwatch_event_target: "force_destroy",
  aws_ecr_repository: "force_delete",
  aws_iam_user: "force_destroy",
  aws_athena_workgroup: "force_destroy",
  aws_backup_vault: "force_destroy",
  aws_route53_zone: "force_destroy",
};
/** Types that take a final snapshot unless told not to. */
const SNAPSHOT_TYPES =
  /^aws_(rds_cluster|db_instance|docdb_cluster|neptune_cluster|redshift_cluster|elasticache_\w+)$/;
/** Switches by which a resource refuses to go, on any resource. */
const PROTECTION =
  /deletion_protection|termination_protection|disable_api_termination|disable_api_stop|^prevent_destroy$/;
/** Switches by which a resource stays behind, on any resource. */
const RETENTION = /^(skip_destroy|retain_on_delete|retain_on_destroy|object_lock_enabled|removed_block)$/;
const RETAINING_POLICY = /^(deletion_policy|removal_policy|deletion_mode)$/;

/** Violations for each scalar of any resource that `bad` finds; `//` and unknown arguments included. */
const nowhere = (config: Configuration, bad: (leaf: Leaf) => boolean, change: string) =>
  config.resources.flatMap((block) =>
    block
      .leaves()
      .filter(bad)
      .map(({ path, value }) => ({ address: block.address, message: `${path} is ${value}: ${change}` })),
  );

/** Nothing may block a destroy, and nothing may survive it. */
export const destroy: readonly Rule[] = [
  rule({
    id: "no-deletion-protection",
    source: "Technical Requirements",
    words: "All resources must be destroyable (no deletion protection)",
    check: (config) =>
      nowhere(
        config,
        ({ argument, value }) => PROTECTION.test(argument) && value !== false && value !== null,
        "set it to false or remove it.",
      ),
  }),
  rule({
    id: "nothing-retained",
    source: "Technical Requirements; Constraints",
    words: "All resources must be destroyable (no Retain policies)",
    check: (config) =>
      nowhere(
        config,
        ({ argument, value }) =>
          (RETENTION.test(argument) && value !== false && value !== null) ||
          (RETAINING_POLICY.test(argument) && /retain|abandon/i.test(String(value))),
        "remove it, or it stays behind.",
      ),
  }),
  rule({
    id: "no-final-snapshot",
    source: "Technical Requirements",
    words: "All resources must be destroyable: no final snapshot is demanded",
    check: (config) =>
      each(
        config.resources.filter(({ type }) => SNAPSHOT_TYPES.test(type)),
        (block) =>
          block.get("skip_final_snapshot") === true && block.get("final_snapshot_identifier") === undefined,
        "Set skip_final_snapshot to true and remove final_snapshot_identifier.",
      ),
  }),
  rule({
    id: "backups-go-too",
    source: "Technical Requirements",
    words: "no retention policies: automated backups go with the cluster",
    check: (config) =>
      nowhere(
        config,
        ({ argument, value }) => argument === "delete_automated_backups" && value !== true,
        "set it to true.",
      ),
  }),
  rule({
    id: "emptied-on-destroy",
    source: "Technical Requirements",
    words: "All resources must be destroyable: what holds objects is emptied",
    check: (config) =>
      each(
        config.resources.filter(({ type }) => type in EMPTIED_BY),
        (block) => block.get(EMPTIED_BY[block.type]!) === true,
        (block) => `Set ${EMPTIED_BY[block.type]} to true.`,
      ),
  }),
  rule({
    id: "no-kms-keys",
    source: "KMS API reference, ScheduleKeyDeletion",
    words: "no KMS keys: the shortest wait before one is deleted is 7 days",
    check: (config) =>
      each(
        config.resources,
        ({ type }) => !/^aws_kms_(external_|replica_)?(replica_external_)?key$/.test(type),
        "Use the service's own encryption instead.",
      ),
  }),
  rule({
    id: "deploys-in-15-minutes",
    source: "Technical Requirements",
    words: "Stack deployment must complete within 15 minutes",
    check: deploysInTime,
  }),
];

const BUDGET_SECONDS = 15 * 60;

/** The longest chain of waits, each as long as others' usually was; `catalog estimate` prints the longest, with its sources. */
function deploysInTime(config: Configuration) {
  return timetable(config, "create")
    .bars.filter(({ end }) => end >= BUDGET_SECONDS)
    .map(({ address, end }) => ({
      address,
      message: `Comes up after ${Math.round(end / 60)} minutes: let it wait for less.`,
    }));
}
