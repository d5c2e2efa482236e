import { embeddedJson, type Json, type JsonObject } from "../../local/terraform-json/index.ts";
import type { Mutant } from "./mutants.ts";

/** Statements that no policy of the stack may have beside its own. */
const STATEMENTS: readonly JsonObject[] = [
  { Effect: "Allow", Action: "*", Resource: "*" },
  { Effect: "Allow", Action: ["iam:PassRole"], Resource: ["*"] },
  { Effect: "Allow", NotAction: "iam:*", Resource: "*" },
  { Effect: "Allow", Action: ["s3:GetObject"], NotResource: "arn:aws:s3:::nobodys/*" },
  { Effect: "Allow", Principal: "*", Action: ["s3:GetObject"], Resource: ["*"] },
  { Effect: "Allow", Principal: { AWS: "*" }, Action: ["sts:AssumeRole"] },
  { Effect: "Allow", Principal: { AWS: "arn:aws:iam::999999999999:root" }, Action: ["sts:AssumeRole"] },
  { Effect: "Allow", NotPrincipal: { AWS: "arn:aws:iam::999999999999:root" }, Action: ["sts:AssumeRole"] },
  { Effect: "Deny", Principal: "*", Action: ["*"], Resource: ["*"] },
];

const ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess";
const EVERYTHING = JSON.stringify({ Version: "2012-10-17", Statement: [STATEMENTS[0]!] });

/** Arguments by which a role has more than its own policies, or another limit. */
const ROLE_ARGUMENTS: JsonObject = {
  managed_policy_arns: [ADMINISTRATOR],
  inline_policy: [{ name: "more", policy: EVERYTHING }],
  permissions_boundary: ADMINISTRATOR,
};

/** Blocks that open what is closed. `reference` makes one to the stack's first block of a type. */
function openings(
  reference: (type: string, attribute: string) => string,
): [type: string, body: JsonObject][] {
  const role = reference("aws_iam_role", "name");
  const securityGroup = reference("aws_security_group", "id");
  const forward = [{ type: "forward", target_group_arn: reference("aws_lb_target_group", "arn") }];
  const anybody = JSON.stringify({ Version: "2012-10-17", Statement: [STATEMENTS[4]!] });
  return [
    ["aws_iam_role_policy_attachment", { role, policy_arn: ADMINISTRATOR }],
    ["aws_iam_policy_attachment", { name: "more", roles: [role], policy_arn: ADMINISTRATOR }],
    ["aws_iam_role_policy", { name: "more", role, policy: EVERYTHING }],
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
  ];
}

/** Every mutant that has something more: a statement in a policy, a permission of a role, a block. */
export function* additionsTo(root: JsonObject): Generator<Mutant> {
  const resources = root.resource as Record<string, Record<string, JsonObject>>;
  const add = (type: string, name: string, path: string, now: JsonObject, what: Json): Mutant => ({
    address: `${type}.${name}`,
    path,
    kind: "add",
    change: `nothing → ${JSON.stringify(what).slice(0, 60)}`,
    apply: () => ({ ...root, resource: { ...resources, [type]: { ...resources[type], [name]: now } } }),
  });
  for (const [type, named] of Object.entries(resources)) {
    for (const [name, body] of Object.entries(named)) {
      for (const [argument, text] of Object.entries(body)) {
        const policy = embeddedJson(text) as JsonObject | undefined;
        if (!Array.isArray(policy?.Statement)) continue;
        for (const statement of STATEMENTS) {
          const more = JSON.stringify({ ...policy, Statement: [...policy.Statement, statement] });
          yield add(type, name, `${argument}.Statement`, { ...body, [argument]: more }, statement);
        }
      }
      if (type !== "aws_iam_role") continue;
      for (const [argument, value] of Object.entries(ROLE_ARGUMENTS))
        yield add(type, name, argument, { ...body, [argument]: value }, value);
    }
  }
  const reference = (type: string, attribute: string) =>
    `\${${type}.${Object.keys(resources[type] ?? {})[0]}.${attribute}}`;
  for (const [type, body] of openings(reference)) yield add(type, "Added", "", body, body);
}
