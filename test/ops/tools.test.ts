import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { findMoto, findTerraform, MissingTool } from "../../ops/tools.ts";

describe("tools", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "tools-"));
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const install = (name: string, version: string) =>
    writeFileSync(path.join(folder, name), `#!/bin/sh\necho '{"terraform_version":"${version}"}'\n`, {
      mode: 0o755,
    });

  it("take Terraform 1.11 or later from the PATH", () => {
    install("terraform", "1.11.0");
    assert.deepEqual(findTerraform(folder), {
      terraform: path.join(folder, "terraform"),
      terraformName: "Terraform 1.11.0",
    });
  });

  it("take OpenTofu where Terraform is too old", () => {
    install("terraform", "1.5.7");
    install("tofu", "1.11.2");
    assert.equal(findTerraform(folder).terraformName, "OpenTofu 1.11.2");
  });

  it("say which version was found when it is too old", () => {
    install("terraform", "1.10.5");
    assert.throws(() => findTerraform(folder), {
      constructor: MissingTool,
      message: /1\.11 or later.*found Terraform 1\.10\.5/,
    });
  });

  it("take a later major version", () => {
    install("terraform", "2.0.0");
    assert.equal(findTerraform(folder).terraformName, "Terraform 2.0.0");
  });

  it("pass over a file that cannot be run", () => {
    writeFileSync(path.join(folder, "moto_server"), "", { mode: 0o644 });
    assert.throws(() => findMoto(folder), { constructor: MissingTool, message: /pip install/ });
  });

  it("find moto_server", () => {
    install("moto_server", "");
    assert.equal(findMoto(folder), path.join(folder, "moto_server"));
  });
});
