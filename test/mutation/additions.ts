import type { Json, JsonObject } from "../../local/terraform-json/index.ts";
import { argumentsOf } from "../support/schema.ts";
import { ANYBODY, policyOf } from "./grants.ts";
import type { Kind, Mutant } from "./mutants.ts";

/** Of every block of Terraform's (Configuration Language, Meta-Arguments). */
const META_ARGUMENTS = ["count", "for_each", "lifecycle", "provider", "provisioner", "connection", "dynamic"];
/** A value of each kind that an argument may take. */
const VALUES: readonly Json[] = [true, "*", [{}]];

/** Blocks that open what is closed. `reference` makes one to the stack's first block of a type. */
function openings(
  reference: (type: string, attribute: string) => string,
): [type: string, body: JsonObject][] {
  const securityGroup = reference("aws_security_group", "id");
  const forward = [{ type: "forward", target_group_arn: reference("aws_lb_target_group", "arn") }];
  const anybody = policyOf(ANYBODY);
  return [
    ["aws_iam_user", { name: "somebody" }],
    ["aws_iam_access_key", { user: "somebody" }],
    [
      "aws_lb_listener_rule",
      {
        listener_arn: reference("aws_lb_listener", "arn"),
        priority: 1,
        action: forward,
        condition: [{ path_pattern: { values: ["/*"] } }],
      },
    ],
    [
      "aws_lb_listener",
      { load_balancer_arn: reference("aws_lb", "arn"), port: 8080, default_action: forward },
    ],
    ["aws_security_group_rule", { type: "ingress", security_group_id: securityGroup, protocol: "-1" }],
    [
      "aws_vpc_security_group_ingress_rule",
      { security_group_id: securityGroup, ip_protocol: "-1", cidr_ipv4: "0.0.0.0/0" },
    ],
    ["aws_vpc_peering_connection", { vpc_id: reference("aws_vpc", "id"), peer_vpc_id: "vpc-1" }],
    ["aws_s3_bucket_policy", { bucket: reference("aws_s3_bucket", "id"), policy: anybody }],
    ["aws_s3_bucket_acl", { bucket: reference("aws_s3_bucket", "id"), acl: "public-read" }],
    [
      "aws_secretsmanager_secret_policy",
      { secret_arn: reference("aws_secretsmanager_secret", "arn"), policy: anybody },
    ],
    ["aws_sns_topic_policy", { arn: reference("aws_sns_topic", "arn"), policy: anybody }],
    [
      "aws_sns_topic_subscription",
      {
        topic_arn: reference("aws_sns_topic", "arn"),
        protocol: "https",
        endpoint: "https://somebody.example",
      },
    ],
    [
      "aws_cloudwatch_log_subscription_filter",
      { name: "more", log_group_name: "more", destination_arn: "more", filter_pattern: "" },
    ],
    ["aws_instance", { ami: "ami-1", instance_type: "t3.micro" }],
    ["aws_kms_grant", { key_id: "alias/aws/rds", grantee_principal: "*", operations: ["Decrypt"] }],
    ["aws_ecr_repository_policy", { repository: "catalog-api", policy: anybody }],
    ["aws_lambda_permission", { function_name: "more", principal: "*", action: "lambda:InvokeFunction" }],
  ];
}

/** Every mutant that has something more: an argument that the provider knows and the block has not, or a whole block. */
export function* additionsTo(root: JsonObject): Generator<Mutant> {
  const resources = root.resource as Record<string, Record<string, JsonObject>>;
  const add = (
    kind: Kind,
    type: string,
    name: string,
    path: string,
    now: JsonObject,
    what: Json,
  ): Mutant => ({
    address: `${type}.${name}`,
    path,
    kind,
    change: `nothing → ${JSON.stringify(what).slice(0, 60)}`,
    apply: () => ({ ...root, resource: { ...resources, [type]: { ...resources[type], [name]: now } } }),
  });
  for (const [type, named] of Object.entries(resources)) {
    const known = [...argumentsOf(type), ...META_ARGUMENTS];
    for (const [name, body] of Object.entries(named)) {
      for (const argument of known.filter((each) => !(each in body)))
        for (const value of VALUES)
          yield add("argument", type, name, argument, { ...body, [argument]: value }, value);
    }
  }
  const reference = (type: string, attribute: string) =>
    `\${${type}.${Object.keys(resources[type] ?? {})[0]}.${attribute}}`;
  for (const [type, body] of openings(reference)) yield add("add", type, "Added", "", body, body);
}
