import { UserError } from "../../cli/user-error.ts";
import { cronOf } from "../../local/scaling/cron.ts";
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

/** Six fields apart by one space each; of the two days one is `?`, "whatever the other says". */
const CRON = /^cron\(\S+ \S+ (?:\? \S+ [^\s?089]+|[^\s?]\S* \S+ \?) \S+\)$/;
const AT = /^at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)$/;

/** A cron of this year stays possible when its day has passed: what lowers the minimum again comes after what raises it. */
function comes(schedule: string, now = new Date()): boolean {
  const [, moment] = AT.exec(schedule) ?? [];
  if (moment === undefined && !CRON.test(schedule)) return false;
  const from = moment === undefined ? new Date(Date.UTC(now.getUTCFullYear(), 0, 1) - 1) : now;
  try {
    const next = cronOf(schedule, "UTC").nextRun(from);
    // 30 February would be taken for 2 March.
    return next?.toJSON().startsWith(moment ?? "") === true;
  } catch (error) {
    if (error instanceof UserError) return false;
    throw error;
  }
}

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
            .map((policy) =>
              policy.get(
                "target_tracking_scaling_policy_configuration.predefined_metric_specification.predefined_metric_type",
              ),
            )
            .join() === "ECSServiceAverageCPUUtilization",
        "Give it one policy: target tracking on ECSServiceAverageCPUUtilization.",
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
    id: "schedules-come",
    source: "Application Auto Scaling user guide, Scheduled scaling",
    words:
      "a schedule is one that Application Auto Scaling takes, names a time that comes, and is there once",
    check: (config) => {
      const actions = config.of("aws_appautoscaling_scheduled_action");
      return each(
        actions,
        (action) =>
          comes(String(action.get("schedule"))) &&
          actions.filter((other) => other.get("schedule") === action.get("schedule")).length === 1,
        "Write cron(minute hour day month weekday year), with ? for day or weekday, or at(…); of a time that comes, and each once.",
      );
    },
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
