/** Corrections of ECS and its scaling against the shapes in which moto answers. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isOk, json } from "../../../../ops/rehearsal/call.ts";
import { answer, gateway, input } from "../support.ts";

describe("what ECS lists", () => {
  const clusterArn = "arn:aws:ecs:eu-north-1:123456789012:cluster/dev";
  const listed = answer({ clusterArns: [clusterArn, "another"], nextToken: null });
  const list = async (send: ReturnType<typeof gateway>) =>
    json<{ clusterArns: string[] }>(
      (await send({ service: "ecs", operation: "ListClusters" }, listed)).result,
    ).clusterArns;

  it("leaves out what was deleted, until it is created again", async () => {
    const send = gateway();
    const cluster = answer({ cluster: { clusterArn } });
    assert.deepEqual(await list(send), [clusterArn, "another"]);
    await send({ service: "ecs", operation: "DeleteCluster" }, cluster);
    assert.deepEqual(await list(send), ["another"]);
    await send({ service: "ecs", operation: "CreateCluster" }, cluster);
    assert.deepEqual(await list(send), [clusterArn, "another"]);
  });

  it("keeps what could not be deleted", async () => {
    const send = gateway();
    await send({ service: "ecs", operation: "DeleteCluster" }, answer({ cluster: { clusterArn } }, 400));
    assert.deepEqual(await list(send), [clusterArn, "another"]);
  });
});

describe("ECS services", () => {
  const arn = "arn:aws:ecs:eu-north-1:123456789012:service/cluster/api";
  const asMotoHasIt = {
    serviceArn: arn,
    status: "ACTIVE",
    launchType: "EC2",
    taskDefinition: "task:1",
    desiredCount: 2,
    runningCount: 2,
    pendingCount: 0,
    deployments: [
      { id: "ecs-svc/1", status: "PRIMARY", taskDefinition: "task:0", rolloutState: "IN_PROGRESS" },
    ],
  };
  const created = {
    capacityProviderStrategy: [{ capacityProvider: "FARGATE_SPOT", weight: 1 }],
    availabilityZoneRebalancing: "ENABLED",
    deploymentConfiguration: { minimumHealthyPercent: 100 },
  };

  const create = async () => {
    const send = gateway();
    await send(
      { service: "ecs", operation: "CreateService", body: input(created) },
      answer({ service: asMotoHasIt }),
    );
    return send;
  };
  const describeWith = async (send: ReturnType<typeof gateway>, service: object = asMotoHasIt) => {
    const { result } = await send(
      { service: "ecs", operation: "DescribeServices" },
      answer({ services: [service], failures: [] }),
    );
    return json<{ services: Record<string, unknown>[] }>(result).services[0]!;
  };

  it("keep of the deployment's configuration what an update does not name", async () => {
    const send = await create();
    const change = {
      deploymentConfiguration: { alarms: { alarmNames: ["a"], enable: true, rollback: true } },
    };
    await send(
      { service: "ecs", operation: "UpdateService", body: input(change) },
      answer({ service: asMotoHasIt }),
    );
    const { deploymentConfiguration } = (await describeWith(send)) as unknown as {
      deploymentConfiguration: object;
    };
    assert.deepEqual(deploymentConfiguration, {
      ...created.deploymentConfiguration,
      ...change.deploymentConfiguration,
    });
  });

  it("are described with the settings that moto dropped, and without the launch type", async () => {
    const service = await describeWith(await create());
    assert.deepEqual(service.capacityProviderStrategy, [
      { base: 0, capacityProvider: "FARGATE_SPOT", weight: 1 },
    ]);
    assert.equal(service.availabilityZoneRebalancing, "ENABLED");
    assert.deepEqual(service.deploymentConfiguration, { minimumHealthyPercent: 100 });
    assert.ok(!("launchType" in service));
  });

  it("keep what an update does not mention, and take what it does", async () => {
    const send = await create();
    const body = input({ service: arn, availabilityZoneRebalancing: "DISABLED" });
    await send({ service: "ecs", operation: "UpdateService", body }, answer({ service: asMotoHasIt }));
    const service = await describeWith(send);
    assert.equal(service.availabilityZoneRebalancing, "DISABLED");
    assert.deepEqual(service.deploymentConfiguration, { minimumHealthyPercent: 100 });
  });

  it("run as many tasks as they want, none too", async () => {
    for (const desiredCount of [0, 2, 5]) {
      const service = await describeWith(await create(), { ...asMotoHasIt, desiredCount });
      assert.deepEqual([service.runningCount, service.pendingCount], [desiredCount, 0]);
    }
  });

  it("have one finished deployment of the current task definition", async () => {
    const { deployments } = await describeWith(await create());
    const [deployment] = deployments as Record<string, unknown>[];
    assert.deepEqual([deployment?.taskDefinition, deployment?.rolloutState], ["task:1", "COMPLETED"]);
  });

  it("stay as they are when they are inactive, or were not made through the gateway", async () => {
    const inactive = { ...asMotoHasIt, status: "INACTIVE" };
    assert.deepEqual(await describeWith(await create(), inactive), inactive);
    assert.deepEqual(await describeWith(gateway()), asMotoHasIt);
  });

  it("are not remembered when their creation failed", async () => {
    const send = gateway();
    const { result } = await send(
      { service: "ecs", operation: "CreateService", body: input(created) },
      answer({}, 400),
    );
    assert.ok(!isOk(result));
    assert.deepEqual(await describeWith(send), asMotoHasIt);
  });
});

describe("tags of a scalable target", () => {
  const ResourceARN = "arn:aws:application-autoscaling:eu-north-1:123456789012:scalable-target/x";
  const service = "application-autoscaling";

  it("are those of its registration, changed by tagging and untagging", async () => {
    const send = gateway();
    const list = async () =>
      json<{ Tags: object }>(
        (await send({ service, operation: "ListTagsForResource", body: input({ ResourceARN }) })).result,
      ).Tags;
    const registration = input({ MinCapacity: 2, Tags: { Environment: "production" } });
    await send(
      { service, operation: "RegisterScalableTarget", body: registration },
      answer({ ScalableTargetARN: ResourceARN }),
    );
    assert.deepEqual(await list(), { Environment: "production" });
    await send({ service, operation: "TagResource", body: input({ ResourceARN, Tags: { Name: "x" } }) });
    await send({
      service,
      operation: "UntagResource",
      body: input({ ResourceARN, TagKeys: ["Environment"] }),
    });
    assert.deepEqual(await list(), { Name: "x" });
  });
});
