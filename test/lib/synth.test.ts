import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { OPTIONS } from "../../ops/rehearsal/settings.ts";

describe("catalog synth", () => {
  const outdir = mkdtempSync(join(tmpdir(), "synth-"));
  after(() => rmSync(outdir, { recursive: true, force: true }));
  const synth = (environment: Record<string, string>) =>
    spawnSync(process.execPath, ["bin/synth.js"], {
      env: { ...process.env, CDKTF_OUTDIR: join(outdir, "out"), ...environment },
      encoding: "utf8",
    });

  for (const [environment, message] of [
    [{ ENVIRONMENT_SUFFIX: "Bad_Suffix" }, "ENVIRONMENT_SUFFIX 'Bad_Suffix'"],
    [{ DATABASE_INSTANCE_CLASS: "db.t3.small" }, "RDS instance must use db.t3.medium class minimum"],
    [{ VPC_CIDR: "10.0.0.1/16" }, "Address range '10.0.0.1/16' does not begin at its first address"],
    [{ ENABLE_EXECUTE_COMMAND: "1" }, "ENABLE_EXECUTE_COMMAND '1'"],
  ] as const) {
    it(`says what is wrong with ${JSON.stringify(environment)} in one line, and writes nothing`, () => {
      const { status, stderr, stdout } = synth(environment);
      assert.equal(status, 1);
      assert.equal(stdout, "");
      assert.equal(stderr.trimEnd().split("\n").length, 1, stderr);
      assert.ok(stderr.includes(message), stderr);
      assert.equal(existsSync(join(outdir, "out/stacks/TapStack")), false);
    });
  }

  it("takes an empty CDKTF_OUTDIR for none", () => {
    const there = spawnSync(process.execPath, [join(process.cwd(), "bin/synth.js")], {
      cwd: outdir,
      env: { ...process.env, CDKTF_OUTDIR: "" },
      encoding: "utf8",
    });
    assert.equal(there.status, 0, there.stderr);
    assert.ok(existsSync(join(outdir, "cdktf.out/stacks/TapStack/cdk.tf.json")));
  });

  it("says in one line that write keys would pass over plain HTTP, and nothing when they do not", () => {
    assert.match(synth({}).stderr, /^CloudFront will speak plain HTTP [^\n]+ORIGIN_CERTIFICATE_ARN\.\n$/);
    const { ORIGIN_DOMAIN_NAME, ORIGIN_CERTIFICATE_ARN } = OPTIONS;
    assert.equal(synth({ ORIGIN_DOMAIN_NAME, ORIGIN_CERTIFICATE_ARN }).stderr, "");
  });

  it("writes the same JSON twice", () => {
    const read = () => readFileSync(join(outdir, "out/stacks/TapStack/cdk.tf.json"), "utf8");
    assert.equal(synth({}).status, 0);
    const first = read();
    assert.equal(synth({}).status, 0);
    assert.equal(read(), first);
  });
});
