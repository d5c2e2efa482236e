/** What ECS says of a service, in its own words. */
import { DescribeLogStreamsCommand, GetLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  type Deployment,
  DescribeServicesCommand,
  DescribeTasksCommand,
  ListTasksCommand,
  type Service,
  type Task,
} from "@aws-sdk/client-ecs";
import { UserError } from "../../cli/user-error.ts";
import { synthesise } from "../../local/synthesise.ts";
import type { JsonObject } from "../../local/terraform-json/index.ts";
import { Configuration } from "../../local/terraform-json/index.ts";
import { alarmsOf } from "../alarms.ts";
import { isFallback } from "../audit/fallback.ts";
import type { Aws } from "../aws.ts";
import type { EnvironmentSettings } from "../environment/settings-file.ts";

/** What a stack's parts are called. */
export interface ServiceName {
  readonly cluster: string;
  readonly service: string;
  /** What stands in for it on demand; with SPOT_FALLBACK_TASKS. */
  readonly fallback?: string;
  readonly logGroup: string;
  readonly balancer: string;
  readonly alarms: readonly string[];
}

/** What an environment's parts are called. A sale's schedule that is over, which a deployment refuses, has no say in it. */
export async function partsOf(
  { variables }: Pick<EnvironmentSettings, "variables">,
  signal: AbortSignal,
): Promise<ServiceName> {
  return serviceNameOf(await synthesise({ ...variables, ...NO_SCHEDULES }, signal));
}

/** Over the settings, for what makes and changes nothing. */
export const NO_SCHEDULES = { SCHEDULED_MINIMUMS: undefined };

/** Reads the names from the synthesised stack: of the service in front and of its fallback; of the alarms those that tell somebody. */
export function serviceNameOf(stack: JsonObject): ServiceName {
  const config = new Configuration(stack);
  const names = (type: string, argument = "name") =>
    config.of(type).map((block) => String(block.get(argument) ?? ""));
  const services = config.of("aws_ecs_service");
  const service = String(services.find((block) => !isFallback(block))?.get("name") ?? "");
  const fallback = services.find(isFallback)?.get("name");
  return {
    service,
    ...(fallback !== undefined && { fallback: String(fallback) }),
    cluster: names("aws_ecs_cluster")[0] ?? "",
    logGroup: `/aws/ecs/${service.replace(/^service-/, "")}`,
    balancer: names("aws_lb")[0] ?? "",
    alarms: alarmsOf(config, undefined).map(({ block }) => String(block.get("alarm_name") ?? "")),
  };
}

/** @returns undefined while there is no such service */
export async function describeService(
  { ecs }: Pick<Aws, "ecs">,
  { cluster, service }: ServiceName,
): Promise<Service | undefined> {
  try {
    const { services = [] } = await ecs.send(new DescribeServicesCommand({ cluster, services: [service] }));
    return services.find(({ status }) => status === "ACTIVE");
  } catch (error) {
    if ((error as Error).name === "ClusterNotFoundException") return undefined;
    throw error;
  }
}

/** @throws UserError when there is none: what acts on a live environment would make one */
export async function demandService(aws: Pick<Aws, "ecs">, name: ServiceName): Promise<Service> {
  const service = await describeService(aws, name);
  if (!service) throw new UserError(`There is no service ${name.service}: nothing is deployed.`);
  return service;
}

export const primary = (service: Service | undefined): Deployment | undefined =>
  service?.deployments?.find(({ status }) => status === "PRIMARY");

/** Tasks of the service, running or, for about an hour after their end, stopped. */
export async function listTasks(
  { ecs }: Pick<Aws, "ecs">,
  { cluster, service }: ServiceName,
  desiredStatus: "RUNNING" | "STOPPED",
): Promise<Task[]> {
  const { taskArns = [] } = await ecs.send(
    new ListTasksCommand({ cluster, serviceName: service, desiredStatus }),
  );
  if (taskArns.length === 0) return [];
  const { tasks = [] } = await ecs.send(new DescribeTasksCommand({ cluster, tasks: taskArns.slice(0, 100) }));
  return tasks;
}

/** Why a task stopped: the task's reason, its container's, and the exit code. */
export function whyStopped({ stopCode, stoppedReason, containers = [] }: Task): string {
  const ended = containers.filter(({ exitCode, reason }) => exitCode !== undefined || reason);
  const of = ended.map(({ name, exitCode, reason }) =>
    [name, exitCode === undefined ? "" : `exit code ${exitCode}`, reason ?? ""].filter(Boolean).join(", "),
  );
  return [`${stopCode ?? "Stopped"}: ${stoppedReason ?? "no reason was given"}`, ...of].join("; ");
}

/** A task that was stopped to make place, as each deployment and each scaling does. */
export const wasReplaced = ({ stopCode }: Task): boolean =>
  stopCode === "ServiceSchedulerInitiated" || stopCode === "SpotInterruption" || stopCode === "UserInitiated";

/** The last lines that a task wrote. */
export async function lastLines(
  { logs }: Pick<Aws, "logs">,
  { logGroup }: ServiceName,
  { taskArn = "" }: Task,
  limit = 5,
): Promise<string[]> {
  const id = taskArn.slice(taskArn.lastIndexOf("/") + 1);
  try {
    const { logStreams = [] } = await logs.send(
      new DescribeLogStreamsCommand({
        logGroupName: logGroup,
        orderBy: "LastEventTime",
        descending: true,
        limit: 50,
      }),
    );
    const stream = logStreams.find(({ logStreamName }) => logStreamName?.endsWith(`/${id}`));
    if (!stream) return [];
    const { events = [] } = await logs.send(
      new GetLogEventsCommand({
        logGroupName: logGroup,
        logStreamName: stream.logStreamName,
        limit,
        startFromHead: false,
      }),
    );
    return events.map(({ message = "" }) => message.trim());
  } catch (error) {
    if ((error as Error).name === "ResourceNotFoundException") return [];
    throw error;
  }
}
