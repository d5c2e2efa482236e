/** Folders that somebody names and that cannot be used: one sentence, soon, and nothing written. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { sandboxMissing } from "../../api/test/support/sandbox.ts";
import { makeFolder } from "../../cli/folder.ts";
import { systemErrorInWords } from "../../cli/system-error.ts";

const BIN = join(import.meta.dirname, "../../bin");
const isRoot = process.getuid?.() === 0;

describe("a folder that cannot be used", () => {
  let root: string;
  before(() => {
    root = mkdtempSync(join(tmpdir(), "folders-"));
    writeFileSync(join(root, "file"), "");
    symlinkSync(join(root, "nowhere"), join(root, "dangling"));
    symlinkSync(join(root, "loop"), join(root, "loop"));
    symlinkSync(join(root, "file"), join(root, "to-a-file"));
    mkdirSync(join(root, "closed"), { mode: 0o500 });
    mkdirSync(join(root, "there"));
  });
  after(() => rmSync(root, { recursive: true }));

  const REFUSED: readonly [folder: string, why: RegExp][] = [
    ["file", /a part of it is a file, and no folder/],
    ["file/below", /a part of it is a file, and no folder/],
    ["to-a-file", /a part of it is a file, and no folder/],
    ["dangling", /there is no such file or folder/],
    ["dangling/below", /there is no such file or folder/],
    ["loop", /its links lead round in a circle/],
    ["loop/below", /its links lead round in a circle/],
    ["x".repeat(300), /its name is too long/],
    ...(process.platform === "linux"
      ? ([
          ["/proc/folder", /no folder can be made there/],
          ["/proc/folder/below/another", /no folder can be made there/],
          ["/dev/null", /a part of it is a file, and no folder/],
        ] satisfies [string, RegExp][])
      : []),
    ...(isRoot
      ? []
      : ([
          ["closed", /you may not use it/],
          ["closed/below", /you may not use it/],
        ] satisfies [string, RegExp][])),
  ];
  for (const [name, why] of REFUSED)
    it(`is said in one sentence: ${name.slice(0, 40)}`, () => {
      const folder = name.startsWith("/") ? name : join(root, name);
      assert.throws(
        () => makeFolder(folder),
        (error) => {
          const sentence = systemErrorInWords(error) ?? String(error);
          assert.match(sentence, why);
          assert.match(sentence, /^'[^\n]+' cannot be used: [^\n]+\.$/);
          return true;
        },
      );
    });

  it("is another than one that is there, or can be made", () => {
    for (const name of ["there", "new", "new/below/another", "there/../beside"]) {
      makeFolder(join(root, name));
      makeFolder(join(root, name));
      assert.deepEqual(
        readdirSync(join(root, name)).filter((each) => each === "file"),
        [],
      );
    }
    if (!isRoot) chmodSync(join(root, "closed"), 0o700);
  });

  const COMMANDS = {
    synth: (folder: string) => [join(BIN, "catalog.js"), "synth", folder],
    start: (folder: string) => [join(BIN, "catalog.js"), "start", "--port", "0", "--state", folder],
    drill: (folder: string) => [join(BIN, "catalog.js"), "drill", "bypass", "--state", folder],
  };
  /** @param sandbox a command that runs another where the folder cannot be used */
  function refusal(command: keyof typeof COMMANDS, folder: string, sandbox: readonly string[] = []): string {
    const [program, ...args] = [...sandbox, process.execPath, ...COMMANDS[command](folder)];
    const { status, stderr } = spawnSync(program!, command === "synth" ? args.slice(0, -1) : args, {
      encoding: "utf8",
      env: { ...process.env, ...(command === "synth" && { CDKTF_OUTDIR: folder }) },
      timeout: 60_000,
    });
    assert.equal(status, 1, stderr);
    assert.equal(stderr.trimEnd().split("\n").length, 1, stderr);
    return stderr;
  }

  for (const command of Object.keys(COMMANDS) as (keyof typeof COMMANDS)[]) {
    it(`is named by ${command}`, () => {
      assert.match(
        refusal(command, join(root, "file/below")),
        /^'[^\n]+' cannot be used: a part of it is a file/,
      );
    });

    it(`is named by ${command}, on a read-only file system`, { skip: sandboxMissing() }, () => {
      const folder = join(root, "there");
      const sandbox = ["bwrap", "--dev-bind", "/", "/", "--ro-bind", folder, folder];
      assert.match(refusal(command, folder, sandbox), /^'[^\n]+' cannot be used: [^\n]*read-only/);
      assert.match(
        refusal(command, join(folder, "below"), sandbox),
        /^'[^\n]+' cannot be used: [^\n]*read-only/,
      );
    });

    it(`is said by ${command} to be on a full disk`, { skip: sandboxMissing() }, () => {
      const folder = join(root, "there");
      const sandbox = ["bwrap", "--dev-bind", "/", "/", "--size", "65536", "--tmpfs", folder];
      assert.match(refusal(command, folder, sandbox), /the disk is full/i);
      assert.equal(existsSync(join(folder, "stacks")), false);
    });
  }
});
