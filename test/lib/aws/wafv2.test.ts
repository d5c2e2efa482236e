import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as wafv2 from "../../../lib/aws/wafv2/index.ts";
import { templateOf } from "../../support/template.ts";

describe("WebAcl", () => {
  it("stands in us-east-1, with a rate limit before AWS's rules", () => {
    const acl = templateOf(
      (stack) => new wafv2.WebAcl(stack, "WebAcl", { description: "Of the shop", rateLimit: 500 }),
    ).only("aws_wafv2_web_acl");
    assert.equal(acl.provider, "aws.us-east-1");
    assert.equal(acl.rule[0].statement.rate_based_statement.limit, 500);
    assert.equal(acl.rule.length, 4);
  });

  it("keeps the credentials of what it blocks out of its log and its samples", () => {
    const acl = templateOf(
      (stack) => new wafv2.WebAcl(stack, "WebAcl", { description: "Of the shop", rateLimit: 500 }),
    ).only("aws_wafv2_web_acl");
    assert.deepEqual(acl.data_protection_config.data_protection, [
      {
        action: "SUBSTITUTION",
        field: { field_type: "SINGLE_HEADER", field_keys: ["authorization", "cookie", "x-api-key"] },
      },
    ]);
  });

  it("refuses a limit that WAF does not accept", () => {
    assert.throws(
      () =>
        templateOf(
          (stack) => new wafv2.WebAcl(stack, "WebAcl", { description: "Of the shop", rateLimit: 9 }),
        ),
      /rateLimit 9 is not possible/,
    );
  });
});
