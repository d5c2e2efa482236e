import assert from "node:assert/strict";
import {
  DescribeListenersCommand,
  DescribeLoadBalancerAttributesCommand,
  DescribeLoadBalancersCommand,
  DescribeRulesCommand,
  DescribeTargetGroupAttributesCommand,
  DescribeTargetGroupsCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { GetSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import { type Check, type CheckContext, only } from "./check.ts";

async function describeBalancer({ aws, suffix }: CheckContext) {
  const { LoadBalancers } = await aws.loadBalancing.send(
    new DescribeLoadBalancersCommand({ Names: [`alb-${suffix}`] }),
  );
  return only(LoadBalancers, "load balancer");
}

async function describeTargetGroup(context: CheckContext) {
  const { LoadBalancerArn } = await describeBalancer(context);
  const { TargetGroups } = await context.aws.loadBalancing.send(
    new DescribeTargetGroupsCommand({ LoadBalancerArn }),
  );
  return only(TargetGroups, "target group");
}

async function describeListener(context: CheckContext) {
  const { LoadBalancerArn } = await describeBalancer(context);
  const { Listeners } = await context.aws.loadBalancing.send(
    new DescribeListenersCommand({ LoadBalancerArn }),
  );
  return only(Listeners, "listener");
}

export const balancer: Check[] = [
  {
    demand: "the load balancer stands in two zones and drops invalid headers",
    async run(context) {
      const { LoadBalancerArn, AvailabilityZones = [], Type } = await describeBalancer(context);
      assert.equal(Type, "application");
      assert.equal(new Set(AvailabilityZones.map(({ ZoneName }) => ZoneName)).size, 2);
      const attributes = await balancerAttributes(context, LoadBalancerArn!);
      assert.equal(attributes["routing.http.drop_invalid_header_fields.enabled"], "true");
      assert.equal(attributes["deletion_protection.enabled"], "false");
    },
  },
  {
    demand: "the load balancer writes access logs to the log bucket",
    async run(context) {
      const { LoadBalancerArn } = await describeBalancer(context);
      const attributes = await balancerAttributes(context, LoadBalancerArn!);
      assert.equal(attributes["access_logs.s3.enabled"], "true");
      assert.match(attributes["access_logs.s3.bucket"] ?? "", new RegExp(`-${context.suffix}$`));
    },
  },
  {
    demand: "health checks ask /health every 30 s and fail after 2",
    async run(context) {
      const group = await describeTargetGroup(context);
      assert.equal(group.HealthCheckPath, "/health");
      assert.equal(group.HealthCheckIntervalSeconds, 30);
      assert.equal(group.UnhealthyThresholdCount, 2);
      assert.deepEqual([group.Port, group.TargetType], [3000, "ip"]);
    },
  },
  {
    demand: "targets drain for 30 s",
    async run(context) {
      const { TargetGroupArn } = await describeTargetGroup(context);
      const { Attributes = [] } = await context.aws.loadBalancing.send(
        new DescribeTargetGroupAttributesCommand({ TargetGroupArn }),
      );
      assert.equal(Attributes.find(({ Key }) => Key === "deregistration_delay.timeout_seconds")?.Value, "30");
    },
  },
  {
    demand: "the listener answers 403 by default",
    async run(context) {
      const { DefaultActions } = await describeListener(context);
      const action = only(DefaultActions, "default action");
      assert.deepEqual([action.Type, action.FixedResponseConfig?.StatusCode], ["fixed-response", "403"]);
    },
  },
  {
    demand: "only requests with the origin header's secret are forwarded",
    async run(context) {
      const { ListenerArn } = await describeListener(context);
      const { Rules = [] } = await context.aws.loadBalancing.send(new DescribeRulesCommand({ ListenerArn }));
      const rule = only(
        Rules.filter(({ IsDefault }) => !IsDefault),
        "rule",
      );
      const header = only(rule.Conditions, "condition").HttpHeaderConfig;
      assert.equal(header?.HttpHeaderName?.toLowerCase(), "x-origin-verify");
      assert.ok(header?.Values?.includes(await originToken(context)));
      assert.equal(only(rule.Actions, "action").Type, "forward");
    },
  },
];

/** The token as Secrets Manager has it. */
export async function originToken({ aws, resources }: CheckContext): Promise<string> {
  const secret = only(
    resources.filter(
      ({ type, values }) => type === "aws_secretsmanager_secret" && /origin/.test(String(values.name)),
    ),
    "origin token",
  );
  const { SecretString } = await aws.secrets.send(
    new GetSecretValueCommand({ SecretId: String(secret.values.arn) }),
  );
  return SecretString!;
}

async function balancerAttributes(
  { aws }: CheckContext,
  LoadBalancerArn: string,
): Promise<Record<string, string>> {
  const { Attributes = [] } = await aws.loadBalancing.send(
    new DescribeLoadBalancerAttributesCommand({ LoadBalancerArn }),
  );
  return Object.fromEntries(Attributes.map(({ Key = "", Value = "" }) => [Key, Value]));
}
