/** What a block removes is told by the guide that it stands in. */
import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import { describe, it } from "node:test";
import { parseCall } from "../../../../ops/rehearsal/call.ts";
import { blocksOf } from "../../../../ops/rehearsal/guides/blocks.ts";
import { Removals, untold } from "../../../../ops/rehearsal/guides/removals.ts";

const OK = { status: 200, headers: {}, body: Buffer.alloc(0) };

const call = (service: string, target: string, body: object = {}) => {
  const authorization = `AWS4-HMAC-SHA256 Credential=x/20261128/eu-north-1/${service}/aws4_request`;
  const request = { method: "POST", url: "/", headers: { authorization, "x-amz-target": `X.${target}` } };
  return parseCall(request as unknown as IncomingMessage, Buffer.from(JSON.stringify(body)));
};
const digest = (LockID: string) => call("dynamodb", "DeleteItem", { Key: { LockID: { S: LockID } } });

describe("what a block's calls remove", () => {
  it("is gathered once for each action, and begins anew with the next block", () => {
    const removals = new Removals();
    for (const operation of ["DeregisterTaskDefinition", "DescribeServices", "DeregisterTaskDefinition"])
      removals.record(call("ecs", operation, { taskDefinition: "a:1" }), OK);
    removals.record(call("secretsmanager", "DeleteSecret"), OK);
    assert.deepEqual(removals.take(), ["ecs:DeregisterTaskDefinition", "secretsmanager:DeleteSecret"]);
    assert.deepEqual(removals.take(), []);
  });

  it("is nothing when AWS refused, or nobody heard the answer", () => {
    const removals = new Removals();
    removals.record(call("secretsmanager", "DeleteSecret"), { ...OK, status: 400 });
    removals.record(call("secretsmanager", "DeleteSecret"));
    assert.deepEqual(removals.take(), []);
  });

  it("is not the lock that Terraform lets go of, and is the checksum of a state", () => {
    const removals = new Removals();
    removals.record(digest("states/catalog-api/prod/terraform.tfstate"), OK);
    assert.deepEqual(removals.take(), []);
    removals.record(digest("states/catalog-api/prod/terraform.tfstate-md5"), OK);
    assert.deepEqual(removals.take(), ["dynamodb:DeleteItem"]);
  });
});

describe("the section of a block", () => {
  const BLOCK = "```sh\ntrue\n```\n";
  const missing = (text: string, ...actions: string[]) => untold(blocksOf("x.md", text)[0]!, actions);

  it("says in one sentence what goes, and that it goes: before the block or after it, in a list too", () => {
    for (const text of [
      `The secret before is deleted.\n\n${BLOCK}`,
      `## A\n\n${BLOCK}\nOne rotation deletes\nthe secrets before.\n`,
      `The key before: its secret is deleted.\n\n${BLOCK}`,
      `1. Removes the secret.\n\n   ${BLOCK.replaceAll("\n", "\n   ")}\n`,
      `| what | how |\n| --- | --- |\n| secret | replaced |\n\n${BLOCK}`,
    ])
      assert.deepEqual(missing(text, "secretsmanager:DeleteSecret"), [], text);
  });

  it("does not say it by half, elsewhere, or of something else", () => {
    for (const text of [
      BLOCK,
      `A secret is made. Then something is deleted.\n\n${BLOCK}`,
      `A secret is made.\n\nSomething is deleted.\n\n${BLOCK}`,
      `## A\n\nThe secret is deleted.\n\n## B\n\n${BLOCK}`,
      `## B\n\n${BLOCK}\n## C\n\nThe secret is deleted.\n`,
      `\`\`\`sh\n# deletes the secret\n\`\`\`\n`,
      `The table is deleted.\n\n${BLOCK}`,
    ])
      assert.deepEqual(
        missing(text, "secretsmanager:DeleteSecret"),
        ["secret (secretsmanager:DeleteSecret)"],
        text,
      );
  });

  it("may break its lines anywhere", () => {
    const text = `It deregisters the task\ndefinition.\n\n${BLOCK}`;
    assert.deepEqual(missing(text, "ecs:DeregisterTaskDefinition"), []);
  });

  it("names the environment and its data, where all of it goes", () => {
    const actions = ["ec2:DeleteVpc", "rds:DeleteDBCluster", "sns:DeleteTopic"];
    assert.deepEqual(missing(`It deletes the environment with all its data.\n\n${BLOCK}`, ...actions), []);
    assert.deepEqual(missing(`It deletes the environment.\n\n${BLOCK}`, ...actions), ["data"]);
  });

  it("has to be given a word for what nobody thought of", () => {
    assert.deepEqual(missing(`Deletes the queue.\n\n${BLOCK}`, "sqs:DeleteQueue"), ["sqs:DeleteQueue"]);
  });
});
