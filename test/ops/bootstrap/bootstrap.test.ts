/** The bootstrap command against moto, through the gateway that corrects it. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import { promisify } from "node:util";
import {
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  PutItemCommand,
  UntagResourceCommand,
} from "@aws-sdk/client-dynamodb";
import {
  DeleteBucketTaggingCommand,
  DeleteObjectCommand,
  GetBucketEncryptionCommand,
  GetBucketPolicyCommand,
  GetBucketVersioningCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { corrections } from "../../../ops/rehearsal/corrections/corrections.ts";
import { type Gateway, startGateway } from "../../../ops/rehearsal/gateway.ts";
import { type Moto, startMoto } from "../../../ops/rehearsal/moto.ts";
import { CREDENTIALS } from "../../../ops/rehearsal/settings.ts";
import { findMoto, MissingTool } from "../../../ops/tools.ts";

const COMMAND = path.resolve(import.meta.dirname, "../../../bin/catalog.js");

/** Runs the command; resolves also when it fails. */
async function run(settings: Record<string, string>, ...args: string[]) {
  const env = { PATH: process.env.PATH, ...settings };
  try {
    return {
      code: 0,
      ...(await promisify(execFile)(process.execPath, [COMMAND, "bootstrap", ...args], { env })),
    };
  } catch (error) {
    return error as { code: number; stdout: string; stderr: string };
  }
}

describe("bootstrap, without AWS", () => {
  const refused = async (settings: Record<string, string>, message: RegExp) => {
    const { code, stderr } = await run(settings);
    assert.equal(code, 1);
    assert.match(stderr, message);
    assert.equal(stderr.trim().split("\n").length, 1, "a mistake takes one line");
  };

  it("asks for a bucket name", () => refused({}, /STATE_BUCKET is not set/));
  it("refuses what is no bucket name", () =>
    refused({ STATE_BUCKET: "No_Bucket" }, /'No_Bucket' is no bucket name/));
  it("refuses what is no table name", () =>
    refused({ STATE_BUCKET: "a-bucket", STATE_LOCK_TABLE: "a b" }, /'a b' is no table name/));

  it("says that the credentials are refused, where S3 itself says no more than 403", async () => {
    const refusal =
      "<ErrorResponse><Error><Code>InvalidClientTokenId</Code><Message>No.</Message></Error></ErrorResponse>";
    const server = createServer(({ method }, response) => {
      response.writeHead(403, { "content-type": "text/xml" });
      response.end(method === "HEAD" ? undefined : refusal);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const AWS_ENDPOINT_URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      await refused(
        { STATE_BUCKET: "a-bucket", AWS_ENDPOINT_URL, AWS_MAX_ATTEMPTS: "1" },
        /^AWS does not take these credentials \(InvalidClientTokenId\)/,
      );
    } finally {
      server.close();
    }
  });
});

const moto = (() => {
  try {
    return findMoto().moto;
  } catch (error) {
    if (error instanceof MissingTool && process.env.CI !== "true") return undefined;
    throw error;
  }
})();

describe("bootstrap", {
  skip: moto ? false : "moto is not installed in .venv",
}, () => {
  let server: Moto;
  let gateway: Gateway;
  let settings: Record<string, string>;

  before(async () => {
    server = await startMoto({ executable: moto! });
    gateway = await startGateway({ upstreamPort: server.port, corrections: corrections() });
    settings = {
      STATE_BUCKET: "the-state",
      STATE_LOCK_TABLE: "the-lock",
      AWS_ENDPOINT_URL: gateway.url,
      AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
    };
  });

  after(async () => {
    await gateway?.close();
    await server?.stop();
  });

  it("makes both, and finds both when it is run again", async () => {
    const made = async () => JSON.parse((await run(settings, "--json")).stdout).made;
    assert.deepEqual(await made(), { bucket: "created", lockTable: "created" });
    assert.deepEqual(await made(), { bucket: "present", lockTable: "present" });
  });

  it("makes a bucket that is versioned, encrypted, private, and refuses plain HTTP", async () => {
    const s3 = new S3Client({
      region: "eu-north-1",
      endpoint: gateway.url,
      credentials: CREDENTIALS,
      forcePathStyle: true,
    });
    const Bucket = "the-state";
    try {
      assert.equal((await s3.send(new GetBucketVersioningCommand({ Bucket }))).Status, "Enabled");
      const encryption = await s3.send(new GetBucketEncryptionCommand({ Bucket }));
      const [rule] = encryption.ServerSideEncryptionConfiguration?.Rules ?? [];
      assert.equal(rule?.ApplyServerSideEncryptionByDefault?.SSEAlgorithm, "AES256");
      const block = await s3.send(new GetPublicAccessBlockCommand({ Bucket }));
      assert.deepEqual(Object.values(block.PublicAccessBlockConfiguration ?? {}), [true, true, true, true]);
      const { Policy = "{}" } = await s3.send(new GetBucketPolicyCommand({ Bucket }));
      assert.deepEqual(JSON.parse(Policy).Statement[0].Condition, {
        Bool: { "aws:SecureTransport": "false" },
      });
    } finally {
      s3.destroy();
    }
  });

  it("makes a table with the key that Terraform locks by, and refuses a table with another", async () => {
    const dynamoDb = new DynamoDBClient({
      region: "eu-north-1",
      endpoint: gateway.url,
      credentials: CREDENTIALS,
    });
    try {
      const { Table } = await dynamoDb.send(new DescribeTableCommand({ TableName: "the-lock" }));
      assert.deepEqual(Table?.KeySchema, [{ AttributeName: "LockID", KeyType: "HASH" }]);
      await dynamoDb.send(
        new CreateTableCommand({
          TableName: "another",
          AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
          KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
          BillingMode: "PAY_PER_REQUEST",
        }),
      );
      const { code, stderr } = await run({ ...settings, STATE_LOCK_TABLE: "another" });
      assert.equal(code, 1);
      assert.match(stderr, /'another' exists with the key 'id'/);
    } finally {
      dynamoDb.destroy();
    }
  });

  it("makes no table when none is asked for", async () => {
    const { stdout } = await run({ ...settings, STATE_BUCKET: "no-lock", STATE_LOCK_TABLE: "" }, "--json");
    assert.deepEqual(JSON.parse(stdout).made, { bucket: "created" });
  });

  describe("--remove", () => {
    const Key = "catalog-api/prod/terraform.tfstate";
    let s3: S3Client;
    let dynamoDb: DynamoDBClient;
    let names: { STATE_BUCKET: string; STATE_LOCK_TABLE: string };
    let count = 0;
    const remove = () => run({ ...settings, ...names }, "--remove", "--yes");
    const put = (key: string, body: unknown) =>
      s3.send(new PutObjectCommand({ Bucket: names.STATE_BUCKET, Key: key, Body: JSON.stringify(body) }));
    const hide = (key: string) => s3.send(new DeleteObjectCommand({ Bucket: names.STATE_BUCKET, Key: key }));
    const lock = (id: string) =>
      dynamoDb.send(new PutItemCommand({ TableName: names.STATE_LOCK_TABLE, Item: { LockID: { S: id } } }));

    before(() => {
      const local = { region: "eu-north-1", endpoint: gateway.url, credentials: CREDENTIALS };
      s3 = new S3Client({ ...local, forcePathStyle: true });
      dynamoDb = new DynamoDBClient(local);
    });
    beforeEach(async () => {
      count += 1;
      names = { STATE_BUCKET: `removed-${count}`, STATE_LOCK_TABLE: `removed-lock-${count}` };
      assert.equal((await run({ ...settings, ...names })).code, 0);
    });
    after(() => {
      s3?.destroy();
      dynamoDb?.destroy();
    });

    it("removes both with all versions, and finds nothing to do when it is run again", async () => {
      await put(Key, { resources: [{}] });
      await hide(Key);
      await put(Key, { resources: [] });
      await put(`${Key}.tflock`, { ID: "1" });
      await hide(`${Key}.tflock`);
      await lock(`${names.STATE_BUCKET}/${Key}-md5`);
      assert.equal((await remove()).stderr ?? "", "");
      await assert.rejects(s3.send(new HeadBucketCommand({ Bucket: names.STATE_BUCKET })));
      await assert.rejects(dynamoDb.send(new DescribeTableCommand({ TableName: names.STATE_LOCK_TABLE })));
      assert.equal((await remove()).code, 0);
    });

    const REFUSED: Record<string, [prepare: () => Promise<unknown>, sentence: RegExp]> = {
      "a state that lists resources": [
        () => put(Key, { resources: [{}] }),
        /holds the state of prod: destroy first/,
      ],
      "such a state behind a delete marker": [
        () => put(Key, { resources: [{}] }).then(() => hide(Key)),
        /holds the state of prod: destroy first/,
      ],
      "what cannot be read as a state": [() => put(Key, "?"), /holds the state of prod/],
      "another project's state": [
        () => put("billing/prod/terraform.tfstate", { resources: [] }),
        /also holds 'billing\/prod\/terraform.tfstate'/,
      ],
      "another project's state behind a delete marker": [
        () => put("billing/terraform.tfstate", {}).then(() => hide("billing/terraform.tfstate")),
        /also holds 'billing\/terraform.tfstate'/,
      ],
      "another project's state after a thousand versions": [
        async () => {
          for (let version = 0; version < 1001; version += 1) await put(Key, { resources: [] });
          await put("z", {});
        },
        /also holds 'z'/,
      ],
      "a bucket that was there before": [
        () => s3.send(new DeleteBucketTaggingCommand({ Bucket: names.STATE_BUCKET })),
        /bucket '.+' has no tag Project=catalog-api/,
      ],
      "a table that was there before": [
        async () => {
          const { Table } = await dynamoDb.send(
            new DescribeTableCommand({ TableName: names.STATE_LOCK_TABLE }),
          );
          await dynamoDb.send(
            new UntagResourceCommand({ ResourceArn: Table?.TableArn, TagKeys: ["Project"] }),
          );
        },
        /table '.+' has no tag Project=catalog-api/,
      ],
      "another bucket's digest in the table": [
        () => lock(`billing-state/${Key}-md5`),
        /table '.+' holds 'billing-state/,
      ],
      "a deployment's lock in the table": [
        () => lock(`${names.STATE_BUCKET}/${Key}`),
        /which is a lock or another bucket's/,
      ],
    };
    for (const [cause, [prepare, sentence]] of Object.entries(REFUSED))
      it(`refuses ${cause}, and removes nothing`, async () => {
        await prepare();
        const { code, stderr } = await remove();
        assert.equal(code, 1);
        assert.match(stderr, sentence);
        assert.equal(stderr.trim().split("\n").length, 1);
        await s3.send(new HeadBucketCommand({ Bucket: names.STATE_BUCKET }));
        await dynamoDb.send(new DescribeTableCommand({ TableName: names.STATE_LOCK_TABLE }));
      });
  });
});
