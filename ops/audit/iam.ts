import {
  type Block,
  type Configuration,
  embeddedJson,
  type Json,
  type JsonObject,
  valuesAt,
} from "../../local/terraform-json/index.ts";
import { grantOf, neededBy } from "./needs.ts";
import { each, type Rule, rule, type Violation } from "./rule.ts";

/** The statements of a policy document at `path`. */
export const statementsOf = (block: Block, path: string): JsonObject[] =>
  valuesAt(embeddedJson(block.get(path)), "Statement") as JsonObject[];

/** Every statement of every policy document, whatever argument it stands in. */
const everyStatement = (config: Configuration): { block: Block; statement: JsonObject }[] =>
  config.resources.flatMap((block) =>
    Object.values(block.body)
      .map((value) => embeddedJson(value))
      .flatMap((document) => valuesAt(document, "Statement") as JsonObject[])
      .map((statement) => ({ block, statement })),
  );
const allows = ({ statement }: { statement: JsonObject }) => statement.Effect !== "Deny";
/** Whether a statement says who: it is part of a resource's own policy, or of a role's trust. */
const saysWho = ({ statement }: { statement: JsonObject }) => "Principal" in statement;

/** What may be trusted with writing into a bucket, a log group or a topic. */
const SERVICES = [
  "logdelivery.elasticloadbalancing.amazonaws.com",
  "delivery.logs.amazonaws.com",
  "events.amazonaws.com",
  "cloudwatch.amazonaws.com",
];
/** The account itself, or a rule of this stack, which is in it. */
const OURS = /\$\{(data\.aws_caller_identity\.[\w-]+\.account_id|aws_cloudwatch_event_rule\.\w+\.arn)\}/;
/** What may stand without either: EventBridge asks for a stream before it says which rule it asks for. */
const HARMLESS = "logs:CreateLogStream";
const ACCOUNT = /\$\{data\.aws_caller_identity\.[\w-]+\.account_id\}/;

/** Who may do what in AWS. */
export const iam: readonly Rule[] = [
  rule({
    id: "ways-to-grant",
    source: "Success Criteria",
    words: "Security: a role gets permissions through its own aws_iam_role_policy, and no other way",
    check: (config) => [
      ...config.resources
        .filter(({ type }) => type.startsWith("aws_iam_") && !/^aws_iam_role(_policy)?$/.test(type))
        .map(({ address }) => ({
          address,
          message: "Remove it: grant in an aws_iam_role_policy what is needed.",
        })),
      ...each(
        config.of("aws_iam_role"),
        ({ body }) => body.managed_policy_arns === undefined && body.inline_policy === undefined,
        "Remove managed_policy_arns and inline_policy: grant in an aws_iam_role_policy what is needed.",
      ),
    ],
  }),
  rule({
    id: "trusted-services",
    source: "IAM user guide, The confused deputy problem",
    words:
      "a role is assumed by the one AWS service that uses it, on behalf of this account where AWS documents the condition",
    check: (config) =>
      each(
        config.of("aws_iam_role"),
        (role) => {
          const isExecutionRole =
            config.referrers("aws_ecs_task_definition", "execution_role_arn", role).length > 0;
          const trust = statementsOf(role, "assume_role_policy");
          return (
            trust.length > 0 &&
            trust.every(
              ({ Principal, Action, Condition }) =>
                valuesAt(Principal, "Service").join() === neededBy(config, role)?.service &&
                Object.keys(Principal as JsonObject).join() === "Service" &&
                [Action].flat().join() === "sts:AssumeRole" &&
                (isExecutionRole || ACCOUNT.test(JSON.stringify(Condition ?? null))),
            )
          );
        },
        "Let the service that uses it assume it, by sts:AssumeRole, with the condition aws:SourceAccount (but for an execution role).",
      ),
  }),
  rule({
    id: "no-negation",
    source: "IAM user guide, NotAction, NotPrincipal, NotResource",
    words: "no policy says what is not allowed by naming what is: NotAction, NotResource, NotPrincipal",
    check: (config) =>
      everyStatement(config)
        .filter(({ statement }) => Object.keys(statement).some((key) => key.startsWith("Not")))
        .map(({ block }) => ({ address: block.address, message: "Name what is allowed instead." })),
  }),
  rule({
    id: "wildcards-in-arns",
    source: "IAM user guide, Grant least privilege",
    words: "a * in an ARN stands only behind the name of something of this stack",
    check: (config) =>
      everyStatement(config)
        .filter(allows)
        .flatMap(({ block, statement }) =>
          valuesAt(statement, "Resource")
            .map(String)
            .filter((resource) => resource !== "*" && resource.includes("*"))
            .filter((resource) => !/^\$\{aws_\w+\.[\w-]+\.arn\}[^*]*\*$/.test(resource))
            .map((resource) => ({
              address: block.address,
              message: `Name the resource instead of '${resource}'.`,
            })),
        ),
  }),
  rule({
    id: "resource-policies",
    source: "Success Criteria",
    words:
      "Security: a bucket, a secret, a topic or a log group admits a named service for this account, and nobody else",
    check: (config) =>
      everyStatement(config)
        .filter(saysWho)
        .filter(allows)
        .filter(({ block }) => block.type !== "aws_iam_role") // its trust: see `trusted-services`
        .filter(
          ({ statement }) =>
            !(
              valuesAt(statement.Principal, "Service").length > 0 &&
              Object.keys(statement.Principal as JsonObject).join() === "Service" &&
              valuesAt(statement.Principal, "Service").every((service) =>
                SERVICES.includes(String(service)),
              ) &&
              (valuesAt(statement, "Action").join() === HARMLESS ||
                OURS.test(JSON.stringify([statement.Condition ?? null, statement.Resource ?? null])))
            ),
        )
        .map(({ block }) => ({
          address: block.address,
          message: "Allow a service of AWS by name, with this account in the resource or in a condition.",
        })),
  }),
  rule({
    id: "separate-policies-first",
    source: "lib/aws/iam/role.ts",
    words:
      "what moves from a role's policy into one of its own is there before it is taken away from the first",
    check: (config) =>
      each(
        config.of("aws_iam_role_policy").filter((policy) => policy.get("lifecycle") === undefined),
        (policy) =>
          config
            .targets(policy.get("role"), "aws_iam_role")
            .flatMap((role) => config.referrers("aws_iam_role_policy", "role", role))
            .filter((other) => other !== policy && other.get("lifecycle") !== undefined)
            .every((other) => config.waitsFor(policy, other)),
        "Add the role's separate policies to its depends_on.",
      ),
  }),
  rule({
    id: "grants-by-role",
    source: "Success Criteria",
    words:
      "Security: each role is used by one resource, for one purpose, and may do what that needs and nothing else",
    check: (config) => config.of("aws_iam_role").flatMap((role) => differencesOf(config, role)),
  }),
  rule({
    id: "execution-role",
    source: "ECS developer guide, Task execution IAM role",
    words: "ECS may read the secrets of a task and write its log",
    check: (config) =>
      each(
        config.of("aws_ecs_task_definition"),
        (task) => executionRoleSuffices(config, task),
        "Let its execution role read each secret and write to the log group.",
      ),
  }),
  rule({
    id: "least-privilege-roles",
    source: "Success Criteria",
    words: "Security: a role may do what it needs and no more",
    check: (config) =>
      config
        .of("aws_iam_role_policy", "aws_iam_policy")
        .flatMap((policy) => broadStatements(policy, policy.json("policy"))),
  }),
];

/** What a role may do and has no need to, and what it needs and may not do. */
function differencesOf(config: Configuration, role: Block): Violation[] {
  const needed = neededBy(config, role)?.grants;
  if (!needed) return [{ address: role.address, message: "Use it for one thing only: a role for each." }];
  const granted = config
    .referrers("aws_iam_role_policy", "role", role)
    .flatMap((policy) => statementsOf(policy, "policy"))
    .flatMap((statement) =>
      valuesAt(statement, "Action").flatMap((action) =>
        valuesAt(statement, "Resource").map((resource) => grantOf(String(action), String(resource))),
      ),
    );
  const address = role.address;
  return [
    ...granted
      .filter((grant, index) => !needed.includes(grant) || granted.indexOf(grant) !== index)
      .map((grant) => ({ address, message: `Take from it: ${grant}. It has no use for that.` })),
    ...needed
      .filter((grant) => !granted.includes(grant))
      .map((grant) => ({ address, message: `Grant it: ${grant}.` })),
  ];
}

function executionRoleSuffices(config: Configuration, task: Block): boolean {
  const policies = config
    .targets(task.get("execution_role_arn"), "aws_iam_role")
    .flatMap((role) => config.referrers("aws_iam_role_policy", "role", role));
  const allowed = policies
    .flatMap((policy) => statementsOf(policy, "policy"))
    .filter(({ Effect }) => Effect === "Allow");
  const may = (action: string, block: Block) =>
    allowed.some(
      ({ Action, Resource }) => [Action].flat().includes(action) && config.refersTo(Resource, block),
    );
  return config.targets(task.get("container_definitions")).every((used) => {
    if (used.type === "aws_secretsmanager_secret") return may("secretsmanager:GetSecretValue", used);
    return used.type !== "aws_cloudwatch_log_group" || may("logs:PutLogEvents", used);
  });
}

/** Actions for which AWS has no resource-level permission (service authorization reference). */
const WITHOUT_RESOURCE = new Set([
  "logs:DescribeLogGroups",
  "ecr:GetAuthorizationToken",
  "ssmmessages:CreateControlChannel",
  "ssmmessages:CreateDataChannel",
  "ssmmessages:OpenControlChannel",
  "ssmmessages:OpenDataChannel",
]);

function broadStatements(policy: Block, document: Json | undefined): Violation[] {
  if (document === undefined)
    return [{ address: policy.address, message: "Write the policy as plain JSON." }];
  const statements = valuesAt(document, "Statement") as JsonObject[];
  return statements
    .filter(({ Effect }) => Effect === "Allow")
    .flatMap((statement) => {
      const actions = valuesAt(statement, "Action").map(String);
      const everywhere = valuesAt(statement, "Resource").includes("*");
      return [
        ...actions
          .filter((action) => action.includes("*"))
          .map((action) => ({
            address: policy.address,
            message: `Name the actions instead of '${action}'.`,
          })),
        ...actions
          .filter((action) => everywhere && !action.includes("*") && !WITHOUT_RESOURCE.has(action))
          .map((action) => ({
            address: policy.address,
            message: `Name the resources of '${action}' instead of '*'.`,
          })),
      ];
    });
}
