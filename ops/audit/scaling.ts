import type { Configuration } from "../../local/terraform-json/index.ts";
import { isFallback, servicesInFront, targetsOf } from "./fallback.ts";
import { demand, each, type Rule, rule } from "./rule.ts";

const services = (config: Configuration) => config.of("aws_ecs_service");
const allTargets = (config: Configuration) => config.of("aws_appautoscaling_target");
/** What scales a fallback, `fallback-follows-spot` judges. */
const scalingTargets = (config: Configuration) => {
  const ofFallbacks = services(config)
    .filter(isFallback)
    .flatMap((service) => targetsOf(config, service));
  return allTargets(config).filter((target) => !ofFallbacks.includes(target));
};

/** How many tasks there are. */
export const scaling: readonly Rule[] = [
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
      ...demand(
        allTargets(config).reduce((sum, target) => sum + target.number("max_capacity"), 0) <= 10,
        "aws_appautoscaling_target",
        "The services together may run more than 10 tasks: lower a max_capacity.",
      ),
      ...each(
        config.of("aws_appautoscaling_scheduled_action"),
        (action) =>
          action.number("scalable_target_action.min_capacity") >= 2 &&
          scalingTargets(config).every(
            (target) => action.number("scalable_target_action.min_capacity") <= target.number("max_capacity"),
          ),
        "Keep the scheduled minimum at 2 or more, and at the target's maximum or less.",
      ),
      ...each(
        servicesInFront(config),
        (service) =>
          scalingTargets(config).every(
            (target) =>
              service.number("desired_count") >= target.number("min_capacity") &&
              service.number("desired_count") <= target.number("max_capacity"),
          ),
        "Start with a desired_count from min_capacity to max_capacity.",
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
    id: "schedules-keep-their-bounds",
    source: "Application Auto Scaling user guide, Scheduled scaling",
    words:
      "a schedule moves the minimum of what scales, which no apply undoes; and nothing is overlooked where there is no schedule",
    check: (config) => [
      ...each(
        config.of("aws_appautoscaling_scheduled_action"),
        (action) =>
          config
            .targets(action.get("resource_id"), "aws_appautoscaling_target")
            .every((target) => scalingTargets(config).includes(target)),
        "Set resource_id to that of the service that serves customers, and not of what stands in for Spot.",
      ),
      ...each(
        scalingTargets(config),
        (target) =>
          config.referrers("aws_appautoscaling_scheduled_action", "resource_id", target).length > 0 ===
          (target.get("lifecycle.ignore_changes") !== undefined),
        "Ignore min_capacity in the lifecycle while there are scheduled actions, and only then.",
      ),
    ],
  }),
];
