import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { TerraformStack, Testing } from "cdktn";
import { readSettings } from "../../lib/settings.ts";
import { TapStack } from "../../lib/tap-stack.ts";
import { type Resource, Template } from "../support/template.ts";
import { EVERYTHING } from "../support/variants.ts";

/** The stack as these settings make it. */
function tapStack(environment: Record<string, string> = {}): Template {
  const stack = new TapStack(
    Testing.app(),
    "TapStack",
    readSettings({ ENVIRONMENT_SUFFIX: "test", ...environment }),
  );
  return new Template(JSON.parse(Testing.synth(stack, true)));
}

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

describe("the edge's log", () => {
  it("is delivered anew where its fields change: a delivery that stands cannot be changed", () => {
    const fields = template.only("aws_cloudwatch_log_delivery").record_fields as string[];
    const hash = createHash("sha256").update(fields.join()).digest("hex").slice(0, 8);
    assert.deepEqual(
      [template.only("aws_cloudwatch_log_delivery_destination").name, hash],
      ["cloudfront-access-logs2-test", "f42289eb"],
      "raise FIELDS_VERSION in lib/aws/cloudfront/log-delivery.ts, then say both here",
    );
  });
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

describe("the container", () => {
  it("is told everything that it needs, and secrets only when it starts", () => {
    const environment = Object.fromEntries(
      container().environment.map((each: Resource) => [each.name, each.value]),
    );
    assert.match(environment.DB_HOST, /aws_rds_cluster\..*\.endpoint/);
    assert.match(environment.DB_READER_HOST, /aws_rds_cluster\..*\.reader_endpoint/);
    assert.deepEqual(
      [environment.PORT, environment.DB_PORT, environment.DB_NAME, environment.DB_USER, environment.DB_SSL],
      ["3000", "5432", "catalog", "catalog_api_v1", "verify"],
    );
    assert.deepEqual(
      container().secrets.map((secret: Resource) => secret.name),
      ["API_KEYS", "DB_PASSWORD"],
    );
  });

  it("is told of the API's own defaults only where a setting says something else", () => {
    const told = (environment: Record<string, string>) =>
      Object.fromEntries(
        container(tapStack(environment))
          .environment.filter(({ name }: Resource) => name === "LIST_CURRENCY" || name === "API_REFERENCE")
          .map(({ name, value }: Resource) => [name, value]),
      );
    assert.deepEqual(told({}), {});
    assert.deepEqual(told({ API_REFERENCE: "on" }), {});
    assert.deepEqual(told({ API_REFERENCE: "off" }), { API_REFERENCE: "off" });
    assert.deepEqual(told({ LIST_CURRENCY: "SEK" }), { LIST_CURRENCY: "SEK" });
    assert.deepEqual(told({ LIST_CURRENCY: "EUR" }), { LIST_CURRENCY: "EUR" });
  });

  it("is unprivileged, on a file system that cannot be written, and has two minutes to stop", () => {
    const { user, readonlyRootFilesystem, stopTimeout, privileged } = container();
    assert.deepEqual(
      [user, readonlyRootFilesystem, stopTimeout, privileged],
      ["10001:10001", true, 120, undefined],
    );
  });

  it("can be written to where a shell is wanted", () => {
    const { readonlyRootFilesystem, linuxParameters } = container(
      tapStack({ ENABLE_EXECUTE_COMMAND: "true" }),
    );
    assert.deepEqual([readonlyRootFilesystem, linuxParameters], [false, { initProcessEnabled: true }]);
  });
});

describe("the edge", () => {
  const distribution = template.only("aws_cloudfront_distribution");

  it("caches the read paths as the API says, and nothing else", () => {
    assert.equal(distribution.default_cache_behavior.cache_policy_id, "4135ea2d-6df8-44a3-9df3-4b5a84be39ad");
    assert.deepEqual(
      Object.fromEntries(
        distribution.ordered_cache_behavior.map((each: Resource) => [
          each.path_pattern,
          each.cache_policy_id,
        ]),
      ),
      Object.fromEntries(
        [
          "/v1/products",
          "/v1/products/*",
          "/v1/categories",
          "/v1/categories/*",
          "/v1/search",
          "/v1/suggest",
        ].map((path) => [path, "4cc15a8a-d715-48a4-82b8-cc0b614638fe"]),
      ),
    );
  });

  it("lets writes pass on every path, with the headers that they need", () => {
    for (const behavior of [distribution.default_cache_behavior, ...distribution.ordered_cache_behavior]) {
      for (const method of ["PUT", "PATCH", "DELETE"]) assert.ok(behavior.allowed_methods.includes(method));
      assert.equal(behavior.origin_request_policy_id, "b689b0a8-53d0-40ab-baf2-68738e2966ac");
      assert.equal(behavior.response_headers_policy_id, "67f7725c-6f97-4210-82d7-5512b31e9d03");
    }
  });

  it("keeps no error for longer than a second", () => {
    assert.deepEqual(
      distribution.custom_error_response.map((each: Resource) => [
        each.error_code,
        each.error_caching_min_ttl,
      ]),
      [
        [404, 1],
        [500, 1],
        [501, 1],
        [502, 1],
        [503, 1],
        [504, 1],
      ],
    );
  });

  it("sends the token that the load balancer asks for", () => {
    const [header] = distribution.origin[0].custom_header;
    const [condition] = template.only("aws_lb_listener_rule").condition;
    assert.equal(header.name, condition.http_header.http_header_name);
    assert.deepEqual(condition.http_header.values, [header.value]);
  });

  it("has the former token accepted while a new one spreads", () => {
    const rotated = tapStack({ ORIGIN_TOKEN_VERSION: "2" });
    const { values } = rotated.only("aws_lb_listener_rule").condition[0].http_header;
    assert.equal(values.length, 2);
    assert.equal(rotated.only("aws_cloudfront_distribution").origin[0].custom_header[0].value, values[0]);
    assert.deepEqual(
      rotated
        .resources("aws_secretsmanager_secret")
        .map((secret) => secret.name)
        .filter((name) => name.startsWith("origin"))
        .sort(),
      ["origin-token-test-v1", "origin-token-test-v2"],
    );
  });

  it("sends a token only once the load balancer accepts it", () => {
    assert.match(
      template.dependsOn(template.only("aws_cloudfront_distribution")).join(),
      /aws_lb_listener_rule/,
    );
  });

  it("keeps the former token's resource when a new one comes, so that it does not change", () => {
    const address = (of: Template) =>
      Object.entries(of.json.resource!.aws_secretsmanager_secret!).find(
        ([, secret]) => secret.name === "origin-token-test-v1",
      )![0];
    assert.equal(address(tapStack({ ORIGIN_TOKEN_VERSION: "2" })), address(template));
  });

  it("closes its idle connections before the load balancer does", () => {
    const { origin_keepalive_timeout: keepalive } = distribution.origin[0].custom_origin_config;
    assert.ok(keepalive < template.only("aws_lb").idle_timeout);
  });

  it("takes an own domain with its certificate, and TLS to the origin", () => {
    const owned = tapStack({
      DOMAIN_NAME: "shop.example.com",
      CERTIFICATE_ARN: "arn:aws:acm:us-east-1:123456789012:certificate/0f",
      ORIGIN_DOMAIN_NAME: "origin.example.com",
      ORIGIN_CERTIFICATE_ARN: "arn:aws:acm:eu-north-1:123456789012:certificate/0f",
    });
    const { aliases, viewer_certificate, origin } = owned.only("aws_cloudfront_distribution");
    assert.deepEqual(aliases, ["shop.example.com"]);
    assert.equal(viewer_certificate.minimum_protocol_version, "TLSv1.2_2021");
    assert.equal(origin[0].domain_name, "origin.example.com");
    assert.equal(origin[0].custom_origin_config.origin_protocol_policy, "https-only");
    const fromCloudFront = (of: Template) =>
      Object.entries(of.json.resource!.aws_vpc_security_group_ingress_rule!).find(
        ([, rule]) => rule.prefix_list_id,
      )![0];
    // Changed in place: the prefix list has no room for a second rule.
    assert.equal(fromCloudFront(owned), fromCloudFront(template));
    const ports = owned
      .resources("aws_vpc_security_group_ingress_rule")
      .map((rule) => rule.from_port)
      .sort();
    assert.deepEqual(ports, [3000, 443, 5432]);
    assert.equal((owned.json.output as Resource)["cloudfront-url"].value, "https://shop.example.com");
  });

  it("has a web ACL only when asked for", () => {
    assert.equal(template.resources("aws_wafv2_web_acl").length, 0);
    const guarded = tapStack({ WEB_ACL: "true", WEB_ACL_RATE_LIMIT: "500" });
    assert.equal(guarded.only("aws_wafv2_web_acl").rule[0].statement.rate_based_statement.limit, 500);
    assert.match(guarded.only("aws_cloudfront_distribution").web_acl_id, /aws_wafv2_web_acl/);
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
