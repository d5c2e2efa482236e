import type { Block, Configuration } from "../../local/terraform-json/index.ts";
import { containers } from "./container.ts";
import { statementsOf } from "./iam.ts";
import { demand, each, type Rule, rule } from "./rule.ts";

const groups = (config: Configuration) => config.of("aws_cloudwatch_log_group");
const buckets = (config: Configuration) => config.of("aws_s3_bucket");
const lifecycles = (config: Configuration) => config.of("aws_s3_bucket_lifecycle_configuration");

const DELIVERED_TO = "delivery_destination_configuration.destination_resource_arn";

/** Where a resource says which log group it writes to. ECS and RDS write to groups that are named after them. */
const WRITERS: readonly [type: string, path: string][] = [
  ["aws_ecs_task_definition", "container_definitions"],
  [
    "aws_ecs_cluster",
    "configuration.execute_command_configuration.log_configuration.cloud_watch_log_group_name",
  ],
  ["aws_flow_log", "log_destination"],
  ["aws_cloudwatch_event_target", "arn"],
  ["aws_cloudwatch_log_delivery_destination", DELIVERED_TO],
  ["aws_wafv2_web_acl_logging_configuration", "log_destination_configs"],
];

const groupNamed = (config: Configuration, name: string) =>
  groups(config).some((group) => config.resolve(group.get("name")) === name);

/** A bucket has a resource of this type that holds. */
const bucketHas = (config: Configuration, type: string, holds: (block: Block) => boolean, message: string) =>
  each(buckets(config), (bucket) => config.referrers(type, "bucket", bucket).some(holds), message);

/** What is written down, for how long, and who can read it. */
export const logs: readonly Rule[] = [
  rule({
    id: "task-logs",
    source: "Core Requirements, 7",
    words: "CloudWatch logging for all components: the API's tasks",
    check: (config) =>
      each(
        config.of("aws_ecs_task_definition"),
        (task) =>
          containers(task).every(({ logConfiguration }) => {
            const { logDriver, options } = (logConfiguration ?? {}) as {
              logDriver?: string;
              options?: Record<string, string>;
            };
            return (
              logDriver === "awslogs" &&
              config.targets(options?.["awslogs-group"], "aws_cloudwatch_log_group").length === 1
            );
          }),
        "Give each container a logConfiguration with awslogs and a log group of this stack.",
      ),
  }),
  rule({
    id: "cluster-logs",
    source: "Core Requirements, 7",
    words: "CloudWatch logging for all components: the ECS cluster",
    check: (config) =>
      each(
        config.of("aws_ecs_cluster"),
        (cluster) =>
          cluster
            .blocks("setting")
            .some(({ name, value }) => name === "containerInsights" && value !== "disabled") &&
          groupNamed(config, `/aws/ecs/containerinsights/${config.resolve(cluster.get("name"))}/performance`),
        "Switch containerInsights on and make its log group, /aws/ecs/containerinsights/<name>/performance.",
      ),
  }),
  rule({
    id: "database-logs",
    source: "Core Requirements, 7",
    words: "CloudWatch logging for all components: the database",
    check: (config) =>
      each(
        config.of("aws_rds_cluster"),
        (cluster) =>
          cluster.all("enabled_cloudwatch_logs_exports").includes("postgresql") &&
          groupNamed(
            config,
            `/aws/rds/cluster/${config.resolve(cluster.get("cluster_identifier"))}/postgresql`,
          ),
        "Export postgresql and make its log group, /aws/rds/cluster/<identifier>/postgresql.",
      ),
  }),
  rule({
    id: "network-logs",
    source: "Core Requirements, 7",
    words: "CloudWatch logging for all components: the network",
    check: (config) =>
      each(
        config.of("aws_vpc"),
        (vpc) =>
          config
            .referrers("aws_flow_log", "vpc_id", vpc)
            .some(
              (flow) => config.targets(flow.get("log_destination"), "aws_cloudwatch_log_group").length === 1,
            ),
        "Add a flow log of the VPC into a log group.",
      ),
  }),
  rule({
    id: "edge-logs",
    source: "Core Requirements, 7",
    words: "CloudWatch logging for all components: the edge",
    check: (config) =>
      each(
        config.of("aws_cloudfront_distribution"),
        (distribution) =>
          config
            .referrers("aws_cloudwatch_log_delivery_source", "resource_arn", distribution)
            .flatMap((source) =>
              config.referrers("aws_cloudwatch_log_delivery", "delivery_source_name", source),
            )
            .flatMap((delivery) => config.targets(delivery.get("delivery_destination_arn")))
            .flatMap((destination) => config.targets([...destination.all(DELIVERED_TO)]))
            .some(
              (group) =>
                config.referrers("aws_cloudwatch_log_resource_policy", "policy_document", group).length > 0,
            ),
        "Deliver its access logs into a log group that admits them: a source, a destination, a delivery, a resource policy.",
      ),
  }),
  rule({
    id: "edge-log-fields",
    source: "CloudFront developer guide, Standard logging v2",
    words:
      "the edge's log has what is asked of it, and no cookie: each line is paid for, cached requests too",
    check: (config) =>
      each(
        config.of("aws_cloudwatch_log_delivery"),
        (delivery) => {
          const fields = delivery.all("record_fields");
          const asked = config
            .of("aws_cloudwatch_query_definition")
            .filter((query) => query.get("provider") === delivery.get("provider"))
            .flatMap((query) => [...String(query.get("query_string")).matchAll(/`([^`]+)`/g)])
            .map(([, field]) => field!);
          return (
            ["date", "time", ...asked].every((field) => fields.includes(field)) &&
            !fields.includes("cs(Cookie)")
          );
        },
        "Set record_fields to date, time, what the saved queries ask for, and what else is worth its price; never cs(Cookie).",
      ),
  }),
  rule({
    id: "balancer-logs",
    source: "Core Requirements, 7",
    words: "S3 log buckets: the load balancer's access logs",
    check: (config) =>
      each(
        config.of("aws_lb"),
        (balancer) =>
          balancer.get("access_logs.enabled") === true &&
          config.targets(balancer.get("access_logs.bucket"), "aws_s3_bucket").length === 1,
        "Set access_logs with enabled true and the log bucket.",
      ),
  }),
  rule({
    id: "log-retention",
    source: "Core Requirements, 7",
    words:
      "logs are kept for 30 days, or for as long as LOG_RETENTION_DAYS says; never for ever, and all alike",
    check: (config) =>
      each(
        groups(config),
        (group) =>
          group.number("retention_in_days") >= 30 &&
          group.number("retention_in_days") === groups(config)[0]!.number("retention_in_days"),
        "Set retention_in_days to 30 or more, as for the other groups.",
      ),
  }),
  rule({
    id: "bucket-lifecycle",
    source: "Core Requirements, 7; Constraints",
    words: "S3 log buckets: 30-day lifecycle policy",
    check: (config) => [
      ...demand(buckets(config).length > 0, "aws_s3_bucket", "There is no log bucket: add one."),
      ...bucketHas(
        config,
        "aws_s3_bucket_lifecycle_configuration",
        (lifecycle) =>
          lifecycle
            .blocks("rule")
            .some(
              (each) =>
                each.status === "Enabled" &&
                [each.expiration].flat().some((it) => isObject(it) && it.days === 30),
            ),
        "Give it a lifecycle configuration with an enabled rule that expires objects after 30 days.",
      ),
    ],
  }),
  rule({
    id: "lifecycle-filter",
    source: "S3 Lifecycle Configuration; Common Deployment Failures, 5",
    words: "Every lifecycle rule MUST include either filter or prefix parameter",
    check: (config) =>
      each(
        lifecycles(config),
        (lifecycle) =>
          lifecycle
            .blocks("rule")
            .every(({ filter, prefix }) => filter !== undefined || prefix !== undefined),
        'Give each rule a filter: [{"prefix": ""}] is all objects.',
      ),
  }),
  rule({
    id: "bucket-private",
    source: "Security Hub, S3.8",
    words: "log buckets block public access",
    check: (config) =>
      bucketHas(
        config,
        "aws_s3_bucket_public_access_block",
        ({ body }) =>
          ["block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"].every(
            (each) => body[each] === true,
          ),
        "Give it a public access block with all four switches on.",
      ),
  }),
  rule({
    id: "bucket-acls-off",
    source: "Security Hub, S3.12",
    words: "log buckets have no ACLs",
    check: (config) =>
      bucketHas(
        config,
        "aws_s3_bucket_ownership_controls",
        (controls) => controls.get("rule.object_ownership") === "BucketOwnerEnforced",
        "Give it ownership controls with BucketOwnerEnforced.",
      ),
  }),
  rule({
    id: "bucket-encrypted",
    source: "Load balancer user guide, Access logs",
    words: "log buckets are encrypted with S3's own key, the only one that load balancers can write with",
    check: (config) =>
      bucketHas(
        config,
        "aws_s3_bucket_server_side_encryption_configuration",
        (encryption) =>
          encryption.get("rule.apply_server_side_encryption_by_default.sse_algorithm") === "AES256",
        "Give it a server-side encryption configuration with AES256.",
      ),
  }),
  rule({
    id: "bucket-tls",
    source: "Security Hub, S3.5",
    words: "log buckets refuse requests without TLS",
    check: (config) =>
      bucketHas(
        config,
        "aws_s3_bucket_policy",
        (policy) =>
          statementsOf(policy, "policy").some(
            ({ Effect, Principal, Condition }) =>
              Effect === "Deny" &&
              Principal === "*" &&
              JSON.stringify(Condition ?? null) === '{"Bool":{"aws:SecureTransport":"false"}}',
          ),
        "Deny everything in its policy when aws:SecureTransport is false.",
      ),
  }),
  rule({
    id: "balancer-may-write",
    source: "Load balancer user guide, Access logs",
    words:
      "the log bucket admits logdelivery.elasticloadbalancing.amazonaws.com, under this account's prefix",
    check: (config) =>
      config.of("aws_lb").flatMap((balancer) =>
        config.targets(balancer.get("access_logs.bucket"), "aws_s3_bucket").flatMap((bucket) =>
          each(
            config.referrers("aws_s3_bucket_policy", "bucket", bucket),
            (policy) =>
              statementsOf(policy, "policy").some((statement) => {
                const text = JSON.stringify(statement);
                return (
                  statement.Effect === "Allow" &&
                  text.includes('"logdelivery.elasticloadbalancing.amazonaws.com"') &&
                  text.includes(`/${balancer.get("access_logs.prefix")}/AWSLogs/`)
                );
              }),
            "Allow the service s3:PutObject on <bucket>/<prefix>/AWSLogs/<account>/*.",
          ),
        ),
      ),
  }),
  rule({
    id: "log-group-for-each",
    source: "Core Requirements, 7",
    words: "each component has a log group of its own: what writes to it is in its name, or refers to it",
    check: (config) =>
      each(
        groups(config),
        (group) => {
          const name = config.resolve(group.get("name"));
          const writers = WRITERS.filter(([type, path]) => config.referrers(type, path, group).length > 0);
          const byName = config.of("aws_ecs_cluster", "aws_rds_cluster").some((block) => {
            const own = config.resolve(block.get("name") ?? block.get("cluster_identifier"));
            return name.split("/").includes(own);
          });
          return writers.length + Number(byName) === 1;
        },
        "Let exactly one component write to it.",
      ),
  }),
];

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;
