import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { stateAfter } from "../../../preview/alarms/evaluation.ts";
import type { MetricAlarm } from "../../../preview/blueprint/alarms.ts";
import { type Blueprint, readBlueprint } from "../../../preview/blueprint/index.ts";
import { type Json, synthesise } from "../stack-json.ts";

let stack: Json;
let blueprint: Blueprint;
before(async () => {
  stack = await synthesise();
  blueprint = readBlueprint(stack);
});

describe("M of N datapoints", () => {
  const alarm = (more: Partial<MetricAlarm>): MetricAlarm => ({
    ...blueprint.alarms.metric[0]!,
    comparison: "GreaterThanThreshold",
    threshold: 10,
    evaluationPeriods: 3,
    datapointsToAlarm: 2,
    missing: "missing",
    ...more,
  });

  it("ring by any of the last, and only beyond the threshold", () => {
    const after = (...points: (number | undefined)[]) => stateAfter(alarm({}), points, "OK");
    assert.equal(after(11, 3, 11), "ALARM");
    assert.equal(after(11, 10, 10), "OK");
    assert.equal(after(11), "OK");
    const low = alarm({ comparison: "LessThanOrEqualToThreshold" });
    assert.equal(stateAfter(low, [10, 9, 11], "OK"), "ALARM");
  });

  it("count periods without data as the alarm says", () => {
    const none = [undefined, undefined, undefined];
    const after = (missing: MetricAlarm["missing"], points = none as (number | undefined)[]) =>
      stateAfter(alarm({ missing }), points, "ALARM");
    assert.equal(after("breaching"), "ALARM");
    assert.equal(after("notBreaching"), "OK");
    assert.equal(after("ignore"), "ALARM");
    assert.equal(after("missing"), "INSUFFICIENT_DATA");
    assert.equal(after("missing", [undefined, 11, 11]), "ALARM");
    assert.equal(after("ignore", [undefined, 3, undefined]), "OK");
  });
});
