import assert from "node:assert/strict";
import { GetDashboardCommand, paginateDescribeAlarms } from "@aws-sdk/client-cloudwatch";
import { paginateDescribeLogGroups } from "@aws-sdk/client-cloudwatch-logs";
import {
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketPolicyCommand,
  GetPublicAccessBlockCommand,
} from "@aws-sdk/client-s3";
import { all } from "../../inventory/item.ts";
import type { Check, CheckContext } from "./check.ts";

/** Buckets of this environment, by Terraform's state; their settings are asked of S3. */
const buckets = ({ resources }: CheckContext): string[] =>
  resources.filter(({ type }) => type === "aws_s3_bucket").map(({ values }) => String(values.bucket));

async function logGroups({ aws, resources }: CheckContext) {
  const names = new Set(
    resources.filter(({ type }) => type === "aws_cloudwatch_log_group").map(({ values }) => values.name),
  );
  const found = await Promise.all(
    [aws.logs, aws.edgeLogs].map((client) =>
      all(paginateDescribeLogGroups({ client }, {}), (page) => page.logGroups),
    ),
  );
  return found.flat().filter(({ logGroupName }) => names.has(logGroupName));
}

export const observability: Check[] = [
  {
    demand: "API, cluster, events, database, network and edge have a log group each, kept for 30 days",
    async run(context) {
      const groups = await logGroups(context);
      const { suffix } = context;
      assert.deepEqual(groups.map(({ logGroupName }) => logGroupName).sort(), [
        `/aws/ecs/api-${suffix}`,
        `/aws/ecs/containerinsights/cluster-${suffix}/performance`,
        `/aws/events/ecs-${suffix}`,
        `/aws/rds/cluster/aurora-${suffix}/postgresql`,
        `/aws/vendedlogs/cloudfront/access-logs-${suffix}`,
        `/aws/vpc/flow-logs-${suffix}`,
      ]);
      for (const { retentionInDays } of groups) assert.equal(retentionInDays, 30);
    },
  },
  {
    demand: "log buckets delete after 30 days, by rules that each have a filter",
    async run(context) {
      for (const Bucket of someBuckets(context)) {
        const { Rules = [] } = await context.aws.s3.send(
          new GetBucketLifecycleConfigurationCommand({ Bucket }),
        );
        assert.ok(Rules.some(({ Expiration, Status }) => Expiration?.Days === 30 && Status === "Enabled"));
        for (const rule of Rules)
          assert.ok(rule.Filter !== undefined || rule.Prefix !== undefined, `${rule.ID} has no filter`);
      }
    },
  },
  {
    demand: "log buckets are private, encrypted, and refuse plain HTTP",
    async run(context) {
      for (const Bucket of someBuckets(context)) {
        const { PublicAccessBlockConfiguration } = await context.aws.s3.send(
          new GetPublicAccessBlockCommand({ Bucket }),
        );
        assert.deepEqual(PublicAccessBlockConfiguration, {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        });
        const { ServerSideEncryptionConfiguration: encryption } = await context.aws.s3.send(
          new GetBucketEncryptionCommand({ Bucket }),
        );
        assert.equal(encryption?.Rules?.[0]?.ApplyServerSideEncryptionByDefault?.SSEAlgorithm, "AES256");
        const { Policy = "{}" } = await context.aws.s3.send(new GetBucketPolicyCommand({ Bucket }));
        const { Statement = [] } = JSON.parse(Policy) as {
          Statement?: { Effect: string; Condition?: unknown }[];
        };
        const denial = Statement.find(({ Effect }) => Effect === "Deny");
        assert.deepEqual(denial?.Condition, { Bool: { "aws:SecureTransport": "false" } });
      }
    },
  },
  {
    demand: "every alarm goes to a topic that exists, and treats silence on purpose",
    async run({ aws, resources }) {
      const topics = new Set(
        resources.filter(({ type }) => type === "aws_sns_topic").map(({ values }) => values.arn),
      );
      const names = new Set(
        resources
          .filter(({ type }) => type === "aws_cloudwatch_metric_alarm")
          .map(({ values }) => values.alarm_name),
      );
      const found = await Promise.all(
        [aws.cloudWatch, aws.edgeCloudWatch].map((client) =>
          all(paginateDescribeAlarms({ client }, {}), (page) => page.MetricAlarms),
        ),
      );
      const alarms = found.flat().filter(({ AlarmName }) => names.has(AlarmName));
      assert.ok(
        alarms.length > 0 && alarms.length === names.size,
        `${alarms.length} of ${names.size} alarms`,
      );
      for (const { AlarmName, AlarmActions = [], TreatMissingData } of alarms) {
        assert.ok(
          AlarmActions.length > 0 && AlarmActions.every((arn) => topics.has(arn)),
          `${AlarmName} tells nobody`,
        );
        assert.ok(TreatMissingData, `${AlarmName} leaves missing data to chance`);
      }
    },
  },
  {
    demand: "the dashboard exists and shows metrics",
    async run({ aws, outputs }) {
      const { DashboardBody = "{}" } = await aws.cloudWatch.send(
        new GetDashboardCommand({ DashboardName: outputs["dashboard-name"]! }),
      );
      const { widgets = [] } = JSON.parse(DashboardBody) as { widgets?: { type: string }[] };
      assert.ok(widgets.some(({ type }) => type === "metric"));
    },
  },
];

/** A check over no bucket would pass unseen. */
function someBuckets(context: CheckContext): string[] {
  const found = buckets(context);
  assert.ok(found.length > 0, "there is no bucket");
  return found;
}
