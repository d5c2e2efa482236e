import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs, {
  chmodSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, describe, it } from "node:test";
import { readEnvironmentSettings, writeSetting } from "../../../ops/environment/settings-file.ts";

const KNOWN = ["ENVIRONMENT_SUFFIX", "CONTAINER_IMAGE", "MIN_TASKS", "MAX_TASKS", "SCHEDULED_MINIMUMS"];
const folder = mkdtempSync(path.join(tmpdir(), "settings-"));
after(() => rmSync(folder, { recursive: true }));

function file(text: string): string {
  const name = path.join(folder, "production.env");
  writeFileSync(name, text);
  return name;
}
const read = (text: string, environment: NodeJS.ProcessEnv = {}, suffix?: string) =>
  readEnvironmentSettings({ file: file(text), known: KNOWN, environment, suffix });

describe("a settings file", () => {
  it("is the only source: a line that is gone is gone, whatever the shell still has", () => {
    const shell = {
      PATH: "/bin",
      AWS_PROFILE: "shop",
      TF_LOG: "info",
      MIN_TASKS: "6",
      SCHEDULED_MINIMUMS: "x",
    };
    const { values, ignored, environment } = read("ENVIRONMENT_SUFFIX=prod\nMIN_TASKS=3\n", shell);
    assert.deepEqual(values, { ENVIRONMENT_SUFFIX: "prod", MIN_TASKS: "3" });
    assert.deepEqual(ignored, ["MIN_TASKS", "SCHEDULED_MINIMUMS"]);
    assert.deepEqual(environment, { PATH: "/bin", AWS_PROFILE: "shop", TF_LOG: "info", ...values });
  });

  it("reads what a shell would read of it", () => {
    const text = `# production\n\nexport ENVIRONMENT_SUFFIX=prod # live\nSCHEDULED_MINIMUMS='cron(0 5 27 11 ? 2027)=6; cron(0 1 1 12 ? 2027)=2'\nCONTAINER_IMAGE="a/b:1"\nMIN_TASKS=\n`;
    assert.deepEqual(read(text).values, {
      ENVIRONMENT_SUFFIX: "prod",
      SCHEDULED_MINIMUMS: "cron(0 5 27 11 ? 2027)=6; cron(0 1 1 12 ? 2027)=2",
      CONTAINER_IMAGE: "a/b:1",
    });
  });

  it("yields its suffix to a pipeline's", () => {
    const { suffix, values } = read("ENVIRONMENT_SUFFIX=prod\n", { ENVIRONMENT_SUFFIX: "shell" }, "pr-42");
    assert.deepEqual([suffix, values.ENVIRONMENT_SUFFIX], ["pr-42", "pr-42"]);
  });

  for (const [what, text, says] of [
    ["an unknown name", "MIN_TASK=3\n", /line 1: there is no setting 'MIN_TASK'\. Did you mean MIN_TASKS\?/],
    [
      "another name",
      "\nCOLOUR=red\n",
      /line 2: there is no setting 'COLOUR'\. docs\/SETTINGS\.md has them all/,
    ],
    ["no assignment", "MIN_TASKS: 3\n", /line 1: 'MIN_TASKS: 3' is no setting: write NAME=value/],
    ["a name twice", "MIN_TASKS=3\nMIN_TASKS=4\n", /line 2: 'MIN_TASKS' is set in line 1 already/],
    ["a name twice, in two spellings", "MIN_TASKS=3\n export  MIN_TASKS = '3'\n", /line 2: .* already/],
    ["a suffix without a value", "ENVIRONMENT_SUFFIX=\n", /: ENVIRONMENT_SUFFIX is set and empty: name the/],
    ["a suffix of nothing but quotes", "ENVIRONMENT_SUFFIX=''\n", /: ENVIRONMENT_SUFFIX is set and empty/],
    [
      "a suffix of which a comment is left",
      "ENVIRONMENT_SUFFIX= # prod\n",
      /: ENVIRONMENT_SUFFIX is set and empty/,
    ],
    ["what a terminal would obey", "\u001b[2J\n", /line 1: '[^\p{C}]+' is no setting: write NAME=value\.$/u],
    ...[`'a`, `"a`, `a'`, `'a' b`, `'a'b`, `"a""b"`, `'a"`, "`a`", "a#b", `'a'#b'`, `'a' 'b'`].map(
      (value): [string, string, RegExp] => [
        `the value ${value}`,
        `\nCONTAINER_IMAGE=${value}\nMIN_TASKS=3\n`,
        /line 2: where the value of 'CONTAINER_IMAGE' ends is not clear: write it in quotes, as CONTAINER_IMAGE='value'\.$/,
      ],
    ),
  ] as [string, string, RegExp][]) {
    it(`says in one line where it has ${what}`, () => assert.throws(() => read(text), says));
  }

  const LINES = ["# live", "ENVIRONMENT_SUFFIX=prod", "", "CONTAINER_IMAGE='a/b:1' # first", "MIN_TASKS=3"];
  const VALUES = { ENVIRONMENT_SUFFIX: "prod", CONTAINER_IMAGE: "a/b:1", MIN_TASKS: "3" };
  for (const [whose, text] of [
    ["Unix", LINES.join("\n")],
    ["Windows", `${LINES.join("\r\n")}\r\n`],
    ["an old Mac", LINES.join("\r")],
    ["an editor that marks UTF-8", `\ufeff${LINES.slice(1).join("\r\n")}`],
    ["somebody who indents", LINES.map((line) => ` \t${line}  `).join("\n")],
    ["a shell", LINES.map((line) => line.replace(/^(?=\w)/, "export ")).join("\n")],
  ] as const)
    it(`is read as ${whose} writes it`, () => assert.deepEqual(read(text).values, VALUES));

  for (const [what, bytes] of [
    ["UTF-16", Buffer.from(`\ufeff${LINES.join("\n")}`, "utf16le")],
    ["UTF-16 without a mark", Buffer.from(LINES.join("\n"), "utf16le")],
    ["Latin-1", Buffer.from("# für alle\nMIN_TASKS=3\n", "latin1")],
  ] as const)
    it(`is refused in ${what}`, () => {
      const name = path.join(folder, "encoded.env");
      writeFileSync(name, bytes);
      assert.throws(
        () => readEnvironmentSettings({ file: name, known: KNOWN, environment: {} }),
        /encoded\.env' is not in UTF-8: save it so\.$/,
      );
    });

  it("is not taken for the default's environment by a variable that CI forgot to fill", () => {
    const empty = { ENVIRONMENT_SUFFIX: "" };
    assert.throws(
      () => readEnvironmentSettings({ known: KNOWN, environment: empty }),
      /ENVIRONMENT_SUFFIX is set and empty/,
    );
    assert.throws(() => read("ENVIRONMENT_SUFFIX=prod\n", {}, ""), /--suffix is set and empty/);
    assert.equal(
      readEnvironmentSettings({ known: KNOWN, environment: empty, suffix: "pr-1" }).suffix,
      "pr-1",
    );
    assert.equal(read("ENVIRONMENT_SUFFIX=prod\n", empty).suffix, "prod");
  });

  it("names its environment, unless a pipeline does: a line that is lost makes it no other one's", () => {
    for (const environment of [{}, { ENVIRONMENT_SUFFIX: "shell" }]) {
      assert.throws(
        () => read("MIN_TASKS=3\n", environment),
        /production\.env does not say which environment it is of: write ENVIRONMENT_SUFFIX into it/,
      );
      assert.equal(read("MIN_TASKS=3\n", environment, "pr-1").suffix, "pr-1");
    }
  });

  it("says that it is not there", () => {
    assert.throws(
      () => readEnvironmentSettings({ file: "/nowhere.env", known: KNOWN, environment: {} }),
      /There is no settings file '\/nowhere\.env'/,
    );
  });

  it("gets a setting changed in its line, and nothing else", () => {
    const name = file("# live\nexport CONTAINER_IMAGE=a:2\nMIN_TASKS=3\n");
    writeSetting(name, "CONTAINER_IMAGE", "a:1");
    writeSetting(name, "MAX_TASKS", "8");
    assert.equal(
      readFileSync(name, "utf8"),
      "# live\nexport CONTAINER_IMAGE=a:1\nMIN_TASKS=3\nMAX_TASKS=8\n",
    );
  });

  it("stays as it was where there is no room for the changed one, or may be none", () => {
    const text = `${"# a long comment\n".repeat(100)}MIN_TASKS=3\n`;
    const name = file(text);
    const link = `${name}.link`;
    symlinkSync(name, link);
    const program = `import(${JSON.stringify(import.meta.resolve("../../../ops/environment/settings-file.ts"))}).then(({ writeSetting }) => writeSetting(${JSON.stringify(link)}, "MIN_TASKS", "4"))`;
    // A block of 512 bytes is all that a file may have.
    const { status, stderr } = spawnSync(
      "sh",
      ["-c", 'ulimit -f 1; exec "$0" -e "$1"', process.execPath, program],
      {
        encoding: "utf8",
        env: { ...process.env, NODE_DISABLE_COMPILE_CACHE: "1" },
      },
    );
    assert.notEqual(status, 0);
    assert.match(stderr, /EFBIG|^$/);
    assert.equal(readFileSync(name, "utf8"), text);
    writeSetting(link, "MIN_TASKS", "4");
    assert.deepEqual(
      [lstatSync(link).isSymbolicLink(), readFileSync(name, "utf8")],
      [true, text.replace("3\n", "4\n")],
    );
  });

  it("keeps its mode, owner and group, and what lies beside it, and is readable by nobody else meanwhile", (t) => {
    const name = file("MIN_TASKS=3\n");
    chmodSync(name, 0o640);
    writeFileSync(`${name}.next`, "mine");
    const seen: number[][] = [];
    t.mock.method(fs, "chownSync", (next: string, ...owner: number[]) => {
      seen.push([statSync(next).mode & 0o777, ...owner]);
    });
    syncBuiltinESMExports();
    try {
      writeSetting(name, "MIN_TASKS", "4");
    } finally {
      t.mock.reset();
      syncBuiltinESMExports();
    }
    const { mode, uid, gid } = statSync(name);
    assert.deepEqual([mode & 0o777, seen], [0o640, [[0o600, uid, gid]]]);
    assert.equal(readFileSync(`${name}.next`, "utf8"), "mine");
  });

  it("is written in place where nothing can take its place: a mount, a folder or an owner that is not ours", (t) => {
    const name = file("MIN_TASKS=3\nMAX_TASKS=10\n");
    const { ino } = statSync(name);
    for (const [call, code] of [
      ["renameSync", "EBUSY"],
      ["renameSync", "EXDEV"],
      ["chownSync", "EPERM"],
      ["chmodSync", "EPERM"],
      ["writeFileSync", "EACCES"],
      ["writeFileSync", "EROFS"],
    ] as const) {
      const { [call]: original } = fs;
      t.mock.method(fs, call, (of: string, ...args: never[]) => {
        if (of === name) return (original as (...all: unknown[]) => void)(of, ...args);
        throw Object.assign(new Error(`${code}: ${call}`), { code });
      });
      syncBuiltinESMExports();
      try {
        writeSetting(name, "MAX_TASKS", "9");
        assert.equal(readFileSync(name, "utf8"), "MIN_TASKS=3\nMAX_TASKS=9\n", `${call} ${code}`);
        writeSetting(name, "MAX_TASKS", "10");
        assert.equal(readFileSync(name, "utf8"), "MIN_TASKS=3\nMAX_TASKS=10\n", `${call} ${code}`);
      } finally {
        t.mock.reset();
        syncBuiltinESMExports();
      }
    }
    assert.equal(statSync(name).ino, ino);
    assert.deepEqual(
      readdirSync(folder).filter((each) => /[0-9a-f]{8}-/.test(each)),
      [],
    );
  });

  for (const [whose, end] of [
    ["Unix", "\n"],
    ["Windows", "\r\n"],
    ["an old Mac", "\r"],
  ] as const)
    it(`keeps the ends of its lines when one of them changes, as ${whose} has them`, () => {
      const name = file(`MAX_TASKS=9${end}CONTAINER_IMAGE=a:2${end}`);
      writeSetting(name, "CONTAINER_IMAGE", "a:1");
      writeSetting(name, "MIN_TASKS", "3");
      assert.equal(readFileSync(name, "utf8"), `MAX_TASKS=9${end}CONTAINER_IMAGE=a:1${end}MIN_TASKS=3${end}`);
    });

  it("keeps them where they differ, and where the last line has none", () => {
    const name = file("MAX_TASKS=9\r\nCONTAINER_IMAGE=a:2\nMIN_TASKS=3");
    writeSetting(name, "CONTAINER_IMAGE", "a:1");
    writeSetting(name, "SCHEDULED_MINIMUMS", "x");
    assert.equal(
      readFileSync(name, "utf8"),
      "MAX_TASKS=9\r\nCONTAINER_IMAGE=a:1\nMIN_TASKS=3\r\nSCHEDULED_MINIMUMS=x",
    );
  });

  it("is not needed: the shell's settings count without one", () => {
    const shell = { PATH: "/bin", MIN_TASKS: "4" };
    const { values, ignored } = readEnvironmentSettings({ known: KNOWN, environment: shell });
    assert.deepEqual([values, ignored], [{ MIN_TASKS: "4" }, []]);
  });
});
