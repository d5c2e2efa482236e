/** Each correction against the shape in which moto answers. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { json } from "../../../../ops/rehearsal/call.ts";
import { answer, gateway, input } from "../support.ts";

describe("a scaling policy", () => {
  it("that is put again loses the alarms that it had", async () => {
    const headers = { "x-amz-target": "AnyScaleFrontendService.PutScalingPolicy" };
    const which = { PolicyName: "cpu", ServiceNamespace: "ecs", ResourceId: "r", ScalableDimension: "d" };
    const { forwarded } = await gateway()({
      service: "application-autoscaling",
      operation: "PutScalingPolicy",
      headers,
      body: input({ ...which, PolicyType: "TargetTrackingScaling" }),
    });
    const targets = forwarded.map((call) => call.headers["x-amz-target"]);
    assert.deepEqual(targets, [
      "AnyScaleFrontendService.DeleteScalingPolicy",
      "AnyScaleFrontendService.PutScalingPolicy",
    ]);
    assert.deepEqual(json(forwarded[0]!), which);
  });

  it("that is put again keeps its ARN, until it is deleted", async () => {
    const call = gateway();
    const which = { PolicyName: "cpu", ServiceNamespace: "ecs", ResourceId: "r", ScalableDimension: "d" };
    const other = { ...which, PolicyName: "memory" };
    const send = async (operation: string, sent: object, moto: object) => {
      const headers = { "x-amz-target": `AnyScaleFrontendService.${operation}` };
      const body = input(sent);
      const { body: answered } = await call(
        { service: "application-autoscaling", operation, headers, body },
        answer(moto),
      );
      return JSON.parse(answered);
    };
    const put = async (policy: object, arn: string) =>
      (await send("PutScalingPolicy", policy, { PolicyARN: arn, Alarms: [] })).PolicyARN;
    assert.equal(await put(which, "arn:1"), "arn:1");
    assert.equal(await put(which, "arn:2"), "arn:1");
    assert.equal(await put(other, "arn:3"), "arn:3");
    const { ScalingPolicies } = await send(
      "DescribeScalingPolicies",
      {},
      {
        ScalingPolicies: [
          { ...which, PolicyARN: "arn:2" },
          { ...other, PolicyARN: "arn:3" },
          { ...which, ResourceId: "s", PolicyARN: "arn:4" },
        ],
      },
    );
    assert.deepEqual(
      ScalingPolicies.map(({ PolicyARN }: { PolicyARN: string }) => PolicyARN),
      ["arn:1", "arn:3", "arn:4"],
    );
    await send("DeleteScalingPolicy", which, {});
    assert.equal(await put(which, "arn:5"), "arn:5");
  });
});
