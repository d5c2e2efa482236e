/** A state whose digest is that of the one before, as a run leaves it that was killed between the two calls. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";
import { makeReady } from "../../../ops/environment/digest.ts";
import type { Session } from "../../../ops/environment/session.ts";
import { TerraformFailed } from "../../../ops/terraform.ts";
import { awsError, fakeAws } from "../support/fake-aws.ts";

const STATE = '{"version": 4, "serial": 7}';
const NEW = createHash("md5").update(STATE).digest("hex");
const KEY = "states/catalog-api/prod/terraform.tfstate";
/** As each program says it, of the digest that it has calculated. */
const MISMATCH: Readonly<Record<string, (digest: string) => string>> = {
  "Terraform 1.11": (digest) => `state data in S3 does not have the expected content.

The checksum calculated for the state stored in S3 does not match the checksum
stored in DynamoDB.

Bucket: states
Key:    catalog-api/prod/terraform.tfstate
Calculated checksum: ${digest}
Stored checksum:     5c0dda921f56ed8dacd668af7b690458
`,
  // Which names the stored one last, where the new one is meant: internal/backend/remote-state/s3/client.go.
  "Terraform 1.13": (digest) => `${MISMATCH["Terraform 1.11"]!(digest)}
If this problem persists, and neither S3 nor DynamoDB are experiencing an
outage, you may need to manually verify the remote state and update the Digest
value stored in the DynamoDB table to the following value: 5c0dda921f56ed8dacd668af7b690458
`,
  "OpenTofu 1.12": (digest) => `state data in S3 does not have the expected content.

This may be caused by unusually long delays in S3 processing a previous state
update.  Please wait for a minute or two and try again. If this problem
persists, and neither S3 nor DynamoDB are experiencing an outage, you may need
to manually verify the remote state and update the Digest value stored in the
DynamoDB table to the following value: ${digest}
`,
};
const DAMAGED = "The state file could not be parsed as JSON: syntax error at byte offset 1.";
const LOCK = JSON.stringify({ ID: "1-2", Who: "ada@host", Created: "2026-11-28 10:00" });

interface Scenario {
  /** Why each init in turn fails; undefined when it succeeds. */
  readonly inits: readonly (string | undefined)[];
  /** What lies in the bucket. @default a state; undefined when nothing does */
  readonly state?: string | undefined;
  readonly lock?: string;
  readonly table?: string | undefined;
}

async function ready({ inits, lock, table = "locks", ...more }: Scenario, unlock?: string) {
  const { state = STATE } = more;
  const written: unknown[] = [];
  const failures = [...inits];
  const session = {
    settings: {
      file: "prod.env",
      suffix: "prod",
      values: { STATE_BUCKET: "states", STATE_LOCK_TABLE: table },
    },
    say: () => undefined,
    workspace: {
      async init() {
        const detail = failures.shift();
        if (detail)
          throw new TerraformFailed("init", [
            { severity: "error", summary: "Error refreshing state", detail },
          ]);
      },
    },
    aws: fakeAws({
      GetItemCommand: ({ Key }) => {
        assert.deepEqual(Key, { LockID: { S: KEY } });
        return lock ? { Item: { LockID: { S: KEY }, Info: { S: lock } } } : {};
      },
      PutItemCommand: (input) => written.push(input),
      GetObjectCommand: ({ Bucket, Key }) => {
        assert.deepEqual([Bucket, `${Bucket}/${Key}`], ["states", KEY]);
        if (state === GONE) throw awsError("NoSuchKey", 404);
        return { Body: { transformToByteArray: async () => Buffer.from(state) } };
      },
    }),
  } as unknown as Session;
  const failure = await makeReady(session, unlock).then(
    () => "",
    (error: Error) => error.message,
  );
  return { failure, written, left: failures.length };
}

/** Stands for no object at all. */
const GONE = "no such object";
const KNOWN = MISMATCH["Terraform 1.11"]!(NEW);

describe("a state that a killed run wrote last", () => {
  for (const [program, says] of Object.entries(MISMATCH)) {
    it(`counts, and its digest with it, by ${program}`, async () => {
      const { failure, written, left } = await ready({ inits: [says(NEW), undefined] });
      assert.deepEqual([failure, left], ["", 0]);
      assert.deepEqual(written, [
        { TableName: "locks", Item: { LockID: { S: `${KEY}-md5` }, Digest: { S: NEW } } },
      ]);
    });

    it(`is not one that is gone, by ${program}: of that it is told how to get it back, and nothing is changed`, async () => {
      for (const state of [GONE, ""]) {
        const { failure, written } = await ready({ inits: [says("")], state });
        assert.match(
          failure,
          /^states has no state of 'prod' any more and locks has its checksum.*version before.*aws dynamodb delete-item/i,
        );
        assert.deepEqual(written, []);
      }
    });
  }

  it("is left alone while somebody holds the lock, unless that run is said to be dead", async () => {
    const { failure, written } = await ready({ inits: [KNOWN], lock: LOCK });
    assert.match(
      failure,
      /locked by ada@host since 2026-11-28 10:00.*adopt --settings prod\.env --unlock 1-2/,
    );
    assert.deepEqual(written, []);
    assert.match((await ready({ inits: [KNOWN], lock: LOCK }, "3-4")).failure, /locked by ada@host/);
    assert.equal((await ready({ inits: [KNOWN, undefined], lock: LOCK }, "1-2")).failure, "");
  });

  it("is not what any other failure means, nor one without a table", async () => {
    for (const scenario of [{ inits: ["no such bucket"] }, { inits: [KNOWN], table: "" }]) {
      const { failure, written } = await ready(scenario);
      assert.match(failure, /terraform init failed/);
      assert.deepEqual(written, []);
    }
  });

  it("is not one that is damaged: of that it is told how to get it back", async () => {
    const { failure, written } = await ready({ inits: [DAMAGED] });
    assert.match(
      failure,
      /^The state of 'prod' is damaged: bring its version before back \(docs\/DEPLOYMENT_GUIDE\.md, A lost state\)\.$/,
    );
    assert.deepEqual(written, []);
  });

  it("is repaired once: what fails again is told", async () => {
    const { failure, written } = await ready({ inits: [KNOWN, KNOWN] });
    assert.match(failure, /expected content/);
    assert.equal(written.length, 1);
  });
});
