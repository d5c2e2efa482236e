/** Back to the last revision that held. */
import {
  DescribeServiceRevisionsCommand,
  DescribeTaskDefinitionCommand,
  ListServiceDeploymentsCommand,
} from "@aws-sdk/client-ecs";
import { UserError } from "../cli/user-error.ts";
import type { Aws } from "./aws.ts";
import { describeService, primary, type ServiceName } from "./deploy/ecs.ts";

export interface Way {
  /** The revision that reached a steady state before the present one. */
  readonly taskDefinition: string;
  readonly image: string;
  /** The present image, which is left. */
  readonly from: string;
}

/**
 * Looks for the newest deployment that reached a steady state with another image than the present one.
 *
 * @throws UserError when nothing is deployed, or ECS remembers no other
 */
export async function wayBack(aws: Pick<Aws, "ecs">, name: ServiceName): Promise<Way> {
  const service = await describeService(aws, name);
  const present = primary(service)?.taskDefinition ?? service?.taskDefinition;
  if (!service || !present) throw new UserError(`There is no service ${name.service}: nothing is deployed.`);
  const from = await imageOf(aws, present);
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
    if (!taskDefinition || taskDefinition === present) continue;
    const image = await imageOf(aws, taskDefinition);
    if (image !== from) return { taskDefinition, image, from };
  }
  throw new UserError(
    `ECS remembers no other image of ${name.service} that held: set CONTAINER_IMAGE, and deploy.`,
  );
}

async function imageOf({ ecs }: Pick<Aws, "ecs">, taskDefinition: string): Promise<string> {
  const found = await ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition }));
  const containers = found.taskDefinition?.containerDefinitions ?? [];
  return (containers.find(({ name }) => name === "api") ?? containers.at(-1))?.image ?? "";
}
