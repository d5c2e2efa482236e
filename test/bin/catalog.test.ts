import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, describe, it } from "node:test";

const BIN = join(import.meta.dirname, "../../bin");
const VERBS = readdirSync(join(BIN, "verbs")).map((file) => basename(file, ".ts"));

const catalog = (args: readonly string[], launcher = join(BIN, "catalog")) =>
  spawnSync(launcher, args, { encoding: "utf8", cwd: tmpdir() });

describe("catalog", () => {
  it("is a map of exactly the verbs that there are", () => {
    const { status, stdout } = catalog(["--help"]);
    assert.equal(status, 0);
    const listed = [...stdout.matchAll(/^ {2}([a-z]+) {2,}\S/gm)].map(([, verb]) => verb!);
    assert.deepEqual(listed.sort(), [...VERBS].sort());
    assert.equal(catalog([]).stdout, stdout);
  });

  for (const verb of VERBS) {
    it(`says of ${verb} how it is used, its exit codes too`, () => {
      const { status, stdout, stderr } = catalog([verb, "--help"]);
      assert.deepEqual([status, stderr], [0, ""]);
      assert.ok(stdout.startsWith(`Usage: bin/catalog ${verb} `), stdout);
      for (const part of [/^Exit codes:$/m, /^ {2}0 +\S/m, /^ {2}1 +\S/m]) assert.match(stdout, part);
      assert.equal(catalog(["help", verb]).stdout, stdout);
      assert.equal(catalog([verb, "-h"]).stdout, stdout);
    });

    it(`answers an option that ${verb} does not have in one line, and starts nothing`, () => {
      const { status, stdout, stderr } = catalog([verb, "--no-such-option"]);
      assert.deepEqual([status, stdout], [1, ""]);
      assert.equal(stderr, `Unknown option '--no-such-option'. See bin/catalog ${verb} --help.\n`);
    });

    it(`colours nothing of ${verb} that does not go to a terminal`, () => {
      assert.ok(!catalog([verb, "--help"]).stdout.includes("\u001b"));
    });
  }

  it("guesses which verb was meant", () => {
    const { status, stderr } = catalog(["chek"]);
    assert.equal(status, 1);
    assert.equal(stderr, "Unknown command 'chek' (Did you mean check?). See bin/catalog --help.\n");
  });

  it("ends quietly when nobody reads on", () => {
    const { status, stderr } = spawnSync("sh", ["-c", `"${join(BIN, "catalog")}" check --help | true`], {
      encoding: "utf8",
    });
    assert.deepEqual([status, stderr], [0, ""]);
  });
});

describe("the launcher", () => {
  const folder = mkdtempSync(join(tmpdir(), "catalog launcher-"));
  after(() => rmSync(folder, { recursive: true }));

  it("needs nothing on the PATH to synthesise: no Terraform, no Node, no program of any system", () => {
    const { status, stderr } = spawnSync(join(BIN, "catalog"), ["synth"], {
      encoding: "utf8",
      env: { PATH: join(folder, "nothing"), HOME: folder, CDKTF_OUTDIR: join(folder, "out") },
    });
    assert.equal(status, 0, stderr);
    assert.ok(existsSync(join(folder, "out/stacks/TapStack/cdk.tf.json")));
  });

  it("asks for npm ci where nothing is installed, without Node on the PATH", () => {
    cpSync(BIN, join(folder, "bin"), { recursive: true });
    const { status, stderr } = spawnSync(join(folder, "bin/catalog"), ["--help"], {
      encoding: "utf8",
      env: { PATH: "/bin:/usr/bin" },
    });
    assert.equal(status, 1);
    assert.equal(stderr, `Nothing is installed here yet: run npm ci in ${folder} first.\n`);
  });

  it("runs the Node of this checkout, from wherever it is called and through a link", () => {
    const marker = join(folder, "node_modules/.bin");
    mkdirSync(marker, { recursive: true });
    symlinkSync("/bin/echo", join(marker, "node"));
    symlinkSync(join(folder, "bin"), join(folder, "link"));
    mkdirSync(join(folder, "elsewhere"));
    symlinkSync("../link/catalog", join(folder, "elsewhere/relative"));
    symlinkSync(join(folder, "elsewhere/relative"), join(folder, "elsewhere/catalog"));
    for (const launcher of ["bin/catalog", "link/catalog", "elsewhere/relative", "elsewhere/catalog"]) {
      const { stdout } = catalog(["start", "a b"], join(folder, launcher));
      assert.match(stdout, /\/catalog\.js start a b\n$/, launcher);
    }
  });

  // Those of other systems where they are installed: this launcher is all that runs before the pinned Node.
  const shells = ["sh", "bash --posix", "dash", "busybox sh", "yash", "ksh", "zsh"]
    .map((shell) => shell.split(" "))
    .filter(([program]) => !spawnSync(program!, ["-c", ":"]).error);
  for (const [program, ...options] of shells)
    it(`runs by ${program}`, () => {
      const { status, stdout, stderr } = spawnSync(program!, [...options, join(BIN, "catalog"), "--help"], {
        encoding: "utf8",
      });
      assert.deepEqual([status, stderr], [0, ""]);
      assert.match(stdout, /^Usage: bin\/catalog VERB/);
    });

  const versionOf = (node: string) =>
    Number.parseInt(spawnSync(node, ["-p", "process.versions.node"], { encoding: "utf8" }).stdout, 10);
  for (const old of ["/usr/bin/node", "/usr/local/bin/node"].filter((node) => versionOf(node) < 24))
    it(`is named by ${old}, which is too old`, () => {
      const { status, stdout, stderr } = spawnSync(old, [join(BIN, "catalog.js"), "--help"], {
        encoding: "utf8",
      });
      assert.deepEqual([status, stdout], [1, ""]);
      assert.match(
        stderr,
        /^Node \S+ is too old: call bin\/catalog, which takes the Node that npm ci has brought\.\n$/,
      );
    });

  it("is called without a folder by a shell that is in it", () => {
    const { status, stdout } = spawnSync("sh", ["catalog", "--help"], { encoding: "utf8", cwd: BIN });
    assert.equal(status, 0);
    assert.match(stdout, /^Usage: bin\/catalog VERB/);
  });
});
