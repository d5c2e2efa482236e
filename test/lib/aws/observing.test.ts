import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as cloudwatch from "../../../lib/aws/cloudwatch/index.ts";
import * as wafv2 from "../../../lib/aws/wafv2/index.ts";
import { synthesise } from "../../support/template.ts";

describe("WebAcl", () => {
  it("stands in us-east-1, with a rate limit before AWS's rules", () => {
    const acl = synthesise((stack) => new wafv2.WebAcl(stack, "WebAcl", { rateLimit: 500 })).only(
      "aws_wafv2_web_acl",
    );
    assert.equal(acl.provider, "aws.us-east-1");
    assert.equal(acl.rule[0].statement.rate_based_statement.limit, 500);
    assert.equal(acl.rule.length, 4);
  });

  it("keeps the credentials of what it blocks out of its log and its samples", () => {
    const acl = synthesise((stack) => new wafv2.WebAcl(stack, "WebAcl", { rateLimit: 500 })).only(
      "aws_wafv2_web_acl",
    );
    assert.deepEqual(acl.data_protection_config.data_protection, [
      {
        action: "SUBSTITUTION",
        field: { field_type: "SINGLE_HEADER", field_keys: ["authorization", "cookie", "x-api-key"] },
      },
    ]);
  });

  it("refuses a limit that WAF does not accept", () => {
    assert.throws(
      () => synthesise((stack) => new wafv2.WebAcl(stack, "WebAcl", { rateLimit: 9 })),
      /rateLimit 9 is not possible/,
    );
  });
});

describe("Alarm", () => {
  const alarm = (props: Partial<cloudwatch.AlarmProps>, metric: Partial<cloudwatch.MetricProps> = {}) =>
    synthesise((stack) => {
      new cloudwatch.Alarm(stack, "TooMuch", {
        alarmDescription: "d",
        metric: new cloudwatch.Metric({
          namespace: "N",
          metricName: "M",
          statistic: "p99",
          dimensions: { D: "v" },
          ...metric,
        }),
        threshold: 1,
        evaluationPeriods: 5,
        ...props,
      });
    }).only("aws_cloudwatch_metric_alarm");

  it("asks for a percentile as one", () => {
    const percentile = alarm({});
    assert.deepEqual([percentile.extended_statistic, percentile.statistic], ["p99", undefined]);
    const plain = alarm({}, { statistic: "Sum" });
    assert.deepEqual([plain.extended_statistic, plain.statistic], [undefined, "Sum"]);
  });

  it("stands in the region of its metric", () => {
    assert.equal(alarm({}).provider, undefined);
    assert.equal(alarm({}, { region: "us-east-1" }).provider, "aws.us-east-1");
  });

  it("refuses more data points than periods", () => {
    assert.throws(() => alarm({ datapointsToAlarm: 6 }), /datapointsToAlarm 6 is above evaluationPeriods 5/);
  });
});
