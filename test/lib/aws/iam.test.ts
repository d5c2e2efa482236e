import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as iam from "../../../lib/aws/iam/index.ts";
import { templateOf } from "../../support/template.ts";

const policy = (json: string) => JSON.parse(json) as { Statement: Record<string, unknown>[] };

describe("Role", () => {
  it("can do nothing until something is granted, and names its account in the trust policy", () => {
    const template = templateOf(
      (stack) => new iam.Role(stack, "TaskRole", { assumedBy: "ecs-tasks.amazonaws.com", description: "d" }),
    );
    assert.equal(template.resources("aws_iam_role_policy").length, 0);
    const [statement] = policy(template.only("aws_iam_role").assume_role_policy).Statement;
    assert.deepEqual(statement!.Principal, { Service: ["ecs-tasks.amazonaws.com"] });
    assert.ok("aws:SourceAccount" in (statement!.Condition as { StringEquals: object }).StringEquals);
  });

  it("gathers what is granted later in one policy", () => {
    const template = templateOf((stack) => {
      const role = new iam.Role(stack, "TaskRole", { assumedBy: "x", description: "d" });
      for (const action of ["s3:GetObject", "s3:PutObject"]) {
        role.addToPolicy(new iam.PolicyStatement({ actions: [action], resources: ["arn:a"] }));
      }
    });
    assert.equal(policy(template.only("aws_iam_role_policy").policy).Statement.length, 2);
  });

  it("refuses to allow every action", () => {
    for (const action of ["*", "s3:*"]) {
      assert.throws(
        () => new iam.PolicyStatement({ actions: [action], resources: ["*"] }),
        /name the actions/,
      );
    }
  });
});
