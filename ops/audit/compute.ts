import type { Configuration } from "../../local/terraform-json/index.ts";
import { servicesInFront } from "./fallback.ts";
import { demand, each, type Rule, rule } from "./rule.ts";

const services = (config: Configuration) => config.of("aws_ecs_service");
const tasks = (config: Configuration) => config.of("aws_ecs_task_definition");

/** ECS: the service, its tasks and its capacity. */
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
    id: "fargate-spot",
    source: "Core Requirements, 1; Constraints",
    words: "Use FARGATE_SPOT capacity provider for cost optimization",
    check: (config) => [
      ...each(
        servicesInFront(config),
        (service) =>
          service
            .blocks("capacity_provider_strategy")
            .some(
              ({ capacity_provider, weight }) => capacity_provider === "FARGATE_SPOT" && Number(weight) > 0,
            ),
        "Give FARGATE_SPOT a weight above 0 in capacity_provider_strategy.",
      ),
      ...each(
        servicesInFront(config),
        (service) =>
          service
            .blocks("capacity_provider_strategy")
            .every(
              ({ capacity_provider, weight }, index, all) =>
                (capacity_provider === "FARGATE_SPOT" || Number(weight ?? 0) === 0) &&
                all.findIndex((other) => other.capacity_provider === capacity_provider) === index,
            ),
        "Name each provider once, and let others than FARGATE_SPOT have a base at most: set their weight to 0.",
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
    words: "Functionality: ECS service successfully runs containers before an apply is over",
    check: (config) =>
      each(
        services(config),
        (service) => service.get("wait_for_steady_state") === true,
        "Set wait_for_steady_state to true, or an apply is over before the new tasks have shown that they work.",
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
];
