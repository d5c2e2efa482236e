import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { parseExpression, type Value } from "../../local/cloudwatch/math.ts";
import { Configuration } from "../../local/terraform-json/index.ts";
import { type AlarmDefinition, alarmsOf } from "../../ops/alarms.ts";
import { EVERYTHING, SUFFIX, synthesiseWith } from "../support/variants.ts";

let alarms: readonly AlarmDefinition[];
before(async () => {
  alarms = alarmsOf(new Configuration(await synthesiseWith(EVERYTHING)), SUFFIX);
});

const RINGS: Readonly<Record<string, (value: number, threshold: number) => boolean>> = {
  GreaterThanThreshold: (value, threshold) => value > threshold,
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
  LessThanThreshold: (value, threshold) => value < threshold,
};

/** Whether one period with these datapoints counts towards an alarm. */
function counts(key: string, values: Readonly<Record<string, Value>>): boolean {
  const alarm = alarms.find((each) => each.key === key);
  assert.ok(alarm?.expression, key);
  const value = parseExpression(alarm.expression).compute(new Map(Object.entries(values)));
  if (value === undefined) return alarm.block.get("treat_missing_data") === "breaching";
  return RINGS[String(alarm.block.get("comparison_operator"))]!(value, alarm.block.number("threshold"));
}

describe("the alarms that compute", () => {
  it("take one failed request at night for nothing, and 2 % of a busy minute for an outage", () => {
    assert.equal(counts("api-errors", { failures: 1, requests: 3 }), false);
    assert.equal(counts("api-errors", { failures: undefined, requests: 3000 }), false);
    assert.equal(counts("api-errors", { failures: 20, requests: 1000 }), true);
    assert.equal(counts("api-errors", { failures: 19, requests: 1000 }), false);
    assert.equal(counts("api-errors", { failures: 12, requests: 12 }), true);
  });

  it("see the load balancer fail when no request found a task at all", () => {
    assert.equal(counts("balancer-errors", { errors: 40, requests: undefined }), true);
    assert.equal(counts("balancer-errors", { errors: 6, requests: 1000 }), false);
    assert.equal(counts("balancer-errors", { errors: undefined, requests: 1000 }), false);
  });

  it("see that everybody is refused, and not that one scanner is", () => {
    assert.equal(counts("edge-refusals", { rate: 100, requests: 500 }), true);
    assert.equal(counts("edge-refusals", { rate: 40, requests: 500 }), false);
    assert.equal(counts("edge-refusals", { rate: 100, requests: 15 }), false);
  });

  it("see slow answers in a busy minute, and not a slow one at night", () => {
    assert.equal(counts("slow-answers", { p99: 2, requests: 600 }), true);
    assert.equal(counts("slow-answers", { p99: 2, requests: 4 }), false);
    assert.equal(counts("latency-burn-fast", { within: 80, requests: 600 }), true);
    assert.equal(counts("latency-burn-fast", { within: 99, requests: 600 }), false);
  });

  it("see old copies being served, and scaling at its end", () => {
    assert.equal(counts("stale-answers", { failures: 60, requests: 1000 }), true);
    assert.equal(counts("stale-answers", { failures: 3, requests: 10 }), false);
    assert.equal(counts("at-maximum", { desired: 7, cpu: 80 }), true);
    assert.equal(counts("at-maximum", { desired: 6, cpu: 100 }), false);
    assert.equal(counts("at-maximum", { desired: 7, cpu: 50 }), false);
  });

  it("miss tasks when fewer run than should, and when nobody says how many do", () => {
    assert.equal(counts("too-few-tasks", { running: 2, desired: 3 }), true);
    assert.equal(counts("too-few-tasks", { running: 4, desired: 3 }), false);
    assert.equal(counts("too-few-tasks", { running: undefined, desired: 3 }), true);
  });
});

describe("the alarms on burst credits", () => {
  for (const [writer, reader, wanted] of [
    ["db.t3.medium", undefined, true],
    ["db.r6g.large", undefined, false],
    ["db.r6g.large", "db.t3.medium", true],
    ["db.t4g.medium", "db.r6g.large", true],
    ["db.r6g.large", "db.r6g.xlarge", false],
  ] as const) {
    it(`are ${wanted ? "two" : "none"} with writer ${writer} and reader ${reader ?? "alike"}`, async () => {
      const stack = await synthesiseWith({
        ENVIRONMENT_SUFFIX: SUFFIX,
        DATABASE_INSTANCE_CLASS: writer,
        ...(reader && { DATABASE_READER_INSTANCE_CLASS: reader }),
      });
      const config = new Configuration(stack);
      const credits = alarmsOf(config, SUFFIX).filter(({ series }) =>
        series.some(({ metricName }) => metricName === "CPUCreditBalance"),
      );
      // Each looks at one role alone: a sum or a comparison has no value while one of the two has no credits.
      assert.deepEqual(
        credits.map(({ key, series, expression }) => [
          key,
          series.map(({ dimensions }) => dimensions.Role),
          expression,
        ]),
        wanted
          ? [
              ["reader-burst-credits", ["READER"], undefined],
              ["writer-burst-credits", ["WRITER"], undefined],
            ]
          : [],
      );
    });
  }
});
