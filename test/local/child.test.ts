/** That nothing outlives whoever started it, whichever way that ends. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { isAlive } from "../support/processes.ts";
import { until } from "../support/until.ts";

const CHILD = import.meta.resolve("../../local/child.ts");
const COMMAND = import.meta.resolve("../../cli/command.ts");

async function ended(...pids: number[]): Promise<void> {
  await until(() => !pids.some(isAlive));
}

async function firstLine(child: ChildProcess): Promise<string> {
  const [line] = await once(createInterface({ input: child.stdout! }), "line");
  return line;
}

/** A program that starts `script` guarded, and says both process ids. */
function starter(script: string, guard: object): ChildProcess {
  const program = `
    const { spawnGuarded } = await import(${JSON.stringify(CHILD)});
    const child = spawnGuarded("/bin/sh", ["-c", ${JSON.stringify(script)}], {
      stdio: ["ignore", "pipe", "ignore"], guard: ${JSON.stringify(guard)},
    });
    child.stdout.once("data", (text) => console.log(JSON.stringify([child.pid, Number(text)])));
    setInterval(() => {}, 1000);`;
  return spawn(process.execPath, ["--input-type=module", "-e", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
}

describe("a guarded child", { timeout: 60_000 }, () => {
  const FAMILY = "sleep 600 & echo $!; wait";
  const STUBBORN = "trap '' INT TERM; sleep 600 & echo $!; while :; do wait; done";

  for (const [what, script] of [
    ["that obeys", FAMILY],
    ["that ignores signals", STUBBORN],
  ] as const) {
    for (const signal of ["INT", "TERM", "KILL"] as const) {
      for (const how of ["SIGKILL", "SIGTERM", "SIGHUP", "SIGINT"] as const) {
        it(`${what} and is to end by ${signal} is gone, with what it started, after ${how}`, async () => {
          const parent = starter(script, { signal, timeoutSeconds: 1 });
          const pids = JSON.parse(await firstLine(parent));
          assert.ok(pids.every(isAlive));
          parent.kill(how);
          await ended(...pids);
        });
      }
    }
  }

  it("takes its folder along, and only after it has ended", async () => {
    const folder = mkdtempSync(join(tmpdir(), "guard test-"));
    const file = join(folder, "last words");
    const script = `trap 'sleep 0.3; echo bye > "${file}"; exit' INT; echo $$; while :; do sleep 0.1; done`;
    const parent = starter(script, { signal: "INT", removing: folder });
    const pids = JSON.parse(await firstLine(parent));
    parent.kill("SIGKILL");
    await ended(...pids);
    while (existsSync(folder)) await sleep(20);
  });
});

describe("a command", { timeout: 60_000 }, () => {
  const program = `
    const { command, run } = await import(${JSON.stringify(COMMAND)});
    const { interruption } = await import(${JSON.stringify(import.meta.resolve("../../cli/interruption.ts"))});
    const test = command("test").argument("[how]").action(async (how) => {
      setInterval(() => {}, 1000);
      const told = how === "deaf" ? undefined : interruption();
      if (how === "deaf") process.on("SIGTERM", () => {});
      console.log(process.pid);
      await new Promise((_, reject) => told?.addEventListener("abort", () => reject(new Error("in vain"))));
    });
    await run(test);`;
  const folder = mkdtempSync(join(tmpdir(), "command-test-"));
  const file = join(folder, "command.mjs");
  writeFileSync(file, program);
  writeFileSync(
    join(folder, "package.json"),
    JSON.stringify({
      scripts: { one: `node ${file}`, two: `node ${file}; true`, deaf: `node ${file} deaf` },
    }),
  );
  const node = { ...process.env, PATH: `${join(process.execPath, "..")}:${process.env.PATH}` };

  for (const script of ["one", "two", "deaf"]) {
    for (const signal of ["SIGTERM", "SIGHUP", "SIGKILL"] as const) {
      it(`ends when npm, which runs it as script "${script}", gets ${signal}`, async () => {
        const npm = spawn("npm", ["run", "--silent", script], {
          cwd: folder,
          env: node,
          stdio: ["ignore", "pipe", "ignore"],
        });
        const pid = Number(await firstLine(npm));
        npm.kill(signal);
        await ended(pid);
      });
    }
  }

  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const) {
    it(`exits with ${code} and one line after ${signal}`, async () => {
      const child = spawn(process.execPath, [file], { stdio: ["ignore", "pipe", "pipe"] });
      let complaint = "";
      child.stderr.on("data", (chunk) => {
        complaint += chunk;
      });
      await firstLine(child);
      child.kill(signal);
      const [exitCode] = await once(child, "close");
      assert.deepEqual([exitCode, complaint], [code, `Interrupted (${signal}).\n`]);
    });
  }
});
