/** The command from outside; what it rehearses takes minutes, and is run by .ci/run. */
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { promisify } from "node:util";
import { findTools } from "../../ops/tools.ts";

const COMMAND = path.resolve(import.meta.dirname, "../../bin/catalog.js");

async function run(environment: Record<string, string>, ...args: string[]) {
  try {
    return {
      code: 0,
      ...(await promisify(execFile)(process.execPath, [COMMAND, "rehearse", ...args], { env: environment })),
    };
  } catch (error) {
    return error as { code: number; stdout: string; stderr: string };
  }
}

const missing = (() => {
  try {
    findTools();
    return false;
  } catch (error) {
    if (process.env.CI === "true") throw error;
    return (error as Error).message;
  }
})();

describe("rehearse", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "rehearse-"));
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("skips, and says what to install, where Terraform is missing", async () => {
    const { code, stderr } = await run({ PATH: folder });
    assert.equal(code, 0);
    assert.match(stderr, /rehearsal skipped: Terraform or OpenTofu 1\.11 or later is not on the PATH/);
  });

  it("fails there when it must not skip", async () => {
    const { code, stderr } = await run({ PATH: folder, CI: "true" });
    assert.equal(code, 1);
    assert.match(stderr, /^Terraform or OpenTofu/);
  });

  it("leaves nothing behind when it is interrupted", { skip: missing, timeout: 120_000 }, async () => {
    const child = spawn(process.execPath, [COMMAND, "rehearse"], {
      env: { ...process.env, TMPDIR: folder, NODE_DISABLE_COMPILE_CACHE: "1" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        // moto runs, and Terraform is about to.
        if (/bootstrap:/.test(`${output}${chunk}`) && !/bootstrap:/.test(output)) child.kill("SIGINT");
        output += chunk;
      });
    }
    const [code] = await once(child, "close");
    assert.equal(code, 130, output);
    assert.match(output, /Interrupted \(SIGINT\)/);
    assert.deepEqual(readdirSync(folder), []);
  });
});
