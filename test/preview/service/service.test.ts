import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, before, beforeEach, describe, it, it as test } from "node:test";
import { Balancer } from "../../../preview/balancer/balancer.ts";
import { type Blueprint, readBlueprint } from "../../../preview/blueprint/index.ts";
import { StackClock } from "../../../preview/clock.ts";
import type { EventKind, TaskDefinitionChange } from "../../../preview/contract/index.ts";
import { EventLog } from "../../../preview/event-log.ts";
import { backoffSeconds, failureThreshold } from "../../../preview/service/deployment.ts";
import { Service } from "../../../preview/service/service.ts";
import { isAlive } from "../../support/processes.ts";
import { until } from "../../support/until.ts";
import { type Json, synthesise } from "../stack-json.ts";

/** A fake of the API: serves at once, and on SIGTERM does what DRAIN says. */
const program = `
  const server = require("node:http").createServer((_, response) => {
    response.statusCode = Number(process.env.STATUS);
    response.end();
  });
  server.listen(Number(process.env.PORT), "127.0.0.1");
  process.on("SIGTERM", () => process.env.STUBBORN || process.exit(0));
`;
const works: TaskDefinitionChange = { environment: { STATUS: "200" } };
const neverHealthy: TaskDefinitionChange = { environment: { STATUS: "500" } };
const crashes: TaskDefinitionChange = {
  environment: { CODE: "console.error('Error: no such database'); process.exit(3)" },
};

let stack: Json;
before(async () => {
  stack = await synthesise();
});

describe("the service", () => {
  let blueprint: Blueprint;
  let log: EventLog;
  let balancer: Balancer;
  let service: Service;
  let folder: string;

  beforeEach(async () => {
    blueprint = readBlueprint(stack);
    blueprint.service.gracePeriod = 0;
    blueprint.service.deploymentAlarms.bakeSeconds = 0;
    log = new EventLog();
    folder = await mkdtemp(join(tmpdir(), "preview-service-"));
    const clock = new StackClock(100); // a health check every 300 ms, a drain of 300 ms
    balancer = new Balancer(blueprint.balancer, clock, log);
    service = new Service({
      settings: blueprint.service,
      balancer,
      clock,
      log,
      launch: ({ environment: { CODE = program, FIRST, ...more } = {} }, port) => {
        const environment = { PORT: String(port), ...(more as Record<string, string>) };
        const container = (name: string, code: string) => ({
          name,
          command: ["node", "-e", code],
          folder,
          environment,
        });
        return { ...container("api", CODE), before: FIRST ? [container("first", FIRST)] : [] };
      },
      logFile: (id) => join(folder, `${id}.log`),
    });
  });
  afterEach(async () => {
    service.kill();
    await service.close();
    await balancer.close();
    await rm(folder, { recursive: true, force: true });
  });

  const healthy = () => balancer.targetGroup.targets.filter((target) => target.health === "healthy");
  const events = (kind: EventKind) => log.after().filter((event) => event.kind === kind);

  it("brings the desired count of tasks up and calls the deployment completed when all are healthy", async () => {
    assert.deepEqual(await service.deploy(works), { revision: 1, rollout: "COMPLETED" });
    assert.equal(healthy().length, 2);
    assert.deepEqual(
      service.deploymentSnapshots().map(({ status, rollout }) => [status, rollout]),
      [["PRIMARY", "COMPLETED"]],
    );
  });

  it("waits for a task that says that it is not ready yet, however short its grace period is", async () => {
    const CODE = `
      let asked = 0; // it takes two failed checks for a target to be unhealthy
      const answer = (_, response) => response.writeHead(asked++ < 5 ? 503 : 200).end();
      require("node:http").createServer(answer).listen(Number(process.env.PORT), "127.0.0.1");
    `;
    const { rollout } = await service.deploy({ environment: { CODE } });
    assert.deepEqual(
      events("task.failed").map(({ message }) => message),
      [],
    );
    assert.equal(rollout, "COMPLETED");
  });

  it("replaces a task that crashed", async () => {
    await service.deploy(works);
    const [victim] = service.running;
    process.kill(victim!.pid!, "SIGKILL");
    await until(
      () => healthy().length === 2 && !healthy().some(({ id }) => id === victim!.id),
      "a replacement",
    );
    assert.match(events("task.failed")[0]!.message, /ended by SIGKILL/);
    assert.equal(
      service.deploymentSnapshots()[0]!.failed,
      0,
      "it had been healthy: no failure of the deployment",
    );
  });

  it("rolls a new revision out without ever having fewer healthy tasks than the minimum", async () => {
    await service.deploy(works);
    let fewest = Number.POSITIVE_INFINITY;
    let most = 0;
    const watch = setInterval(() => {
      fewest = Math.min(fewest, healthy().length);
      most = Math.max(most, service.running.length);
    }, 5);
    assert.deepEqual(await service.deploy(works), { revision: 2, rollout: "COMPLETED" });
    clearInterval(watch);
    assert.deepEqual([fewest, most], [2, 4]);
    assert.deepEqual(
      service.tasks.map(({ revision }) => revision),
      [2, 2],
    );
  });

  it("starts a task's own container after the one that it waits for has ended well", async () => {
    const marker = join(folder, "first-ran");
    const FIRST = `require("node:fs").writeFileSync(${JSON.stringify(marker)}, "")`;
    const CODE = `require("node:fs").statSync(${JSON.stringify(marker)}); ${program}`;
    assert.deepEqual(await service.deploy({ environment: { ...works.environment, FIRST, CODE } }), {
      revision: 1,
      rollout: "COMPLETED",
    });
  });

  it("rolls back when one of the deployment's alarms rings, and not for one that rang before", async () => {
    const { deploymentAlarms } = blueprint.service;
    let ringing: string[] = [];
    service.ringing = (names) => names.filter((name) => ringing.includes(name));
    const told: string[] = [];
    service.onEvent = ({ detail }) => told.push(detail.eventName ?? detail.stopCode ?? "");
    await service.deploy(works);
    deploymentAlarms.bakeSeconds = 1e6; // it goes on until an alarm ends it
    const deploying = service.deploy(works);
    await until(() => service.running.every(({ revision }) => revision === 2), "the new tasks", 30);
    assert.equal(
      service.deploymentSnapshots()[0]?.rollout,
      "IN_PROGRESS",
      "its alarms are watched for a while",
    );
    ringing = ["alarm-of-something-else"];
    ringing.push(deploymentAlarms.names[0]!);
    assert.deepEqual(await deploying, { revision: 2, rollout: "FAILED" });
    assert.match(events("deployment.failed")[0]!.message, /Revision 2 failed: alarm-\S+ rang\./);
    assert.deepEqual([...new Set(service.running.map(({ revision }) => revision))], [1]);
    assert.ok(told.includes("SERVICE_DEPLOYMENT_FAILED"));
    assert.deepEqual(await service.deploy(works), { revision: 3, rollout: "COMPLETED" });
  });

  it("rolls back when the container that a task waits for fails, and the old tasks go on", async () => {
    await service.deploy(works);
    const before = service.running.map(({ id }) => id);
    const change = { environment: { FIRST: "console.error('no such column'); process.exit(3)" } };
    assert.deepEqual(await service.deploy(change), { revision: 2, rollout: "FAILED" });
    assert.deepEqual(
      service.running.map(({ id }) => id),
      before,
    );
    assert.match(events("task.failed")[0]!.message, /container first exited with code 3: no such column/);
  });

  for (const [what, change] of [
    ["crash", crashes],
    ["never get healthy", neverHealthy],
  ] as const) {
    it(`goes back to the last good revision when the tasks of a new one ${what}`, async () => {
      await service.deploy(works);
      const good = healthy()
        .map(({ id }) => id)
        .sort();
      assert.deepEqual(await service.deploy(change), { revision: 2, rollout: "FAILED" });
      assert.equal(events("deployment.failed").length, 1);
      assert.equal(events("deployment.rollback").length, 1);
      assert.deepEqual(
        healthy()
          .map(({ id }) => id)
          .sort(),
        good,
      );
      assert.deepEqual(
        service.running.map(({ revision }) => revision),
        [1, 1],
      );
    });
  }

  it("gives up on the first deployment when there is nothing to go back to, and says why", async () => {
    assert.deepEqual(await service.deploy(crashes), { revision: 1, rollout: "FAILED" });
    assert.equal(service.lastFailure, "exited with code 3: Error: no such database");
    const [event] = events("task.failed");
    assert.equal(event!.address, blueprint.service.container.address);
    assert.match(event!.message, /exited with code 3: Error: no such database/);
    assert.equal(events("deployment.rollback").length, 0);
  });

  it("goes on trying, ever more slowly, where the circuit breaker is off", async () => {
    blueprint.service.circuitBreaker.enabled = false;
    const deployed = service.deploy(crashes);
    await until(() => events("task.failed").length >= 5, "five failures");
    assert.equal(events("deployment.failed").length, 0);
    assert.ok(events("service.throttled").length >= 3);
    service.kill();
    await service.close();
    await deployed;
  });

  it("stops an interrupted task by SIGTERM, while a replacement starts", async () => {
    await service.deploy(works);
    const [victim] = service.running;
    assert.deepEqual(await service.interrupt(1), [victim!.id]);
    assert.equal(victim!.exitCode, 0, "it ended by itself");
    await until(() => healthy().length === 2, "two healthy tasks");
    assert.equal(events("task.failed").length, 0);
  });

  it("kills a task that does not end within its stopTimeout", async () => {
    blueprint.service.container.stopTimeout = 1;
    await service.deploy({ environment: { STATUS: "200", STUBBORN: "1" } });
    const [victim] = service.running;
    const pid = victim!.pid!;
    await service.interrupt(1);
    assert.equal(victim!.exitCode, undefined);
    assert.equal(isAlive(pid), false);
  });

  it("follows the desired count out and in, and drains before it stops", async () => {
    await service.deploy(works);
    service.desired = 4;
    await until(() => healthy().length === 4, "four healthy tasks");
    service.desired = 2;
    await until(() => service.tasks.length === 2, "two tasks");
    for (const { task, sequence } of events("task.stopped")) {
      const drained = events("target.drained").find((event) => event.task === task);
      assert.ok(drained!.sequence < sequence);
    }
  });

  it("leaves no process behind", async () => {
    await service.deploy(works);
    const pids = service.running.map(({ pid }) => pid!);
    await service.close();
    assert.deepEqual(pids.map(isAlive), [false, false]);
  });
});

test("the circuit breaker's threshold is half of the desired count, at least 3 and at most 200", () => {
  assert.deepEqual([1, 2, 6, 7, 10, 1000].map(failureThreshold), [3, 3, 3, 4, 5, 200]);
});

test("the scheduler waits longer with each failure in a row, to a limit", () => {
  assert.deepEqual([0, 1, 2, 3, 4, 100].map(backoffSeconds), [0, 0, 10, 20, 40, 900]);
});
