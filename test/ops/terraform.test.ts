/** The runner, with a shell script in Terraform's place that says what Terraform would. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { Terraform, TerraformFailed } from "../../ops/terraform.ts";
import { isAlive } from "../support/processes.ts";
import { until } from "../support/until.ts";

const complete = (addr: string) => JSON.stringify({ type: "apply_complete", hook: { resource: { addr } } });

const diagnostic = (severity: string, summary: string, detail = "") =>
  JSON.stringify({ type: "diagnostic", diagnostic: { severity, summary, detail, address: "aws_vpc.V" } });

describe("Terraform", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "terraform-"));
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** A Terraform that prints lines and then runs a command, or the other way round when the command prints them. */
  function terraform(lines: string[], command = "exit 0", onResource?: (address: string) => void): Terraform {
    const executable = path.join(folder, "terraform");
    const output = path.join(folder, "output");
    writeFileSync(output, lines.map((line) => `${line}\n`).join(""));
    writeFileSync(
      executable,
      `#!/bin/sh\necho "$@" > arguments\n${command.includes("cat output") ? "" : "cat output"}\n${command}\n`,
      { mode: 0o755 },
    );
    return new Terraform({ executable, folder, environment: { PATH: process.env.PATH }, onResource });
  }

  const args = () => readFileSync(path.join(folder, "arguments"), "utf8").trim();

  it("tells each finished resource, and leaves data sources out", async () => {
    const seen: string[] = [];
    const lines = [complete("aws_vpc.V"), complete("data.aws_partition.P"), complete("aws_subnet.S")];
    const { applied } = await terraform(lines, "exit 0", (address) => seen.push(address)).apply();
    assert.deepEqual(seen, ["aws_vpc.V", "aws_subnet.S"]);
    assert.deepEqual(applied, seen);
  });

  it("applies a saved plan without asking", async () => {
    await terraform([]).apply("a.tfplan");
    assert.equal(args(), "apply -input=false -auto-approve -json a.tfplan");
  });

  it("fails with Terraform's own words, and without its warnings", async () => {
    const lines = [
      diagnostic("warning", "mind this"),
      diagnostic("error", "no such zone", "Choose another.\nMore."),
    ];
    await assert.rejects(terraform(lines, "exit 1").apply(), (error: Error) => {
      assert.ok(error instanceof TerraformFailed);
      assert.equal(error.message, "terraform apply failed:\n  aws_vpc.V: no such zone Choose another.");
      return true;
    });
  });

  it("fails with what was said outside the log when the log says nothing", async () => {
    await assert.rejects(terraform([], "echo 'cannot start' >&2; exit 1").apply(), /cannot start/);
  });

  it("tells a plan with changes from one without", async () => {
    assert.equal(await terraform([], "exit 2").plan("p"), true);
    assert.equal(await terraform([], "exit 0").plan("p"), false);
    await assert.rejects(terraform([diagnostic("error", "bad")], "exit 1").plan("p"), TerraformFailed);
  });

  it("lists the errors of a configuration that is not valid", async () => {
    const verdict = { valid: false, diagnostics: [{ severity: "error", summary: "bad name", detail: "" }] };
    await assert.rejects(terraform([JSON.stringify(verdict)], "exit 1").validate(), /bad name/);
  });

  it("kills what Terraform started along with it", async () => {
    const one = terraform(
      [complete("aws_vpc.V")],
      "sleep 60 & echo $! > provider; cat output; wait",
      () => void one.kill(),
    );
    const killed = await one.tryApply();
    assert.equal(killed.exitCode, null);
    const provider = Number(readFileSync(path.join(folder, "provider"), "utf8"));
    assert.ok(provider > 0);
    await until(() => !isAlive(provider));
  });

  it("runs nothing after it was stopped", async () => {
    const one = terraform([]);
    await one.stop();
    await assert.rejects(one.apply(), /stopped/);
  });
});
