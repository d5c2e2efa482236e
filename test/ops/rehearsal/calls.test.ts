import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { recordCalls } from "../../../ops/rehearsal/calls.ts";

describe("the record of what rehearsals ask for", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "calls-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  it("keeps each rehearsal's actions, sorted and once, and replaces those of the same one", async () => {
    const file = join(folder, "calls.json");
    await recordCalls(file, "rehearse", ["ec2:CreateVpc", "ec2:DeleteVpc"]);
    await recordCalls(file, "a season", new Set(["rds:ModifyDBCluster"]));
    await recordCalls(file, "rehearse", ["s3:CreateBucket", "ec2:CreateVpc", "ec2:CreateVpc"]);
    assert.equal(
      readFileSync(file, "utf8"),
      `${JSON.stringify(
        { "a season": ["rds:ModifyDBCluster"], rehearse: ["ec2:CreateVpc", "s3:CreateBucket"] },
        undefined,
        2,
      )}\n`,
    );
  });
});
