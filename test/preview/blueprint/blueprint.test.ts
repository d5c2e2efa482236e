import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { type Blueprint, BlueprintError, readBlueprint } from "../../../preview/blueprint/index.ts";
import { broken, brokenContainer, type Json, only, setVariable, synthesise } from "../stack-json.ts";

let stack: Json;
before(async () => {
  stack = await synthesise();
});

describe("the blueprint of the real stack", () => {
  let blueprint: Blueprint;
  before(() => {
    blueprint = readBlueprint(stack);
  });

  it("takes each part from the resource whose address it names", () => {
    assert.equal(blueprint.edge.address, only(stack, "aws_cloudfront_distribution").address);
    assert.equal(blueprint.balancer.address, only(stack, "aws_lb").address);
    assert.equal(blueprint.balancer.targetGroup.address, only(stack, "aws_lb_target_group").address);
    assert.equal(blueprint.service.address, only(stack, "aws_ecs_service").address);
    assert.equal(blueprint.service.container.address, only(stack, "aws_ecs_task_definition").address);
    assert.equal(blueprint.database.address, only(stack, "aws_rds_cluster").address);
    assert.equal(blueprint.scaler.address, only(stack, "aws_appautoscaling_policy").address);
  });

  it("has the numbers of the brief", () => {
    const { healthCheck } = blueprint.balancer.targetGroup;
    assert.deepEqual(
      [healthCheck.path, healthCheck.interval, healthCheck.unhealthyThreshold, healthCheck.matcher],
      ["/health", 30, 2, "200"],
    );
    assert.deepEqual([blueprint.scaler.minimum, blueprint.scaler.maximum], [2, 10]);
    assert.equal(blueprint.service.containerPort, 3000);
    assert.equal(blueprint.service.container.stopTimeout, 120);
    assert.equal(blueprint.database.majorVersion, 16);
    assert.equal(blueprint.database.forceTls, true);
  });

  it("gives the database's own password to migrations alone, and the edge the balancer's own token", () => {
    const { container } = blueprint.service;
    const [migrate] = container.before;
    assert.match(container.secrets.DB_PASSWORD!, /^[A-Za-z0-9]{40}$/);
    assert.equal(migrate!.secrets.DB_PASSWORD, blueprint.database.password);
    assert.equal(migrate!.secrets.API_DB_PASSWORD, container.secrets.DB_PASSWORD);
    assert.notEqual(
      container.secrets.DB_PASSWORD,
      blueprint.database.password,
      "the owner's is not the API's",
    );
    const [rule] = blueprint.balancer.rules;
    const token = blueprint.edge.origin.headers["x-origin-verify"];
    assert.deepEqual(rule!.conditions, [{ kind: "header", name: "x-origin-verify", values: [token] }]);
    assert.notEqual(token, container.secrets.API_KEYS);
  });

  it("makes new secrets for each run", () => {
    assert.notEqual(readBlueprint(stack).database.password, blueprint.database.password);
  });

  it("takes the secrets that it is given", () => {
    const name = "api-keys-dev-v1";
    assert.equal(readBlueprint(stack, { [name]: "given" }).service.container.secrets.API_KEYS, "given");
    assert.notEqual(readBlueprint(stack, { other: "given" }).service.container.secrets.API_KEYS, "given");
  });

  it("leads a name of the owner's DNS to the load balancer", async () => {
    const named = await synthesise({
      ORIGIN_DOMAIN_NAME: "origin.shop.example",
      ORIGIN_CERTIFICATE_ARN: "arn:aws:acm:eu-north-1:123456789012:certificate/0a1b2c3d",
    });
    const { edge, balancer } = readBlueprint(named);
    assert.equal(edge.origin.balancer.address, only(named, "aws_lb").address);
    assert.equal(balancer.listener.port, 443);
  });

  it("resolves the database's endpoints in the environment", () => {
    const { environment } = blueprint.service.container;
    assert.equal(environment.DB_HOST, blueprint.database.endpoint);
    assert.equal(environment.DB_READER_HOST, blueprint.database.readerEndpoint);
    assert.notEqual(environment.DB_HOST, environment.DB_READER_HOST);
  });

  it("reads behaviours in their order, the default one last and not cached", () => {
    const policies = blueprint.edge.behaviours.map(({ pathPattern, cachePolicy }) => [
      pathPattern,
      cachePolicy.name,
    ]);
    assert.deepEqual(policies.at(-1), ["*", "CachingDisabled"]);
    assert.ok(policies.length > 1);
    for (const [path, policy] of policies.slice(0, -1)) {
      assert.match(path!, /^\/v1\//);
      assert.equal(policy, "UseOriginCacheControlHeaders-QueryStrings");
    }
  });

  it("reads scheduled actions", async () => {
    const scheduled = structuredClone(stack);
    const { resource_id, service_namespace, scalable_dimension } = only(
      stack,
      "aws_appautoscaling_policy",
    ).config;
    scheduled.resource.aws_appautoscaling_scheduled_action = {
      Sale: {
        resource_id,
        service_namespace,
        scalable_dimension,
        name: "sale",
        schedule: "cron(0 6 27 11 ? 2026)",
        scalable_target_action: { min_capacity: "6" },
      },
    };
    assert.deepEqual(readBlueprint(scheduled).scaler.scheduled, [
      {
        address: "aws_appautoscaling_scheduled_action.Sale",
        schedule: "cron(0 6 27 11 ? 2026)",
        timezone: "UTC",
        minimum: 6,
        maximum: undefined,
      },
    ]);
  });

  it("does not depend on what resources are called", () => {
    const names: string[] = Object.values(stack.resource).flatMap((named) => Object.keys(named as object));
    let text = JSON.stringify(stack);
    for (const [index, name] of [...names].sort((a, b) => b.length - a.length).entries())
      text = text.replaceAll(name, `r${index}`);
    const renamed = readBlueprint(JSON.parse(text));
    assert.match(renamed.service.address, /^aws_ecs_service\.r\d+$/);
    assert.equal(renamed.edge.behaviours.length, blueprint.edge.behaviours.length);
    assert.equal(renamed.service.container.before[0]!.secrets.DB_PASSWORD, renamed.database.password);
  });
});

describe("a stack that could not work is refused, with resource and attribute", () => {
  const refuses = (name: string, breakIt: () => Json, type: string, message: RegExp) =>
    it(name, () => {
      const copy = breakIt();
      assert.throws(
        () => readBlueprint(copy),
        (error: unknown) => {
          assert.ok(error instanceof BlueprintError, String(error));
          assert.match(error.message, message);
          assert.equal(error.address, only(stack, type).address);
          return true;
        },
      );
    });

  refuses(
    "a container port that the container does not map",
    () => broken(stack, "aws_ecs_service", (service) => (service.load_balancer[0].container_port = 3001)),
    "aws_ecs_service",
    /load_balancer\.container_port: is 3001, but container "api" of aws_ecs_task_definition\.\S+ maps 3000/,
  );
  refuses(
    "a container name that the task definition does not have",
    () => broken(stack, "aws_ecs_service", (service) => (service.load_balancer[0].container_name = "web")),
    "aws_ecs_service",
    /container_name: is "web", but aws_ecs_task_definition\.\S+ has: api/,
  );
  refuses(
    "a reference to a resource that is not there",
    () =>
      brokenContainer(stack, (container) =>
        setVariable(container, "DB_HOST", "${aws_rds_cluster.Gone.endpoint}"),
      ),
    "aws_ecs_task_definition",
    /container_definitions: holds a reference to aws_rds_cluster\.Gone\.endpoint, which the stack does not contain/,
  );
  refuses(
    "a reference to an attribute that nobody knows",
    () => {
      const { address } = only(stack, "aws_rds_cluster");
      return brokenContainer(stack, (container) =>
        setVariable(container, "DB_HOST", `\${${address}.endpointt}`),
      );
    },
    "aws_ecs_task_definition",
    /container_definitions: holds a reference to aws_rds_cluster\.\S+\.endpointt, which the preview cannot resolve/,
  );
  refuses(
    "a secret that is none of the stack's",
    () =>
      brokenContainer(
        stack,
        (container) => (container.secrets[0].valueFrom = "arn:aws:secretsmanager:x:1:secret:y"),
      ),
    "aws_ecs_task_definition",
    /secret \w+: valueFrom "arn:aws:secretsmanager:x:1:secret:y" is the ARN of no secret in the stack/,
  );
  refuses(
    "a JSON key of a secret that holds plain text",
    () => brokenContainer(stack, (container) => (container.secrets[0].valueFrom += ":password::")),
    "aws_ecs_task_definition",
    /valueFrom asks for the JSON key "password" of aws_secretsmanager_secret\.\S+, which has none/,
  );
  refuses(
    "an origin port without a listener",
    () => broken(stack, "aws_lb_listener", (listener) => (listener.port = 8080)),
    "aws_lb",
    /has no listener on port 80, which aws_cloudfront_distribution\.\S+ calls \(its listeners: 8080\)/,
  );
  refuses(
    "a cache policy that is no managed one",
    () =>
      broken(stack, "aws_cloudfront_distribution", (edge) => {
        edge.default_cache_behavior.cache_policy_id = "4135ea2d-0000-44a3-9df3-4b5a84be39ad";
      }),
    "aws_cloudfront_distribution",
    /default_cache_behavior\.cache_policy_id: "4135ea2d-0000-/,
  );
  refuses(
    "a behaviour to an origin that is not there",
    () =>
      broken(stack, "aws_cloudfront_distribution", (edge) => {
        edge.ordered_cache_behavior[0].target_origin_id = "other";
      }),
    "aws_cloudfront_distribution",
    /ordered_cache_behavior\.0\.target_origin_id: is "other", but the only origin is/,
  );
  refuses(
    "forwarded values beside a cache policy",
    () =>
      broken(stack, "aws_cloudfront_distribution", (edge) => {
        edge.default_cache_behavior.forwarded_values = { query_string: true };
      }),
    "aws_cloudfront_distribution",
    /forwarded_values: excludes cache_policy_id/,
  );
  refuses(
    "a desired count outside of the scaler's limits",
    () => broken(stack, "aws_ecs_service", (service) => (service.desired_count = 11)),
    "aws_appautoscaling_target",
    /desired count 11 is not within 2 to 10/,
  );
  refuses(
    "a number that is none",
    () => broken(stack, "aws_lb_target_group", (group) => (group.health_check.interval = "often")),
    "aws_lb_target_group",
    /health_check\.interval: is no number: "often"/,
  );
  refuses(
    "a cluster without an instance",
    () => {
      const copy = structuredClone(stack);
      delete copy.resource.aws_rds_cluster_instance;
      return copy;
    },
    "aws_rds_cluster",
    /has no aws_rds_cluster_instance/,
  );

  it("a target group that no service registers with", () => {
    const copy = broken(stack, "aws_ecs_service", (service) => delete service.load_balancer);
    assert.throws(
      () => readBlueprint(copy),
      /aws_lb_target_group\.\S+: no aws_ecs_service registers tasks with it/,
    );
  });

  it("a scaling target of another service", () => {
    const copy = broken(
      stack,
      "aws_appautoscaling_target",
      (target) => (target.resource_id = "service/other/other"),
    );
    assert.throws(
      () => readBlueprint(copy),
      /aws_ecs_service\.\S+: no aws_appautoscaling_target has the resource_id/,
    );
  });

  it("a file that is missing or no JSON", () => {
    assert.throws(() => readBlueprint("/nowhere/cdk.tf.json"), /There is no synthesised stack at \/nowhere/);
    assert.throws(() => readBlueprint(import.meta.filename), /is not JSON/);
  });
});
