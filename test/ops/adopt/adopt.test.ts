/** The command's ways out; what it finds is tested in find-adoptable.test.ts, and that it works, by the rehearsal. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import path from "node:path";
import { describe, it } from "node:test";
import { promisify } from "node:util";

const COMMAND = path.resolve(import.meta.dirname, "../../../bin/catalog.js");

const run = (...args: string[]) => promisify(execFile)(process.execPath, [COMMAND, "adopt", ...args]);

describe("adopt", () => {
  it("says in one line what to do with a folder that is not initialised", async () => {
    await assert.rejects(
      run("--directory", "/nowhere"),
      (error: Error & { code?: number; stderr?: string }) => {
        assert.equal(error.code, 1);
        assert.match(
          error.stderr ?? "",
          /^'\/nowhere' is not an initialised Terraform folder: run terraform init/,
        );
        assert.equal(error.stderr?.trim().split("\n").length, 1);
        return true;
      },
    );
  });
});
