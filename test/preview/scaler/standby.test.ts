/** What stands by for Spot: read from the real stack, started by its alarms, and never taken by Spot. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, before, beforeEach, describe, it } from "node:test";
import fc from "fast-check";
import { Alarms } from "../../../preview/alarms/alarms.ts";
import { longestLook } from "../../../preview/alarms/evaluation.ts";
import { MetricStore } from "../../../preview/alarms/metric-store.ts";
import { Balancer } from "../../../preview/balancer/balancer.ts";
import { dimensionsOfService } from "../../../preview/blueprint/dimensions.ts";
import { identityOf } from "../../../preview/blueprint/emitted.ts";
import { type Blueprint, readBlueprint } from "../../../preview/blueprint/index.ts";
import { StackClock } from "../../../preview/clock.ts";
import { EventLog } from "../../../preview/event-log.ts";
import { StepScaler } from "../../../preview/scaler/step-scaler.ts";
import { Fleet } from "../../../preview/service/fleet.ts";
import { nextProvider, SPOT } from "../../../preview/service/placement.ts";
import { Service } from "../../../preview/service/service.ts";
import { until } from "../../support/until.ts";
import { type Json, synthesise } from "../stack-json.ts";

const MOST = 3;
let stack: Json;
let blueprint: Blueprint;
before(async () => {
  stack = await synthesise({ SPOT_FALLBACK_TASKS: String(MOST) });
  blueprint = readBlueprint(stack);
});

const [SHORT, BACK] = ["scaling-alarm-spot-short-dev", "scaling-alarm-spot-back-dev"];

/** Tasks that run on demand, after alarms have rung with these values. */
function follow(...rings: [alarm: string, value: number][]): number {
  const scalable = { desired: 0 };
  const scaler = new StepScaler(blueprint.standby[0]!, scalable, new StackClock(1), new EventLog());
  for (const [alarm, value] of rings) scaler.ring(alarm, value);
  return scalable.desired;
}

describe("the stack's fallback for Spot, in the preview", () => {
  it("is read beside the service that has tasks from the beginning on", () => {
    const [fallback, ...others] = blueprint.standby;
    assert.deepEqual(others, []);
    assert.equal(blueprint.service.desired, 2);
    assert.deepEqual(
      blueprint.service.strategy.map(({ provider }) => provider),
      [SPOT],
    );
    assert.equal(fallback!.service.desired, 0);
    assert.equal(fallback!.service.container.address, blueprint.service.container.address);
    assert.deepEqual([fallback!.minimum, fallback!.maximum], [0, MOST]);
  });

  it("starts one task for each that Spot does not give, and none more than its maximum", () => {
    for (let missing = 1; missing <= 2 * MOST; missing++)
      assert.equal(follow([SHORT, missing]), Math.min(missing, MOST), `${missing} missing`);
  });

  it("follows each minute, down too, and ends when Spot is back", () => {
    assert.equal(follow([SHORT, 3], [SHORT, 1]), 1);
    assert.equal(follow([SHORT, 2], [BACK, 1]), 0);
  });

  it("does not act on an alarm that does not call it, nor below an alarm's threshold", () => {
    assert.equal(follow(["alarm-api-errors-dev", 5]), 0);
    assert.equal(follow([SHORT, 0]), 0);
  });

  it("follows the figures of each minute, there and back", async () => {
    const scalable = { desired: 0 };
    let onSpot = 2;
    const clock = new StackClock(100);
    const log = new EventLog();
    const store = new MetricStore(blueprint.emitted, longestLook(blueprint.alarms));
    const [{ service: fallback }] = blueprint.standby as [Blueprint["standby"][0]];
    const record = (service: Blueprint["service"], metricName: string, value: number) =>
      store.record(identityOf("ECS/ContainerInsights", metricName, dimensionsOfService(service)), value);
    const alarms = new Alarms(blueprint.alarms, { store, clock, log }, () => {
      record(blueprint.service, "RunningTaskCount", onSpot);
      record(blueprint.service, "DesiredTaskCount", 2);
      record(fallback, "RunningTaskCount", scalable.desired);
    });
    const scaler = new StepScaler(blueprint.standby[0]!, scalable, clock, log);
    alarms.onRinging = (name, value) => scaler.ring(name, value);
    alarms.begin();
    try {
      for (const [left, wanted] of [
        [1, 1],
        [0, 2],
        [1, 1],
        [2, 0],
      ] as const) {
        onSpot = left;
        await until(() => scalable.desired === wanted, `${wanted} tasks on demand`);
      }
    } finally {
      alarms.close();
    }
  });

  const policies = (change: (policy: Json) => void) => {
    const copy = structuredClone(stack);
    for (const policy of Object.values<Json>(copy.resource.aws_appautoscaling_policy))
      if (policy.policy_type === "StepScaling") change(policy);
    return copy;
  };

  it("waits for a policy's cooldown", () => {
    const slow = policies((policy) => {
      policy.step_scaling_policy_configuration.cooldown = 60;
    });
    const scalable = { desired: 0 };
    const scaler = new StepScaler(
      readBlueprint(slow).standby[0]!,
      scalable,
      new StackClock(1),
      new EventLog(),
    );
    scaler.ring(SHORT!, 1);
    scaler.ring(SHORT!, 2);
    assert.equal(scalable.desired, 1);
  });

  it("is refused where nothing calls a policy, or a policy does what the preview does not know", () => {
    const mute = structuredClone(stack);
    for (const alarm of Object.values<Json>(mute.resource.aws_cloudwatch_metric_alarm))
      if (/spot-short/.test(alarm.alarm_name)) alarm.alarm_actions = [];
    assert.throws(() => readBlueprint(mute), /no aws_cloudwatch_metric_alarm calls it/);
    const relative = policies((policy) => {
      policy.step_scaling_policy_configuration.adjustment_type = "ChangeInCapacity";
    });
    assert.throws(() => readBlueprint(relative), /adjustment_type: is "ChangeInCapacity"/);
  });
});

describe("the next task's capacity provider", () => {
  const shares = fc.uniqueArray(
    fc.record({
      provider: fc.constantFrom("FARGATE", SPOT),
      base: fc.constant(0),
      weight: fc.integer({ min: 1, max: 5 }),
    }),
    { minLength: 1, selector: ({ provider }) => provider },
  );

  it("is the base's until the base is full, and by weight after it", () => {
    fc.assert(
      fc.property(shares, fc.nat({ max: 4 }), fc.integer({ min: 1, max: 40 }), (strategy, base, tasks) => {
        const withBase = strategy.map((share, index) => (index === 0 ? { ...share, base } : share));
        const used: string[] = [];
        while (used.length < tasks) used.push(nextProvider(withBase, used));
        const total = strategy.reduce((sum, { weight }) => sum + weight, 0);
        const weighed = Math.max(0, tasks - base);
        for (const [index, { provider, weight }] of strategy.entries()) {
          const own =
            used.filter((each) => each === provider).length - (index === 0 ? Math.min(base, tasks) : 0);
          assert.ok(Math.abs(own - (weighed * weight) / total) <= 1, `${own} of ${weighed} on ${provider}`);
        }
      }),
    );
  });
});

/** A fake of the API: healthy at once. */
const PROGRAM = `require("node:http").createServer((_, response) => response.end())
  .listen(Number(process.env.PORT), "127.0.0.1"); process.on("SIGTERM", () => process.exit(0));`;

describe("the services of a stack with a fallback", () => {
  let folder: string;
  let balancer: Balancer;
  let fleet: Fleet;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "preview-standby-"));
    const log = new EventLog();
    const clock = new StackClock(100);
    balancer = new Balancer(blueprint.balancer, clock, log);
    const serviceOf = (settings: Blueprint["service"]) =>
      new Service({
        settings: { ...settings, gracePeriod: 0 },
        balancer,
        clock,
        log,
        launch: (_, port) => ({
          name: "api",
          command: ["node", "-e", PROGRAM],
          folder,
          environment: { PORT: String(port) },
          before: [],
        }),
        logFile: (id) => join(folder, `${id}.log`),
      });
    fleet = new Fleet(
      serviceOf(blueprint.service),
      blueprint.standby.map(({ service }) => serviceOf(service)),
    );
  });
  afterEach(async () => {
    fleet.kill();
    await fleet.close();
    await balancer.close();
    await rm(folder, { recursive: true, force: true });
  });

  const running = (provider: string) => fleet.running.filter((task) => task.provider === provider).length;
  const healthy = () => balancer.targetGroup.targets.filter(({ health }) => health === "healthy").length;

  it("roll out together, the one without a task at once", async () => {
    assert.equal((await fleet.deploy({})).rollout, "COMPLETED");
    assert.deepEqual(
      fleet.all.map((service) => service.deploymentSnapshots().map(({ rollout }) => rollout)),
      [["COMPLETED"], ["COMPLETED"]],
    );
    assert.equal(fleet.running.length, 2);
  });

  it("share one target group: tasks on demand serve while Spot gives none, and are not taken by it", async () => {
    await fleet.deploy({});
    fleet.spotWithheld = true;
    await fleet.first.interrupt(2);
    assert.equal(running(SPOT), 0);
    const [fallback] = fleet.standby;
    fallback!.desired = 2;
    await until(() => running("FARGATE") === 2 && healthy() === 2, "two healthy tasks on demand");
    assert.deepEqual(await fallback!.interrupt(2), [], "Spot takes what is its own");
    assert.equal(fleet.first.pending, 0);
    fleet.spotWithheld = false;
    await until(() => running(SPOT) === 2 && healthy() === 4, "two tasks on Spot again");
    fallback!.desired = 0;
    await until(() => running("FARGATE") === 0 && healthy() === 2, "none on demand");
  });
});
