import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import type { JsonObject } from "../../local/terraform-json/index.ts";
import { read, readable, scan } from "../../ops/scan.ts";
import { findCheckov, skipWithout } from "../../ops/tools.ts";
import { EVERYTHING, synthesiseWith } from "../support/variants.ts";
import { Draft } from "./support/draft.ts";

const tools = skipWithout("checkov's tests", () => findCheckov());

describe("checkov over the stack", { skip: !tools }, () => {
  let everything: JsonObject;
  before(async () => {
    everything = await synthesiseWith(EVERYTHING);
  });

  it("finds nothing that is not refused", async () => {
    const { findings, passed } = await scan(tools!.checkov, everything);
    assert.deepEqual(findings, []);
    assert.ok(passed > 100);
  });

  it("finds a defect that is planted", async () => {
    const draft = new Draft(everything);
    draft.add("aws_iam_role_policy_attachment", "Administrator", {
      role: `\${${draft.address("aws_iam_role", "TaskRole")}.name}`,
      policy_arn: "arn:aws:iam::aws:policy/AdministratorAccess",
    });
    const { findings } = await scan(tools!.checkov, draft.root);
    assert.deepEqual(
      findings.map(({ check }) => check),
      ["CKV_AWS_274"],
    );
  });

  it("is not green over what it cannot read", async () => {
    const unreadable = { terraform: { required_version: ">= 1.11.0" }, resource: "nothing" };
    await assert.rejects(scan(tools!.checkov, unreadable), {
      name: "UserError",
      message: /^checkov read nothing/,
    });
  });
});

describe("a report of checkov's", () => {
  it("counts only when all of the stack was read", () => {
    const report = (summary: object) => JSON.stringify({ summary, results: { failed_checks: [] } });
    assert.deepEqual(read(report({ passed: 150, parsing_errors: 0 })).findings, []);
    for (const summary of [
      { passed: 0, parsing_errors: 1 },
      { passed: 150, parsing_errors: 1 },
      { passed: 99, parsing_errors: 0 },
      {},
    ]) {
      assert.throws(() => read(report(summary)), /^UserError: checkov read nothing/);
    }
    assert.throws(() => read("Traceback"), /^UserError: checkov's report is no JSON: Traceback/);
    assert.throws(() => read(""), /it is empty/);
  });

  it("is over a stack without the argument that stops it from reading", () => {
    const stack = {
      terraform: { required_version: ">= 1.11.0", backend: {} },
      moved: [{ from: "a.b", to: "a.c" }],
      resource: {},
    };
    assert.deepEqual(readable(stack), { terraform: { backend: {} }, resource: {} });
  });
});
