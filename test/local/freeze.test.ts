import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { after, beforeEach, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { freeze } from "../../local/freeze.ts";

const FREEZE = import.meta.resolve("../../local/freeze.ts");

const stands = (pid: number) => /^State:\s+T/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));

async function firstLine(child: ChildProcess): Promise<string> {
  const [line] = await once(createInterface({ input: child.stdout! }), "line");
  return line;
}

describe("frozen processes", { skip: process.platform !== "linux", timeout: 60_000 }, () => {
  const families: ChildProcess[] = [];
  let family: number[];

  beforeEach(async () => {
    const parent = spawn("/bin/sh", ["-c", "sleep 600 & echo $!; wait"], {
      stdio: ["ignore", "pipe", "ignore"],
      detached: true,
    });
    families.push(parent);
    family = [parent.pid!, Number(await firstLine(parent))];
  });
  after(() => {
    for (const { pid } of families) process.kill(-pid!, "SIGKILL");
  });

  it("stand still with their children, and go on with them", async () => {
    const thaw = await freeze([family[0]!]);
    while (!family.every(stands)) await sleep(10);
    await thaw();
    while (family.some(stands)) await sleep(10);
    await thaw();
  });

  it("are not missed when they have ended already", async () => {
    const gone = spawn("/bin/true");
    await once(gone, "exit");
    const thaw = await freeze([gone.pid!, family[0]!]);
    while (!family.every(stands)) await sleep(10);
    await thaw();
  });

  for (const how of ["SIGKILL", "SIGTERM", "SIGINT"] as const) {
    it(`go on when whoever has frozen them ends by ${how}`, async () => {
      const program = `
        const { freeze } = await import(${JSON.stringify(FREEZE)});
        await freeze([${family[0]}]);
        console.log("frozen");`;
      const other = spawn(process.execPath, ["--input-type=module", "-e", program], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      assert.equal(await firstLine(other), "frozen");
      while (!family.every(stands)) await sleep(10);
      other.kill(how);
      while (family.some(stands)) await sleep(10);
    });
  }
});
