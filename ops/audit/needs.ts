import type { Block, Configuration } from "../../local/terraform-json/index.ts";
import { valuesAt } from "../../local/terraform-json/index.ts";
import { containers } from "./container.ts";

/** `logs:PutLogEvents on ${aws_cloudwatch_log_group.X.arn}:*` */
export const grantOf = (action: string, resource: string) => `${action} on ${resource}`;

const all = (actions: string[], resource: string) => actions.map((action) => grantOf(action, resource));
const writing = (group: Block) =>
  all(["logs:CreateLogStream", "logs:PutLogEvents"], `\${${group.address}.arn}:*`);
const finding = (group: Block) => [
  grantOf("logs:DescribeLogGroups", "*"),
  grantOf("logs:DescribeLogStreams", `\${${group.address}.arn}:*`),
];

const PULLING = ["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"];
const ECR = /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?\/([^:@]+)/;
const SHELLS = ["CreateControlChannel", "CreateDataChannel", "OpenControlChannel", "OpenDataChannel"];

/** What starts a task: its log, its secrets, its image. */
function startingA(config: Configuration, task: Block): string[] {
  return containers(task).flatMap((container) => {
    const [, account, region, repository] = ECR.exec(String(container.image)) ?? [];
    const partition = config.data.find(({ type }) => type === "aws_partition");
    return [
      ...config.targets(container.logConfiguration, "aws_cloudwatch_log_group").flatMap(writing),
      ...config
        .targets(valuesAt(container, "secrets.valueFrom"), "aws_secretsmanager_secret")
        .map((secret) => grantOf("secretsmanager:GetSecretValue", `\${${secret.address}.arn}`)),
      ...(account === undefined
        ? []
        : [
            grantOf("ecr:GetAuthorizationToken", "*"),
            ...all(
              PULLING,
              `arn:\${${partition?.address}.partition}:ecr:${region}:${account}:repository/${repository}`,
            ),
          ]),
    ];
  });
}

/** What the process itself needs in AWS: nothing, but for shells. */
function insideA(config: Configuration, task: Block): string[] {
  const services = config.referrers("aws_ecs_service", "task_definition", task);
  if (!services.some((service) => service.get("enable_execute_command") === true)) return [];
  const groups = services
    .flatMap((service) => config.targets(service.get("cluster"), "aws_ecs_cluster"))
    .flatMap((cluster) => config.targets(cluster.get("configuration"), "aws_cloudwatch_log_group"));
  return [
    ...all(
      SHELLS.map((action) => `ssmmessages:${action}`),
      "*",
    ),
    ...groups.flatMap((group) => [...finding(group), ...writing(group)]),
  ];
}

const writingFlows = (config: Configuration, flow: Block) =>
  config
    .targets(flow.get("log_destination"), "aws_cloudwatch_log_group")
    .flatMap((group) => [...finding(group), ...writing(group)]);

const TASKS = "ecs-tasks.amazonaws.com";
/** Who uses a role, by which argument, whom AWS lets assume it then, and what it needs for that. */
const PURPOSES = [
  { user: "aws_ecs_task_definition", argument: "execution_role_arn", service: TASKS, needs: startingA },
  { user: "aws_ecs_task_definition", argument: "task_role_arn", service: TASKS, needs: insideA },
  {
    user: "aws_flow_log",
    argument: "iam_role_arn",
    service: "vpc-flow-logs.amazonaws.com",
    needs: writingFlows,
  },
] as const;

interface Need {
  /** Who assumes the role: AWS's service that does for it what it is there for. */
  readonly service: string;
  /** Everything that it must be allowed. */
  readonly grants: readonly string[];
}

/** What a role is there for; undefined when it is used for nothing, or for more than one thing. */
export function neededBy(config: Configuration, role: Block): Need | undefined {
  const uses = PURPOSES.flatMap(({ user, argument, ...purpose }) =>
    config.referrers(user, argument, role).map((block) => ({ block, ...purpose })),
  );
  const others = config.blocks.filter(
    (block) => block.type !== "aws_iam_role_policy" && config.refersTo(block.body, role),
  );
  const [use] = uses;
  return use && uses.length === 1 && others.length === 1
    ? { service: use.service, grants: use.needs(config, use.block) }
    : undefined;
}
