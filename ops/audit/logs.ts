import type { Configuration } from "../../local/terraform-json/index.ts";
import { containers } from "./container.ts";
import { each, type Rule, rule } from "./rule.ts";

const groups = (config: Configuration) => config.of("aws_cloudwatch_log_group");

const DELIVERED_TO = "delivery_destination_configuration.destination_resource_arn";

/** Where a resource says which log group it writes to. ECS and RDS write to groups that are named after them. */
export const LOG_WRITERS: readonly [type: string, path: string][] = [
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
    id: "log-group-for-each",
    source: "Core Requirements, 7",
    words: "each component has a log group of its own: what writes to it is in its name, or refers to it",
    check: (config) =>
      each(
        groups(config),
        (group) => {
          const name = config.resolve(group.get("name"));
          const writers = LOG_WRITERS.filter(
            ([type, path]) => config.referrers(type, path, group).length > 0,
          );
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
