import type { Block, Configuration, Json } from "../../local/terraform-json/index.ts";
import { statementsOf } from "./iam.ts";
import { each, type Rule, rule } from "./rule.ts";

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
