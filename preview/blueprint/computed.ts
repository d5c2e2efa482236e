/**
 * Attributes that AWS decides, as values that look like AWS's: names and ports of the real thing, so that what the
 * tasks get is first exactly what the stack says, and is translated to this machine in one place (substitutions.ts).
 */
import type { Value } from "./expression.ts";
import type { Block, Stack } from "./stack.ts";

const ACCOUNT_ID = "000000000000";

type Compute = (block: Block, stack: Stack) => Value | undefined;

const byType: { [type: string]: { [attribute: string]: Compute } } = {
  aws_rds_cluster: {
    endpoint: (block, stack) => `${clusterName(block)}.cluster-preview.${stack.region}.rds.amazonaws.com`,
    reader_endpoint: (block, stack) =>
      `${clusterName(block)}.cluster-ro-preview.${stack.region}.rds.amazonaws.com`,
    port: () => 5432,
    cluster_identifier: (block) => clusterName(block),
    database_name: () => "",
  },
  aws_lb: {
    dns_name: (block, stack) => `${block.text("name", "balancer")}.${stack.region}.elb.amazonaws.com`,
    arn_suffix: (block) => `app/${block.text("name", "balancer")}/preview`,
  },
  aws_lb_target_group: { arn_suffix: (block) => `targetgroup/${block.text("name", "targets")}/preview` },
  aws_cloudfront_distribution: { domain_name: () => "preview.cloudfront.net" },
  aws_ecs_task_definition: {
    revision: () => 1,
    arn_without_revision: (block, stack) => arn(block, stack),
  },
  aws_secretsmanager_secret_version: {
    version_id: () => "preview",
    secret_string: (block) => secretString(block),
  },
  "data.aws_secretsmanager_secret_version": { secret_string: (block) => secretString(block) },
  "ephemeral.aws_secretsmanager_secret_version": { secret_string: (block) => secretString(block) },
  "ephemeral.aws_secretsmanager_random_password": {
    random_password: (block, stack) => stack.secrets.random(block),
  },
  "data.aws_rds_engine_version": {
    version: (block) => engineVersion(block),
    version_actual: (block) => engineVersion(block),
  },
  "data.aws_region": { name: (_, stack) => stack.region, region: (_, stack) => stack.region },
  "data.aws_caller_identity": { account_id: () => ACCOUNT_ID },
  "data.aws_partition": { partition: () => "aws", dns_suffix: () => "amazonaws.com" },
  "data.aws_availability_zones": {
    names: (_, stack) => ["a", "b", "c"].map((zone) => `${stack.region}${zone}`),
  },
};

/** The value of an attribute that is not set in the stack; undefined for one that is not known. */
export function computedAttribute(stack: Stack, block: Block, attribute: string): Value | undefined {
  const type = `${block.mode === "resource" ? "" : `${block.mode}.`}${block.type}`;
  const compute = byType[type]?.[attribute];
  if (compute) return compute(block, stack);
  if (attribute === "arn") return arn(block, stack);
  if (attribute === "id") return identity(block, stack);
  // A name that is not set is made up by the provider; the resource's own name in the stack is as good.
  if (attribute === "name" && block.mode === "resource") return block.name;
  return undefined;
}

/** Resources whose `id` is their ARN and not their name. */
const identifiedByArn = new Set([
  "aws_lb",
  "aws_lb_listener",
  "aws_lb_target_group",
  "aws_secretsmanager_secret",
]);

function identity(block: Block, stack: Stack): Value {
  if (identifiedByArn.has(block.type)) return arn(block, stack);
  if (block.type === "aws_rds_cluster") return clusterName(block);
  if (block.type === "data.aws_region") return stack.region;
  return block.raw("name") === undefined ? block.name : block.text("name");
}

function arn(block: Block, stack: Stack): string {
  const name = block.raw("name") ?? block.raw("family");
  const label = typeof name === "string" && !name.includes("${") ? name : block.name;
  if (block.type === "aws_secretsmanager_secret")
    return `arn:aws:secretsmanager:${stack.region}:${ACCOUNT_ID}:secret:${label}-preview`;
  if (block.type === "aws_secretsmanager_secret_version") return block.text("secret_id");
  return `arn:aws:${block.type.replace(/^aws_/, "")}:${stack.region}:${ACCOUNT_ID}:${label}`;
}

function clusterName(block: Block): string {
  return block.raw("cluster_identifier") === undefined
    ? block.name.toLowerCase()
    : block.text("cluster_identifier");
}

function engineVersion(block: Block): Value {
  return block.texts("preferred_versions")[0] ?? block.text("version");
}

/** What a version resource holds, or a data source reads: the value of the secret that `secret_id` names. */
function secretString(block: Block): Value {
  const id = block.text("secret_id");
  const secret = block.stack.secrets.find(id);
  if (!secret) throw block.error("secret_id", `"${id}" is no secret of the stack`);
  return block.stack.secrets.value(secret);
}
