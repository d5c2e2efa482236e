/** Of two commands in one environment's folder the second is refused, whatever became of those before. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, beforeEach, describe, it } from "node:test";
import { claim } from "../../../ops/environment/claim.ts";

const CLAIM = path.join(import.meta.dirname, "../../../ops/environment/claim.ts");
const folder = mkdtempSync(path.join(tmpdir(), "claim-"));
const file = path.join(folder, "command.pid");
after(() => rmSync(folder, { recursive: true }));

/** A command that takes the folder, and then does this. */
const program = (then: string) => [
  "--input-type=module",
  "--eval",
  `import { claim } from ${JSON.stringify(CLAIM)}; claim(${JSON.stringify(folder)}); ${then}`,
];
const STAYS = `process.stdout.write("it has it"); setInterval(() => {}, 1e6);`;

/** @returns a process that has taken the folder */
async function holder() {
  const child = spawn(process.execPath, program(STAYS), { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "exit");
  await once(child.stdout, "data");
  return { child, ended };
}

describe("an environment's folder", () => {
  beforeEach(() => rmSync(file, { force: true }));

  it("is one command's at a time, which the others are told", async () => {
    const { child, ended } = await holder();
    try {
      assert.throws(() => claim(folder), {
        name: "UserError",
        message: new RegExp(
          `^Another command works on '${path.basename(folder)}' here, in process ${child.pid}: wait`,
        ),
      });
      assert.equal(readFileSync(file, "utf8"), String(child.pid));
    } finally {
      child.kill("SIGKILL");
      await ended;
    }
  });

  it("is free once the command has ended, by itself or killed", async () => {
    for (const then of ["", "process.exit(3)", "throw new Error('a defect')"]) {
      spawnSync(process.execPath, program(then));
      assert.equal(existsSync(file), false, then);
    }
    const { child, ended } = await holder();
    child.kill("SIGKILL");
    await ended;
    assert.ok(existsSync(file));
    assert.equal(spawnSync(process.execPath, program("")).status, 0);
  });

  it("is free where the file says nothing of a process", () => {
    for (const text of ["", "no number", "0", "-1", "1.5"]) {
      writeFileSync(file, text);
      assert.equal(spawnSync(process.execPath, program("")).status, 0, text);
    }
  });

  it("is free where a killed one had this id: each container counts anew", () => {
    writeFileSync(file, String(process.pid));
    assert.equal(spawnSync(process.execPath, program("")).status, 1);
    rmSync(file);
    const own = `import { writeFileSync } from "node:fs"; writeFileSync(${JSON.stringify(file)}, String(process.pid));`;
    const [, , code] = program("");
    assert.equal(spawnSync(process.execPath, ["--input-type=module", "--eval", own + code]).status, 0);
  });

  it("may be taken again by the command that has it", () => {
    claim(folder);
    claim(folder);
    assert.equal(readFileSync(file, "utf8"), String(process.pid));
  });
});
