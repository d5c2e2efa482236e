import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { describe, it } from "node:test";
import { removal } from "../../../ops/inventory/removal.ts";

describe("removal", () => {
  it("knows a command for each type that the inventory lists", async () => {
    const folder = path.resolve(import.meta.dirname, "../../../ops/inventory");
    for (const file of ["compute", "data", "network", "observability"]) {
      const source = await readFile(path.join(folder, `${file}.ts`), "utf8");
      for (const [, type = ""] of source.matchAll(/"(aws_[a-z_]+)"/g))
        assert.match(
          removal({ type, id: "an/id_0.0.0.0/0", name: "n", parent: "p" }),
          /^aws \S+ [a-z-]+ /,
          type,
        );
    }
  });

  it("takes first what keeps a role or a distribution from going", () => {
    const steps = (type: string) =>
      removal({ type, id: "x", name: "x" }).match(/aws (?:iam|cloudfront) [a-z-]+/g);
    assert.deepEqual(steps("aws_iam_role"), [
      "aws iam list-role-policies",
      "aws iam delete-role-policy",
      "aws iam list-attached-role-policies",
      "aws iam detach-role-policy",
      "aws iam delete-role",
    ]);
    assert.deepEqual(
      steps("aws_cloudfront_distribution")?.filter((step) => !step.includes("get-")),
      ["aws cloudfront update-distribution", "aws cloudfront wait", "aws cloudfront delete-distribution"],
    );
  });

  it("looks where the item is", () => {
    const group = { type: "aws_cloudwatch_log_group", id: "g", name: "g" };
    assert.match(removal(group), /--region eu-north-1$/);
    assert.match(removal({ ...group, region: "us-east-1" }), /--region us-east-1$/);
  });
});
