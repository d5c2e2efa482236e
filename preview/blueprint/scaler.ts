/** Reads the scalable target of the service, its target-tracking policy and its scheduled actions. */
import { UserError } from "../../cli/user-error.ts";
import type { TrackingPolicy } from "../../local/scaling/target-tracking.ts";
import type { ServiceBlueprint } from "./service.ts";
import type { Block, Stack } from "./stack.ts";

export interface ScheduledAction {
  address: string;
  /** `cron(…)`, `rate(…)` or `at(…)`. */
  schedule: string;
  timezone: string;
  minimum: number | undefined;
  maximum: number | undefined;
}

export interface ScalerBlueprint extends TrackingPolicy {
  /** Address of the policy. */
  address: string;
  targetAddress: string;
  scheduled: ScheduledAction[];
}

export function readScaler(stack: Stack, service: ServiceBlueprint): ScalerBlueprint {
  const cluster = stack.all("aws_ecs_service").find(({ address }) => address === service.address)!;
  const clusterName = cluster.follow("cluster", "aws_ecs_cluster").text("name");
  const resourceId = `service/${clusterName}/${service.name}`;
  const target = stack
    .all("aws_appautoscaling_target")
    .find((candidate) => candidate.text("resource_id") === resourceId);
  if (!target)
    throw new UserError(
      `${service.address}: no aws_appautoscaling_target has the resource_id "${resourceId}".`,
    );
  const ofService = (block: Block) => block.text("resource_id") === resourceId;
  const policy = stack.all("aws_appautoscaling_policy").find(ofService);
  if (!policy) throw target.error(undefined, "no aws_appautoscaling_policy scales it");
  const minimum = target.number("min_capacity");
  const maximum = target.number("max_capacity");
  if (service.desired < minimum || service.desired > maximum)
    throw target.error(
      "min_capacity",
      `desired count ${service.desired} is not within ${minimum} to ${maximum}`,
    );
  const tracking = "target_tracking_scaling_policy_configuration";
  const metric = policy.text(`${tracking}.predefined_metric_specification.predefined_metric_type`);
  if (metric !== "ECSServiceAverageCPUUtilization")
    throw policy.error(
      `${tracking}.predefined_metric_specification`,
      `"${metric}" is a metric that the preview cannot measure`,
    );
  return {
    address: policy.address,
    targetAddress: target.address,
    minimum,
    maximum,
    targetPercent: policy.number(`${tracking}.target_value`),
    scaleOutCooldown: policy.number(`${tracking}.scale_out_cooldown`, 300),
    scaleInCooldown: policy.number(`${tracking}.scale_in_cooldown`, 300),
    scaleInDisabled: policy.boolean(`${tracking}.disable_scale_in`, false),
    scheduled: stack.all("aws_appautoscaling_scheduled_action").filter(ofService).map(readScheduledAction),
  };
}

function readScheduledAction(action: Block): ScheduledAction {
  const capacity = (name: string) => {
    const path = `scalable_target_action.${name}`;
    return action.raw(path) === undefined ? undefined : action.number(path);
  };
  return {
    address: action.address,
    schedule: action.text("schedule"),
    timezone: action.text("timezone", "UTC"),
    minimum: capacity("min_capacity"),
    maximum: capacity("max_capacity"),
  };
}
