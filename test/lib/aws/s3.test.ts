import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Duration } from "../../../lib/aws/core/index.ts";
import * as s3 from "../../../lib/aws/s3/index.ts";
import { templateOf } from "../../support/template.ts";

const policy = (json: string) => JSON.parse(json) as { Statement: Record<string, unknown>[] };

describe("Bucket", () => {
  const template = templateOf(
    (stack) => new s3.Bucket(stack, "Logs", { lifecycleRules: [{ expiration: Duration.days(30) }] }),
  );

  it("is private, encrypted, and refuses plain HTTP", () => {
    const block = template.only("aws_s3_bucket_public_access_block");
    for (const key of [
      "block_public_acls",
      "block_public_policy",
      "ignore_public_acls",
      "restrict_public_buckets",
    ]) {
      assert.equal(block[key], true, key);
    }
    const [deny] = policy(template.only("aws_s3_bucket_policy").policy).Statement;
    assert.equal(deny!.Effect, "Deny");
    assert.deepEqual(deny!.Condition, { Bool: { "aws:SecureTransport": "false" } });
    assert.equal(template.resources("aws_s3_bucket_server_side_encryption_configuration").length, 1);
  });

  it("lets objects expire, by a rule with a filter", () => {
    const [rule] = template.only("aws_s3_bucket_lifecycle_configuration").rule;
    assert.deepEqual(rule.filter, [{ prefix: "" }]);
    assert.deepEqual(rule.expiration, [{ days: 30 }]);
  });

  it("is emptied when destroyed, and carries the account in its name", () => {
    const bucket = template.only("aws_s3_bucket");
    assert.equal(bucket.force_destroy, true);
    assert.match(bucket.bucket, /^bucket-logs-\$\{data\.aws_caller_identity\.Account\.account_id\}-test$/);
  });

  it("gets its policy after its public access block", () => {
    assert.match(
      template.dependsOn(template.only("aws_s3_bucket_policy")).join(),
      /aws_s3_bucket_public_access_block/,
    );
  });
});
