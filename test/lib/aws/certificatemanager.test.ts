import assert from "node:assert/strict";
import { it as test } from "node:test";
import { Certificate } from "../../../lib/aws/certificatemanager/index.ts";
import { Alarm } from "../../../lib/aws/cloudwatch/index.ts";
import { templateOf } from "../../support/template.ts";

const ARN = "arn:aws:acm:us-east-1:123456789012:certificate/0f-1";

test("a certificate says daily, in its own region, how long it is valid", () => {
  const alarm = templateOf((stack) => {
    new Alarm(stack, "Expires", {
      alarmDescription: "d",
      metric: Certificate.fromCertificateArn(ARN).metricDaysToExpiry({ region: "us-east-1" }),
      threshold: 30,
      evaluationPeriods: 1,
    });
  }).only("aws_cloudwatch_metric_alarm");
  assert.deepEqual(alarm.dimensions, { CertificateArn: ARN });
  assert.deepEqual([alarm.provider, alarm.statistic, alarm.period], ["aws.us-east-1", "Minimum", 86_400]);
});
