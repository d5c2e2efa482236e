import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Duration } from "../../../lib/aws/core/index.ts";
import * as logs from "../../../lib/aws/logs/index.ts";
import { templateOf } from "../../support/template.ts";

describe("LogGroup", () => {
  it("keeps events for 30 days unless told otherwise", () => {
    const template = templateOf((stack) => new logs.LogGroup(stack, "L", { logGroupName: "l-test" }));
    assert.equal(template.only("aws_cloudwatch_log_group").retention_in_days, 30);
  });

  it("refuses a retention that CloudWatch does not offer", () => {
    assert.throws(
      () =>
        templateOf(
          (stack) => new logs.LogGroup(stack, "L", { logGroupName: "l", retention: Duration.days(31) }),
        ),
      /LogGroup 'L': retention of 31 days is not offered/,
    );
  });
});
