import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isMeaningful, knownMetric, METRICS } from "../../../local/cloudwatch/metrics.ts";

describe("the metrics that alarms may watch", () => {
  it("are found by namespace, name and exactly their dimensions, in any order", () => {
    for (const metric of METRICS) {
      const names = Object.keys(metric.dimensions);
      const find = (dimensions: string[]) => knownMetric(metric.namespace, metric.metricName, dimensions);
      assert.equal(find(names.toReversed()), metric, metric.metricName);
      assert.notEqual(find([...names, "Other"]), metric);
      assert.notEqual(find(names.slice(1)), metric);
    }
  });

  it("have the statistics that mean something of them, a share of values among these", () => {
    const latency = METRICS.find(({ statistics }) => statistics.includes("PR"))!;
    const count = METRICS.find(({ statistics }) => !statistics.includes("PR"))!;
    for (const [metric, statistic, means] of [
      [latency, "PR(:0.5)", true],
      [latency, "PR(:1)", true],
      [latency, "PR(0.5:)", false],
      [count, "PR(:0.5)", false],
      [count, count.statistics[0]!, true],
      [count, "SampleCount", false],
    ] as const)
      assert.equal(isMeaningful(metric, statistic), means, `${metric.metricName} ${statistic}`);
  });
});
