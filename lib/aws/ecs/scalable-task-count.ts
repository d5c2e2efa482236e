import { Construct } from "constructs";
import * as aws from "../bindings.ts";
import type { MathExpression } from "../cloudwatch/index.ts";
import { type Duration, kindOf, Stack, ValidationError } from "../core/index.ts";
import type { FargateService } from "./fargate-service.ts";

export interface ScalableTaskCountProps {
  readonly service: FargateService;
  readonly minCapacity: number;
  readonly maxCapacity: number;
}

export interface CpuUtilizationScalingProps {
  /** Per cent of the reserved CPU, over all tasks, that scaling aims at. */
  readonly targetUtilizationPercent: number;
  /** Pause after tasks were added, before more are. */
  readonly scaleOutCooldown: Duration;
  /** Pause after tasks were removed, before more are. */
  readonly scaleInCooldown: Duration;
}

export interface ScheduledScalingProps {
  /** `cron(…)`, `rate(…)` or `at(…)` as Application Auto Scaling reads it, in UTC. */
  readonly schedule: string;
  /** Tasks that run at least from then on. The maximum stays. */
  readonly minCapacity: number;
}

/** From `lower` on, up to the next step. */
export interface ScalingInterval {
  readonly lower: number;
  /** Tasks that shall run: a capacity, not a difference (CDK's `AdjustmentType.EXACT_CAPACITY`). */
  readonly change: number;
}

export interface BasicStepScalingPolicyProps {
  /** What is looked at, a minute each time. */
  readonly metric: MathExpression;
  /** In rising order; below the first there is nothing to do. */
  readonly scalingSteps: readonly ScalingInterval[];
  /** Minutes in a row in which there is something to do. */
  readonly evaluationPeriods: number;
  /** What the alarm that watches the metric says. */
  readonly alarmDescription: string;
}

/** How many tasks a service runs: between two bounds, after its CPU, another metric and the clock. */
export class ScalableTaskCount extends Construct {
  readonly #props: ScalableTaskCountProps;
  readonly #target: aws.AppautoscalingTarget;

  /** @throws ValidationError unless 0 ≤ minCapacity ≤ maxCapacity. */
  constructor(scope: Construct, id: string, props: ScalableTaskCountProps) {
    super(scope, id);
    this.#props = props;
    if (props.minCapacity < 0 || props.minCapacity > props.maxCapacity) {
      throw new ValidationError(
        this,
        `minCapacity ${props.minCapacity} is not between 0 and maxCapacity ${props.maxCapacity}.`,
      );
    }
    this.#target = new aws.AppautoscalingTarget(this, "Target", {
      serviceNamespace: "ecs",
      scalableDimension: "ecs:service:DesiredCount",
      resourceId: `service/${props.service.cluster.clusterName}/${props.service.serviceName}`,
      minCapacity: props.minCapacity,
      maxCapacity: props.maxCapacity,
      tags: { Name: Stack.of(this).names.for("scaling-target") },
    });
  }

  scaleOnCpuUtilization(id: string, props: CpuUtilizationScalingProps): void {
    const { targetUtilizationPercent: target } = props;
    if (target < 10 || target > 90) {
      throw new ValidationError(
        this,
        `targetUtilizationPercent ${target} leaves no room to scale: use 10 to 90.`,
      );
    }
    new aws.AppautoscalingPolicy(this, id, {
      name: Stack.of(this).names.for(kindOf(id, "scaling-policy")),
      policyType: "TargetTrackingScaling",
      ...this.#scalable,
      targetTrackingScalingPolicyConfiguration: {
        predefinedMetricSpecification: { predefinedMetricType: "ECSServiceAverageCPUUtilization" },
        targetValue: target,
        scaleOutCooldown: props.scaleOutCooldown.toSeconds(),
        scaleInCooldown: props.scaleInCooldown.toSeconds(),
      },
    });
  }

  /**
   * Sets the number of tasks by a metric, as soon as its alarm rings and each minute while it does: a step-scaling policy
   * with exact capacities. The alarm tells nobody.
   *
   * @throws ValidationError without a step
   */
  scaleOnMetric(id: string, { scalingSteps: steps, ...props }: BasicStepScalingPolicyProps): void {
    const { names } = Stack.of(this);
    const threshold = steps[0]?.lower;
    if (threshold === undefined)
      throw new ValidationError(this, `scalingSteps of '${id}' is empty: give one.`);
    const policy = new aws.AppautoscalingPolicy(this, id, {
      name: names.for(kindOf(id, "scaling-policy")),
      policyType: "StepScaling",
      ...this.#scalable,
      stepScalingPolicyConfiguration: {
        adjustmentType: "ExactCapacity",
        metricAggregationType: "Maximum",
        cooldown: 0, // a capacity that is exact can be set again
        stepAdjustment: steps.map(({ lower, change }, index) => {
          const next = steps[index + 1];
          return {
            metricIntervalLowerBound: String(lower - threshold),
            metricIntervalUpperBound: next && String(next.lower - threshold),
            scalingAdjustment: change,
          };
        }),
      },
    });
    const alarmName = names.for(kindOf(id, "scaling-alarm"));
    new aws.CloudwatchMetricAlarm(this, `${id}Alarm`, {
      alarmName,
      alarmDescription: props.alarmDescription,
      metricQuery: props.metric.toQueries(),
      comparisonOperator: "GreaterThanOrEqualToThreshold",
      threshold,
      evaluationPeriods: props.evaluationPeriods,
      datapointsToAlarm: props.evaluationPeriods,
      treatMissingData: "notBreaching",
      alarmActions: [policy.arn],
      tags: { Name: alarmName },
    });
  }

  /**
   * Raises or lowers the minimum at a known time. From then on the minimum in force belongs to the schedules: an apply in
   * the middle of a sale does not put it back, and a changed `minCapacity` takes effect with the next schedule. The maximum
   * stays the configuration's, and changes at once.
   *
   * @throws ValidationError for a minimum above maxCapacity
   */
  scaleOnSchedule(id: string, props: ScheduledScalingProps): void {
    if (props.minCapacity > this.#props.maxCapacity) {
      throw new ValidationError(
        this,
        `scheduled minimum ${props.minCapacity} is above maxCapacity ${this.#props.maxCapacity}. Lower it or raise maxCapacity.`,
      );
    }
    this.#target.lifecycle = { ignoreChanges: ["min_capacity"] };
    new aws.AppautoscalingScheduledAction(this, id, {
      name: Stack.of(this).names.for(kindOf(id, "scheduled-action")),
      ...this.#scalable,
      schedule: props.schedule,
      timezone: "UTC",
      scalableTargetAction: { minCapacity: String(props.minCapacity) },
    });
  }

  get #scalable() {
    const { serviceNamespace, scalableDimension, resourceId } = this.#target;
    return { serviceNamespace, scalableDimension, resourceId };
  }
}
