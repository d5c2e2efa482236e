/** What a forecast reads from the synthesised stack. */
import { UserError } from "../../cli/user-error.ts";
import type { TrackingPolicy } from "../../local/scaling/target-tracking.ts";
import type { Block, Configuration, JsonObject } from "../../local/terraform-json/index.ts";

export interface Service extends TrackingPolicy {
  /** Processors of a task. */
  taskCpus: number;
  memoryGigabytes: number;
  /** Tasks that are never on Spot. */
  onDemandBase: number;
  /** Connections of a task to the database, at most. */
  poolMax: number;
  /** Expressions of Application Auto Scaling; `undefined` leaves a limit as it is. */
  scheduled: { schedule: string; timezone: string; minimum?: number; maximum?: number }[];
  databaseClass: string;
  /** All of the cluster's. */
  databaseInstances: number;
  /** How long answers are kept, seconds. */
  edgeSeconds: number;
  cacheSeconds: number;
  /** Between two health checks, and how many a task must pass. */
  checkSeconds: number;
}

/** What the API does without a variable; see api/README.md. */
const API_DEFAULTS = { DB_POOL_MAX: 10, CACHE_CONTROL_S_MAXAGE: 30, CACHE_TTL_SECONDS: 30 };

/** @throws UserError for a stack that has not one of what is needed, or an expression in place of a number. */
export function readService(config: Configuration): Service {
  const one = (type: string): Block => {
    const [found, ...more] = config.of(type);
    if (!found || more.length > 0)
      throw new UserError(`The forecast needs one ${type}; the stack has ${config.of(type).length}.`);
    return found;
  };
  // The service that follows the load: another may stand by for when Spot is short (SPOT_FALLBACK_TASKS).
  const tracking = "target_tracking_scaling_policy_configuration";
  const policy = config.of("aws_appautoscaling_policy").find((each) => each.blocks(tracking).length > 0);
  if (!policy) throw new UserError("No aws_appautoscaling_policy of the stack tracks a target.");
  const [target] = config.targets(policy.get("resource_id"), "aws_appautoscaling_target");
  if (!target)
    throw new UserError(`${policy.address}: no aws_appautoscaling_target of the stack is its own.`);
  const [service] = config.targets(target.get("resource_id"), "aws_ecs_service");
  if (!service) throw new UserError(`${target.address}: no aws_ecs_service of the stack is its own.`);
  const [task] = config.targets(service.get("task_definition"), "aws_ecs_task_definition");
  if (!task) throw new UserError(`${service.address}: no aws_ecs_task_definition of the stack is its own.`);
  const number = (block: Block, path: string): number => {
    const value = block.number(path);
    if (Number.isNaN(value)) throw new UserError(`${block.address}: ${path} is no number.`);
    return value;
  };
  const optional = (block: Block, path: string, fallback: number): number =>
    block.get(path) === undefined ? fallback : number(block, path);
  const instances = config.of("aws_rds_cluster_instance");
  const variables = variablesOf(task);
  const variable = (name: keyof typeof API_DEFAULTS) => Number(variables.get(name) ?? API_DEFAULTS[name]);
  const group = one("aws_lb_target_group");
  return {
    minimum: number(target, "min_capacity"),
    maximum: number(target, "max_capacity"),
    targetPercent: number(policy, `${tracking}.target_value`),
    scaleOutCooldown: optional(policy, `${tracking}.scale_out_cooldown`, 300),
    scaleInCooldown: optional(policy, `${tracking}.scale_in_cooldown`, 300),
    scaleInDisabled: policy.get(`${tracking}.disable_scale_in`) === true,
    taskCpus: number(task, "cpu") / 1024,
    memoryGigabytes: number(task, "memory") / 1024,
    onDemandBase: service
      .blocks("capacity_provider_strategy")
      .filter(({ capacity_provider: name }) => name === "FARGATE")
      .reduce((sum, { base }) => sum + Number(base ?? 0), 0),
    poolMax: variable("DB_POOL_MAX"),
    scheduled: config
      .referrers("aws_appautoscaling_scheduled_action", "resource_id", target)
      .map(scheduledAction),
    databaseClass: String(instances[0]?.get("instance_class")),
    databaseInstances: instances.length,
    edgeSeconds: variable("CACHE_CONTROL_S_MAXAGE"),
    cacheSeconds: variable("CACHE_TTL_SECONDS"),
    checkSeconds: number(group, "health_check.interval"),
  };
}

function scheduledAction(action: Block): Service["scheduled"][number] {
  const limit = (name: string) => {
    const value = action.number(`scalable_target_action.${name}`);
    return Number.isNaN(value) ? undefined : value;
  };
  const [minimum, maximum] = [limit("min_capacity"), limit("max_capacity")];
  return {
    schedule: String(action.get("schedule")),
    timezone: String(action.get("timezone") ?? "UTC"),
    ...(minimum === undefined ? {} : { minimum }),
    ...(maximum === undefined ? {} : { maximum }),
  };
}

/** Plain environment variables of the task's containers. */
function variablesOf(task: Block): Map<string, string> {
  const containers = task.json("container_definitions");
  const list = Array.isArray(containers) ? (containers as JsonObject[]) : [];
  return new Map(
    list
      .flatMap(({ environment }) => (Array.isArray(environment) ? (environment as JsonObject[]) : []))
      .map(({ name, value }) => [String(name), String(value)]),
  );
}
