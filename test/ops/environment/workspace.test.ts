/** The provider's versions go with the settings: whoever deploys next gets the same. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { readEnvironmentSettings } from "../../../ops/environment/settings-file.ts";
import { Workspace } from "../../../ops/environment/workspace.ts";

describe("an environment's plan", () => {
  it("stays where the command that made it was not this one, which was refused the folder", async () => {
    const root = mkdtempSync(path.join(tmpdir(), "workspace-"));
    try {
      const settings = readEnvironmentSettings({
        known: ["ENVIRONMENT_SUFFIX"],
        environment: { ENVIRONMENT_SUFFIX: "prod" },
      });
      mkdirSync(path.join(root, "prod"));
      // The parent of this process lives as long as it does.
      writeFileSync(path.join(root, "prod", "command.pid"), String(process.ppid));
      const workspace = new Workspace({ settings, executable: "terraform", root });
      writeFileSync(workspace.planFile, "another command's");
      await assert.rejects(workspace.synthesise(), { name: "UserError" });
      await workspace.discardPlan();
      assert.equal(readFileSync(workspace.planFile, "utf8"), "another command's");
    } finally {
      rmSync(root, { recursive: true });
    }
  });
});

describe("an environment's provider versions", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "workspace-"));
    // Keeps what it finds, as `terraform init` does, and else chooses the newest that there is.
    writeFileSync(
      path.join(folder, "terraform"),
      `#!/bin/sh\n[ -e .terraform.lock.hcl ] || cat ${folder}/newest > .terraform.lock.hcl\n`,
      { mode: 0o755 },
    );
    writeFileSync(path.join(folder, "prod.env"), "ENVIRONMENT_SUFFIX=prod\n");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** What `init` leaves of an operator whose checkout is new. */
  async function init(operator: string, newest: string): Promise<string> {
    writeFileSync(path.join(folder, "newest"), newest);
    const settings = readEnvironmentSettings({
      file: path.join(folder, "prod.env"),
      known: ["ENVIRONMENT_SUFFIX"],
      environment: { PATH: process.env.PATH },
    });
    const root = path.join(folder, operator);
    mkdirSync(path.join(root, "prod"), { recursive: true });
    const executable = path.join(folder, "terraform");
    const workspace = new Workspace({ settings, executable, root });
    await workspace.init();
    return readFileSync(path.join(workspace.folder, ".terraform.lock.hcl"), "utf8");
  }

  it("are kept beside the settings, for the next operator's checkout", async () => {
    assert.equal(await init("ada", "5.100.0"), "5.100.0");
    assert.equal(readFileSync(path.join(folder, "prod.lock.hcl"), "utf8"), "5.100.0");
    assert.equal(await init("ben", "6.0.0"), "5.100.0");
  });

  it("are those of the file when somebody has raised them there", async () => {
    await init("ada", "5.100.0");
    writeFileSync(path.join(folder, "prod.lock.hcl"), "6.0.0");
    assert.equal(await init("ada", "7.0.0"), "6.0.0");
  });
});
