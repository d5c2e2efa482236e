import { type Alarm, MathExpression } from "../../aws/cloudwatch/index.ts";
import { Duration } from "../../aws/core/index.ts";
import type { AlarmMaker } from "./alarms.ts";
import type { WatchedParts } from "./parts.ts";
import { significant } from "./rates.ts";

/**
 * Burn rates: how many times faster than the objective allows the error budget of 30 days is spent (Google, The Site
 * Reliability Workbook, "Alerting on SLOs"). At 14.4 a fifteen-minute outage costs half a per cent of it, and two days
 * all of it; at 6 it lasts five days.
 */
const FAST = { burn: 14.4, period: Duration.minutes(5), evaluationPeriods: 3 };
const SLOW = { burn: 6, period: Duration.hours(1), evaluationPeriods: 6, datapointsToAlarm: 5 };

/** Alarms on what customers were promised: the answers that are no errors, and those that come in time. */
export function objectiveAlarms(make: AlarmMaker, { edge, api, settings }: WatchedParts): Alarm[] {
  const { distribution } = edge;
  const { targets } = api;
  const { availabilityObjectivePercent, latencyObjectivePercent, latencyObjectiveMs } = settings;
  return [
    ...(
      [
        ["AvailabilityBurnFast", FAST],
        ["AvailabilityBurnSlow", SLOW],
      ] as const
    ).map(([id, { burn, period, ...evaluation }]) =>
      make(id, "an-error-budget-is-being-spent", {
        means: `Errors spend the budget of the availability objective (${availabilityObjectivePercent} %) ${burn} times as fast as it lasts.`,
        metric: significant({
          label: "5xx at the edge, %",
          rate: distribution.metric5xxErrorRate(),
          requests: distribution.metricRequests(),
          period,
        }),
        threshold: threshold(burn, availabilityObjectivePercent),
        ...evaluation,
      }),
    ),
    ...(
      [
        ["LatencyBurnFast", FAST],
        ["LatencyBurnSlow", SLOW],
      ] as const
    ).map(([id, { burn, period, ...evaluation }]) =>
      make(id, "an-error-budget-is-being-spent", {
        means: `Slow answers spend the budget of the latency objective (${latencyObjectivePercent} % within ${latencyObjectiveMs} ms) ${burn} times as fast as it lasts.`,
        metric: new MathExpression({
          label: `answers over ${latencyObjectiveMs} ms, %`,
          expression: "IF((100 - within) * requests / 100 > 5, 100 - within, 0)",
          usingMetrics: {
            within: targets.metricTargetResponseTime({ statistic: `PR(:${latencyObjectiveMs / 1000})` }),
            requests: targets.metricRequestCount(),
          },
          period,
        }),
        threshold: threshold(burn, latencyObjectivePercent),
        ...evaluation,
      }),
    ),
  ];
}

/** Per cent of failures at which the budget is spent so much faster; never more than there can be. */
const threshold = (burn: number, objectivePercent: number) =>
  Math.min(95, Number((burn * (100 - objectivePercent)).toFixed(3)));
