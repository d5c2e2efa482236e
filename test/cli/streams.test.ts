/** What a command does when nobody reads what it tells. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { describe, it } from "node:test";

const CLI = join(import.meta.dirname, "../../cli");

/** A command that waits for a line, tells a hundred on standard error, and then prints its result. */
const PROGRAM = `
import { command, run } from ${JSON.stringify(join(CLI, "command.ts"))};
import { printResult, say } from ${JSON.stringify(join(CLI, "output.ts"))};
const { once } = await import("node:events");
await run(
  command("a command").action(async () => {
    await once(process.stdin, "data");
    for (let line = 0; line < 100; line++) {
      say("x".repeat(1000));
      await new Promise(setImmediate);
    }
    printResult("done", false, (text) => text);
    process.stdin.destroy();
  }),
  [],
);`;

const start = () =>
  spawn(process.execPath, ["--input-type=module", "--eval", PROGRAM], { stdio: ["pipe", "pipe", "pipe"] });

describe("a command whose reader has gone", () => {
  it("goes on to its result when that was of standard error", async () => {
    const child = start();
    child.stderr.destroy();
    let stdout = "";
    child.stdout.on("data", (chunk) => (stdout += chunk));
    child.stdin.end("go\n");
    const [code] = await once(child, "close");
    assert.deepEqual([code, stdout], [0, "done\n"]);
  });

  it("ends without a word when that was of standard output", async () => {
    const child = start();
    child.stdout.destroy();
    let stderr = "";
    child.stderr.on("data", (chunk) => (stderr += chunk));
    child.stdin.end("go\n");
    const [code] = await once(child, "close");
    assert.deepEqual([code, stderr.replaceAll(/x{1000}\n/g, "")], [0, ""]);
  });
});
