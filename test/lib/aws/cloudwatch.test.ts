import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as cloudwatch from "../../../lib/aws/cloudwatch/index.ts";
import { templateOf } from "../../support/template.ts";

describe("Alarm", () => {
  const alarm = (props: Partial<cloudwatch.AlarmProps>, metric: Partial<cloudwatch.MetricProps> = {}) =>
    templateOf((stack) => {
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
    assert.equal(percentile.evaluate_low_sample_count_percentiles, "ignore");
    assert.equal(plain.evaluate_low_sample_count_percentiles, undefined);
  });

  it("tells every action that it is given", () => {
    const { alarm_actions, ok_actions } = templateOf((stack) => {
      const ringing = new cloudwatch.Alarm(stack, "TooMuch", {
        alarmDescription: "d",
        metric: new cloudwatch.Metric({ namespace: "N", metricName: "M", statistic: "Sum", dimensions: {} }),
        threshold: 1,
        evaluationPeriods: 1,
      });
      for (const topicArn of ["one", "two"]) {
        ringing.addAlarmAction({ topicArn });
        ringing.addOkAction({ topicArn });
      }
    }).only("aws_cloudwatch_metric_alarm");
    assert.deepEqual(
      [alarm_actions, ok_actions],
      [
        ["one", "two"],
        ["one", "two"],
      ],
    );
  });

  it("stands in the region of its metric", () => {
    assert.equal(alarm({}).provider, undefined);
    assert.equal(alarm({}, { region: "us-east-1" }).provider, "aws.us-east-1");
  });

  it("refuses more data points than periods", () => {
    assert.throws(() => alarm({ datapointsToAlarm: 6 }), /datapointsToAlarm 6 is above evaluationPeriods 5/);
  });
});
