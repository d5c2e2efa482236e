/** A command whose terminal is closed is told so, and loses its shell: it ends in order all the same. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { describe, it } from "node:test";

const CLI = join(import.meta.dirname, "../../cli");

/** A command that is told to end, waits until its parent is gone and that could have been seen, and ends in order. */
const PROGRAM = `
import { command, run } from ${JSON.stringify(join(CLI, "command.ts"))};
import { endInOwnTime, interruption } from ${JSON.stringify(join(CLI, "interruption.ts"))};
const { setTimeout: delay } = await import("node:timers/promises");
await run(
  command("a command").action(async () => {
    const parent = process.ppid;
    const signal = interruption();
    process.stdout.write(\`\${process.pid}\\n\`);
    while (!signal.aborted) await delay(20);
    endInOwnTime();
    process.stdout.write("told\\n");
    while (process.ppid === parent) await delay(20);
    await delay(WAIT);
    process.stdout.write("ended in order\\n");
    signal.throwIfAborted();
  }),
  [],
);`;

/** Starts the command, does what the closing of a terminal does, and tells what it wrote. @param waitMs once the shell is gone */
async function closeTerminal(waitMs: number): Promise<string> {
  const program = PROGRAM.replace("WAIT", String(waitMs));
  // A shell that does not become its only command.
  const shell = spawn(
    "/bin/sh",
    ["-c", '"$0" --input-type=module --eval "$1"; :', process.execPath, program],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  let written = "";
  shell.stdout.on("data", (chunk) => (written += chunk));
  const ended = once(shell.stdout, "close");
  while (!written.includes("\n")) await once(shell.stdout, "data");
  const pid = Number.parseInt(written, 10);
  process.kill(pid, "SIGHUP");
  while (!written.includes("told\n")) await once(shell.stdout, "data");
  // The shell has told its jobs; once it is gone the system tells them again.
  shell.kill("SIGKILL");
  process.kill(pid, "SIGHUP");
  await ended;
  return written.split("\n").slice(2).join("\n");
}

describe("a command whose terminal is closed", () => {
  it("is told once, and takes the time that it needs where it says so", async () =>
    assert.equal(await closeTerminal(6_500), "ended in order\n"));
});
