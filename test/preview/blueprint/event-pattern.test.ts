import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { matchesPattern, unknownOperator } from "../../../preview/blueprint/event-pattern.ts";

describe("an event pattern", () => {
  const event = { source: "aws.ecs", resources: ["x:service/a/b"], detail: { code: "Spot", n: 1 } };

  it("matches by each key, any of its values, and its operators", () => {
    assert.ok(matchesPattern({ source: ["aws.ec2", "aws.ecs"], detail: { n: [1] } }, event));
    assert.ok(!matchesPattern({ source: ["aws.ecs"], detail: { n: [2] } }, event));
    assert.ok(!matchesPattern({ missing: { code: ["Spot"] } }, event));
    assert.ok(matchesPattern({ resources: [{ suffix: ":service/a/b" }] }, event));
    assert.ok(!matchesPattern({ resources: [{ suffix: ":service/a/c" }] }, event));
    assert.ok(matchesPattern({ detail: { code: [{ prefix: "Sp" }] } }, event));
    assert.ok(
      matchesPattern(
        { detail: { code: [{ "anything-but": ["Other"] }], other: [{ exists: false }] } },
        event,
      ),
    );
    assert.ok(!matchesPattern({ detail: { code: [{ "anything-but": "Spot" }] } }, event));
  });

  it("with an operator that is not known here is an error of the rule", () => {
    assert.equal(unknownOperator({ detail: { n: [{ numeric: [">", 1] }] } }), "numeric");
    assert.equal(unknownOperator({ detail: { n: [1, { exists: true }] } }), undefined);
  });
});
