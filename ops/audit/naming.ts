import type { Block, Configuration, JsonObject } from "../../local/terraform-json/index.ts";
import { valuesAt } from "../../local/terraform-json/index.ts";
import { demand, each, type Rule, rule } from "./rule.ts";

/** The argument that names a resource, and how many characters AWS allows (each service's API reference). */
export const NAMES: Readonly<Record<string, readonly [argument: string, limit: number]>> = {
  aws_appautoscaling_policy: ["name", 256],
  aws_appautoscaling_scheduled_action: ["name", 256],
  aws_cloudwatch_dashboard: ["dashboard_name", 255],
  aws_cloudwatch_event_rule: ["name", 64],
  aws_cloudwatch_query_definition: ["name", 255],
  aws_cloudwatch_log_delivery_destination: ["name", 60],
  aws_cloudwatch_log_delivery_source: ["name", 60],
  aws_cloudwatch_log_group: ["name", 512],
  aws_cloudwatch_log_resource_policy: ["policy_name", 255],
  aws_cloudwatch_metric_alarm: ["alarm_name", 255],
  aws_db_subnet_group: ["name", 255],
  aws_ecs_cluster: ["name", 255],
  aws_ecs_service: ["name", 255],
  aws_ecs_task_definition: ["family", 255],
  aws_iam_role: ["name", 64],
  aws_iam_role_policy: ["name", 128],
  aws_lb: ["name", 32],
  aws_lb_target_group: ["name", 32],
  aws_rds_cluster: ["cluster_identifier", 63],
  aws_rds_cluster_instance: ["identifier", 63],
  aws_rds_cluster_parameter_group: ["name", 255],
  aws_s3_bucket: ["bucket", 63],
  aws_secretsmanager_secret: ["name", 512],
  aws_security_group: ["name", 255],
  aws_sns_topic: ["name", 256],
  aws_wafv2_web_acl: ["name", 128],
};
const limitOf = (type: string) => NAMES[type]?.[1] ?? 255;

/** Arguments that end like a name but identify nothing in the account: a database inside the cluster, a label, a metric. */
const NOT_A_NAME = new Set([
  ...["database_name", "display_name", "domain_name", "metric_name", "service_name"],
  "snapshot_identifier", // of whichever environment the data come from
]);
const TAIL = /^(?:-v\d+|\/performance|\/postgresql)?$/;

export interface Name {
  readonly argument: string;
  /** Resolved as far as the configuration knows; the account id stands as twelve zeros. */
  readonly value: string;
}

/**
 * The physical names that a resource gives itself, found by what the arguments are called: its own literals, not names
 * that it takes from other resources.
 */
export function ownNames(config: Configuration, { type, body }: Pick<Block, "type" | "body">): Name[] {
  const isName = (argument: string) =>
    argument === NAMES[type]?.[0] ||
    argument === "bucket" ||
    (/(^|_)(name|identifier)$/.test(argument) && !NOT_A_NAME.has(argument));
  return Object.entries(body)
    .filter(([argument]) => isName(argument))
    .filter(([, value]) => config.targets(value).every(({ mode }) => mode === "data"))
    .map(([argument, value]) => ({ argument, value: withAccount(config.resolve(value)) }));
}

/** With twelve zeros for the account's number. */
export const withAccount = (name: string) =>
  name.replaceAll(/\$\{data\.aws_caller_identity\.[\w-]+\.account_id\}/g, "0".repeat(12));

/**
 * The environment's suffix, read from the names: what most `Name` tags end with after a hyphen, the longest such.
 * Undefined when no two names agree.
 */
export function environmentSuffix(config: Configuration): string | undefined {
  const counts = new Map<string, number>();
  for (const name of config.resources.flatMap((block) => block.all("tags.Name").map(String))) {
    for (const match of name.matchAll(/-(?=([a-z0-9-]{1,16}$))/g)) {
      counts.set(match[1]!, (counts.get(match[1]!) ?? 0) + 1);
    }
  }
  const [best] = [...counts].sort((a, b) => b[1] - a[1] || b[0].length - a[0].length);
  return best && best[1] > 1 ? best[0] : undefined;
}

/** Whether `name` holds the suffix as a word of its own. */
export function carries(name: string, suffix: string): boolean {
  return `-${name}-`.replaceAll("/", "-").includes(`-${suffix}-`);
}

/** `alarm-api-errors-<suffix>` → `alarm-api-errors`; a name that does not end so stays as it is. */
export const withoutSuffix = (name: string, suffix: string | undefined): string =>
  name.endsWith(`-${suffix}`) ? name.slice(0, -`-${suffix}`.length) : name;

export const providers = (config: Configuration) => valuesAt(config.root, "provider.aws") as JsonObject[];

/** `provider.aws` or `provider.aws.<alias>` for each provider whose default tags lack this one. */
function defaultTag(config: Configuration, tag: string, value: string) {
  return [
    ...providers(config)
      .filter((provider) => valuesAt(provider, `default_tags.tags.${tag}`)[0] !== value)
      .map(({ alias }) => ({
        address: alias ? `provider.aws.${alias}` : "provider.aws",
        message: `Add ${tag} = "${value}" to default_tags.`,
      })),
    ...each(
      config.resources,
      (block) => [undefined, value].includes(block.get(`tags.${tag}`) as string | undefined),
      `Remove the tag ${tag}: it overrides the provider's.`,
    ),
  ];
}

/** Names and tags. */
export const naming: readonly Rule[] = [
  rule({
    id: "suffix-in-names",
    source: "Core Requirements, 8; Success Criteria",
    words: "All resource names must include environmentSuffix for uniqueness",
    check: (config) => {
      const suffix = environmentSuffix(config);
      if (!suffix) return demand(false, "tags.Name", "No suffix is common to the names: end each with one.");
      return config.resources.flatMap((block) =>
        [...ownNames(config, block), ...nameTag(config, block)]
          .filter(({ value }) => !carries(value, suffix))
          .map(({ argument, value }) => ({
            address: block.address,
            message: `${argument} '${value}' lacks the suffix '${suffix}': end it with -${suffix}.`,
          })),
      );
    },
  }),
  rule({
    id: "naming-convention",
    source: "Technical Requirements",
    words: "Follow naming convention: resource-type-{environment_suffix}",
    check: (config) => {
      const suffix = environmentSuffix(config);
      return config.resources.flatMap((block) =>
        ownNames(config, block)
          .filter(({ value }) => suffix && carries(value, suffix))
          .filter(({ value }) => {
            const end = value.lastIndexOf(`-${suffix}`);
            return !(
              end > 0 &&
              TAIL.test(value.slice(end + 1 + suffix!.length)) &&
              /^[a-z0-9/-]+$/.test(value)
            );
          })
          .map(({ argument, value }) => ({
            address: block.address,
            message: `${argument} '${value}' is not resource-type-${suffix}: lower case, the suffix last.`,
          })),
      );
    },
  }),
  rule({
    id: "name-limits",
    source: "AWS API references",
    words: "a name is no longer than AWS allows",
    check: (config) =>
      config.resources.flatMap((block) =>
        ownNames(config, block)
          .filter(({ value }) => value.length > limitOf(block.type))
          .map(({ argument, value }) => ({
            address: block.address,
            message: `${argument} '${value}' has ${value.length} characters: shorten it to ${limitOf(block.type)}.`,
          })),
      ),
  }),
  rule({
    id: "security-group-names",
    source: "EC2 API reference, CreateSecurityGroup",
    words: "a security group's name may not begin with sg-",
    check: (config) =>
      each(
        config.of("aws_security_group"),
        (group) => !String(group.get("name")).startsWith("sg-"),
        "Begin the name with security-group- instead.",
      ),
  }),
  rule({
    id: "tag-environment",
    source: "Core Requirements, 8",
    words: "Tag all resources with Environment=production",
    check: (config) => defaultTag(config, "Environment", "production"),
  }),
  rule({
    id: "tag-project",
    source: "Core Requirements, 8",
    words: "Tag all resources with Project=catalog-api",
    check: (config) => defaultTag(config, "Project", "catalog-api"),
  }),
  rule({
    id: "tag-suffix",
    source: "Core Requirements, 8",
    words: "what an environment consists of, and costs, is found by one tag: Suffix",
    check: (config) => defaultTag(config, "Suffix", environmentSuffix(config) ?? ""),
  }),
  rule({
    id: "tag-name",
    source: "Core Requirements, 8",
    words: "every resource that can have tags is named by one",
    check: (config) => {
      // The configuration says which types have tags by using them; the tests take it from the provider's schema.
      const taggable = new Set(config.resources.filter((block) => block.body.tags).map(({ type }) => type));
      return each(
        config.resources.filter(({ type }) => taggable.has(type)),
        (block) => typeof block.get("tags.Name") === "string",
        "Add the tag Name.",
      );
    },
  }),
  rule({
    id: "tag-name-is-name",
    source: "Core Requirements, 8",
    words: "the tag Name says what the resource is called, where it is called anything",
    check: (config) =>
      config.resources
        .filter(({ type, body }) => NAMES[type] !== undefined && body.tags !== undefined)
        .filter((block) => block.get("tags.Name") !== block.get(NAMES[block.type]![0]))
        .map((block) => ({
          address: block.address,
          message: `Set tags.Name to ${NAMES[block.type]![0]}.`,
        })),
  }),
];

const nameTag = (config: Configuration, block: Block): Name[] =>
  block
    .all("tags.Name")
    .map((value) => ({ argument: "tags.Name", value: withAccount(config.resolve(value)) }));
