import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, describe, it } from "node:test";
import { pathToFileURL } from "node:url";

const LAYER = resolve(import.meta.dirname, "../../../lib/aws");

describe("the README of lib/aws", () => {
  const folder = mkdtempSync(join(tmpdir(), "lib-aws-"));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("has an example that synthesises as it stands", () => {
    const [, example] = /```ts\n([\s\S]*?)```/.exec(readFileSync(join(LAYER, "README.md"), "utf8"))!;
    const program = join(folder, "example.ts");
    // Out of the layer's folder, so that a failed run leaves nothing there: imports are made absolute.
    const absolute = (specifier: string) =>
      specifier.startsWith("./")
        ? pathToFileURL(join(LAYER, specifier)).href
        : import.meta.resolve(specifier);
    writeFileSync(
      program,
      example!.replaceAll(/from "([^"]+)"/g, (_, specifier) => `from ${JSON.stringify(absolute(specifier))}`),
    );
    const { status, stderr } = spawnSync(process.execPath, [program], {
      env: { ...process.env, OUTDIR: folder },
      encoding: "utf8",
    });
    assert.equal(status, 0, stderr);
    const { resource, output } = JSON.parse(readFileSync(join(folder, "stacks/Shop/cdk.tf.json"), "utf8"));
    assert.equal(Object.keys(resource.aws_rds_cluster_instance).length, 2);
    assert.ok(output["database-endpoint"]);
  });
});
