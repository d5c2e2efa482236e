import type { Block, Configuration, JsonObject } from "../terraform-json.ts";
import { valuesAt } from "../terraform-json.ts";
import { demand, each, type Rule, rule } from "./rule.ts";

const services = (config: Configuration) => config.of("aws_ecs_service");
const tasks = (config: Configuration) => config.of("aws_ecs_task_definition");
const scalingTargets = (config: Configuration) => config.of("aws_appautoscaling_target");

/** The containers of a task definition. */
export function containers(task: Block): JsonObject[] {
  const parsed = task.json("container_definitions");
  return Array.isArray(parsed) ? (parsed as JsonObject[]) : [];
}

/** A container's plain settings by name. */
export function environmentOf(container: JsonObject): ReadonlyMap<string, string> {
  const pairs = valuesAt(container, "environment") as { name: string; value: string }[];
  return new Map(pairs.map(({ name, value }) => [name, value]));
}

/** A container's secrets by name: the expression that says where each comes from. */
export function secretsOf(container: JsonObject): ReadonlyMap<string, string> {
  const pairs = valuesAt(container, "secrets") as { name: string; valueFrom: string }[];
  return new Map(pairs.map(({ name, valueFrom }) => [name, valueFrom]));
}

const everyContainer = (config: Configuration, holds: (container: JsonObject) => boolean, message: string) =>
  each(tasks(config), (task) => containers(task).length > 0 && containers(task).every(holds), message);

/** ECS: the service, its tasks, its capacity and its scaling. */
export const compute: readonly Rule[] = [
  rule({
    id: "fargate-service",
    source: "Core Requirements, 1",
    words: "ECS Fargate service running the API container",
    check: (config) => [
      ...demand(services(config).length > 0, "aws_ecs_service", "There is no ECS service: add one."),
      ...each(
        services(config),
        (service) => config.targets(service.get("task_definition"), "aws_ecs_task_definition").length === 1,
        "Let it run a task definition of this stack.",
      ),
      ...each(
        tasks(config),
        (task) =>
          task.all("requires_compatibilities").includes("FARGATE") && task.get("network_mode") === "awsvpc",
        'Set requires_compatibilities to ["FARGATE"] and network_mode to "awsvpc".',
      ),
    ],
  }),
  rule({
    id: "container-port",
    source: "Core Requirements, 1",
    words: "the API container on port 3000",
    check: (config) => [
      ...everyContainer(
        config,
        (container) =>
          valuesAt(container, "portMappings.containerPort").join() === "3000" &&
          environmentOf(container).get("PORT") === "3000",
        "Let the container listen on 3000, in portMappings and in the setting PORT.",
      ),
      ...each(
        services(config),
        (service) => service.number("load_balancer.container_port") === 3000,
        "Set load_balancer.container_port to 3000.",
      ),
      ...each(
        config.of("aws_lb_target_group"),
        (group) => group.number("port") === 3000,
        "Set port to 3000, what the container listens on.",
      ),
    ],
  }),
  rule({
    id: "fargate-spot",
    source: "Core Requirements, 1; Constraints",
    words: "Use FARGATE_SPOT capacity provider for cost optimization",
    check: (config) => [
      ...each(
        services(config),
        (service) =>
          service
            .blocks("capacity_provider_strategy")
            .some(
              ({ capacity_provider, weight }) => capacity_provider === "FARGATE_SPOT" && Number(weight) > 0,
            ),
        "Give FARGATE_SPOT a weight above 0 in capacity_provider_strategy.",
      ),
      ...each(
        services(config),
        (service) =>
          service
            .blocks("capacity_provider_strategy")
            .every(
              ({ capacity_provider, weight }) =>
                capacity_provider === "FARGATE_SPOT" || Number(weight ?? 0) === 0,
            ),
        "Let other providers have a base at most: set their weight to 0.",
      ),
      ...each(
        config.of("aws_ecs_cluster"),
        (cluster) =>
          config
            .referrers("aws_ecs_cluster_capacity_providers", "cluster_name", cluster)
            .some((association) => association.all("capacity_providers").includes("FARGATE_SPOT")),
        "Associate it with FARGATE_SPOT, in aws_ecs_cluster_capacity_providers.",
      ),
    ],
  }),
  rule({
    id: "no-launch-type",
    source: "ECS Service Configuration; Common Deployment Failures, 4",
    words: "Do NOT specify both launch_type and capacity_provider_strategy simultaneously",
    check: (config) =>
      each(
        services(config),
        (service) => service.get("launch_type") === undefined,
        "Remove launch_type: it is inferred from the capacity provider.",
      ),
  }),
  rule({
    id: "strategy-in-place",
    source: "Terraform registry, aws_ecs_service",
    words: "another strategy (ON_DEMAND_BASE_TASKS in a sale) changes the service and does not replace it",
    check: (config) =>
      each(
        services(config),
        (service) => service.get("force_new_deployment") === true,
        "Set force_new_deployment to true: without it provider 5 destroys the service first, and 6 refuses.",
      ),
  }),
  rule({
    id: "task-size",
    source: "Core Requirements, 1; Constraints",
    words: "ECS tasks must have exactly 1 vCPU and 2GB memory allocated",
    check: (config) =>
      each(
        tasks(config),
        (task) => task.number("cpu") === 1024 && task.number("memory") === 2048,
        (task) =>
          `Set cpu to 1024 and memory to 2048; they are ${task.get("cpu")} and ${task.get("memory")}.`,
      ),
  }),
  rule({
    id: "database-environment",
    source: "Core Requirements, 1",
    words: "Configure environment variables for database connection in ECS tasks",
    check: databaseEnvironment,
  }),
  rule({
    id: "scaling-bounds",
    source: "Core Requirements, 5",
    words: "Minimum 2 tasks, maximum 10 tasks",
    check: (config) => [
      ...demand(
        scalingTargets(config).length > 0,
        "aws_appautoscaling_target",
        "The service does not scale: add one.",
      ),
      ...each(
        scalingTargets(config),
        (target) =>
          target.number("min_capacity") >= 2 &&
          target.number("max_capacity") <= 10 &&
          target.number("min_capacity") <= target.number("max_capacity"),
        "Keep min_capacity at 2 or more and max_capacity at 10 or less.",
      ),
      ...each(
        config.of("aws_appautoscaling_scheduled_action"),
        (action) =>
          action.number("scalable_target_action.min_capacity") >= 2 &&
          action.number("scalable_target_action.max_capacity") <= 10,
        "Keep the scheduled minimum at 2 or more and the maximum at 10 or less.",
      ),
    ],
  }),
  rule({
    id: "scaling-on-cpu",
    source: "Core Requirements, 5; Success Criteria",
    words: "Scale based on CPU utilization",
    check: (config) =>
      each(
        scalingTargets(config),
        (target) =>
          config
            .referrers("aws_appautoscaling_policy", "resource_id", target)
            .some(
              (policy) =>
                policy.get(
                  "target_tracking_scaling_policy_configuration.predefined_metric_specification.predefined_metric_type",
                ) === "ECSServiceAverageCPUUtilization",
            ),
        "Add a target tracking policy on ECSServiceAverageCPUUtilization.",
      ),
  }),
  rule({
    id: "scaled-count-ignored",
    source: "aws/aws-cdk#3919",
    words: "desired_count is ignored in the lifecycle once it is auto-scaled",
    check: (config) =>
      each(
        services(config),
        (service) => service.all("lifecycle.ignore_changes").includes("desired_count"),
        'Add "desired_count" to lifecycle.ignore_changes, or each apply undoes the scaling.',
      ),
  }),
  rule({
    id: "rolling-deployment",
    source: "Success Criteria",
    words: "Reliability: a deployment keeps at least 100 % of the tasks",
    check: (config) =>
      each(
        services(config),
        (service) =>
          service.number("deployment_minimum_healthy_percent") === 100 &&
          service.number("deployment_maximum_percent") === 200,
        "Set deployment_minimum_healthy_percent to 100 and deployment_maximum_percent to 200.",
      ),
  }),
  rule({
    id: "circuit-breaker",
    source: "Constraints",
    words: "Include proper error handling: a deployment that does not get healthy is rolled back",
    check: (config) =>
      each(
        services(config),
        (service) =>
          service.get("deployment_circuit_breaker.enable") === true &&
          service.get("deployment_circuit_breaker.rollback") === true,
        "Set deployment_circuit_breaker.enable and .rollback to true.",
      ),
  }),
  rule({
    id: "steady-state",
    source: "Success Criteria",
    words: "Functionality: ECS service successfully runs containers, or the deployment fails",
    check: (config) =>
      each(
        services(config),
        (service) => service.get("wait_for_steady_state") === true,
        "Set wait_for_steady_state to true, or a rollback is reported as a success.",
      ),
  }),
  rule({
    id: "tags-on-tasks",
    source: "Core Requirements, 8",
    words: "Tag all resources: tasks take the tags of their service",
    check: (config) =>
      each(
        services(config),
        (service) => service.get("propagate_tags") === "SERVICE",
        'Set propagate_tags to "SERVICE".',
      ),
  }),
  rule({
    id: "zone-rebalancing",
    source: "Success Criteria",
    words: "Reliability: Multi-AZ deployment, and back to it after a zone was lost",
    check: (config) =>
      each(
        services(config),
        (service) => service.get("availability_zone_rebalancing") === "ENABLED",
        'Set availability_zone_rebalancing to "ENABLED": its default differs between provider versions.',
      ),
  }),
  rule({
    id: "stop-timeout",
    source: "ECS developer guide, Fargate Spot termination notices",
    words: "a Spot task has two minutes to finish what it serves",
    check: (config) =>
      everyContainer(
        config,
        ({ stopTimeout }) => stopTimeout === 120,
        "Set stopTimeout to 120, Fargate's maximum.",
      ),
  }),
  rule({
    id: "container-privileges",
    source: "Constraints",
    words: "least privilege principle: not root, and nothing of the image can be changed",
    check: (config) => {
      const shells = services(config).some((service) => service.get("enable_execute_command") === true);
      return everyContainer(
        config,
        ({ user, readonlyRootFilesystem, privileged }) =>
          typeof user === "string" &&
          !/^(0|root)?(:|$)/.test(user) &&
          privileged !== true &&
          (readonlyRootFilesystem === true || shells),
        "Give the container a user that is not root and a read-only root file system.",
      );
    },
  }),
];

function databaseEnvironment(config: Configuration) {
  const [cluster] = config.of("aws_rds_cluster");
  const refersTo = (value: string | undefined, attribute: string) =>
    cluster !== undefined && value === `\${${cluster.address}.${attribute}}`;
  const literal = (value: string | undefined, path: string) => value === String(cluster?.get(path));
  return tasks(config).flatMap((task) =>
    containers(task).flatMap((container) => {
      const settings = environmentOf(container);
      const wanted: [string, boolean, string][] = [
        ["DB_HOST", refersTo(settings.get("DB_HOST"), "endpoint"), "the cluster's endpoint"],
        ["DB_PORT", literal(settings.get("DB_PORT"), "port"), "the cluster's port"],
        ["DB_NAME", literal(settings.get("DB_NAME"), "database_name"), "the cluster's database_name"],
        ["DB_USER", literal(settings.get("DB_USER"), "master_username"), "the cluster's master_username"],
      ];
      return wanted
        .filter(([, right]) => !right)
        .map(([name, , what]) => ({ address: task.address, message: `Set ${name} to ${what}.` }));
    }),
  );
}
