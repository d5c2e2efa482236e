import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import fc from "fast-check";
import { UserError } from "../../lib/aws/core/index.ts";
import { readSettings, SETTINGS } from "../../lib/settings.ts";
import { OPTIONS } from "../../ops/rehearsal/settings.ts";

const acm = (region: string) => `arn:aws:acm:${region}:123456789012:certificate/0f-1`;

describe("readSettings", () => {
  it("needs nothing to be set", () => {
    const settings = readSettings({});
    assert.equal(settings.environmentSuffix, "dev");
    assert.deepEqual([settings.minTasks, settings.maxTasks, settings.cpuTargetPercent], [2, 10, 60]);
    assert.deepEqual([settings.scaleOutCooldownSeconds, settings.scaleInCooldownSeconds], [60, 300]);
    assert.equal(settings.databaseInstanceClass, "db.t3.medium");
    assert.equal(settings.containerImage, undefined);
  });

  it("takes an empty value for one that is not set", () => {
    assert.equal(readSettings({ MAX_TASKS: "" }).maxTasks, 10);
  });

  it("reads schedules", () => {
    const value = "cron(0 5 27 11 ? 2026)=6; at(2026-12-01T01:00:00)=2";
    assert.deepEqual(readSettings({ SCHEDULED_MINIMUMS: value }).scheduledMinimums, [
      { schedule: "cron(0 5 27 11 ? 2026)", minCapacity: 6 },
      { schedule: "at(2026-12-01T01:00:00)", minCapacity: 2 },
    ]);
  });

  const refused: [Record<string, string>, RegExp][] = [
    [
      { ENVIRONMENT_SUFFIX: "Bad_Suffix" },
      /environmentSuffix 'Bad_Suffix' is not valid: use 1 to 16 characters/,
    ],
    [{ MIN_TASKS: "1" }, /MIN_TASKS '1' is not possible: use 2 to 10/],
    [{ MAX_TASKS: "11" }, /MAX_TASKS '11'/],
    [{ MAX_TASKS: "1e1" }, /MAX_TASKS '1e1'/],
    [{ MIN_TASKS: "5", MAX_TASKS: "4" }, /MIN_TASKS 5 is above MAX_TASKS 4/],
    [{ ON_DEMAND_BASE_TASKS: "5", MAX_TASKS: "4" }, /ON_DEMAND_BASE_TASKS 5 is above MAX_TASKS 4/],
    [{ SCHEDULED_MINIMUMS: "cron(0 5 27 11 ? 2026)=6", MAX_TASKS: "4" }, /asks for 6 tasks/],
    [{ SCHEDULED_MINIMUMS: "cron(0 5 27 11 ? 2026)=2", MIN_TASKS: "3" }, /below MIN_TASKS 3/],
    [{ SCHEDULED_MINIMUMS: "cron(0 5 27 11)=6" }, /SCHEDULED_MINIMUMS/],
    [{ SCHEDULED_MINIMUMS: "cron(0 5 27 11 ? 2026)=1" }, /minimum 2 or more/],
    [{ NAT_GATEWAYS: "3" }, /NAT_GATEWAYS '3' is not possible: use 1 to 2/],
    [{ WEB_ACL: "yes" }, /WEB_ACL 'yes' is not possible: use true, false/],
    [{ CPU_ARCHITECTURE: "arm64" }, /use X86_64, ARM64/],
    [{ VPC_CIDR: "10.0.0.0/20" }, /VPC_CIDR/],
    [{ CONTAINER_IMAGE: "a b" }, /CONTAINER_IMAGE/],
    [{ DOMAIN_NAME: "shop.example.com" }, /DOMAIN_NAME is set without CERTIFICATE_ARN: set both or none/],
    [
      { DOMAIN_NAME: "shop.example.com", CERTIFICATE_ARN: acm("eu-north-1") },
      /an ACM certificate of us-east-1/,
    ],
    [
      { ORIGIN_CERTIFICATE_ARN: acm("eu-north-1") },
      /ORIGIN_CERTIFICATE_ARN is set without ORIGIN_DOMAIN_NAME/,
    ],
    [{ STATE_LOCK_TABLE: "locks" }, /STATE_LOCK_TABLE is set without STATE_BUCKET/],
    [{ ALARM_EMAIL: "nobody" }, /ALARM_EMAIL/],
  ];
  for (const [environment, message] of refused) {
    it(`refuses ${JSON.stringify(environment)}`, () => {
      assert.throws(
        () => readSettings(environment),
        (error) => error instanceof UserError && message.test(error.message),
      );
    });
  }

  it("either accepts a value or refuses it in one line that names the variable, whatever the value is", () => {
    const variables = Object.values(SETTINGS).map(({ variable }) => variable);
    fc.assert(
      fc.property(
        fc.constantFrom(...variables),
        fc.string({ unit: "binary", maxLength: 40 }),
        (variable, value) => {
          try {
            readSettings({ [variable]: value });
          } catch (error) {
            assert.ok(error instanceof UserError, String(error));
            const name =
              variable === "ENVIRONMENT_SUFFIX"
                ? /environmentSuffix|ENVIRONMENT_SUFFIX/
                : new RegExp(variable);
            assert.match(error.message, name);
          }
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

describe("catalog synth", () => {
  const outdir = mkdtempSync(join(tmpdir(), "synth-"));
  after(() => rmSync(outdir, { recursive: true, force: true }));
  const synth = (environment: Record<string, string>) =>
    spawnSync(process.execPath, ["bin/synth.js"], {
      env: { ...process.env, CDKTF_OUTDIR: join(outdir, "out"), ...environment },
      encoding: "utf8",
    });

  for (const [environment, message] of [
    [{ ENVIRONMENT_SUFFIX: "Bad_Suffix" }, "environmentSuffix 'Bad_Suffix'"],
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
