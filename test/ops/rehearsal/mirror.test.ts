import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { cliConfiguration, findProviderMirror } from "../../../ops/rehearsal/mirror.ts";

const PROVIDER = "registry.terraform.io/hashicorp/aws/5.100.0/linux_amd64";

describe("findProviderMirror", () => {
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), "mirror-"));
  });

  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const make = (...parts: string[]) => mkdirSync(path.join(root, ...parts), { recursive: true });
  const search = () =>
    findProviderMirror({ mirrors: [path.join(root, "implied")], prefixes: [path.join(root, "opt")] });

  it("takes Terraform's implied mirror directory before any other", () => {
    make("implied", PROVIDER);
    make("opt", "plugins", PROVIDER);
    assert.equal(search(), path.join(root, "implied"));
  });

  for (const below of [["a"], ["a", "b"], ["a", "b", "c"]]) {
    it(`finds a mirror ${below.length} level(s) below a system prefix`, () => {
      make("opt", ...below, PROVIDER);
      assert.equal(search(), path.join(root, "opt", ...below));
    });
  }

  it("does not look deeper than three levels", () => {
    make("opt", "a", "b", "c", "d", PROVIDER);
    assert.equal(search(), undefined);
  });

  it("finds a mirror that is the system prefix itself", () => {
    make("opt", PROVIDER);
    assert.equal(search(), path.join(root, "opt"));
  });

  it("takes the nearest of several mirrors", () => {
    make("opt", "a", "deep", PROVIDER);
    make("opt", "z", PROVIDER);
    assert.equal(search(), path.join(root, "opt", "z"));
  });

  it("passes over a mirror that lacks the AWS provider", () => {
    make("opt", "a", "registry.terraform.io", "hashicorp", "random", "3.0.0", "linux_amd64");
    assert.equal(search(), undefined);
  });

  it("finds nothing where no prefix exists", () => {
    assert.equal(search(), undefined);
  });
});

describe("cliConfiguration", () => {
  it("names the mirror, quoted for HCL", () => {
    assert.match(cliConfiguration('/opt/a "b"'), /filesystem_mirror \{\s+path = "\/opt\/a \\"b\\""/);
  });

  it("asks the registry when there is no mirror", () => {
    assert.match(cliConfiguration(undefined), /direct \{\}/);
  });
});
