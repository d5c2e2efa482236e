/**
 * When an alarm rings: M of the last N periods beyond the threshold
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html). It is looked at each minute, over
 * periods that end then, also where they are longer.
 */
import { COMPARISONS } from "../../local/cloudwatch/comparisons.ts";
import type { Value } from "../../local/cloudwatch/math.ts";
import type { AlarmState } from "../blueprint/alarm-rule.ts";
import type { AlarmBlueprints, MetricAlarm } from "../blueprint/alarms.ts";
import type { MetricStore } from "./metric-store.ts";

/** What an alarm watches in its last periods, the newest first; only those that began after the measuring did. */
export function datapoints(alarm: MetricAlarm, store: MetricStore): Value[] {
  const minutes = alarm.period / 60;
  const count = Math.min(alarm.evaluationPeriods, Math.floor(store.minutes / minutes));
  return Array.from({ length: count }, (_, ago) =>
    alarm.expression.compute(
      new Map(
        alarm.series.map(({ id, identity, statistic }) => [
          id,
          store.statistic(identity, statistic, minutes, ago),
        ]),
      ),
    ),
  );
}

/** @param before its state until now, which it keeps where `ignore` says so of periods without data */
export function stateAfter(alarm: MetricAlarm, points: readonly Value[], before: AlarmState): AlarmState {
  const { comparison, threshold, missing, datapointsToAlarm } = alarm;
  const breaching = points.map((value) =>
    value === undefined ? WITHOUT_DATA[missing] : COMPARISONS[comparison](value, threshold),
  );
  if (breaching.filter((each) => each === true).length >= datapointsToAlarm) return "ALARM";
  if (breaching.some((each) => each !== undefined)) return "OK";
  return missing === "ignore" ? before : "INSUFFICIENT_DATA";
}

/** Whether a period without data counts as beyond the threshold; undefined where it does not count. */
const WITHOUT_DATA = { breaching: true, notBreaching: false, ignore: undefined, missing: undefined };

/** Minutes that the alarms look back, at most. */
export function longestLook({ metric }: AlarmBlueprints): number {
  return Math.max(1, ...metric.map(({ period, evaluationPeriods }) => (period / 60) * evaluationPeriods));
}
