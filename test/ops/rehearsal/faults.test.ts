import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Call } from "../../../ops/rehearsal/call.ts";
import { Outage, RandomFaults, SwitchableFaults } from "../../../ops/rehearsal/faults.ts";

const call = (service: string, operation: string, headers: Record<string, string> = {}): Call => ({
  service,
  operation,
  headers,
  region: "eu-north-1",
  method: "POST",
  path: "/",
  body: Buffer.alloc(0),
});

const awsJson = (operation: string) => call("ecs", operation, { "x-amz-target": `ECS.${operation}` });

const KINDS = ["throttle", "server-error", "drop"] as const;

describe("RandomFaults", () => {
  const decisions = (seed: number) => {
    const faults = new RandomFaults({ rate: 0.3, kinds: KINDS, seed });
    return Array.from({ length: 200 }, (_, index) => faults.next(awsJson(`Operation${index}`))?.kind);
  };

  it("decides alike for the same seed, and otherwise for another", () => {
    assert.deepEqual(decisions(7), decisions(7));
    assert.notDeepEqual(decisions(7), decisions(8));
  });

  it("meets about the share of calls that was asked for, with every kind", () => {
    const met = decisions(7).filter((kind) => kind !== undefined);
    assert.ok(met.length > 30 && met.length < 90, `${met.length} of 200`);
    assert.deepEqual([...new Set(met)].sort(), [...KINDS].sort());
  });

  it("lets a call through after it failed so often in a row that a client would give up", () => {
    const faults = new RandomFaults({ rate: 1, kinds: ["server-error"], inARow: 2 });
    const outcomes = Array.from(
      { length: 6 },
      () => faults.next(awsJson("CreateService"))?.kind ?? "through",
    );
    assert.deepEqual(outcomes, [
      "server-error",
      "server-error",
      "through",
      "server-error",
      "server-error",
      "through",
    ]);
  });

  it("counts what it injected", () => {
    const faults = new RandomFaults({ rate: 1, kinds: ["drop"] });
    faults.next(awsJson("A"));
    faults.next(awsJson("B"));
    assert.equal(faults.total, 2);
    assert.equal(faults.injected.get("drop"), 2);
  });
});

describe("throttling", () => {
  const throttle = (one: Call) => {
    const answer = new RandomFaults({ rate: 1, kinds: ["throttle"] }).next(one)?.answer;
    return `${answer?.status} ${answer?.body}`;
  };

  it("is worded as each protocol words it", () => {
    assert.match(throttle(awsJson("CreateService")), /^400 \{"__type":"ThrottlingException"/);
    assert.match(
      throttle(call("ec2", "CreateVpc")),
      /^503 <Response><Errors><Error><Code>RequestLimitExceeded</,
    );
    assert.match(throttle(call("s3", "GET /bucket")), /^503 <Error><Code>SlowDown</);
    assert.match(throttle(call("rds", "CreateDBCluster")), /^400 <ErrorResponse><Error>.*<Code>Throttling</);
  });
});

describe("Outage", () => {
  it("begins with the first call of its operation", () => {
    const outage = new Outage("CreateDBInstance");
    assert.equal(outage.next(awsJson("CreateService")), undefined);
    assert.equal(outage.next(call("rds", "CreateDBInstance"))?.kind, "lose-answer");
    assert.equal(outage.next(awsJson("DescribeServices"))?.kind, "server-error");
  });

  it("carries out the first call of each creation unanswered, and refuses its retries", () => {
    const outage = new Outage("CreateDBInstance");
    const kinds = ["CreateDBInstance", "CreateDBInstance", "CreateDBInstance"].map(
      (name) => outage.next(call("rds", name))?.kind,
    );
    assert.deepEqual(kinds, ["lose-answer", "server-error", "server-error"]);
    assert.deepEqual(outage.unanswered, ["CreateDBInstance"]);
  });

  it("spares the backend of the state", () => {
    const outage = new Outage("CreateDBInstance");
    outage.next(call("rds", "CreateDBInstance"));
    assert.equal(outage.next(call("s3", "PUT /bucket")), undefined);
    assert.equal(outage.next(call("dynamodb", "PutItem")), undefined);
  });
});

describe("SwitchableFaults", () => {
  it("injects only while something is switched on", () => {
    const faults = new SwitchableFaults();
    assert.equal(faults.next(awsJson("A")), undefined);
    faults.current = new RandomFaults({ rate: 1, kinds: ["drop"] });
    assert.equal(faults.next(awsJson("A"))?.kind, "drop");
    faults.current = undefined;
    assert.equal(faults.next(awsJson("A")), undefined);
  });
});
