/** Each correction against the shape in which moto answers. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { json } from "../../../../ops/rehearsal/call.ts";
import { answer, gateway } from "../support.ts";

describe("bucket policies", () => {
  const denial = {
    Effect: "Deny",
    Principal: "*",
    Action: "s3:*",
    Condition: { Bool: { "aws:SecureTransport": "false" } },
  };
  const grant = { Effect: "Allow", Principal: { Service: "x" }, Action: "s3:PutObject" };
  const policy = JSON.stringify({ Version: "2012-10-17", Statement: [grant, denial] });
  const call = (method: string) => ({
    service: "s3",
    operation: `${method} /bucket`,
    method,
    path: "/bucket?policy=",
    body: Buffer.from(method === "PUT" ? policy : ""),
  });

  it("reach moto without conditional denials, and are read back whole", async () => {
    const send = gateway();
    const { forwarded } = await send(call("PUT"), answer("", 204));
    assert.deepEqual(json<{ Statement: object[] }>(forwarded[0]!).Statement, [grant]);
    assert.equal((await send(call("GET"), answer("what moto has"))).body, policy);
  });

  it("are gone after they were deleted", async () => {
    const send = gateway();
    await send(call("PUT"), answer("", 204));
    await send(call("DELETE"), answer("", 204));
    assert.equal((await send(call("GET"), answer("no such policy", 404))).body, "no such policy");
  });

  it("leave other calls on a bucket alone", async () => {
    const { forwarded, body } = await gateway()({ ...call("GET"), path: "/bucket?versioning=" }, answer("x"));
    assert.equal(forwarded.length, 1);
    assert.equal(body, "x");
  });
});
