/** Back to the last revision that held. */
import {
  DescribeServiceRevisionsCommand,
  DescribeTaskDefinitionCommand,
  ListServiceDeploymentsCommand,
} from "@aws-sdk/client-ecs";
import { UserError } from "../cli/user-error.ts";
import type { Aws } from "./aws.ts";
import { demandService, primary, type ServiceName } from "./deploy/ecs.ts";

export interface Way {
  /** The revision that is gone back to. */
  readonly taskDefinition: string;
  readonly image: string;
  /** The image that is left. */
  readonly from: string;
}

/**
 * Looks for the newest deployment that reached a steady state with another image than the one to leave. When that one
 * failed, and ECS went back by itself, this is the image that runs.
 *
 * @param leave the image that was deployed last, as the settings say; default: the one that runs
 * @throws UserError when nothing is deployed, or ECS remembers no other
 */
export async function wayBack(aws: Pick<Aws, "ecs">, name: ServiceName, leave?: string): Promise<Way> {
  const service = await demandService(aws, name);
  const present = primary(service)?.taskDefinition ?? service.taskDefinition ?? "";
  const running = await imageOf(aws, present);
  const from = leave ?? running;
  const { serviceDeployments = [] } = await aws.ecs.send(
    new ListServiceDeploymentsCommand({
      cluster: name.cluster,
      service: name.service,
      status: ["SUCCESSFUL"],
    }),
  );
  const newestFirst = serviceDeployments.toSorted(
    (a, b) => (b.createdAt?.getTime() ?? 0) - (a.createdAt?.getTime() ?? 0),
  );
  for (const { targetServiceRevisionArn } of newestFirst) {
    if (!targetServiceRevisionArn) continue;
    const { serviceRevisions = [] } = await aws.ecs.send(
      new DescribeServiceRevisionsCommand({ serviceRevisionArns: [targetServiceRevisionArn] }),
    );
    const taskDefinition = serviceRevisions[0]?.taskDefinition;
    if (!taskDefinition) continue;
    const image = await imageOf(aws, taskDefinition);
    if (image !== from) return { taskDefinition, image, from };
  }
  if (running !== from) return { taskDefinition: present, image: running, from };
  throw new UserError(
    `ECS remembers no other image of ${name.service} that held: set CONTAINER_IMAGE, and deploy.`,
  );
}

async function imageOf({ ecs }: Pick<Aws, "ecs">, taskDefinition: string): Promise<string> {
  const found = await ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition }));
  const containers = found.taskDefinition?.containerDefinitions ?? [];
  return (containers.find(({ name }) => name === "api") ?? containers.at(-1))?.image ?? "";
}
