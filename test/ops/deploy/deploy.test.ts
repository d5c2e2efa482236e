/** Ways for a deployment to fail, each with its reason, and ways to succeed. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isUserError } from "../../../cli/user-error.ts";
import { deploy } from "../../../ops/deploy/deploy.ts";
import { exitCodeOf, report } from "../../../ops/deploy/report.ts";
import { BEFORE, fakeDeployment, type Scenario, settled, starting, stopped } from "./fake-deployment.ts";

const POLLING = { everyMs: 2, timeoutMs: 30 };
const error = (summary: string, detail = "") => [{ severity: "error" as const, summary, detail }];
const LOCKED = error(
  "Error acquiring the state lock",
  "operation error DynamoDB: PutItem, https response error StatusCode: 400, RequestID: ABCDEF, ConditionalCheckFailedException\nLock Info:\n  ID:        11111111-2222-3333-4444-555555555555\n  Who:       ada@host\n  Created:   2026-11-28 10:00",
);
const rolledBack = {
  deployments: [
    {
      ...settled(BEFORE).deployments![0]!,
      rolloutStateReason: "ECS deployment circuit breaker: rolling back to the last completed deployment.",
    },
    {
      ...settled().deployments![0]!,
      status: "ACTIVE",
      rolloutState: "FAILED" as const,
      rolloutStateReason: "ECS deployment circuit breaker: tasks failed to start.",
    },
  ],
};

/** Each ends with an error, or with a verification that does not hold, that says this. */
const FAILURES: Record<string, [scenario: Scenario, says: RegExp]> = {
  "the image of a first version is not there": [
    {
      applyLooks: "never",
      service: () => starting(1),
      stopped: () => [
        stopped(
          "TaskFailedToStart",
          "CannotPullContainerError: pull image manifest has been retried 1 time(s): not found",
        ),
      ],
    },
    /does not start\. TaskFailedToStart: CannotPullContainerError/,
  ],
  "a secret cannot be read": [
    {
      applyLooks: "never",
      service: () => starting(2),
      stopped: () => [stopped("TaskFailedToStart", "ResourceInitializationError: unable to pull secrets")],
    },
    /ResourceInitializationError: unable to pull secrets/,
  ],
  "the image is for another processor": [
    {
      applyLooks: "never",
      service: () => starting(2),
      stopped: () => [
        stopped("EssentialContainerExited", "Essential container in task exited", { exitCode: 255 }),
      ],
      log: ["exec /usr/local/bin/node: exec format error"],
    },
    /Essential container in task exited; api, exit code 255/,
  ],
  "the process ends at once": [
    {
      applyLooks: "never",
      service: () => starting(3),
      stopped: () => [
        stopped("EssentialContainerExited", "Essential container in task exited", { exitCode: 1 }),
      ],
      log: ["DB_HOST is not set"],
    },
    /exit code 1/,
  ],
  "memory runs out": [
    {
      applyLooks: "never",
      service: () => starting(1),
      stopped: () => [
        stopped("EssentialContainerExited", "Essential container in task exited", {
          exitCode: 137,
          reason: "OutOfMemoryError: Container killed due to memory usage",
        }),
      ],
    },
    /OutOfMemoryError/,
  ],
  "health checks of a first version fail": [
    {
      applyLooks: "never",
      service: () => starting(1),
      stopped: () => [
        stopped(
          "EssentialContainerExited",
          "Task failed ELB health checks in (target-group tg-api-3000-dev)",
        ),
      ],
    },
    /failed ELB health checks/,
  ],
  "no task of a first version can be placed": [
    {
      applyLooks: "never",
      service: () =>
        starting(0, ["was unable to place a task. Reason: Capacity is unavailable at this time."]),
    },
    /Capacity is unavailable/,
  ],
  "the circuit breaker rolls back, and Terraform takes it for a success": [
    { applyLooks: 0, service: () => rolledBack },
    /went back to the one before\. .*circuit breaker/,
  ],
  "the circuit breaker has rolled back before anybody looked": [
    { service: () => settled(BEFORE) },
    /task-api-dev:1 runs, task-api-dev:2 was planned: ECS rolled it back/,
  ],
  "AWS refuses a call": [
    { applyFails: error("creating IAM Role (role-task-dev): AccessDenied") },
    /AccessDenied/,
  ],
  "the plan has gone stale": [
    { applyFails: error("Saved plan is stale") },
    /Somebody changed the environment after this plan was made/,
  ],
  "the state is locked": [
    { planFails: LOCKED },
    /^The state is locked by ada@host since 2026-11-28 10:00.*adopt --settings dev\.env --unlock 11111111-2222/,
  ],
  "somebody else has begun since the plan was made": [
    { applyFails: LOCKED },
    /^The state is locked by ada@host since 2026-11-28 10:00.*adopt --settings dev\.env --unlock 11111111-2222/,
  ],
  "the lock table is gone": [
    {
      planFails: error(
        "Error acquiring the state lock",
        "operation error DynamoDB: PutItem, https response error StatusCode: 400, ResourceNotFoundException",
      ),
    },
    /terraform plan failed:\n.*ResourceNotFoundException/,
  ],
  "targets do not get healthy": [
    { targets: () => ["healthy", "unhealthy"] },
    /1 of 2 healthy, unhealthy \(Health checks failed/,
  ],
  "the edge answers 502": [{ edge: () => 502 }, /the edge answers \/health.*502/],
  "the list fails behind a healthy edge": [
    { edge: (path) => (path === "/health" ? 200 : 500) },
    /the edge answers a list.*500/,
  ],
  "the balancer lets everybody in": [{ balancer: 200 }, /it answers 200 without the header/],
  "the balancer's default forwards": [{ defaultAction: "200" }, /default action is not 403/],
  "an alarm is on": [{ alarm: "alarm-api-errors-dev" }, /alarm-api-errors-dev: over the threshold/],
};

/** Each ends with every verification held. */
const SUCCESSES: Record<string, Scenario> = {
  "a first version": { service: (look) => (look < 2 ? starting() : settled()) },
  "no change": { changes: [] },
  "a new image": {},
  "a changed setting": { changes: [{ type: "aws_ecs_service", actions: ["update"] }] },
  "a balancer that does not answer from here": { balancer: 403 },
  "a slow start": { service: (look) => (look < 8 ? starting() : settled()), applyLooks: 9 },
  "a task that fails once, and then holds": {
    service: (look) => (look < 2 ? starting(1) : settled()),
    stopped: () => [
      stopped("EssentialContainerExited", "Essential container in task exited", { exitCode: 1 }),
    ],
  },
  "Spot taking a task in the middle": {
    stopped: () => [stopped("SpotInterruption", "Your Spot Task was interrupted.")],
  },
  // For longer than a first version that fails is waited for.
  ...Object.fromEntries(
    ["SpotInterruption", "ServiceSchedulerInitiated", "UserInitiated"].map((code) => [
      `a first version that starts slowly, while a task of it goes by ${code}`,
      {
        applyLooks: 40,
        service: (look: number) => (look < 35 ? starting() : settled()),
        stopped: () => [stopped(code, "Your Spot Task was interrupted, or made place")],
      },
    ]),
  ),
  "old tasks going": {
    stopped: () => [
      {
        ...stopped("ServiceSchedulerInitiated", "Scaling activity initiated by (deployment x)"),
        taskDefinitionArn: BEFORE,
      },
    ],
  },
  "a task of the version before crashing at its end": {
    stopped: () => [
      { ...stopped("EssentialContainerExited", "exited", { exitCode: 1 }), taskDefinitionArn: BEFORE },
    ],
  },
  "a task that somebody stopped by hand": {
    stopped: () => [stopped("UserInitiated", "Task stopped by user")],
  },
  "a task that stopped before the deployment": {
    stopped: () => [
      { ...stopped("EssentialContainerExited", "exited", { exitCode: 1 }), stoppedAt: new Date(0) },
    ],
  },
  "capacity that comes late": {
    service: (look) => (look < 3 ? starting(0, ["was unable to place a task."]) : settled()),
  },
  "a deployment that still rolls when Terraform is done": {
    service: (look) => (look < 5 ? starting() : settled()),
  },
  "an edge that needs a while": { edge: (_, request) => (request < 3 ? 502 : 200) },
  "targets that need a while": {
    targets: (look) => (look < 6 ? ["initial", "healthy"] : ["healthy", "healthy"]),
  },
  "more targets than wanted, while old ones drain": { targets: () => ["healthy", "healthy", "draining"] },
  "more tasks than planned, since it has scaled": {
    service: () => ({ ...settled(), desiredCount: 3 }),
    targets: () => ["healthy", "healthy", "healthy"],
  },
  "a new database class": { changes: [{ type: "aws_rds_cluster_instance", actions: ["update"] }] },
  "a schedule that goes": { changes: [{ type: "aws_appautoscaling_scheduled_action", actions: ["delete"] }] },
  "an alarm of another environment": { alarm: "" },
};

async function attempt(scenario: Scenario) {
  await using fake = await fakeDeployment(scenario);
  try {
    const deployed = await deploy(fake.session, {
      confirm: async () => undefined,
      polling: { ...POLLING, now: fake.now },
    });
    const broken = deployed.verification.filter(({ holds }) => !holds);
    return {
      code: exitCodeOf(deployed),
      failure: broken.map(({ what, seen }) => `${what}: ${seen}`).join("\n"),
      fake,
    };
  } catch (thrown) {
    if (!isUserError(thrown)) throw thrown; // a defect would end it with a stack trace
    return { code: 1, failure: thrown.message, fake };
  }
}

/** How each attempt was to end, and how it did: for the figure. */
const ended = { failing: [] as number[], good: [] as number[] };

describe("deploy", () => {
  for (const [name, [scenario, says]] of Object.entries(FAILURES)) {
    it(`says why when ${name}`, async () => {
      const { code, failure, fake } = await attempt(scenario);
      ended.failing.push(code);
      assert.equal(code, 1);
      assert.match(failure, says);
      assert.equal(fake.planIsThere(), false, "the plan was left lying about");
      assert.equal(fake.interrupted(), scenario.applyLooks === "never", "Terraform waits on");
    });
  }

  for (const [name, scenario] of Object.entries(SUCCESSES)) {
    it(`succeeds with ${name}`, async () => {
      const { code, failure, fake } = await attempt(scenario);
      ended.good.push(code);
      assert.deepEqual([code, failure], [0, ""]);
      assert.equal(fake.planIsThere(), false, "the plan was left lying about");
    });
  }

  it("ends so in at least ten ways to fail and twenty good ones", (test) => {
    const { failing, good } = ended;
    test.diagnostic(
      `${failing.filter((code) => code === 1).length} of ${failing.length} ways to fail end with 1 and the reason, ` +
        `${good.filter((code) => code === 0).length} of ${good.length} good ones with 0`,
    );
    assert.ok(failing.length >= 10 && good.length >= 20);
  });

  it("says where the edge answers, behind a local API whose names are in no DNS", async () => {
    await using fake = await fakeDeployment({});
    const deployed = await deploy(fake.session, { confirm: async () => undefined, polling: POLLING });
    assert.match(deployed.local?.edge ?? "", /^http:\/\/127\.0\.0\.1:\d+$/);
    assert.ok(report(deployed).includes(`the edge ${deployed.local?.edge}, the balancer`));
  });

  it("applies nothing that is not confirmed", async () => {
    await using fake = await fakeDeployment({});
    const refuse = async () => {
      throw new Error("Not confirmed");
    };
    await assert.rejects(deploy(fake.session, { confirm: refuse, polling: POLLING }), /Not confirmed/);
    assert.equal(fake.planIsThere(), false);
  });

  it("ends with the interruption when it is told to", async () => {
    const controller = new AbortController();
    await using fake = await fakeDeployment(
      { applyLooks: "never", service: () => starting() },
      controller.signal,
    );
    controller.signal.addEventListener("abort", () => fake.session.workspace.terraform.interrupt());
    const running = deploy(fake.session, {
      confirm: async () => undefined,
      polling: { everyMs: 2, timeoutMs: 60_000 },
    });
    setTimeout(() => controller.abort(new Error("Interrupted")), 20);
    await assert.rejects(running, /Interrupted/);
    assert.equal(fake.planIsThere(), false);
  });
});
