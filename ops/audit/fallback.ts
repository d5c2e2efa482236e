import { parseExpression } from "../../local/cloudwatch/math.ts";
import type { Block, Configuration } from "../../local/terraform-json/index.ts";
import { seriesOfAlarm } from "../alarms.ts";
import { isEmitted } from "./emitted.ts";
import { each, type Rule, rule } from "./rule.ts";

/** A service that begins without a task: it stands in for another. */
export const isFallback = (service: Block): boolean => service.number("desired_count") === 0;

/** The services that customers are served by from the first hour on. */
export const servicesInFront = (config: Configuration): Block[] =>
  config.of("aws_ecs_service").filter((service) => !isFallback(service));

/** What scales a service. */
export const targetsOf = (config: Configuration, service: Block): Block[] =>
  config.referrers("aws_appautoscaling_target", "resource_id", service);

const fallbacks = (config: Configuration) => config.of("aws_ecs_service").filter(isFallback);

interface Scaling {
  readonly policy: Block;
  readonly alarm: Block;
  /** Tasks that run from each step on. */
  readonly counts: readonly number[];
  /** Of each step: from where on, and up to where, above the alarm's threshold. */
  readonly bounds: readonly (readonly (number | undefined)[])[];
}

/** The step-scaling policies of a service, each with the alarm that calls it. */
function scalingsOf(config: Configuration, service: Block): Scaling[] {
  return targetsOf(config, service)
    .flatMap((target) => config.referrers("aws_appautoscaling_policy", "resource_id", target))
    .flatMap((policy) =>
      config.referrers("aws_cloudwatch_metric_alarm", "alarm_actions", policy).map((alarm) => ({
        policy,
        alarm,
        counts: policy
          .blocks("step_scaling_policy_configuration.step_adjustment")
          .map((step) => Number(step.scaling_adjustment)),
        bounds: policy
          .blocks("step_scaling_policy_configuration.step_adjustment")
          .map((step) =>
            [step.metric_interval_lower_bound, step.metric_interval_upper_bound].map((bound) =>
              bound === undefined ? undefined : Number(bound),
            ),
          ),
      })),
    );
}

/** Each step begins where the one before ends, the first at the threshold, and the last has no end. */
const hasNoGap = ({ bounds }: Scaling) =>
  bounds.every(
    ([from, to], index) => from === index && to === (index === bounds.length - 1 ? undefined : index + 1),
  );

/** One more task for each step, up to the maximum. */
const isOneForOne = (counts: readonly number[], most: number) =>
  counts.length === most && counts.every((count, index) => count === index + 1);

/** Whether an alarm computes by this expression, of metrics that these services emit. */
function watches(
  config: Configuration,
  alarm: Block,
  expression: string,
  minutes: number,
  services: Readonly<Record<string, Block>>,
): boolean {
  const series = seriesOfAlarm(alarm);
  const queries = alarm.blocks("metric_query");
  const said = queries.find((query) => query.expression !== undefined);
  return (
    new Set(queries.map(({ id }) => id)).size === queries.length &&
    said?.expression === expression &&
    parseExpression(expression).ids.every((id) => series.some((each) => each.id === id)) &&
    series.every(
      (each) =>
        each.period === 60 &&
        each.metricName === (each.id === "desired" ? "DesiredTaskCount" : "RunningTaskCount") &&
        isEmitted(config, each, undefined) &&
        config.refersTo(each.dimensions, services[each.id]!),
    ) &&
    alarm.number("threshold") === 1 &&
    alarm.get("comparison_operator") === "GreaterThanOrEqualToThreshold" &&
    alarm.get("treat_missing_data") === "notBreaching" &&
    alarm.number("evaluation_periods") === minutes &&
    alarm.number("datapoints_to_alarm") === minutes
  );
}

/** Tasks on demand, while Spot gives none. */
export const fallback: readonly Rule[] = [
  rule({
    id: "fallback-is-the-same",
    source: "aws/containers-roadmap#852",
    words: "what stands in for Spot runs the same task at the same target group, on FARGATE, and after it",
    check: (config) =>
      each(
        fallbacks(config),
        (service) => {
          const [front] = servicesInFront(config);
          const same = [
            ...["task_definition", "load_balancer", "network_configuration", "cluster"],
            "enable_execute_command",
          ];
          return (
            front !== undefined &&
            same.every(
              (argument) => JSON.stringify(service.get(argument)) === JSON.stringify(front.get(argument)),
            ) &&
            service.all("depends_on").includes(front.address)
          );
        },
        "Give it task definition, target group, network, cluster and enable_execute_command of the service on Spot, and let it depend on that.",
      ),
  }),
  rule({
    id: "fallback-follows-spot",
    source: "Application Auto Scaling user guide, Step scaling policies",
    words:
      "a minute with fewer tasks on Spot than should run starts as many on demand; three minutes with all stop them",
    check: (config) =>
      each(
        fallbacks(config),
        (service) => {
          const [front] = servicesInFront(config);
          const [target] = targetsOf(config, service);
          const scalings = scalingsOf(config, service);
          if (!front || !target || scalings.length !== 2) return false;
          const spot = { running: front, desired: front, fallback: service };
          const exact = scalings.every(
            ({ policy }) =>
              policy.get("step_scaling_policy_configuration.adjustment_type") === "ExactCapacity",
          );
          const out = scalings.find(({ counts }) => isOneForOne(counts, target.number("max_capacity")));
          const back = scalings.find(({ counts }) => counts.join() === "0");
          return (
            exact &&
            scalings.every(hasNoGap) &&
            target.number("min_capacity") === 0 &&
            out !== undefined &&
            back !== undefined &&
            watches(config, out.alarm, "desired - FILL(running, 0)", 1, spot) &&
            watches(config, back.alarm, "IF(FILL(fallback, 0) > 0 AND running >= desired, 1, 0)", 3, spot)
          );
        },
        "Scale it by two step policies with exact capacities: the alarm on `desired - FILL(running, 0)` of the service on Spot after a minute, and that on its own tasks without need after three.",
      ),
  }),
];
