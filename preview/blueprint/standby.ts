/** Reads the services that have no task until a step-scaling policy starts some, and those policies. */
import { UserError } from "../../cli/user-error.ts";
import { readService, type ServiceBlueprint } from "./service.ts";
import type { Block, Stack } from "./stack.ts";

/** From this much beyond the alarm's threshold on, and below the next, so many tasks. */
export interface Step {
  lower: number;
  upper: number;
  count: number;
}

export interface StepPolicy {
  address: string;
  /** Names of the alarms that call it, each with what it is beyond. */
  alarms: { name: string; threshold: number }[];
  steps: Step[];
  /** Seconds after it has acted in which it does not act again. */
  cooldown: number;
}

export interface StandbyBlueprint {
  service: ServiceBlueprint;
  minimum: number;
  maximum: number;
  policies: StepPolicy[];
}

export function readStandby(stack: Stack, service: Block): StandbyBlueprint {
  const blueprint = readService(service);
  const target = stack
    .all("aws_appautoscaling_target")
    .find((candidate) => candidate.refersTo("resource_id", service));
  if (!target) throw new UserError(`${service.address}: no aws_appautoscaling_target gives it tasks.`);
  const policies = stack
    .all("aws_appautoscaling_policy")
    .filter((policy) => policy.refersTo("resource_id", target));
  return {
    service: blueprint,
    minimum: target.number("min_capacity"),
    maximum: target.number("max_capacity"),
    policies: policies.map((policy) => readPolicy(stack, policy)),
  };
}

const CONFIGURATION = "step_scaling_policy_configuration";

function readPolicy(stack: Stack, policy: Block): StepPolicy {
  const adjustment = policy.text(`${CONFIGURATION}.adjustment_type`, "");
  if (adjustment !== "ExactCapacity")
    throw policy.error(
      `${CONFIGURATION}.adjustment_type`,
      `is "${adjustment}": beside the first service the preview knows step scaling by ExactCapacity`,
    );
  const alarms = stack
    .all("aws_cloudwatch_metric_alarm")
    .filter((alarm) => alarm.refersTo("alarm_actions", policy));
  if (alarms.length === 0) throw policy.error(undefined, "no aws_cloudwatch_metric_alarm calls it");
  const adjustments = policy.list(`${CONFIGURATION}.step_adjustment`);
  return {
    address: policy.address,
    alarms: alarms.map((alarm) => ({
      name: alarm.text("alarm_name"),
      threshold: alarm.number("threshold"),
    })),
    steps: adjustments.map((_, index) => {
      const step = `${CONFIGURATION}.step_adjustment.${index}`;
      return {
        lower: policy.number(`${step}.metric_interval_lower_bound`, Number.NEGATIVE_INFINITY),
        upper: policy.number(`${step}.metric_interval_upper_bound`, Number.POSITIVE_INFINITY),
        count: policy.number(`${step}.scaling_adjustment`),
      };
    }),
    cooldown: policy.number(`${CONFIGURATION}.cooldown`, 300),
  };
}
