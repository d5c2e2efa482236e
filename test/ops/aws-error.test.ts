import assert from "node:assert/strict";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import { DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { ListBucketsCommand, S3Client } from "@aws-sdk/client-s3";
import { awsErrorInWords } from "../../ops/aws-error.ts";

const credentials = { accessKeyId: "a", secretAccessKey: "b" };
const region = "eu-north-1";

/** What AWS's own client throws. */
const thrown = async (asking: Promise<unknown>): Promise<unknown> =>
  asking.then(
    () => assert.fail("it was answered"),
    (error: unknown) => error,
  );

describe("what goes wrong between a command and AWS", () => {
  let answer: { status: number; body: string; type?: string } = { status: 400, body: "{}" };
  const server = http.createServer((_, response) => {
    response.writeHead(answer.status, { "content-type": answer.type ?? "application/x-amz-json-1.0" });
    response.end(answer.body);
  });
  let endpoint: string;
  before(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => server.close());

  const said = async (asking: Promise<unknown>): Promise<string | undefined> => {
    const sentence = awsErrorInWords(await thrown(asking));
    if (sentence !== undefined) assert.match(sentence, /^[^\n]+[.!?]$/);
    return sentence;
  };

  const answers: [name: string, status: number, says: RegExp][] = [
    ["ExpiredTokenException", 400, /does not take these credentials \(ExpiredTokenException\)/],
    ["UnrecognizedClientException", 400, /does not take these credentials/],
    ["RequestTimeTooSkewed", 403, /time of this machine \(RequestTimeTooSkewed\): set its clock/],
    ["InvalidSignatureException", 403, /refused a call \(InvalidSignatureException\)/],
    ["AccessDeniedException", 400, /does not allow it: some\n? ?words\. .*bin\/catalog policy/],
    ["ThrottlingException", 400, /fewer calls/],
    ["RequestLimitExceeded", 400, /fewer calls/],
    ["InternalServerError", 500, /AWS failed .* run it again/],
    ["ServiceUnavailable", 503, /AWS failed/],
    ["ValidationException", 400, /refused a call \(ValidationException\): some words\./],
  ];
  for (const [name, status, says] of answers)
    it(`is said in one sentence: ${name}`, async () => {
      answer = { status, body: JSON.stringify({ __type: `com.amazonaws#${name}`, message: "some\n words" }) };
      const client = new DynamoDBClient({ region, endpoint, credentials, maxAttempts: 1 });
      assert.match((await said(client.send(new ListTablesCommand({}))))!, says);
    });

  it("is said when this machine's clock is off, as the services that only describe it do", async () => {
    const clock = "20261129T101500Z (20261129T102000Z - 5 min.)";
    for (const message of [`Signature expired: ${clock}`, `Signature not yet current: ${clock}`]) {
      answer = { status: 400, body: JSON.stringify({ __type: "x#InvalidSignatureException", message }) };
      const client = new DynamoDBClient({ region, endpoint, credentials, maxAttempts: 1 });
      assert.match((await said(client.send(new ListTablesCommand({}))))!, /set its clock/);
    }
  });

  it("is said when there are no credentials", async () => {
    const none = async () => {
      throw Object.assign(new Error("Could not load credentials"), { name: "CredentialsProviderError" });
    };
    const client = new DynamoDBClient({ region, endpoint, credentials: none });
    assert.match(
      (await said(client.send(new ListTablesCommand({}))))!,
      /^There are no AWS credentials: set AWS_PROFILE/,
    );
  });

  it("is said when nobody answers, whatever the service", async () => {
    const closed = http.createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => closed.once("listening", resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    const options = { region, credentials, endpoint: `http://127.0.0.1:${port}`, maxAttempts: 1 };
    const wanted = /does not answer at 127\.0\.0\.1 \(ECONNREFUSED\): check the network/;
    assert.match((await said(new DynamoDBClient(options).send(new ListTablesCommand({}))))!, wanted);
    const s3 = new S3Client({ ...options, forcePathStyle: true });
    assert.match((await said(s3.send(new ListBucketsCommand({}))))!, wanted);
  });

  it("is said when a web page comes in AWS's place, from a proxy or a network that wants a login", async () => {
    const options = { region, endpoint, credentials, maxAttempts: 1 };
    for (const status of [200, 302, 403, 407, 502]) {
      answer = { status, body: "<html><p>Log in</html>", type: "text/html; charset=utf-8" };
      for (const asking of [
        new DynamoDBClient(options).send(new ListTablesCommand({})),
        new S3Client({ ...options, forcePathStyle: true }).send(new ListBucketsCommand({})),
      ])
        assert.match((await said(asking))!, /^What answers in AWS's place is a web page: check/, `${status}`);
    }
  });

  it("is not made up for an answer that the client cannot read", async () => {
    answer = { status: 200, body: "<no JSON" };
    const client = new DynamoDBClient({ region, endpoint, credentials, maxAttempts: 1 });
    assert.equal(awsErrorInWords(await thrown(client.send(new ListTablesCommand({})))), undefined);
  });

  it("is not made up for a defect", () => {
    for (const error of [new Error("x"), new TypeError("y"), undefined, { code: "ECONNREFUSED" }, "text"])
      assert.equal(awsErrorInWords(error), undefined);
  });
});
