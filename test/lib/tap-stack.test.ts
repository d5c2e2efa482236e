import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { TerraformStack, Testing } from "cdktn";
import { readSettings } from "../../lib/settings.ts";
import { TapStack } from "../../lib/tap-stack.ts";
import { tapStack } from "../support/tap-stack.ts";
import type { Resource } from "../support/template.ts";
import { EVERYTHING } from "../support/variants.ts";

const template = tapStack();
const container = (from = template) =>
  JSON.parse(from.only("aws_ecs_task_definition").container_definitions)[0];

describe("a stack on its own", () => {
  for (const [name, environment] of Object.entries({
    "by default": { ENVIRONMENT_SUFFIX: "test" },
    "with every option": EVERYTHING,
  })) {
    it(`hides nothing that resolving it once beforehand would bring to light, ${name}`, () => {
      const written = (prepared: boolean) => {
        const app = Testing.app();
        const stack = new TapStack(app, "TapStack", readSettings(environment));
        if (prepared) TerraformStack.prototype.prepareStack.call(stack);
        app.synth();
        return readFileSync(join(app.outdir, "stacks/TapStack/cdk.tf.json"), "utf8");
      };
      assert.equal(written(false), written(true));
    });
  }
});

describe("a database made from a snapshot", () => {
  it("has the snapshot's data and a password of its own, and is not made anew for another snapshot", () => {
    const before = template.only("aws_rds_cluster");
    const { snapshot_identifier, ...rest } = tapStack({ DATABASE_SNAPSHOT: "snapshot-1-test" }).only(
      "aws_rds_cluster",
    );
    assert.equal(snapshot_identifier, "snapshot-1-test");
    assert.deepEqual(rest, before);
    assert.ok(rest.lifecycle.ignore_changes.includes("snapshot_identifier"));
  });
});

describe("the brief's numbers", () => {
  it("1 vCPU and 2 GB for a task, on port 3000, on FARGATE_SPOT", () => {
    const task = template.only("aws_ecs_task_definition");
    assert.deepEqual([task.cpu, task.memory], ["1024", "2048"]);
    assert.equal(container().portMappings[0].containerPort, 3000);
    assert.deepEqual(template.only("aws_ecs_service").capacity_provider_strategy, [
      { base: 0, capacity_provider: "FARGATE_SPOT", weight: 1 },
    ]);
  });

  it("health checks on /health every 30 s, unhealthy after 2 failures", () => {
    const { health_check: check } = template.only("aws_lb_target_group");
    assert.deepEqual(
      [check.path, check.interval, check.unhealthy_threshold, check.matcher],
      ["/health", 30, 2, "200"],
    );
  });

  it("2 to 10 tasks at 60 % CPU, out after 60 s and in after 300 s", () => {
    const target = template.only("aws_appautoscaling_target");
    assert.deepEqual([target.min_capacity, target.max_capacity], [2, 10]);
    const policy = template.only("aws_appautoscaling_policy").target_tracking_scaling_policy_configuration;
    assert.deepEqual(
      [policy.target_value, policy.scale_out_cooldown, policy.scale_in_cooldown],
      [60, 60, 300],
    );
  });

  it("db.t3.medium, twice, with backups for 7 days", () => {
    const classes = template.resources("aws_rds_cluster_instance").map((instance) => instance.instance_class);
    assert.deepEqual(classes, ["db.t3.medium", "db.t3.medium"]);
    assert.equal(template.only("aws_rds_cluster").backup_retention_period, 7);
  });

  it("30 days for logs, in CloudWatch and in S3", () => {
    assert.ok(
      template.resources("aws_cloudwatch_log_group").every((group) => group.retention_in_days === 30),
    );
    assert.deepEqual(template.only("aws_s3_bucket_lifecycle_configuration").rule[0].expiration, [
      { days: 30 },
    ]);
  });

  it("a log group for each component that can write one", () => {
    assert.deepEqual(
      template
        .resources("aws_cloudwatch_log_group")
        .map((group) => group.name)
        .sort(),
      [
        "/aws/ecs/api-test",
        "/aws/ecs/containerinsights/cluster-test/performance",
        "/aws/events/ecs-test",
        "/aws/rds/cluster/aurora-test/postgresql",
        "/aws/vendedlogs/cloudfront/access-logs-test",
        "/aws/vpc/flow-logs-test",
      ],
    );
  });
});

describe("the load balancer", () => {
  it("writes its access log into the log bucket, once that admits it", () => {
    const balancer = template.only("aws_lb");
    assert.deepEqual([balancer.access_logs.enabled, balancer.access_logs.prefix], [true, "alb"]);
    assert.match(template.dependsOn(balancer).join(), /aws_s3_bucket_policy/);
    const { Statement } = JSON.parse(template.only("aws_s3_bucket_policy").policy);
    const [write] = Statement.filter((each: Resource) => each.Effect === "Allow");
    assert.deepEqual(write.Principal, { Service: ["logdelivery.elasticloadbalancing.amazonaws.com"] });
    assert.match(
      write.Resource[0],
      /\/alb\/AWSLogs\/\$\{data\.aws_caller_identity\.Account\.account_id\}\/\*$/,
    );
  });
});

describe("settings that change the stack", () => {
  it("an on-demand base that Spot's whims cannot touch", () => {
    assert.deepEqual(
      tapStack({ ON_DEMAND_BASE_TASKS: "2" }).only("aws_ecs_service").capacity_provider_strategy,
      [
        { base: 2, capacity_provider: "FARGATE", weight: 0 },
        { base: 0, capacity_provider: "FARGATE_SPOT", weight: 1 },
      ],
    );
  });

  it("minimums for a sale", () => {
    const actions = tapStack({
      SCHEDULED_MINIMUMS: "cron(0 5 27 11 ? 2126)=6; cron(0 1 1 12 ? 2126)=2",
    }).resources("aws_appautoscaling_scheduled_action");
    assert.deepEqual(
      actions.map((action) => [action.name, action.schedule, action.scalable_target_action.min_capacity]),
      [
        ["scheduled-action-minimum-1-test", "cron(0 5 27 11 ? 2126)", "6"],
        ["scheduled-action-minimum-2-test", "cron(0 1 1 12 ? 2126)", "2"],
      ],
    );
  });

  it("one NAT gateway instead of two", () => {
    assert.equal(tapStack({ NAT_GATEWAYS: "1" }).resources("aws_nat_gateway").length, 1);
  });

  it("alarms by mail, in both regions that alarms are in", () => {
    assert.equal(template.resources("aws_sns_topic_subscription").length, 0);
    const subscriptions = tapStack({ ALARM_EMAIL: "oncall@example.com" }).resources(
      "aws_sns_topic_subscription",
    );
    assert.deepEqual(subscriptions.map(({ provider }) => provider).sort(), ["aws.us-east-1", undefined]);
  });

  it("a state of its own for each environment", () => {
    const s3 = (suffix: string) => {
      const { json } = tapStack({
        ENVIRONMENT_SUFFIX: suffix,
        STATE_BUCKET: "state",
        STATE_LOCK_TABLE: "locks",
      });
      return (json.terraform as Resource).backend.s3;
    };
    assert.deepEqual(s3("a"), {
      bucket: "state",
      key: "catalog-api/a/terraform.tfstate",
      region: "eu-north-1",
      encrypt: true,
      dynamodb_table: "locks",
    });
    assert.notEqual(s3("b").key, s3("a").key);
  });

  it("a new password by a new secret", () => {
    const names = tapStack({ DATABASE_PASSWORD_VERSION: "2" })
      .resources("aws_secretsmanager_secret")
      .map(({ name }) => name);
    assert.ok(names.includes("db-api-password-test-v2") && !names.includes("db-api-password-test-v1"));
    assert.ok(names.includes("db-password-test-v1"), "the owner's is another");
  });
});

describe("outputs", () => {
  it("say where the edge and the load balancer are, and what an operator needs next", () => {
    const outputs = template.json.output as Record<string, { description: string }>;
    assert.deepEqual(Object.keys(outputs).sort(), [
      "alb-dns-name",
      "api-keys-secret-arn",
      "api-log-group",
      "cloudfront-url",
      "cluster-name",
      "dashboard-name",
      "database-api-secret-arn",
      "database-endpoint",
      "database-reader-endpoint",
      "database-secret-arn",
      "distribution-id",
      "origin-token-secret-arn",
      "service-name",
    ]);
    assert.ok(Object.values(outputs).every(({ description }) => description));
  });
});
