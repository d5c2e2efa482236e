import { isDeepStrictEqual } from "node:util";
import { embeddedJson, type Json, type JsonObject, references } from "../../local/terraform-json/index.ts";
import type { Mutant } from "./mutants.ts";

/** One change to a policy, or to a statement of it, and what it is. */
type Change = readonly [what: string, now: Json];

const OTHER_ACCOUNT = "arn:aws:iam::999999999999:root";
const ADMIN = { Effect: "Allow", Action: "*", Resource: "*" };
export const ANYBODY = { Effect: "Allow", Principal: "*", Action: "*", Resource: "*" };
export const policyOf = (...statements: JsonObject[]) =>
  JSON.stringify({ Version: "2012-10-17", Statement: statements });

const MANAGED = [
  ...["AdministratorAccess", "PowerUserAccess", "IAMFullAccess", "SecretsManagerReadWrite", "ReadOnlyAccess"],
  "service-role/AmazonECSTaskExecutionRolePolicy",
].map((name) => `arn:aws:iam::aws:policy/${name}`);

const SERVICES = ["s3", "sts", "ecs", "ec2", "rds", "kms", "sns", "ssm", "logs", "lambda", "secretsmanager"];
const ACTIONS = ["*", "*:*", "iam:*", "IAM:*", "iam:PassRole", "iam:Create*", "sts:AssumeRole", "sts:*"];
const RESOURCES = ["*", "arn:aws:*", "arn:*:*:*:*:*:*", "arn:aws:iam::*:role/*", "arn:aws:s3:::*"];
const PRINCIPALS: readonly Json[] = [
  "*",
  { AWS: "*" },
  { AWS: [OTHER_ACCOUNT] },
  { AWS: "arn:aws:iam::123456789012:root" },
  { AWS: "arn:aws:iam::123456789012:role/Admin" },
  { AWS: "arn:aws:sts::123456789012:assumed-role/Admin/session" },
  { CanonicalUser: "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be" },
  { Federated: "accounts.google.com" },
  { Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com" },
  ...["ec2", "lambda", "ecs", "ssm", "cloudformation"].map((name) => ({ Service: `${name}.amazonaws.com` })),
  // The stack's own, of which each has to do with one thing of it.
  ...["ecs-tasks", "vpc-flow-logs", "logdelivery.elasticloadbalancing", "delivery.logs", "events"].map(
    (name) => ({ Service: [`${name}.amazonaws.com`] }),
  ),
];
/** Statements that no policy of the stack may have beside its own. */
const STATEMENTS: readonly JsonObject[] = [
  ADMIN,
  ANYBODY,
  ...[...ACTIONS, ...SERVICES.map((name) => `${name}:*`)].map((Action) => ({ ...ADMIN, Action: [Action] })),
  { Effect: "Allow", NotAction: "iam:*", Resource: "*" },
  { Effect: "Allow", NotAction: ["nothing:Nothing"], Resource: ["*"] },
  { Effect: "Allow", Action: ["s3:GetObject"], NotResource: "arn:aws:s3:::nobodys/*" },
  { Effect: "Allow", Action: "sts:AssumeRole", Resource: "arn:aws:iam::999999999999:role/Admin" },
  ...PRINCIPALS.map((Principal) => ({ Effect: "Allow", Principal, Action: ["sts:AssumeRole"] })),
  { Effect: "Allow", NotPrincipal: { AWS: OTHER_ACCOUNT }, Action: ["sts:AssumeRole"] },
  { Effect: "Allow", Principal: "*", Action: ["sts:TagSession", "sts:SetSourceIdentity"] },
  { Effect: "Deny", Principal: "*", Action: ["*"], Resource: ["*"] },
];

/** What can be done to one statement. Some of it is as it was already, and no change. */
function* ofStatement(statement: JsonObject): Generator<Change> {
  const { Action, Resource, Principal, Condition, ...others } = statement;
  const to = (more: JsonObject): JsonObject => ({ ...statement, ...more });
  for (const action of [Action ?? []].flat().map(String)) {
    const [service, verb = ""] = action.split(":");
    const wide = [...ACTIONS, `${service}:*`, `${service}:${verb.slice(0, 3)}*`, action.replace(/.$/, "?")];
    for (const each of wide) {
      yield [`Action ${each}`, to({ Action: each })];
      yield [`Action more ${each}`, to({ Action: [...[Action ?? []].flat(), each] })];
    }
  }
  for (const each of RESOURCES) yield [`Resource ${each}`, to({ Resource: [each] })];
  for (const each of [Resource ?? []].flat().map(String)) {
    yield ["Resource, a part", to({ Resource: [each.replace(/:?\*?$/, "*")] })];
    yield ["Resource more *", to({ Resource: [each, "*"] })];
  }
  for (const each of PRINCIPALS) {
    yield ["Principal", to({ Principal: each })];
    if (typeof Principal === "object" && typeof each === "object")
      yield ["Principal more", to({ Principal: { ...(Principal as JsonObject), ...(each as JsonObject) } })];
  }
  yield ["Effect", to({ Effect: statement.Effect === "Allow" ? "Deny" : "Allow" })];
  yield ["NotAction", { ...others, NotAction: "nothing:Nothing", ...(Resource ? { Resource } : {}) }];
  if (Resource) yield ["NotResource", { ...others, Action: Action!, NotResource: "arn:aws:s3:::nobodys" }];
  if (Principal) yield ["NotPrincipal", { ...others, Action: Action!, NotPrincipal: { AWS: OTHER_ACCOUNT } }];
  yield* ofCondition(statement, (Condition ?? {}) as JsonObject);
}

function* ofCondition(statement: JsonObject, condition: JsonObject): Generator<Change> {
  const { Condition: _, ...without } = statement;
  const to = (Condition: JsonObject): JsonObject => ({ ...without, Condition });
  yield ["Condition", without];
  if (Object.keys(condition).length > 0) yield ["Condition {}", to({})];
  for (const [operator, test] of Object.entries(condition)) {
    const { [operator]: __, ...rest } = condition;
    yield [`Condition without ${operator}`, to(rest)];
    for (const other of ["StringLike", "StringNotEquals", "ForAllValues:StringEquals", "Null"])
      if (other !== operator) yield [`Condition ${other}`, to({ ...rest, [other]: test })];
    yield ["Condition IfExists", to({ ...rest, [`${operator}IfExists`]: test })];
    for (const [key, was] of Object.entries(test as JsonObject)) {
      for (const value of ["*", "999999999999", [...[was].flat(), "*"]])
        yield [`Condition ${key}`, to({ ...rest, [operator]: { ...(test as JsonObject), [key]: value } })];
      yield [`Condition another key`, to({ ...rest, [operator]: { "aws:PrincipalType": "Anonymous" } })];
    }
  }
}

/** What can be done to a policy: to its statements, to how many there are, and to how it is written. */
function* ofPolicy(text: string): Generator<Change> {
  const policy = JSON.parse(text) as JsonObject & { Statement: JsonObject[] };
  const write = (statements: Json) => JSON.stringify({ ...policy, Statement: statements });
  for (const [index, statement] of policy.Statement.entries()) {
    for (const [what, now] of ofStatement(statement))
      if (!isDeepStrictEqual(now, statement))
        yield [what, write(policy.Statement.with(index, now as JsonObject))];
  }
  for (const statement of STATEMENTS) {
    yield [`more ${JSON.stringify(statement)}`, write([...policy.Statement, statement])];
    yield [`first ${JSON.stringify(statement)}`, write([statement, ...policy.Statement])];
    // The trust of a role may be one of them already.
    if (!isDeepStrictEqual([statement], policy.Statement))
      yield [`instead ${JSON.stringify(statement)}`, write([statement])];
    yield [`one ${JSON.stringify(statement)}`, write(statement)];
  }
  yield ["Version", text.replace("2012-10-17", "2008-10-17")];
  yield ["twice Statement", text.replace("{", `{"Statement":[${JSON.stringify(ADMIN)}],`)];
  yield ["twice Action", text.replace('"Action":', '"Action":"*","Action":')];
  yield ["twice Resource", text.replace('"Effect":', '"Resource":"*","Effect":').replace(/$/, " ")];
  yield ["other element", text.replace('"Action":', '"action":"*","Action":')];
  for (const expression of [
    "data.aws_iam_policy_document.More.json",
    'file("policy.json")',
    'jsonencode({"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]})',
    "aws_iam_policy.More.policy",
  ])
    yield [expression, `\${${expression}}`];
}

/** What can be done to a role, and what can be hung on it. */
function* onRole(address: string, role: JsonObject): Generator<readonly [type: string, body: JsonObject]> {
  for (const name of [`\${${address}.name}`, `\${${address}.id}`, role.name as string]) {
    for (const policy_arn of MANAGED) {
      yield ["aws_iam_role_policy_attachment", { role: name, policy_arn }];
      yield ["aws_iam_policy_attachment", { name: "more", roles: [name], policy_arn }];
      yield ["aws_iam_role_policy_attachments_exclusive", { role_name: name, policy_arns: [policy_arn] }];
    }
    for (const statement of STATEMENTS)
      yield ["aws_iam_role_policy", { name: "more", role: name, policy: policyOf(statement) }];
    yield ["aws_iam_role_policies_exclusive", { role_name: name, policy_names: [] }];
    yield ["aws_iam_instance_profile", { name: "more", role: name }];
  }
}

function* roleArguments(): Generator<readonly [argument: string, value: Json]> {
  for (const policy of MANAGED) {
    yield ["managed_policy_arns", [policy]];
    yield ["permissions_boundary", policy];
  }
  for (const statement of STATEMENTS)
    yield ["inline_policy", [{ name: "more", policy: policyOf(statement) }]];
  yield ["max_session_duration", 43_200];
  yield ["path", "/admin/"];
  yield ["force_detach_policies", true];
}

/** Whose rights something else could have instead of those of a role of the stack. */
const OTHER_ROLES = [
  "arn:aws:iam::123456789012:role/Admin",
  "arn:aws:iam::999999999999:role/Admin",
  "arn:aws:iam::123456789012:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS",
  `\${data.aws_iam_role.Admin.arn}`,
];

/** Every mutant that gives somebody more rights, or lets somebody else use them: by each policy, each role, each use of one. */
export function* grantsOver(root: JsonObject): Generator<Mutant> {
  const resources = root.resource as Record<string, Record<string, JsonObject>>;
  const mutant = (type: string, name: string, path: string, change: string, body: Json): Mutant => ({
    address: `${type}.${name}`,
    path,
    kind: "grant",
    change: change.slice(0, 100),
    apply: () => ({ ...root, resource: { ...resources, [type]: { ...resources[type], [name]: body } } }),
  });
  for (const [type, named] of Object.entries(resources)) {
    for (const [name, body] of Object.entries(named)) {
      const changed = (argument: string, what: string, value: Json) =>
        mutant(type, name, argument, what, { ...body, [argument]: value });
      for (const [argument, value] of Object.entries(body)) {
        if (Array.isArray((embeddedJson(value) as JsonObject | undefined)?.Statement))
          for (const [what, now] of ofPolicy(value as string)) yield changed(argument, what, now);
        if (
          /role/.test(argument) &&
          references(value).some(({ address }) => address.startsWith("aws_iam_role."))
        )
          for (const other of OTHER_ROLES) yield changed(argument, other, other);
      }
      if (type !== "aws_iam_role") continue;
      for (const [argument, value] of roleArguments())
        yield changed(argument, `nothing → ${JSON.stringify(value)}`, value);
      for (const [other, more] of onRole(`${type}.${name}`, body))
        yield mutant(other, "Added", "", `${name}: ${JSON.stringify(more)}`, more);
    }
  }
}
