import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { METRICS } from "../../../local/cloudwatch/metrics.ts";
import { Configuration } from "../../../local/terraform-json/index.ts";
import { alarmsOf } from "../../../ops/alarms.ts";
import { boundsOf } from "../../../ops/audit/ringing.ts";
import { ALARMS } from "../../../ops/outages/alarms.ts";
import { type Figures, type Ringing, ringing } from "../../../ops/outages/ringing.ts";
import { datapoints, longestLook, stateAfter } from "../../../preview/alarms/evaluation.ts";
import { MetricStore } from "../../../preview/alarms/metric-store.ts";
import { type MetricAlarm, readAlarms } from "../../../preview/blueprint/alarms.ts";
import type { Emitted } from "../../../preview/blueprint/emitted.ts";
import { readBlueprint } from "../../../preview/blueprint/index.ts";
import { Stack } from "../../../preview/blueprint/stack.ts";
import { keysOf } from "../../../preview/drills/alarms.ts";
import { EVERYTHING, SUFFIX } from "../../support/variants.ts";
import { synthesise } from "../stack-json.ts";

let alarms: ReadonlyMap<string, MetricAlarm>;
let wanted: Readonly<Record<string, Ringing>>;
let series: Emitted;
before(async () => {
  const json = await synthesise(EVERYTHING);
  const config = new Configuration(json);
  wanted = ringing(boundsOf(config, alarmsOf(config, SUFFIX)));
  // The preview does not run an origin with a name of its own; its alarms can be read all the same.
  const { emitted } = readBlueprint(
    await synthesise({ ...EVERYTHING, ORIGIN_DOMAIN_NAME: undefined, ORIGIN_CERTIFICATE_ARN: undefined }),
  );
  const telling = readAlarms(new Stack(json), emitted).metric.filter(({ name }) => name.startsWith("alarm-"));
  const keys = keysOf(telling.map(({ name }) => name));
  alarms = new Map(telling.map((alarm) => [keys.get(alarm.name)!, alarm]));
  const ofAwsAlone = METRICS.filter(({ awsAlone }) => awsAlone !== undefined);
  series = new Map([
    ...emitted,
    ...ofAwsAlone.map((metric) => [`${metric.namespace}/${metric.metricName}`, metric] as const),
  ]);
});

/** Of a thousand answers so many are late in a share of answers in time: rounded to the side on which the figure is. */
const ANSWERS = 1000;

/** What is said of a series in a period. @param isBad whether the figure is one to ring at */
function samplesOf(statistic: string, figure: number, isBad: boolean): readonly number[] {
  const [, seconds] = /^PR\(:(.+)\)$/.exec(statistic) ?? [];
  if (seconds === undefined) return [figure];
  const inTime = (isBad ? Math.floor : Math.ceil)((figure * ANSWERS) / 100);
  return Array.from({ length: ANSWERS }, (_, index) => Number(seconds) * (index < inTime ? 1 : 2));
}

interface Played {
  readonly figures: Figures;
  readonly isBad: boolean;
}

/** Plays periods one after the other, minute by minute. @returns after which minute it rang first; undefined: it did not */
function firstRing(alarm: MetricAlarm, periods: readonly Played[]): number | undefined {
  const store = new MetricStore(series, longestLook({ metric: [alarm], composite: [] }));
  const minutes = alarm.period / 60;
  let state: ReturnType<typeof stateAfter> = "OK";
  for (const [index, { figures, isBad }] of periods.entries()) {
    // At once: whichever minute the alarm looks from, its period has one such minute.
    for (const { identity, statistic } of alarm.series) {
      const metric = identity.split(" of ")[0]!.split("/").at(-1)!;
      assert.ok(metric in figures, `nobody says what ${identity} is`);
      const figure = figures[metric];
      if (figure === undefined) continue;
      for (const sample of samplesOf(statistic, figure, isBad)) store.record(identity, sample);
    }
    for (let minute = 0; minute < minutes; minute++) {
      store.closeMinute();
      state = stateAfter(alarm, datapoints(alarm, store), state);
      if (state === "ALARM") return index * minutes + minute + 1;
    }
  }
  return undefined;
}

const times = (count: number, played: Played) => Array.from({ length: count }, () => played);

describe("each alarm of the stack, on figures at its edge", () => {
  it("has figures", () => {
    assert.deepEqual(Object.keys(wanted).toSorted(), Object.keys(ALARMS).toSorted());
    assert.deepEqual([...alarms.keys()].toSorted(), Object.keys(ALARMS).toSorted());
  });

  for (const [key, { minutes }] of Object.entries(ALARMS)) {
    it(`${key} rings at what is an outage, within its minutes, and never a step before`, () => {
      const alarm = alarms.get(key)!;
      const { period, evaluationPeriods, datapointsToAlarm } = alarm;
      const rings = wanted[key]!.rings.map((figures) => ({ figures, isBad: true }));
      const silent = wanted[key]!.silent.map((figures) => ({ figures, isBad: false }));
      for (const played of rings)
        assert.ok(
          firstRing(alarm, times((minutes * 60) / period, played)) !== undefined,
          `does not ring within ${minutes} minutes of ${JSON.stringify(played.figures)}`,
        );
      for (const played of silent)
        assert.equal(
          firstRing(alarm, times(2 * evaluationPeriods, played)),
          undefined,
          JSON.stringify(played.figures),
        );
      // A datapoint less than it asks for, between others. Longer periods overlap from minute to minute.
      if (period > 60) return;
      const quiet = times(evaluationPeriods, silent[0]!);
      const played = [...quiet, ...times(datapointsToAlarm - 1, rings[0]!), ...quiet];
      assert.equal(firstRing(alarm, played), undefined, "rings a minute too early");
    });
  }
});
