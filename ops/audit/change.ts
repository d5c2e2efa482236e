import type { Block, Configuration, Json } from "../../local/terraform-json/index.ts";
import type { PlannedResource } from "../plan-json.ts";
import { statementsOf } from "./iam.ts";
import { each, planRule, type Rule, rule, type Violation } from "./rule.ts";

/** What a live environment keeps using until something else has moved on: a replacement is made before it goes. */
const REPLACED_FIRST = [
  ...["aws_lb_listener", "aws_lb_listener_certificate", "aws_lb_listener_rule"],
  ...["aws_nat_gateway", "aws_eip", "aws_wafv2_web_acl"],
  ...["aws_secretsmanager_secret", "aws_secretsmanager_secret_version"],
  ...["aws_ecs_task_definition", "aws_rds_cluster_parameter_group"],
];

/** Grants that follow a setting (a secret's version, a repository), and so may be taken from tasks that still need them. */
const TURNING_GRANTS = ["secretsmanager:GetSecretValue", "ecr:BatchGetImage"];

/** Whatever an operator changes on a live environment: nothing in use goes before what takes its place. */
export const change: readonly Rule[] = [
  rule({
    id: "rollback-fails-apply",
    source: "hashicorp/terraform-provider-aws#20858",
    words:
      "a deployment that ECS has rolled back is a failed apply: the old revision is stable, and is not the new one",
    check: (config) =>
      each(
        config.of("aws_ecs_service"),
        (service) =>
          service
            .all("lifecycle.postcondition.condition")
            .some((condition) => comparesRevisions(config, service, condition)),
        "Add a lifecycle postcondition: self.task_definition is the ARN of the task definition that was planned.",
      ),
  }),
  rule({
    id: "replaced-before-destroyed",
    source: "Terraform, the lifecycle meta-argument",
    words: "what customers or running tasks use is replaced before it is destroyed",
    check: (config) =>
      each(
        [...config.of(...REPLACED_FIRST), ...admissions(config), ...turningPolicies(config)],
        (block) => block.get("lifecycle.create_before_destroy") === true,
        "Set lifecycle.create_before_destroy to true.",
      ),
  }),
  rule({
    id: "own-policy-for-what-turns",
    source: "ECS developer guide, Task execution IAM role",
    words:
      "tasks of the revision before can be started, with their secrets and image, until the service has moved",
    check: (config) =>
      each(
        turningPolicies(config),
        (policy) => statementsOf(policy, "policy").length === 1,
        "Give the grant a policy of its own, named by what it grants: in a policy of several it would change in place.",
      ),
  }),
  rule({
    id: "listener-replaced-by-port",
    source: "Elastic Load Balancing API reference, ModifyListener",
    words: "another port is another listener, beside the old one until the edge has moved",
    check: (config) =>
      each(
        config.of("aws_lb_listener"),
        (listener) =>
          listener
            .all("lifecycle.replace_triggered_by")
            .some((trigger) => /^aws_vpc_security_group_ingress_rule\.\w+\.from_port$/.test(String(trigger))),
        "Set lifecycle.replace_triggered_by to the from_port of the rule that admits CloudFront.",
      ),
  }),
  rule({
    id: "edge-after-admission",
    source: "Core Requirements, 6",
    words: "the edge moves to a port only once CloudFront is admitted there, and the old rule goes after it",
    check: (config) =>
      config.of("aws_cloudfront_distribution").flatMap((distribution) =>
        admissions(config)
          .filter((admission) => !config.waitsFor(distribution, admission))
          .map(({ address }) => ({
            address: distribution.address,
            message: `Add ${address} to its depends_on.`,
          })),
      ),
  }),
  rule({
    id: "version-moves-by-setting",
    source: "Aurora PostgreSQL Version Compatibility",
    words: "the database is upgraded when a setting asks, not when a region offers another version",
    check: (config) =>
      each(
        config.of("aws_rds_cluster"),
        (cluster) =>
          cluster.get("allow_major_version_upgrade") === true ||
          cluster.all("lifecycle.ignore_changes").includes("engine_version"),
        'Add "engine_version" to lifecycle.ignore_changes, unless DATABASE_ENGINE_VERSION asks for a version.',
      ),
  }),
  rule({
    id: "snapshot-counts-once",
    source: "Terraform AWS provider, aws_rds_cluster: snapshot_identifier forces a new resource",
    words: "the snapshot that a database was made from is no reason to make it anew",
    check: (config) =>
      each(
        config.of("aws_rds_cluster"),
        (cluster) => cluster.all("lifecycle.ignore_changes").includes("snapshot_identifier"),
        'Add "snapshot_identifier" to lifecycle.ignore_changes.',
      ),
  }),
  rule({
    id: "zones-by-name",
    source: "EC2 API reference, DescribeAvailabilityZones",
    words: "a zone that AWS withdraws or adds moves nothing: subnets name their zones",
    check: (config) =>
      each(
        config.of("aws_subnet"),
        (subnet) => /^[a-z]{2}(-[a-z]+)+-\d[a-z]$/.test(String(subnet.get("availability_zone"))),
        "Name the zone, as eu-north-1a, instead of taking it from a list.",
      ),
  }),
  rule({
    id: "maximum-not-scheduled",
    source: "Application Auto Scaling API reference, PutScheduledAction",
    words: "only the minimum belongs to the schedules: a raised MAX_TASKS takes effect at once",
    check: (config) => [
      ...each(
        config.of("aws_appautoscaling_scheduled_action"),
        (action) => action.get("scalable_target_action.max_capacity") === undefined,
        "Leave max_capacity out: the schedule would take a raised one back.",
      ),
      ...each(
        config.of("aws_appautoscaling_target"),
        (target) => !target.all("lifecycle.ignore_changes").includes("max_capacity"),
        'Take "max_capacity" out of lifecycle.ignore_changes.',
      ),
    ],
  }),
];

/** `self.task_definition == <the service's own task definition>.arn`, and not the reverse of it. */
function comparesRevisions(config: Configuration, service: Block, condition: Json): boolean {
  const [task] = config.targets(service.get("task_definition"), "aws_ecs_task_definition");
  const sides = /^\$\{\(?(\S+) == (\S+?)\)?\}$/.exec(String(condition))?.slice(1) ?? [];
  return (
    task !== undefined &&
    ["self.task_definition", `${task.address}.arn`].every((side) => sides.includes(side))
  );
}

/** The rules by which a prefix list gets in. */
const admissions = (config: Configuration) =>
  config.of("aws_vpc_security_group_ingress_rule").filter((each) => each.get("prefix_list_id") !== undefined);

const turningPolicies = (config: Configuration) =>
  config
    .of("aws_iam_role_policy")
    .filter((policy) =>
      TURNING_GRANTS.some((action) => String(policy.get("policy")).includes(`"${action}"`)),
    );

const isUpdate = ({ actions }: PlannedResource) => actions.join() === "update";
const changed = ({ before, values }: PlannedResource, argument: string) =>
  values[argument] !== undefined && before[argument] !== undefined && before[argument] !== values[argument];

/** What a plan of a live environment may not do at once. */
export const planChange: readonly Rule[] = [
  planRule({
    id: "plan-one-member",
    source: "Aurora user guide, Modifying a DB instance in a cluster",
    words: "one member of the database cluster restarts in an apply, so that the other takes over",
    check: (plan) => {
      const restarted = plan
        .of("aws_rds_cluster_instance")
        .filter((each) => isUpdate(each) && changed(each, "instance_class"));
      return restarted.length < 2
        ? []
        : restarted.map(({ address }) => ({
            address,
            message:
              "All members would restart together, about ten minutes without a database. Set DATABASE_READER_INSTANCE_CLASS to the new class and DATABASE_INSTANCE_CLASS to the old one, apply, then raise DATABASE_INSTANCE_CLASS.",
          }));
    },
  }),
  planRule({
    id: "plan-secret-by-one",
    source: "Success Criteria",
    words:
      "a secret's version rises by one: the version before is what is in use until everybody has the new one",
    check: (plan) => {
      const secrets = plan.of("aws_secretsmanager_secret");
      return secrets.flatMap((each) => skippedVersion(each, secrets));
    },
  }),
  planRule({
    id: "plan-secret-not-lowered",
    source: "Success Criteria",
    words: "a secret's version only rises: an earlier one would be made anew, with a value that nobody has",
    check: (plan) => {
      const secrets = plan.of("aws_secretsmanager_secret");
      const newest = (names: readonly (Json | undefined)[], what: string) =>
        Math.max(
          0,
          ...names.flatMap((name) => (versionOf(name)?.what === what ? versionOf(name)!.version : [])),
        );
      const before = secrets.map((each) => each.before.name);
      const after = secrets
        .filter(({ actions }) => actions.join() !== "delete")
        .map(({ values }) => values.name);
      return secrets.flatMap(({ address, values }) => {
        const next = versionOf(values.name);
        if (!next) return [];
        const [was, will] = [newest(before, next.what), newest(after, next.what)];
        return will === next.version && will < was
          ? [
              {
                address,
                message: `Version ${will} would follow ${was}: set it to ${was}, or to ${was + 1} for a new value.`,
              },
            ]
          : [];
      });
    },
  }),
  planRule({
    id: "plan-database-not-lowered",
    source: "Aurora user guide, Upgrading the PostgreSQL DB engine",
    words: "the database's version only rises: AWS takes none back, and says so in the middle of an apply",
    check: (plan) =>
      plan
        .of("aws_rds_cluster")
        .filter((each) => isUpdate(each) && changed(each, "engine_version"))
        .filter(({ before, values }) => isBelow(String(values.engine_version), String(before.engine_version)))
        .map(({ address, before, values }) => ({
          address,
          message: `It runs ${before.engine_version}, and ${values.engine_version} is older: set DATABASE_ENGINE_VERSION to ${before.engine_version} or later, or restore a snapshot of that time.`,
        })),
  }),
  planRule({
    id: "plan-live-minimum",
    source: "Application Auto Scaling API reference, RegisterScalableTarget",
    words: "the maximum of tasks is not below the minimum that a schedule has set on the live environment",
    check: (plan) =>
      plan
        .of("aws_appautoscaling_target")
        .filter(({ values }) => Number(values.min_capacity) > Number(values.max_capacity))
        .map(({ address, values }) => ({
          address,
          message: `A schedule keeps ${values.min_capacity} tasks at least, above ${values.max_capacity}: wait for the schedule that lowers it, or raise MAX_TASKS.`,
        })),
  }),
  planRule({
    id: "plan-database-family",
    source: "Aurora user guide, Working with parameter groups",
    words: "the parameter group is of the cluster's major version",
    check: (plan) => {
      const majors = plan
        .of("aws_rds_cluster_parameter_group")
        .map(({ values }) => String(values.family).replace(/\D+/, ""));
      return plan
        .of("aws_rds_cluster")
        .filter(({ values }) => values.engine_version !== undefined)
        .filter(({ values }) => !majors.includes(String(values.engine_version).split(".")[0]!))
        .map(({ address, values }) => ({
          address,
          message: `It runs ${values.engine_version}: set DATABASE_ENGINE_VERSION to that, or to a later version.`,
        }));
    },
    exceptions: (plan) =>
      plan
        .of("aws_rds_cluster")
        .filter((each) => isUpdate(each) && changed(each, "engine_version"))
        .map(({ address, before, values }) => ({
          address,
          message: `will be upgraded from ${before.engine_version} to ${values.engine_version}: every member restarts`,
        })),
  }),
];

/** Whether a version, as `16.8`, comes before another. */
function isBelow(version: string, other: string): boolean {
  const [[major = 0, minor = 0], [otherMajor = 0, otherMinor = 0]] = [version, other].map((text) =>
    text.split(".").map(Number),
  ) as [number[], number[]];
  return major < otherMajor || (major === otherMajor && minor < otherMinor);
}

/** `origin-token-dev-v3` → what is versioned, and the version. */
function versionOf(name: Json | undefined): { what: string; version: number } | undefined {
  const match = /^(.+)-v(\d+)$/.exec(String(name));
  return match ? { what: match[1]!, version: Number(match[2]) } : undefined;
}

function skippedVersion(secret: PlannedResource, all: readonly PlannedResource[]): Violation[] {
  const next = secret.actions.includes("create") ? versionOf(secret.values.name) : undefined;
  if (!next) return [];
  const existing = all
    .map(({ before }) => versionOf(before.name))
    .filter((each) => each?.what === next.what)
    .map((each) => each!.version);
  const newest = Math.max(...existing);
  return existing.length === 0 || next.version <= newest + 1
    ? []
    : [
        {
          address: secret.address,
          message: `Version ${next.version} would follow ${newest}: raise the version by one, apply, and so on.`,
        },
      ];
}
