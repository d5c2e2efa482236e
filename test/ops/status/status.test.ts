/** A look at a live environment, whatever of it is missing, and looks one after another. */
import assert from "node:assert/strict";
import { describe, it, it as test } from "node:test";
import { SynthesisFailed, synthesise } from "../../../local/synthesise.ts";
import { partsOf } from "../../../ops/deploy/ecs.ts";
import { readStatus } from "../../../ops/status/read.ts";
import { isUnwell, screen } from "../../../ops/status/screen.ts";
import { watch } from "../../../ops/status/watch.ts";
import { type Answers, awsError, fakeAws } from "../support/fake-aws.ts";

const NAME = {
  cluster: "cluster-prod",
  service: "service-api-prod",
  logGroup: "/aws/ecs/api-prod",
  balancer: "alb-prod",
  alarms: ["alarm-prod"],
};

/** What AWS answers of an environment that is well. */
const WELL: Answers = {
  DescribeServicesCommand: () => ({
    services: [{ status: "ACTIVE", desiredCount: 2, runningCount: 2, pendingCount: 0 }],
  }),
  DescribeLoadBalancersCommand: () => ({ LoadBalancers: [{ LoadBalancerArn: "arn:balancer" }] }),
  DescribeTargetGroupsCommand: () => ({ TargetGroups: [{ TargetGroupArn: "arn:group" }] }),
  DescribeTargetHealthCommand: () => ({
    TargetHealthDescriptions: [1, 2].map((host) => ({
      Target: { Id: `10.0.32.${host}`, Port: 3000 },
      TargetHealth: { State: "healthy" },
    })),
  }),
  DescribeDBClustersCommand: () => ({
    DBClusters: [
      {
        Status: "available",
        EngineVersion: "16.8",
        DBClusterMembers: [{ DBInstanceIdentifier: "aurora-writer-prod", IsClusterWriter: true }],
      },
    ],
  }),
  DescribeDBInstancesCommand: () => ({ DBInstances: [{ DBInstanceStatus: "available" }] }),
  DescribeAlarmsCommand: () => ({ MetricAlarms: [{ AlarmName: "alarm-prod", StateValue: "OK" }] }),
};
const fails = (name: string) => () => {
  throw awsError(name);
};

/** What is gone, or not well, and what the screen says of it. */
const UNWELL: Record<string, [answers: Answers, says: RegExp]> = {
  "no cluster": [{ DescribeServicesCommand: fails("ClusterNotFoundException") }, /has no service/],
  "no service": [{ DescribeServicesCommand: () => ({ services: [] }) }, /has no service/],
  "no balancer": [{ DescribeLoadBalancersCommand: fails("LoadBalancerNotFoundException") }, /0 of 0 healthy/],
  "no target": [{ DescribeTargetHealthCommand: () => ({}) }, /0 of 0 healthy/],
  "no database": [{ DescribeDBClustersCommand: fails("DBClusterNotFoundFault") }, /not there/],
  "an instance that is gone": [
    { DescribeDBInstancesCommand: fails("DBInstanceNotFoundFault") },
    /writer +aurora-writer-prod +not there/,
  ],
  "too few tasks": [
    {
      DescribeServicesCommand: () => ({
        services: [{ status: "ACTIVE", desiredCount: 2, runningCount: 1, pendingCount: 1 }],
      }),
    },
    /1 of 2 run, 1 starting/,
  ],
  "an alarm": [
    {
      DescribeAlarmsCommand: () => ({
        MetricAlarms: [{ AlarmName: "alarm-prod", StateValue: "ALARM", StateReason: "over it" }],
      }),
    },
    /alarm-prod +over it/,
  ],
};

test("is looked at, rolled back and restored though a sale's schedule is over, which a deployment refuses", async () => {
  const variables = { ENVIRONMENT_SUFFIX: "prod", SCHEDULED_MINIMUMS: "cron(0 5 26 11 ? 2020)=6" };
  await assert.rejects(synthesise(variables), SynthesisFailed);
  const { service, cluster } = await partsOf({ variables }, new AbortController().signal);
  assert.deepEqual([service, cluster], [NAME.service, NAME.cluster]);
});

describe("a live environment", () => {
  it("is well", async () => {
    const status = await readStatus(fakeAws(WELL), "prod", NAME);
    assert.equal(isUnwell(status), false);
    assert.match(screen(status), /2 of 2 run.*\n.*2 of 2 healthy/);
  });

  for (const [name, [answers, says]] of Object.entries(UNWELL))
    it(`is shown with ${name}, and is not well`, async () => {
      const status = await readStatus(fakeAws({ ...WELL, ...answers }), "prod", NAME);
      assert.match(screen(status), says);
      assert.equal(isUnwell(status), true);
    });
});

describe("watching", () => {
  const aborted = new Error("Interrupted");
  /** Each look throws what the list has for it, or nothing; after the last one it is told to end. */
  async function looks(throwing: readonly (Error | undefined)[]) {
    const controller = new AbortController();
    const said: string[] = [];
    let made = 0;
    const look = async () => {
      const error = throwing[made++];
      if (made >= throwing.length) controller.abort(aborted);
      if (error) throw error;
    };
    const options = { everyMs: 1, signal: controller.signal, say: (line: string) => said.push(line) };
    const error = await watch(look, options).catch((thrown: Error) => thrown);
    return { error, made, said };
  }

  it("goes on past a look that AWS did not answer, and says so", async () => {
    const { made, said } = await looks([undefined, awsError("ThrottlingException"), undefined, undefined]);
    assert.equal(made, 4);
    assert.deepEqual(
      said.map((line) => line.slice("2026-11-29T12:00:00.000Z  ".length)),
      ["AWS asks for fewer calls (ThrottlingException): wait a minute, and run it again."],
    );
  });

  it("ends with the first look's error, and with a defect", async () => {
    const first = awsError("ExpiredTokenException");
    assert.deepEqual(await looks([first, undefined]), { error: first, made: 1, said: [] });
    const defect = new TypeError("x");
    assert.deepEqual(await looks([undefined, defect, undefined]), { error: defect, made: 2, said: [] });
  });
});
