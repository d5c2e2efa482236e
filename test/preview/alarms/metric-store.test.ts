import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { METRICS } from "../../../local/cloudwatch/metrics.ts";
import { MetricStore } from "../../../preview/alarms/metric-store.ts";

describe("what a period comes to", () => {
  const metric = METRICS.find(({ metricName }) => metricName === "TargetResponseTime")!;
  const store = () => new MetricStore(new Map([["series", metric]]), 10);

  it("by each statistic, over its minutes, and nothing without data", () => {
    const measured = store();
    assert.equal(measured.statistic("series", "Sum", 1), undefined);
    for (const values of [[5, 1], [], [3, 3, 8]]) {
      for (const value of values) measured.record("series", value);
      measured.closeMinute();
    }
    const of = (statistic: string, minutes: number, ago = 0) =>
      measured.statistic("series", statistic, minutes, ago);
    assert.deepEqual([of("Sum", 3), of("Average", 3), of("Minimum", 3), of("Maximum", 3)], [20, 4, 1, 8]);
    assert.deepEqual(
      [of("Sum", 1), of("Sum", 1, 1), of("Sum", 1, 2), of("Sum", 1, 3)],
      [14, undefined, 6, undefined],
    );
    assert.deepEqual([of("p50", 3), of("p99", 3), of("p1", 3)], [3, 8, 1]);
    assert.deepEqual([of("PR(:3)", 3), of("PR(:0.5)", 3), of("PR(:9)", 3)], [60, 0, 100]);
    assert.throws(() => of("TM(1)", 3), /TM\(1\) is not known/);
    measured.record("series", 100);
    measured.closeMinute();
    assert.deepEqual([of("Sum", 2), of("Sum", 2, 1)], [114, 6]);
    measured.forget();
    assert.deepEqual([measured.minutes, of("Sum", 3)], [0, undefined]);
  });

  it("is kept no longer than anybody looks back", () => {
    const measured = new MetricStore(new Map([["series", metric]]), 2);
    for (const value of [1, 2, 4]) {
      measured.record("series", value);
      measured.closeMinute();
    }
    assert.equal(measured.statistic("series", "Sum", 3), 6);
  });

  it("is of known series only", () => {
    assert.throws(() => store().record("another", 1), /emits another, which/);
  });
});
