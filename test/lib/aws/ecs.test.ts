import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Duration } from "../../../lib/aws/core/index.ts";
import * as ec2 from "../../../lib/aws/ec2/index.ts";
import * as ecs from "../../../lib/aws/ecs/index.ts";
import * as logs from "../../../lib/aws/logs/index.ts";
import { type ServingOverrides, serving } from "../../support/serving.ts";
import { templateOf } from "../../support/template.ts";

const policyNamed = (template: ReturnType<typeof serving>, name: string) =>
  template.resources("aws_iam_role_policy").find((policy) => policy.name === name)!;

const container = (overrides?: ServingOverrides) =>
  JSON.parse(serving(overrides).only("aws_ecs_task_definition").container_definitions)[0];

describe("FargateTaskDefinition", () => {
  it("reads a secret when the task starts, with the right to read that one alone", () => {
    const template = serving();
    const { secrets, environment } = JSON.parse(
      template.only("aws_ecs_task_definition").container_definitions,
    )[0];
    assert.deepEqual(environment, [
      { name: "A", value: "1" },
      { name: "B", value: "2" },
    ]);
    assert.match(secrets[0].valueFrom, /^\$\{aws_secretsmanager_secret\..*\.arn\}$/);
    const policy = policyNamed(template, "policy-read-s-v1-test");
    const [read, ...more] = JSON.parse(policy.policy).Statement;
    assert.deepEqual(
      [read.Action, read.Resource],
      [["secretsmanager:GetSecretValue"], [secrets[0].valueFrom]],
    );
    assert.deepEqual(more, []);
  });

  it("gives a grant that an apply may take away a policy of its own, which goes after the service has moved", () => {
    const image = (repository: string) =>
      ecs.ContainerImage.fromRegistry(`123456789012.dkr.ecr.eu-north-1.amazonaws.com/${repository}:1`);
    const pull = (repository: string) =>
      serving({ container: { image: image(repository) } })
        .resources("aws_iam_role_policy")
        .find(({ name }) => /^policy-pull-[0-9a-f]{12}-test$/.test(name))!;
    assert.notEqual(pull("shop").name, pull("shop/api").name);
    for (const policy of [pull("shop"), policyNamed(serving(), "policy-read-s-v1-test")])
      assert.equal(policy.lifecycle.create_before_destroy, true);
    const defaults = policyNamed(serving(), "policy-test");
    assert.match(serving().dependsOn(defaults).join(), /ReadSecretPolicy/);
  });

  it("may pull from the one ECR repository that its image is in", () => {
    const image = ecs.ContainerImage.fromRegistry(
      "123456789012.dkr.ecr.eu-north-1.amazonaws.com/shop/api@sha256:0",
    );
    const policies = (overrides?: ServingOverrides) =>
      JSON.stringify(
        serving(overrides)
          .resources("aws_iam_role_policy")
          .map(({ policy }) => policy),
      );
    assert.match(policies({ container: { image } }), /:ecr:eu-north-1:123456789012:repository\/shop\/api\\"/);
    assert.doesNotMatch(policies(), /ecr:/);
  });

  it("takes the container's capabilities when told to, and no others", () => {
    assert.deepEqual(container({ container: { dropAllCapabilities: true } }).linuxParameters, {
      capabilities: { drop: ["ALL"] },
    });
    assert.equal(container().linuxParameters, undefined);
  });

  it("refuses a plan, and only a plan, while its image is a placeholder", () => {
    const image = ecs.ContainerImage.placeholder("x.invalid/y", "set IMAGE");
    const { lifecycle } = serving({ container: { image } }).only("aws_ecs_task_definition");
    assert.equal(lifecycle.precondition[0].error_message, "set IMAGE");
    assert.equal(serving().only("aws_ecs_task_definition").lifecycle.precondition, undefined);
  });

  it("refuses sizes that Fargate does not offer", () => {
    assert.throws(() => serving({ task: { cpu: 1000 } }), /cpu 1000 is not offered: use 256, 512/);
    assert.throws(
      () => serving({ task: { memoryLimitMiB: 2500 } }),
      /memoryLimitMiB 2500 is not offered with cpu 1024/,
    );
  });

  it("refuses a stop time-out that Fargate does not allow, and a name that is setting and secret", () => {
    assert.equal(container({ container: { stopTimeout: Duration.seconds(120) } }).stopTimeout, 120);
    assert.throws(
      () => serving({ container: { stopTimeout: Duration.seconds(121) } }),
      /stopTimeout of 121 s/,
    );
    assert.throws(
      () => serving({ container: { environment: { PASSWORD: "x" } } }),
      /'PASSWORD' is in environment and in secrets/,
    );
  });

  it("starts a container once the one that it waits for has succeeded", () => {
    const definition = JSON.parse(
      serving({
        container: { dependsOn: [{ containerName: "first", condition: "SUCCESS" }] },
        more: { first: { essential: false, command: ["true"] } },
      }).only("aws_ecs_task_definition").container_definitions,
    );
    assert.deepEqual(definition[0].dependsOn, [{ containerName: "first", condition: "SUCCESS" }]);
    assert.deepEqual([definition[1].essential, definition[1].command], [false, ["true"]]);
  });

  it("refuses a container that waits for nobody, or for the end of one that ends the task", () => {
    const dependsOn = [{ containerName: "first", condition: "SUCCESS" }] as const;
    const waiting = (more?: ServingOverrides["more"]) => () =>
      serving({ container: { dependsOn: [...dependsOn] }, more });
    assert.throws(waiting(), /'api' waits for 'first': add that one/);
    assert.throws(waiting({ first: {} }), /set its essential to false/);
    assert.throws(waiting({ api: {} }), /has a container 'api' already/);
  });
});

describe("FargateService", () => {
  it("runs by its strategy, without a launch type, in private subnets", () => {
    const service = serving().only("aws_ecs_service");
    assert.deepEqual(service.capacity_provider_strategy, [
      { base: 0, capacity_provider: "FARGATE_SPOT", weight: 1 },
    ]);
    assert.equal(service.launch_type, undefined);
    assert.equal(service.network_configuration.assign_public_ip, false);
    assert.ok(service.network_configuration.subnets.every((subnet: string) => subnet.includes("_Private")));
  });

  it("leaves the count to auto-scaling once it runs", () => {
    assert.deepEqual(serving().only("aws_ecs_service").lifecycle.ignore_changes, ["desired_count"]);
  });

  it("fails the apply when ECS has put it back on the revision before", () => {
    const template = serving();
    const [{ condition }] = template.only("aws_ecs_service").lifecycle.postcondition;
    const task = Object.keys(template.json.resource!.aws_ecs_task_definition!)[0];
    assert.equal(condition, `\${(self.task_definition == aws_ecs_task_definition.${task}.arn)}`);
  });

  it("waits for its cluster's providers, its role's policy, its secrets, its listener's rule and its way out", () => {
    const template = serving();
    const edges = template.dependsOn(template.only("aws_ecs_service")).join("\n");
    for (const type of [
      "aws_ecs_cluster_capacity_providers",
      "aws_iam_role_policy",
      "aws_secretsmanager_secret_version",
      "aws_lb_listener_rule",
      "aws_route",
    ]) {
      assert.match(edges, new RegExp(`^${type}\\.`, "m"));
    }
  });

  it("waits for rules that are added after it was made", () => {
    const template = serving({
      extend: ({ service }) => service.connections.allowToAnyIpv4(ec2.Port.HTTPS, "out"),
    });
    assert.match(
      template.dependsOn(template.only("aws_ecs_service")).join(),
      /aws_vpc_security_group_egress_rule/,
    );
  });

  it("refuses a container that does not listen where the target group looks", () => {
    assert.throws(
      () => serving({ container: { portMappings: [{ containerPort: 3001 }] } }),
      /container 'api' does not listen on 3000/,
    );
  });

  it("refuses strategies that could place nothing, or have two bases", () => {
    const strategies =
      (...weights: [number, number][]) =>
      () =>
        serving({
          service: {
            capacityProviderStrategies: weights.map(([weight, base], index) => ({
              capacityProvider: index ? "FARGATE_SPOT" : "FARGATE",
              weight,
              base,
            })),
          },
        });
    assert.throws(strategies([0, 0]), /no capacity provider has a weight above 0/);
    assert.throws(strategies([1, 1], [1, 1]), /two capacity providers have a base/);
  });

  it("writes a shell's permissions only where shells are allowed", () => {
    assert.doesNotMatch(JSON.stringify(serving().json), /ssmmessages/);
    const template = serving({ service: { enableExecuteCommand: true } });
    assert.ok(
      template
        .resources("aws_iam_role_policy")
        .some(({ policy }) => policy.includes("ssmmessages:OpenDataChannel")),
    );
  });

  const scaling = (min: number, max: number, extend = (_: ecs.ScalableTaskCount) => {}) =>
    serving({
      extend: ({ service }) => extend(service.autoScaleTaskCount({ minCapacity: min, maxCapacity: max })),
    });

  it("scales between its bounds after CPU", () => {
    const cooldown = Duration.seconds(60);
    const template = scaling(2, 10, (tasks) =>
      tasks.scaleOnCpuUtilization("Cpu", {
        targetUtilizationPercent: 60,
        scaleOutCooldown: cooldown,
        scaleInCooldown: cooldown,
      }),
    );
    const policy = template.only("aws_appautoscaling_policy").target_tracking_scaling_policy_configuration;
    assert.equal(policy.target_value, 60);
    assert.deepEqual(policy.predefined_metric_specification, {
      predefined_metric_type: "ECSServiceAverageCPUUtilization",
    });
    const target = template.only("aws_appautoscaling_target");
    assert.deepEqual([target.min_capacity, target.max_capacity, target.lifecycle], [2, 10, undefined]);
  });

  it("leaves the minimum to the schedules when there are any, and no more than that", () => {
    const template = scaling(2, 10, (tasks) =>
      tasks.scaleOnSchedule("Sale", { schedule: "at(2026-11-27T05:00:00)", minCapacity: 6 }),
    );
    assert.deepEqual(template.only("aws_appautoscaling_scheduled_action").scalable_target_action, {
      min_capacity: "6",
    });
    assert.deepEqual(template.only("aws_appautoscaling_target").lifecycle.ignore_changes, ["min_capacity"]);
  });

  it("refuses bounds that its count or a schedule is outside of", () => {
    assert.throws(
      () => scaling(0, 1),
      /desired count 2 is above maxCapacity 1\. Lower desiredCount or raise maxCapacity/,
    );
    assert.throws(() => scaling(3, 10), /desired count 2 is below minCapacity 3/);
    assert.throws(
      () => scaling(2, 4, (tasks) => tasks.scaleOnSchedule("Sale", { schedule: "x", minCapacity: 5 })),
      /scheduled minimum 5 is above/,
    );
  });
});

describe("ECS Exec", () => {
  it("writes what is done in shells to a log group, to which the task role may write and no further", () => {
    const template = templateOf((stack) => {
      const executeCommandLogGroup = new logs.LogGroup(stack, "Shells", { logGroupName: "/shells-test" });
      new ecs.Cluster(stack, "Cluster", { executeCommandLogGroup });
    });
    const { execute_command_configuration: execute } = template.only("aws_ecs_cluster").configuration;
    assert.equal(execute.logging, "OVERRIDE");
    assert.match(
      execute.log_configuration.cloud_watch_log_group_name,
      /^\$\{aws_cloudwatch_log_group\.Shells_\w+\.name\}$/,
    );
  });

  it("is said to be as ECS has it where there is no log group: the provider does not send what is left out", () => {
    const template = templateOf((stack) => new ecs.Cluster(stack, "Cluster"));
    assert.deepEqual(template.only("aws_ecs_cluster").configuration, {
      execute_command_configuration: { logging: "DEFAULT" },
    });
  });
});
