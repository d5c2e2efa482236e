import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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

  const installMoto = (version: string, directory = folder) => {
    mkdirSync(directory, { recursive: true });
    const python = path.join(directory, "python3");
    writeFileSync(python, `#!/bin/sh\necho ${version}\n`, { mode: 0o755 });
    writeFileSync(path.join(directory, "moto_server"), `#!${python}\n`, { mode: 0o755 });
  };
  const [, pinned = ""] = /^moto.*==(.*)$/m.exec(
    readFileSync(path.resolve(import.meta.dirname, "../../.ci/requirements.txt"), "utf8"),
  )!;

  it("pass over a file that cannot be run", () => {
    writeFileSync(path.join(folder, "moto_server"), "", { mode: 0o644 });
    assert.throws(() => findMoto(folder, ""), {
      constructor: MissingTool,
      message: /^moto \S+ is not installed: run .*pip/,
    });
  });

  it("find the pinned moto", () => {
    installMoto(pinned);
    assert.deepEqual(findMoto(folder, ""), {
      moto: path.join(folder, "moto_server"),
      motoName: `moto ${pinned}`,
    });
  });

  it("prefer this checkout's own", () => {
    const venv = path.join(folder, ".venv/bin");
    installMoto("4.0.0");
    installMoto(pinned, venv);
    assert.equal(findMoto(folder, venv).moto, path.join(venv, "moto_server"));
  });

  for (const version of ["5.2.1", "6.0.0", `${pinned}.post1`, `${pinned}0`]) {
    it(`refuse moto ${version} in one sentence`, () => {
      installMoto(version);
      assert.throws(() => findMoto(folder, ""), {
        constructor: MissingTool,
        message: `${path.join(folder, "moto_server")} is moto ${version}, and moto ${pinned} is needed: run python3 -m venv .venv && .venv/bin/pip install -r .ci/requirements.txt.`,
      });
    });
  }

  it("ask the python3 beside it when moto_server is no Python script", () => {
    installMoto(pinned);
    install("moto_server", "");
    assert.equal(findMoto(folder, "").motoName, `moto ${pinned}`);
    rmSync(path.join(folder, "python3"));
    assert.throws(() => findMoto(folder, ""), /is a moto of unknown version, and moto/);
  });
});
