import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type AlarmState, parseAlarmRule } from "../../../preview/blueprint/alarm-rule.ts";

describe("a rule of a composite alarm", () => {
  const states: Record<string, AlarmState> = { a: "ALARM", b: "OK", c: "INSUFFICIENT_DATA" };
  const holds = (rule: string) => parseAlarmRule(rule).holds((name) => states[name]!);

  it("is computed with NOT before AND before OR", () => {
    assert.equal(holds('ALARM("a") OR ALARM(b) AND ALARM(b)'), true);
    assert.equal(holds("(ALARM(a) OR ALARM(b)) AND ALARM(b)"), false);
    assert.equal(holds("NOT ALARM(b) AND OK(b)"), true);
    assert.equal(holds("NOT (ALARM(a) OR OK(b))"), false);
    assert.equal(holds("INSUFFICIENT_DATA(arn:aws:cloudwatch:eu-north-1:1:alarm:c) AND TRUE"), true);
    assert.equal(holds("NOT NOT FALSE"), false);
  });

  for (const wrong of ["", "ALARM", "ALARM(a", "ALARM(a) b", "BREACH(a)", "ALARM(a) AND", '"a'])
    it(`says where "${wrong}" stops to make sense`, () => {
      assert.throws(() => parseAlarmRule(wrong), SyntaxError);
    });
});
