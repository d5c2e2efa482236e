/** A state whose digest is that of the one before, as a run leaves it that was killed between the two calls. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { makeReady } from "../../../ops/environment/digest.ts";
import type { Session } from "../../../ops/environment/session.ts";
import { TerraformFailed } from "../../../ops/terraform.ts";
import { fakeAws } from "../support/fake-aws.ts";

const NEW = "03309c637881f8ced256e6ebcad54f66";
const KEY = "states/catalog-api/prod/terraform.tfstate";
/** As Terraform 1.11 says it. */
const MISMATCH = `The checksum calculated for the state stored in S3 does not match the checksum
stored in DynamoDB.

Bucket: states
Key:    catalog-api/prod/terraform.tfstate
Calculated checksum: ${NEW}
Stored checksum:     5c0dda921f56ed8dacd668af7b690458
`;
const LOCK = JSON.stringify({ ID: "1-2", Who: "ada@host", Created: "2026-11-28 10:00" });

interface Scenario {
  /** Why each init in turn fails; undefined when it succeeds. */
  readonly inits: readonly (string | undefined)[];
  readonly lock?: string;
  readonly table?: string | undefined;
}

async function ready({ inits, lock, table = "locks" }: Scenario, unlock?: string) {
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
        const summary = failures.shift();
        if (summary)
          throw new TerraformFailed("init", [{ severity: "error", summary, detail: DETAILS[summary] ?? "" }]);
      },
    },
    aws: fakeAws({
      GetItemCommand: ({ Key }) => {
        assert.deepEqual(Key, { LockID: { S: KEY } });
        return lock ? { Item: { LockID: { S: KEY }, Info: { S: lock } } } : {};
      },
      PutItemCommand: (input) => written.push(input),
    }),
  } as unknown as Session;
  const failure = await makeReady(session, unlock).then(
    () => "",
    (error: Error) => error.message,
  );
  return { failure, written, left: failures.length };
}

const KNOWN = "Error refreshing state: state data in S3 does not have the expected content.";
const GONE = KNOWN.replace("Error", "Error:");
const DETAILS: Record<string, string> = { [KNOWN]: MISMATCH, [GONE]: MISMATCH.replace(NEW, "") };

describe("a state that a killed run wrote last", () => {
  it("counts, and its digest with it", async () => {
    const { failure, written, left } = await ready({ inits: [KNOWN, undefined] });
    assert.deepEqual([failure, left], ["", 0]);
    assert.deepEqual(written, [
      {
        TableName: "locks",
        Item: { LockID: { S: `${KEY}-md5` }, Digest: { S: NEW } },
      },
    ]);
  });

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

  it("is not one that is gone: of that it is told how to get it back, and nothing is changed", async () => {
    const { failure, written } = await ready({ inits: [GONE] });
    assert.match(
      failure,
      /^states has no state of 'prod' any more and locks has its checksum.*version before.*aws dynamodb delete-item/i,
    );
    assert.deepEqual(written, []);
  });

  it("is repaired once: what fails again is told", async () => {
    const { failure, written } = await ready({ inits: [KNOWN, KNOWN] });
    assert.match(failure, /expected content/);
    assert.equal(written.length, 1);
  });
});
