import { CLOUDFRONT_PROVIDER } from "../../local/regions.ts";
import type { Block, Configuration } from "../../local/terraform-json/index.ts";
import { essential, secretsOf } from "./container.ts";
import { isFallback } from "./fallback.ts";
import { LOG_WRITERS } from "./logs.ts";
import { environmentSuffix, NAMES, withAccount } from "./naming.ts";
import { publicSubnets } from "./network.ts";
import { type Rule, rule } from "./rule.ts";
import { secretReadBy } from "./secret-chain.ts";

/** A pattern of the name without the suffix. */
type Stem = string | ((config: Configuration, block: Block) => string);

/** The first of several uses that a block has, each by the type and the argument that refer to it. */
const byUse =
  (uses: readonly (readonly [type: string, path: string, stem: string])[], otherwise: string) =>
  (config: Configuration, block: Block): string =>
    uses.find(([type, path]) => config.referrers(type, path, block).length > 0)?.[2] ?? otherwise;

/** The first of several words that stand in an argument. */
const byWord =
  (argument: string, words: Readonly<Record<string, string>>, otherwise: string) =>
  (_: Configuration, block: Block): string =>
    Object.entries(words).find(([word]) => String(block.get(argument)).includes(word))?.[1] ?? otherwise;

const sideOf = (config: Configuration, subnet: Block | undefined) =>
  subnet !== undefined && publicSubnets(config).includes(subnet) ? "public" : "private";

const ruleStem = (direction: string) => (_: Configuration, block: Block) =>
  `security-group-(https-alb|alb|api|aurora)-${direction}-${block.get("from_port")}`;

/** What a secret holds, by who takes it. */
function secretStem(config: Configuration, secret: Block): string {
  const taken = config
    .of("aws_ecs_task_definition")
    .flatMap(essential)
    .flatMap((container) => [...secretsOf(container)])
    .filter(([, value]) => config.refersTo(value, secret))
    .map(([name]) => name);
  if (taken.length > 0) return taken.includes("DB_PASSWORD") ? "db-api-password" : "api-keys";
  const owners = config
    .of("aws_rds_cluster")
    .flatMap((cluster) => config.targets(cluster.get("master_password_wo")))
    .map((reader) => secretReadBy(config, reader));
  return owners.includes(secret) ? "db-password" : "origin-token";
}

function policyStem(_: Configuration, policy: Block): string {
  if (policy.get("policy_type") !== "StepScaling") return "scaling-policy-cpu";
  const first = policy.get("step_scaling_policy_configuration.step_adjustment.scaling_adjustment");
  return first === 0 ? "scaling-policy-spot-back" : "scaling-policy-spot-short";
}

/** What a role's policy lets it do. */
function grantStem(config: Configuration, policy: Block): string {
  const [secret] = config.targets(policy.get("policy"), "aws_secretsmanager_secret");
  if (secret) return `policy-read-${secretStem(config, secret)}-v\\d+`;
  return byWord(
    "policy",
    { "ecr:GetAuthorizationToken": "policy-pull-token", "ecr:BatchGetImage": "policy-pull-[0-9a-f]+" },
    "policy",
  )(config, policy);
}

/** Of who writes to it. */
const LOG_GROUPS: Readonly<Record<string, string>> = {
  aws_ecs_task_definition: "/aws/ecs/api",
  aws_ecs_cluster: "/aws/ecs/shells",
  aws_flow_log: "/aws/vpc/flow-logs",
  aws_cloudwatch_event_target: "/aws/events/ecs",
  aws_cloudwatch_log_delivery_destination: "/aws/vendedlogs/cloudfront/access-logs",
  aws_wafv2_web_acl_logging_configuration: "aws-waf-logs-edge",
};

/** What each type is called, and of several of one type, which. Which alarms and queries there are, other rules say. */
const STEMS: Readonly<Record<string, Stem>> = {
  aws_appautoscaling_policy: policyStem,
  aws_appautoscaling_scheduled_action: "scheduled-action-minimum-\\d+",
  aws_appautoscaling_target: "scaling-target",
  aws_cloudfront_distribution: "distribution",
  aws_cloudwatch_dashboard: byWord("dashboard_body", { "## Cost drivers": "cost-dashboard" }, "dashboard"),
  aws_cloudwatch_event_rule: byWord(
    "event_pattern",
    {
      SERVICE_DEPLOYMENT_FAILED: "rule-deployment-failures",
      SpotInterruption: "rule-spot-interruptions",
      EssentialContainerExited: "rule-task-failures",
    },
    "rule-task-stops",
  ),
  aws_cloudwatch_log_delivery: "cloudfront-access-logs",
  aws_cloudwatch_log_delivery_destination: "cloudfront-access-logs\\d*",
  aws_cloudwatch_log_delivery_source: "cloudfront-access-logs",
  aws_cloudwatch_log_group: byUse(
    LOG_WRITERS.map(([type, path]) => [type, path, LOG_GROUPS[type]!]),
    "/aws/(ecs/containerinsights/cluster/performance|rds/cluster/aurora/postgresql)",
  ),
  aws_cloudwatch_log_resource_policy: "cloudfront-access-logs|waf-logs|events-to-logs",
  aws_cloudwatch_metric_alarm: "(scaling-)?alarm-[a-z-]+",
  aws_cloudwatch_query_definition: "query-[a-z-]+",
  aws_db_subnet_group: "subnet-group-aurora",
  aws_default_security_group: "security-group-default",
  aws_ecs_cluster: "cluster",
  aws_ecs_service: (_, service) => (isFallback(service) ? "service-api-fallback" : "service-api"),
  aws_ecs_task_definition: "task-api",
  aws_eip: "nat-gateway-[12]",
  aws_flow_log: "flow-log",
  aws_iam_role: byUse(
    [
      ["aws_flow_log", "iam_role_arn", "role-flow-logs"],
      ["aws_ecs_task_definition", "task_role_arn", "role-task"],
    ],
    "role-execution",
  ),
  aws_iam_role_policy: grantStem,
  aws_internet_gateway: "internet-gateway",
  aws_lb: "alb",
  aws_lb_listener: (_, listener) => `listener-${listener.get("port")}`,
  aws_lb_listener_rule: "listener-rule-from-cloud-front",
  aws_lb_target_group: "tg-api-3000",
  aws_nat_gateway: "nat-gateway-[12]",
  aws_rds_cluster: "aurora",
  aws_rds_cluster_instance: "aurora-(writer|reader-1)",
  aws_rds_cluster_parameter_group: "parameter-group-aurora\\d*",
  aws_route_table: (config, table) => {
    const [association] = config.referrers("aws_route_table_association", "route_table_id", table);
    return `route-table-${sideOf(config, config.targets(association?.get("subnet_id"))[0])}-[12]`;
  },
  aws_s3_bucket: "bucket-logs-0{12}",
  aws_secretsmanager_secret: (config, secret) => `${secretStem(config, secret)}-v\\d+`,
  aws_security_group: byUse(
    [
      ["aws_ecs_service", "network_configuration.security_groups", "security-group-api"],
      ["aws_rds_cluster", "vpc_security_group_ids", "security-group-aurora"],
    ],
    "security-group-(https-)?alb",
  ),
  aws_sns_topic: (_, topic) =>
    topic.get("provider") === CLOUDFRONT_PROVIDER ? "topic-edge-alarms" : "topic-alarms",
  aws_subnet: (config, subnet) => `subnet-${sideOf(config, subnet)}-[12]`,
  aws_vpc: "vpc",
  aws_vpc_endpoint: "vpc-endpoint-s3",
  aws_vpc_security_group_egress_rule: ruleStem("egress"),
  aws_vpc_security_group_ingress_rule: ruleStem("ingress"),
  aws_wafv2_web_acl: "web-acl",
};

/** `aurora-writer-dev` → `aurora-writer`: the name without the suffix, wherever that stands in it as a word of its own. */
function withoutSuffix(name: string, suffix: string): string[] {
  const found = [...name.matchAll(new RegExp(`-${suffix}(?=$|[-/])`, "g"))];
  return found.map(({ 0: word, index }) => name.slice(0, index) + name.slice(index + word.length));
}

/** Names by which somebody else finds what is meant. */
export const knownNames: readonly Rule[] = [
  rule({
    id: "names-as-known",
    source: "Technical Requirements; Deployment Guide",
    words:
      "resource-type-{environment_suffix}: each is called what it is, as the commands, the guides and the deployer's policy find it",
    check: (config) => {
      const suffix = environmentSuffix(config) ?? "";
      return config.resources.flatMap((block) => {
        const stem = STEMS[block.type];
        const name = block.get(NAMES[block.type]?.[0] ?? "tags.Name") ?? block.get("tags.Name");
        if (stem === undefined || name === undefined) return [];
        const wanted = typeof stem === "string" ? stem : stem(config, block);
        const called = withAccount(config.resolve(name));
        return withoutSuffix(called, suffix).some((each) => new RegExp(`^(${wanted})$`).test(each))
          ? []
          : [{ address: block.address, message: `Call it ${wanted} with the suffix, not '${called}'.` }];
      });
    },
  }),
];
