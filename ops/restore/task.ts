/** The one-off task that copies: the service's own image, network, role and log, with the owner's password. */
import {
  type ContainerDefinition,
  DeregisterTaskDefinitionCommand,
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
} from "@aws-sdk/client-ecs";
import { UserError } from "../../cli/user-error.ts";
import type { Aws } from "../aws.ts";
import { demandService, lastLines, primary, type ServiceName, whyStopped } from "../deploy/ecs.ts";
import type { Poller } from "./poller.ts";

const CONTAINER = "restore";

export interface CopyTask {
  readonly name: ServiceName;
  readonly suffix: string;
  /** Host name of the restored cluster. */
  readonly from: string;
  readonly tables: readonly string[];
}

/** The running revision's container that has the owner's password. @throws UserError when nothing runs */
export async function ownersContainer(
  { ecs }: Pick<Aws, "ecs">,
  name: ServiceName,
): Promise<{ container: ContainerDefinition; secretArn: string; taskDefinition: string }> {
  const service = await demandService({ ecs }, name);
  const taskDefinition = primary(service)?.taskDefinition ?? service.taskDefinition ?? "";
  const found = await ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition }));
  const container = found.taskDefinition?.containerDefinitions?.find((each) => each.name === "migrate");
  const secretArn = container?.secrets?.find((secret) => secret.name === "DB_PASSWORD")?.valueFrom;
  if (!container || !secretArn)
    throw new UserError(
      `The tasks of ${name.service} have no container 'migrate' with the owner's password: deploy first.`,
    );
  return { container, secretArn, taskDefinition };
}

/** Runs it to its end. @returns what it logged. @throws UserError with ECS's reason when it failed */
export async function runCopy(
  aws: Pick<Aws, "ecs" | "logs">,
  { name, suffix, from, tables }: CopyTask,
  wait: Poller,
): Promise<string[]> {
  const { ecs } = aws;
  const { container, taskDefinition: running } = await ownersContainer(aws, name);
  const { taskDefinition: like } = await ecs.send(
    new DescribeTaskDefinitionCommand({ taskDefinition: running }),
  );
  const service = await demandService(aws, name);
  const { taskDefinition } = await ecs.send(
    new RegisterTaskDefinitionCommand({
      family: `task-restore-${suffix}`,
      requiresCompatibilities: ["FARGATE"],
      networkMode: "awsvpc",
      cpu: like?.cpu,
      memory: like?.memory,
      runtimePlatform: like?.runtimePlatform,
      executionRoleArn: like?.executionRoleArn,
      containerDefinitions: [
        {
          ...container,
          name: CONTAINER,
          essential: true,
          command: ["node", "src/setup/restore.ts"],
          environment: [
            ...(container.environment ?? []),
            { name: "RESTORED_HOST", value: from },
            { name: "RESTORED_TABLES", value: tables.join(",") },
          ],
        },
      ],
      tags: [
        { key: "Name", value: `task-restore-${suffix}` },
        { key: "Project", value: "catalog-api" },
        { key: "Environment", value: "production" },
      ],
    }),
  );
  const arn = taskDefinition?.taskDefinitionArn ?? "";
  try {
    wait.say(`Copying ${tables.join(", ")} …`);
    const { tasks = [], failures = [] } = await ecs.send(
      new RunTaskCommand({
        cluster: name.cluster,
        taskDefinition: arn,
        launchType: "FARGATE", // Spot may end it in the middle
        networkConfiguration: service.networkConfiguration,
        startedBy: "catalog restore",
      }),
    );
    const taskArn = tasks[0]?.taskArn;
    if (!taskArn)
      throw new UserError(
        `ECS did not start the task that copies: ${failures[0]?.reason ?? "it says nothing"}.`,
      );
    const described = async () =>
      (await ecs.send(new DescribeTasksCommand({ cluster: name.cluster, tasks: [taskArn] }))).tasks?.[0];
    await wait.until("the copy has ended", async () => (await described())?.lastStatus, "STOPPED");
    const task = (await described()) ?? {};
    const lines = await lastLines(aws, name, task, tables.length + 1);
    const ended = task.containers?.find((each) => each.name === CONTAINER);
    if (ended?.exitCode !== 0)
      throw new UserError(
        [`The copy failed. ${whyStopped(task)}`, ...lines.map((line) => `  its log: ${line}`)].join("\n"),
      );
    return lines;
  } finally {
    await ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition: arn }));
  }
}
