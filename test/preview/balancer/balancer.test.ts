import assert from "node:assert/strict";
import { request as open, type RequestListener } from "node:http";
import { afterEach, before, beforeEach, describe, it, test } from "node:test";
import { Balancer } from "../../../preview/balancer/balancer.ts";
import { matches } from "../../../preview/balancer/health-check.ts";
import { type BalancerBlueprint, readBlueprint } from "../../../preview/blueprint/index.ts";
import { StackClock } from "../../../preview/clock.ts";
import { EventLog } from "../../../preview/event-log.ts";
import { until } from "../../support/until.ts";
import { ask, serve } from "../servers.ts";
import { type Json, synthesise } from "../stack-json.ts";

const speed = 100; // a health check every 300 ms, a deregistration delay of 300 ms

let stack: Json;
before(async () => {
  stack = await synthesise();
});

describe("the balancer", () => {
  let blueprint: BalancerBlueprint;
  let log: EventLog;
  let balancer: Balancer;
  let url: string;
  let admitted: Record<string, string>;
  let cleanUp: (() => Promise<unknown>)[];

  const start = async () => {
    balancer = new Balancer(blueprint, new StackClock(speed), log);
    cleanUp.push(() => balancer.close());
    url = `http://127.0.0.1:${await balancer.listen(0)}`;
  };
  /** Starts a target; `/health` passes as long as `healthy` says so. */
  const addTarget = async (id: string, respond: RequestListener, healthy = () => true) => {
    const target = await serve((request, response) => {
      if (request.url !== "/health") return respond(request, response);
      response.statusCode = healthy() ? 200 : 503;
      response.end();
    });
    cleanUp.push(target.stop);
    balancer.targetGroup.register(id, target.port);
    return target;
  };
  const health = (id: string) => balancer.targetGroup.find(id)?.health;
  const untilHealth = (id: string, state: string | undefined) =>
    until(() => health(id) === state, `target ${id} ${state}`);

  beforeEach(() => {
    const read = readBlueprint(stack);
    blueprint = read.balancer;
    admitted = read.edge.origin.headers as Record<string, string>;
    log = new EventLog();
    cleanUp = [];
  });
  afterEach(async () => {
    for (const step of cleanUp.reverse()) await step();
  });

  it("forwards only with the origin header, and says which rule was not met", async () => {
    await start();
    await addTarget("a", (_, response) => response.end("from a"));
    await untilHealth("a", "healthy");
    const refused = await ask(`${url}/v1/products`);
    assert.deepEqual([refused.status, refused.body], [403, "Forbidden"]);
    assert.match(balancer.lastRefusal!, /aws_lb_listener_rule\.\S+ asks for the header x-origin-verify/);
    assert.ok(!balancer.lastRefusal!.includes(admitted["x-origin-verify"]!), "the token is a secret");
    assert.equal((await ask(url, { "x-origin-verify": "guess" })).status, 403);
    assert.deepEqual((await ask(url, admitted)).body, "from a");
  });

  it("sends a new target requests after its first pass, not before", async () => {
    await start();
    let healthy = false;
    await addTarget(
      "a",
      (_, response) => response.end(),
      () => healthy,
    );
    assert.equal((await ask(url, admitted)).status, 503);
    healthy = true;
    await untilHealth("a", "healthy");
    assert.equal((await ask(url, admitted)).status, 200);
  });

  it("takes a target out after the threshold of failed checks, and in again after that of passed ones", async () => {
    await start();
    let healthy = true;
    await addTarget("a", (_, response) => response.end("a"));
    await addTarget(
      "b",
      (_, response) => response.end("b"),
      () => healthy,
    );
    await untilHealth("a", "healthy");
    await untilHealth("b", "healthy");
    healthy = false;
    await until(() => balancer.targetGroup.find("b")!.failures === 1, "a first failed check");
    assert.equal(health("b"), "healthy", "one failure is not enough");
    await untilHealth("b", "unhealthy");
    for (let count = 0; count < 4; count++) assert.equal((await ask(url, admitted)).body, "a");
    const [event] = log.after().filter(({ kind }) => kind === "target.unhealthy");
    assert.match(event!.message, /Target b is unhealthy: health check GET \/health answered 503, not 200/);
    assert.equal(event!.address, blueprint.targetGroup.address);
    healthy = true;
    await untilHealth("b", "healthy");
    assert.ok(balancer.targetGroup.find("b")!.passes >= 2);
  });

  it("names the path when the health check asks for one that is not there", async () => {
    blueprint.targetGroup.healthCheck.path = "/healthz";
    await start();
    await addTarget("a", (_, response) => {
      response.statusCode = 404;
      response.end();
    });
    await untilHealth("a", "unhealthy");
    assert.equal(balancer.targetGroup.find("a")!.reason, "health check GET /healthz answered 404, not 200");
  });

  it("lets requests in flight finish while a target drains, and sends it no new ones", async () => {
    await start();
    let arrived = false;
    let finish = () => {};
    await addTarget("a", (_, response) => {
      arrived = true;
      finish = () => response.end("finished");
    });
    await untilHealth("a", "healthy");
    const inFlight = ask(url, admitted);
    await until(() => arrived, "the request");
    const drained = balancer.targetGroup.deregister("a");
    assert.equal((await ask(url, admitted)).status, 503);
    finish();
    assert.equal((await inFlight).body, "finished");
    await drained;
    assert.equal(health("a"), undefined);
  });

  it("cuts off what is still in flight when the deregistration delay is over", async () => {
    await start();
    await addTarget("a", () => {});
    await untilHealth("a", "healthy");
    const inFlight = ask(url, admitted);
    await until(() => balancer.targetGroup.find("a")!.inFlight === 1, "the request");
    await balancer.targetGroup.deregister("a");
    assert.equal((await inFlight).status, 502);
    assert.match(log.after().at(-1)!.message, /1 requests cut off/);
  });

  it("prefers the target with the fewest outstanding requests", async () => {
    blueprint.targetGroup.algorithm = "least_outstanding_requests";
    await start();
    const held: (() => void)[] = [];
    await addTarget("slow", (_, response) => held.push(() => response.end("slow")));
    await untilHealth("slow", "healthy");
    const slow = [ask(url, admitted), ask(url, admitted)];
    await until(() => held.length === 2, "two requests at the slow target");
    await addTarget("fast", (_, response) => response.end("fast"));
    await untilHealth("fast", "healthy");
    for (let count = 0; count < 4; count++) assert.equal((await ask(url, admitted)).body, "fast");
    for (const release of held) release();
    await Promise.all(slow);
  });

  it("takes turns when it is to", async () => {
    blueprint.targetGroup.algorithm = "round_robin";
    await start();
    for (const id of ["a", "b"]) {
      await addTarget(id, (_, response) => response.end(id));
      await untilHealth(id, "healthy");
    }
    const bodies: string[] = [];
    for (let count = 0; count < 4; count++) bodies.push((await ask(url, admitted)).body);
    assert.equal(bodies.filter((body) => body === "a").length, 2);
    assert.notEqual(bodies[0], bodies[1]);
  });

  it("asks unhealthy targets rather than nobody", async () => {
    await start();
    await addTarget(
      "a",
      (_, response) => response.end("still here"),
      () => false,
    );
    await untilHealth("a", "unhealthy");
    assert.equal((await ask(url, admitted)).body, "still here");
  });

  it("answers 503 without targets, 502 for one that breaks off, 504 for one that is silent", async () => {
    blueprint.idleTimeout = 1;
    await start();
    assert.equal((await ask(url, admitted)).status, 503);
    await addTarget("a", (request, response) => {
      if (request.url === "/reset") response.destroy();
    });
    await untilHealth("a", "healthy");
    const broken = await ask(`${url}/reset`, admitted);
    assert.deepEqual([broken.status, broken.headers.server], [502, "awselb/2.0"]);
    assert.equal((await ask(`${url}/silent`, admitted)).status, 504);
  });

  it("adds what a balancer adds, and drops invalid header fields", async () => {
    await start();
    let seen: Record<string, unknown> = {};
    await addTarget("a", (request, response) => {
      seen = request.headers;
      request.pipe(response);
    });
    await untilHealth("a", "healthy");
    const headers = { ...admitted, "x-forwarded-for": "203.0.113.7", bad_name: "1", host: "shop.example" };
    const answer = await ask(url, headers, "POST", "the body");
    assert.equal(answer.body, "the body");
    assert.equal(seen["x-forwarded-for"], "203.0.113.7, 127.0.0.1");
    assert.equal(seen["x-forwarded-proto"], "http");
    assert.equal(seen["x-forwarded-port"], "80");
    assert.equal(seen.host, "shop.example");
    assert.match(String(seen["x-amzn-trace-id"]), /^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/);
    assert.equal(seen.bad_name, undefined);
  });

  it("breaks its request to the target off when the client goes away", async () => {
    await start();
    const aborted = Promise.withResolvers<void>();
    await addTarget("a", (_, response) => response.on("close", aborted.resolve));
    await untilHealth("a", "healthy");
    const client = open(url, { headers: admitted, agent: false }).end();
    client.on("error", () => {});
    await until(() => balancer.targetGroup.find("a")!.inFlight === 1, "the request");
    client.destroy();
    await aborted.promise;
    await until(() => balancer.targetGroup.find("a")!.inFlight === 0, "nothing in flight");
  });

  it("says in one line that its port is taken", async () => {
    const other = await serve(() => {});
    cleanUp.push(other.stop);
    balancer = new Balancer(blueprint, new StackClock(speed), log);
    await assert.rejects(balancer.listen(other.port), {
      message: `Port ${other.port}, for the load balancer, is taken. Choose others with --port.`,
    });
  });
});

test("a matcher takes codes, lists and ranges", () => {
  assert.ok(matches("200", 200));
  assert.ok(!matches("200", 204));
  assert.ok(matches("200,302", 302));
  assert.ok(matches("200-299,404", 250));
  assert.ok(!matches("200-299", 300));
});
