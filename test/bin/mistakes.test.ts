/** Every verb, called as it cannot be: one sentence, exit code 1, and no stack trace. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { Command } from "@commander-js/extra-typings";
import { MAP } from "../../bin/map.ts";
import { systemErrorInWords } from "../../cli/system-error.ts";
import { isUserError } from "../../cli/user-error.ts";

const BIN = join(import.meta.dirname, "../../bin");
const verbs = new Map<string, Command>();
for (const file of readdirSync(join(BIN, "verbs"))) {
  const { default: verb } = (await import(join(BIN, "verbs", file))) as { default: Command };
  verbs.set(basename(file, ".ts"), verb);
}

/** Commander's own message; the action must not be reached. */
async function refused(verb: Command, args: readonly string[]): Promise<string> {
  const error = await verb.parseAsync([...args], { from: "user" }).then(
    () => assert.fail("it was taken"),
    (thrown: { code?: string; message: string }) => thrown,
  );
  assert.match(error.code ?? "", /^commander\./, error.message);
  return error.message;
}

/** Arguments that a verb demands. */
const demanded = (verb: Command) =>
  verb.registeredArguments.filter(({ required }) => required).map(() => "x");

describe("what is typed wrong", () => {
  for (const [name, verb] of verbs) {
    it(`is named by ${name}: an option without its value`, async () => {
      for (const { long = "", required } of verb.options)
        if (required) assert.match(await refused(verb, [...demanded(verb), long]), /argument missing/, long);
    });

    it(`is named by ${name}: an argument too many, and one too few`, async () => {
      const most = verb.registeredArguments.map(() => "x");
      assert.match(await refused(verb, [...most, "x"]), /too many arguments/);
      if (demanded(verb).length > 0) assert.match(await refused(verb, []), /missing required argument/);
    });
  }
});

describe("what the rehearsal is asked for", () => {
  const parts = [
    ["--all"],
    ["--row", "x"],
    ["--serve"],
    ["--season"],
    ["--cut-short", "5"],
    ["--pictures", "x"],
    ["--guides"],
  ];
  const idle: Readonly<Record<string, readonly string[]>> = {
    "--seed 2": ["--all", "--row", "--serve", "--pictures", "--guides"],
    "--calls x": ["--serve", "--guides"],
    "--json": ["--serve", "--season", "--cut-short", "--pictures", "--guides"],
  };
  for (const [index, one] of parts.entries())
    it(`is one part: ${one[0]} and no other, and no option that it leaves idle`, async () => {
      const others = parts.filter((_, at) => at !== index);
      const options = Object.entries(idle).flatMap(([option, ofParts]) =>
        ofParts.includes(one[0]!) ? [option.split(" ")] : [],
      );
      for (const other of [...others, ...options])
        assert.match(
          await refused(verbs.get("rehearse")!, [...one, ...other]),
          /cannot be used with/,
          `${one} ${other}`,
        );
    });
});

/** What a verb needs beside its settings to get as far as its work. */
const MORE: Readonly<Record<string, readonly string[]>> = {
  deploy: ["--yes"],
  destroy: ["--yes"],
  image: ["--tag", "x", "--engine", "docker"],
  rotate: ["api-keys", "--yes"],
};
const ASK_NOTHING = new Set(["estimate", "forecast", "policy"]);
const RUN_TERRAFORM = new Set(["adopt", "deploy", "destroy", "plan", "rollback", "rotate"]);
const SENTENCE = /^\S[^\n]*[.!?]$/;

describe("a machine that is not ready", () => {
  let folder: string;
  const { PATH } = process.env;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "mistakes-"));
    writeFileSync(join(folder, "docker"), "#!/bin/sh\n", { mode: 0o755 });
    writeFileSync(
      join(folder, "prod.env"),
      "ENVIRONMENT_SUFFIX=prod\nCONTAINER_IMAGE=registry.example/a:1\nSTATE_BUCKET=example-states\nSTATE_LOCK_TABLE=example-locks\n",
    );
    process.env.PATH = folder;
  });
  after(() => {
    process.env.PATH = PATH;
    rmSync(folder, { recursive: true });
  });

  const mistake = async (name: string, ...args: readonly string[]): Promise<string> => {
    const error = await verbs
      .get(name)!
      .parseAsync([...args, ...(MORE[name] ?? [])], { from: "user" })
      .then(
        () => assert.fail(`${name} has done its work`),
        (thrown: unknown) => thrown,
      );
    const sentence = isUserError(error) ? error.message : systemErrorInWords(error);
    assert.match(sentence ?? `${error}`, SENTENCE, name);
    return sentence!;
  };

  it("is told which settings file is not there, by every verb that takes one", async () => {
    const taking = [...verbs].filter(([, { options }]) => options.some(({ long }) => long === "--settings"));
    assert.ok(taking.length >= 14, `${taking.length} verbs`);
    for (const [name] of taking)
      assert.equal(
        await mistake(name, "--settings", join(folder, "none.env")),
        `There is no settings file '${join(folder, "none.env")}': give one with --settings.`,
      );
  });

  it("is told of a suffix that no environment can have, by every verb that takes one, before anything is asked", async () => {
    for (const [name, { options }] of verbs)
      if (options.some(({ long }) => long === "--suffix"))
        for (const suffix of ["PROD", "../prod", "*", "a--b", "-a", "a".repeat(17), " "])
          assert.match(
            await mistake(name, "--settings", join(folder, "prod.env"), "--suffix", suffix),
            /^ENVIRONMENT_SUFFIX '.*' is not possible: use 1 to 16 characters of a-z, 0-9 and single inner hyphens/,
            `${name} ${suffix}`,
          );
  });

  it("is told which settings of the shell count for nothing, once, by every verb that takes a settings file", async (t) => {
    const settings = join(folder, "prod.env");
    const { env } = process;
    const surroundings = {
      MIN_TASKS: "3",
      AWS_ENDPOINT_URL: "http://127.0.0.1:1", // where nobody listens
      AWS_ACCESS_KEY_ID: "testing",
      AWS_SECRET_ACCESS_KEY: "testing",
      AWS_MAX_ATTEMPTS: "1",
    };
    process.env = { ...env, ...surroundings };
    try {
      for (const [name, verb] of verbs) {
        if (!verb.options.some(({ long }) => long === "--settings")) continue;
        const written: string[] = [];
        const say = t.mock.method(process.stderr, "write", (text: string) => written.push(text));
        await verb
          .parseAsync(["--settings", settings, ...(MORE[name] ?? [])], { from: "user" })
          .catch(() => {});
        say.mock.restore();
        const line = `Ignored, since ${settings} alone counts: MIN_TASKS of this shell.\n`;
        assert.deepEqual(
          written.filter((text) => text.includes("Ignored")),
          [line],
          name,
        );
      }
    } finally {
      process.env = env;
      process.exitCode = 0;
    }
  });

  it("is told that Terraform is missing, by every verb that runs it, before anything is written", async () => {
    const settings = readFileSync(join(folder, "prod.env"), "utf8");
    for (const name of RUN_TERRAFORM)
      assert.match(
        await mistake(name, "--settings", join(folder, "prod.env")),
        /^Terraform or OpenTofu 1\.11 or later is not on the PATH: install one\.$/,
        name,
      );
    assert.equal(readFileSync(join(folder, "prod.env"), "utf8"), settings);
  });

  it("is told where nothing can be written, by every verb that draws", async () => {
    const drawing = [...verbs].filter(([, { options }]) => options.some(({ long }) => long === "--svg"));
    assert.ok(drawing.length >= 2);
    for (const [name] of drawing)
      assert.match(
        await mistake(name, "--svg", join(folder, "none/x.svg")),
        /x\.svg' cannot be used: there is no such/,
      );
  });

  it("is told which variable of its network is no address, by every verb that asks AWS", () => {
    for (const [variable, value] of [
      ["HTTPS_PROXY", "::::"],
      ["https_proxy", "socks5://localhost:1"],
      ["HTTP_PROXY", "proxy.example:port"],
      ["AWS_ENDPOINT_URL", "foo"],
    ] as const)
      for (const name of ["preflight", "status", "bootstrap"]) {
        const { status, stdout, stderr } = spawnSync(
          process.execPath,
          [join(BIN, "catalog.js"), name, "--settings", "prod.env", "--json"],
          { encoding: "utf8", cwd: folder, env: { PATH, HOME: folder, [variable]: value } },
        );
        assert.equal(status, 1, stderr);
        assert.match(
          stderr,
          new RegExp(`^${variable} '${value}' is no address( of an HTTP proxy)?: set it as http://.*\\.\n$`),
        );
        assert.deepEqual(Object.keys(JSON.parse(stdout)), ["error"]);
      }
  });

  it("is told which address nobody answers at, of a proxy that is named without its protocol too", () => {
    const network = { HTTPS_PROXY: "localhost:1", AWS_MAX_ATTEMPTS: "1" };
    const credentials = { AWS_ACCESS_KEY_ID: "testing", AWS_SECRET_ACCESS_KEY: "testing" };
    const { status, stderr } = spawnSync(
      process.execPath,
      [join(BIN, "catalog.js"), "status", "--settings", "prod.env"],
      { encoding: "utf8", cwd: folder, env: { PATH, HOME: folder, ...network, ...credentials } },
    );
    assert.equal(status, 1, stderr);
    assert.match(stderr, /^AWS does not answer at \S+ \(ECONNREFUSED\): [^\n]*\.\n$/);
  });

  const asking = Object.keys(MAP["Deploy it:"]).filter(
    (name) => !ASK_NOTHING.has(name) && !RUN_TERRAFORM.has(name) && name !== "preflight",
  );
  for (const name of asking)
    it(`is told by ${name} that it has no AWS credentials, and no more`, () => {
      const { status, stderr } = spawnSync(
        join(BIN, "catalog"),
        [
          ...[name, ...(name === "leftovers" ? ["--suffix", "prod"] : ["--settings", "prod.env"])],
          ...(MORE[name] ?? []),
        ],
        {
          encoding: "utf8",
          cwd: folder,
          env: { PATH: `${folder}:${PATH}`, HOME: folder, AWS_EC2_METADATA_DISABLED: "true" },
        },
      );
      assert.equal(status, 1, stderr);
      assert.match(
        stderr,
        /^There are no AWS credentials: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY[^\n]*\.\n$/,
      );
    });
});
