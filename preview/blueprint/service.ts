/** Reads the ECS services that the target group gets its targets from, and their task definitions. */
import { UserError } from "../../cli/user-error.ts";
import type { TargetGroup } from "./balancer.ts";
import type { Block, Stack } from "./stack.ts";

export interface ContainerBlueprint {
  /** Address of the task definition. */
  address: string;
  family: string;
  name: string;
  image: string;
  /** Variables as the task would see them in AWS: plain ones, then those from secrets. */
  environment: { [name: string]: string };
  secrets: { [name: string]: string };
  /** Overrides of the image's contract. */
  command: string[] | undefined;
  entryPoint: string[] | undefined;
  ports: number[];
  /** Of the whole task. */
  memoryMiB: number;
  /** Seconds from SIGTERM to SIGKILL. */
  stopTimeout: number;
  /** Containers of the task that must have ended well before this one starts, in the order in which they run. */
  before: ContainerBlueprint[];
}

export interface DeploymentAlarms {
  names: string[];
  rollback: boolean;
  /**
   * Seconds for which they are watched once all tasks are replaced. ECS computes them from the alarms' periods
   * (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-alarm-failure.html).
   */
  bakeSeconds: number;
}

/** A capacity provider's part of a strategy. */
export interface ProviderShare {
  provider: string;
  /** Tasks that it has before the weights count. */
  base: number;
  weight: number;
}

export interface ServiceBlueprint {
  address: string;
  name: string;
  cluster: { name: string; arn: string };
  desired: number;
  strategy: ProviderShare[];
  minimumHealthyPercent: number;
  maximumPercent: number;
  circuitBreaker: { enabled: boolean; rollback: boolean };
  /** The alarms that fail a deployment when one rings. */
  deploymentAlarms: DeploymentAlarms;
  /** Seconds for which failing health checks of a new task do not count. */
  gracePeriod: number;
  container: ContainerBlueprint;
  /** Port that the service registers with the target group. */
  containerPort: number;
}

/** The services that register tasks with a target group: first the one that has some from the beginning on. */
export function findServices(stack: Stack, targetGroup: TargetGroup): [Block, ...Block[]] {
  const [first, ...others] = stack
    .all("aws_ecs_service")
    .filter((candidate) =>
      candidate.references("load_balancer").some(({ address }) => address === targetGroup.address),
    )
    .toSorted((a, b) => Number(b.number("desired_count", 0) > 0) - Number(a.number("desired_count", 0) > 0));
  if (!first) throw new UserError(`${targetGroup.address}: no aws_ecs_service registers tasks with it.`);
  return [first, ...others];
}

export function readService(service: Block): ServiceBlueprint {
  if (service.raw("launch_type") !== undefined && service.raw("capacity_provider_strategy") !== undefined)
    throw service.error("launch_type", "excludes capacity_provider_strategy: remove it");
  const container = readContainer(
    service.follow("task_definition", "aws_ecs_task_definition"),
    service.text("load_balancer.container_name"),
    service,
  );
  const containerPort = service.number("load_balancer.container_port");
  if (!container.ports.includes(containerPort)) {
    throw service.error(
      "load_balancer.container_port",
      `is ${containerPort}, but container "${container.name}" of ${container.address} maps ${container.ports.join(", ") || "no port"}`,
    );
  }
  return {
    address: service.address,
    name: service.text("name"),
    cluster: readCluster(service),
    desired: service.number("desired_count", 0),
    strategy: service.list("capacity_provider_strategy").map((_, index) => ({
      provider: service.text(`capacity_provider_strategy.${index}.capacity_provider`),
      base: service.number(`capacity_provider_strategy.${index}.base`, 0),
      weight: service.number(`capacity_provider_strategy.${index}.weight`, 0),
    })),
    minimumHealthyPercent: service.number("deployment_minimum_healthy_percent", 100),
    maximumPercent: service.number("deployment_maximum_percent", 200),
    circuitBreaker: {
      enabled: service.boolean("deployment_circuit_breaker.enable", false),
      rollback: service.boolean("deployment_circuit_breaker.rollback", false),
    },
    deploymentAlarms: readDeploymentAlarms(service),
    gracePeriod: service.number("health_check_grace_period_seconds", 0),
    container,
    containerPort,
  };
}

function readDeploymentAlarms(service: Block): DeploymentAlarms {
  const alarms = service.boolean("alarms.enable", false)
    ? service.references("alarms.alarm_names").filter(({ type }) => type === "aws_cloudwatch_metric_alarm")
    : [];
  const seconds = alarms.map((alarm) => {
    const period = alarm.number("period", alarm.number("metric_query.1.metric.period", 60));
    return period * alarm.number("evaluation_periods");
  });
  return {
    names: alarms.map((alarm) => alarm.text("alarm_name")),
    rollback: service.boolean("alarms.rollback", false),
    bakeSeconds: Math.max(0, ...seconds),
  };
}

function readCluster(service: Block): ServiceBlueprint["cluster"] {
  const cluster = service.follow("cluster", "aws_ecs_cluster");
  return { name: cluster.text("name"), arn: String(cluster.attribute("arn")) };
}

interface Pair {
  name: string;
  value: string;
}

/** A container definition as `RegisterTaskDefinition` takes it. */
interface Container {
  name: string;
  image?: string;
  environment?: Pair[];
  secrets?: { name: string; valueFrom: string }[];
  command?: string[];
  entryPoint?: string[];
  portMappings?: { containerPort: number }[];
  stopTimeout?: number;
  essential?: boolean;
  dependsOn?: { containerName: string; condition: string }[];
}

const ATTRIBUTE = "container_definitions";

function readContainer(definition: Block, name: string, service: Block): ContainerBlueprint {
  const containers = parse(definition, ATTRIBUTE);
  if (containers.some((candidate) => candidate.name === name))
    return toBlueprint(definition, containers, name);
  const names = containers.map((candidate) => candidate.name).join(", ");
  throw service.error(
    "load_balancer.container_name",
    `is "${name}", but ${definition.address} has: ${names}`,
  );
}

function toBlueprint(definition: Block, containers: Container[], name: string): ContainerBlueprint {
  const container = containers.find((candidate) => candidate.name === name);
  if (!container) throw definition.error(ATTRIBUTE, `has no container "${name}", for which another waits`);
  const before = (container.dependsOn ?? []).flatMap(({ containerName, condition }) => {
    if (condition !== "SUCCESS")
      throw definition.error(ATTRIBUTE, `waits for ${condition}: the preview knows the condition SUCCESS`);
    const other = toBlueprint(definition, containers, containerName);
    return [...other.before, other];
  });
  const secrets = (container.secrets ?? []).map(({ name, valueFrom }) => [
    name,
    definition.stack.secrets.valueFrom(valueFrom, definition, `${ATTRIBUTE} secret ${name}`),
  ]);
  return {
    address: definition.address,
    family: definition.text("family"),
    name,
    image: container.image ?? "",
    environment: Object.fromEntries(
      (container.environment ?? []).map(({ name, value }) => [name, String(value)]),
    ),
    secrets: Object.fromEntries(secrets),
    command: container.command,
    entryPoint: container.entryPoint,
    ports: (container.portMappings ?? []).map((mapping) => Number(mapping.containerPort)),
    memoryMiB: definition.number("memory"),
    stopTimeout: container.stopTimeout ?? 30,
    before,
  };
}

function parse(definition: Block, attribute: string): Container[] {
  const text = definition.text(attribute);
  try {
    const containers = JSON.parse(text);
    if (Array.isArray(containers)) return containers;
  } catch (error) {
    throw definition.error(attribute, `is not JSON: ${(error as Error).message}`);
  }
  throw definition.error(attribute, "is not a list of containers");
}
