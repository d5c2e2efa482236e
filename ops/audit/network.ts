import { describePath, expectedPaths, openPaths } from "../reachability.ts";
import {
  type Block,
  type Configuration,
  embeddedJson,
  type Json,
  type JsonObject,
  valuesAt,
} from "../terraform-json.ts";
import { demand, each, type Rule, rule, type Violation } from "./rule.ts";

/** The subnets whose default route goes to a target of this type. */
function subnetsThrough(config: Configuration, argument: string, type: string): Block[] {
  return config
    .of("aws_subnet")
    .filter((subnet) =>
      config
        .referrers("aws_route_table_association", "subnet_id", subnet)
        .some((association) =>
          config
            .targets(association.get("route_table_id"))
            .some((table) =>
              config
                .referrers("aws_route", "route_table_id", table)
                .some((route) => config.targets(route.get(argument), type).length > 0),
            ),
        ),
    );
}

const publicSubnets = (config: Configuration) => subnetsThrough(config, "gateway_id", "aws_internet_gateway");
const zones = (subnets: readonly Block[]) =>
  new Set(subnets.map((subnet) => subnet.get("availability_zone")));
const same = (a: readonly unknown[], b: readonly unknown[]) =>
  a.length > 0 && a.length === b.length && a.every((each) => b.includes(each));

function privateSubnets(config: Configuration): Block[] {
  const open = publicSubnets(config);
  return config.of("aws_subnet").filter((subnet) => !open.includes(subnet));
}

const isPrivate = (config: Configuration, value: Json[]) => {
  const subnets = config.targets(value, "aws_subnet");
  return subnets.length > 1 && subnets.every((subnet) => privateSubnets(config).includes(subnet));
};

/** VPC, subnets, security groups, and what the roles may do. */
export const network: readonly Rule[] = [
  rule({
    id: "two-zones",
    source: "Core Requirements, 6",
    words: "VPC with public and private subnets across 2 availability zones",
    check: (config) => [
      ...demand(config.of("aws_vpc").length === 1, "aws_vpc", "Make exactly one VPC."),
      ...demand(
        zones(publicSubnets(config)).size === 2,
        "aws_subnet",
        "Make public subnets (default route to the internet gateway) in two availability zones.",
      ),
      ...demand(
        zones(privateSubnets(config)).size === 2,
        "aws_subnet",
        "Make private subnets (no route to the internet gateway) in two availability zones.",
      ),
    ],
  }),
  rule({
    id: "way-out-of-private-subnets",
    source: "ECS developer guide, Fargate task networking",
    words: "tasks in private subnets pull their image through NAT",
    check: (config) =>
      each(
        privateSubnets(config),
        (subnet) => subnetsThrough(config, "nat_gateway_id", "aws_nat_gateway").includes(subnet),
        "Give its route table a default route to a NAT gateway.",
      ),
  }),
  rule({
    id: "balancer-in-public-subnets",
    source: "Core Requirements, 2",
    words: "Application Load Balancer for distributing traffic",
    check: (config) => [
      ...demand(config.of("aws_lb").length > 0, "aws_lb", "There is no load balancer: add one."),
      ...each(
        config.of("aws_lb"),
        (balancer) =>
          balancer.get("load_balancer_type") === "application" &&
          balancer.get("internal") !== true &&
          same(config.targets(balancer.all("subnets")), publicSubnets(config)),
        "Make it an application load balancer, not internal, in all public subnets.",
      ),
    ],
  }),
  rule({
    id: "tasks-in-private-subnets",
    source: "Success Criteria",
    words: "Security: tasks cannot be reached from the internet",
    check: (config) =>
      each(
        config.of("aws_ecs_service"),
        (service) =>
          isPrivate(config, service.all("network_configuration.subnets")) &&
          service.get("network_configuration.assign_public_ip") !== true,
        "Put the service into the private subnets, with assign_public_ip false.",
      ),
  }),
  rule({
    id: "database-in-private-subnets",
    source: "Core Requirements, 3",
    words: "RDS Aurora PostgreSQL in private subnets",
    check: (config) => [
      ...each(
        config.of("aws_db_subnet_group"),
        (group) => isPrivate(config, group.all("subnet_ids")),
        "List only private subnets, of two zones.",
      ),
      ...each(
        config.of("aws_rds_cluster_instance"),
        (instance) => instance.get("publicly_accessible") !== true,
        "Set publicly_accessible to false.",
      ),
    ],
  }),
  rule({
    id: "balancer-to-tasks",
    source: "Core Requirements, 6",
    words: "Allow ALB to ECS traffic",
    check: (config) => demandPath(config, "load balancer → tasks tcp/3000"),
  }),
  rule({
    id: "tasks-to-database",
    source: "Core Requirements, 6",
    words: "Allow ECS to RDS traffic",
    check: (config) => demandPath(config, "tasks → database tcp/5432"),
  }),
  rule({
    id: "edge-to-balancer",
    source: "CloudFront developer guide, Restrict access to Application Load Balancers",
    words: "CloudFront, and nobody else, connects to the load balancer",
    check: (config) =>
      config
        .of("aws_lb_listener")
        .flatMap((listener) => demandPath(config, `CloudFront → load balancer tcp/${listener.get("port")}`)),
  }),
  rule({
    id: "tasks-to-aws",
    source: "ECS developer guide, Fargate task networking",
    words: "tasks reach the registry, Secrets Manager and CloudWatch",
    check: (config) => demandPath(config, "tasks → anywhere tcp/443"),
  }),
  rule({
    id: "least-privilege-network",
    source: "Core Requirements, 6; Constraints",
    words: "Security groups following least privilege principle",
    check: (config) => {
      const expected = expectedPaths(config);
      return openPaths(config)
        .filter((path) => !expected.includes(describePath(path)))
        .map((path) => ({
          address: path.rules.join(", "),
          message: `Opens ${describePath(path)}, which nothing needs: remove it.`,
        }));
    },
  }),
  rule({
    id: "standalone-security-group-rules",
    source: "hashicorp/terraform-provider-aws#32379",
    words: "no inline rules in a security group: they conflict with standalone rules",
    check: (config) =>
      each(
        config.of("aws_security_group"),
        ({ body }) => body.ingress === undefined && body.egress === undefined, // an empty list removes them all
        "Move the rules into aws_vpc_security_group_ingress_rule and _egress_rule.",
      ),
  }),
  rule({
    id: "default-security-group",
    source: "CIS AWS Foundations, 5.4",
    words: "the default security group admits nothing",
    check: (config) => [
      ...each(
        config.of("aws_vpc"),
        (vpc) => config.referrers("aws_default_security_group", "vpc_id", vpc).length > 0,
        "Add an aws_default_security_group without rules for it.",
      ),
    ],
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

function demandPath(config: Configuration, path: string): Violation[] {
  const open = openPaths(config).some((each) => describePath(each) === path && !each.half);
  return demand(
    open,
    "aws_vpc_security_group_ingress_rule",
    `Open ${path}, with an ingress and an egress rule.`,
  );
}

/** The text of a policy document at `path`, parsed, for rules of other themes. */
export const statementsOf = (block: Block, path: string): JsonObject[] =>
  valuesAt(embeddedJson(block.get(path)), "Statement") as JsonObject[];
