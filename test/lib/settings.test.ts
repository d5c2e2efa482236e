import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { UserError } from "../../lib/aws/core/index.ts";
import { readSettings, SETTINGS } from "../../lib/settings.ts";

const acm = (region: string) => `arn:aws:acm:${region}:123456789012:certificate/0f-1`;

/** Values that break out of names, JSON, expressions and shells, and such as a slip of the hand makes. */
const hostile = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.constantFrom(
    ...[
      "",
      " ",
      "0",
      "-1",
      "1e3",
      "0x10",
      "NaN",
      "Infinity",
      "true ",
      "TRUE",
      "null",
      "undefined",
      "x".repeat(5_000),
      "01",
      "1.0",
    ],
    ...[
      "${aws_vpc.x.id}",
      "${file('x')}@example.com",
      "a%{b}@example.com",
      "%{ for x in y }",
      '"}',
      "`id`",
      "$(id)",
      "../..",
      "a\nb",
      "\u0000",
      "＿",
      "ｅｕ",
      "💥",
    ],
    ...["a".repeat(300), "-a", "a-", "a--b", "A", "a_b", "a.b", "*", "0.0.0.0/0", "10.0.0.0/16 "],
  ),
);

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
    const value = "cron(0 5 27 11 ? 2126)=6; at(2126-12-01T01:00:00)=2";
    assert.deepEqual(readSettings({ SCHEDULED_MINIMUMS: value }).scheduledMinimums, [
      { schedule: "cron(0 5 27 11 ? 2126)", minCapacity: 6 },
      { schedule: "at(2126-12-01T01:00:00)", minCapacity: 2 },
    ]);
  });

  const refused: [Record<string, string>, RegExp][] = [
    [
      { ENVIRONMENT_SUFFIX: "Bad_Suffix" },
      /ENVIRONMENT_SUFFIX 'Bad_Suffix' is not possible: use 1 to 16 characters/,
    ],
    [{ MIN_TASKS: "1" }, /MIN_TASKS '1' is not possible: use 2 to 10/],
    [{ MAX_TASKS: "11" }, /MAX_TASKS '11'/],
    [{ MAX_TASKS: "1e1" }, /MAX_TASKS '1e1'/],
    [{ MAX_TASKS: "08" }, /MAX_TASKS '08' is not possible: use 2 to 10/],
    [{ LATENCY_OBJECTIVE_PERCENT: "099" }, /LATENCY_OBJECTIVE_PERCENT '099'/],
    [{ SCHEDULED_MINIMUMS: "cron(0 5 27 11 ? 2126)=06" }, /SCHEDULED_MINIMUMS/],
    [{ VPC_CIDR: "10.00.0.0/16" }, /VPC_CIDR '10\.00\.0\.0\/16'/],
    [{ DATABASE_ENGINE_VERSION: "16.08" }, /DATABASE_ENGINE_VERSION '16\.08'/],
    [{ MIN_TASKS: "5", MAX_TASKS: "4" }, /MIN_TASKS 5 is above MAX_TASKS 4/],
    [{ ON_DEMAND_BASE_TASKS: "5", MAX_TASKS: "4" }, /ON_DEMAND_BASE_TASKS 5 is above MAX_TASKS 4/],
    [{ SCHEDULED_MINIMUMS: "cron(0 5 27 11 ? 2126)=6", MAX_TASKS: "4" }, /asks for 6 tasks/],
    [{ SCHEDULED_MINIMUMS: "cron(0 5 27 11 ? 2126)=2", MIN_TASKS: "3" }, /below MIN_TASKS 3/],
    [{ SCHEDULED_MINIMUMS: "cron(0 5 27 11)=6" }, /SCHEDULED_MINIMUMS/],
    [{ SCHEDULED_MINIMUMS: "cron(0 5 27 11 ? 2126)=1" }, /minimum 2 or more/],
    [{ NAT_GATEWAYS: "3" }, /NAT_GATEWAYS '3' is not possible: use 1 to 2/],
    [{ WEB_ACL: "yes" }, /WEB_ACL 'yes' is not possible: use true, false/],
    [{ CPU_ARCHITECTURE: "arm64" }, /use X86_64, ARM64/],
    ...["eur", "EU", "EURO", "EUR,SEK", "€", " EUR", "978"].map((code): [Record<string, string>, RegExp] => [
      { LIST_CURRENCY: code },
      /LIST_CURRENCY '.+' is not possible: use an ISO 4217 code in capitals, as EUR\.$/,
    ]),
    ...["true", "false", "OFF", "no"].map((value): [Record<string, string>, RegExp] => [
      { API_REFERENCE: value },
      /API_REFERENCE '.+' is not possible: use on, off\.$/,
    ]),
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

  for (const begin of ["10.0", "10.255", "100.64", "100.127", "172.16", "172.31", "192.168"])
    it(`takes a network of ${begin}`, () => {
      assert.equal(readSettings({ VPC_CIDR: `${begin}.0.0/16` }).vpcCidr, `${begin}.0.0/16`);
    });
  for (const tag of ["1", "v2", "1.0.0-rc.1", "0a1b2c3", "2026-11-29", "main-42"])
    it(`takes an image by the tag ${tag}`, () => {
      assert.equal(readSettings({ CONTAINER_IMAGE: `shop:${tag}` }).containerImage, `shop:${tag}`);
    });

  for (const schedule of [
    ...[
      "cron(0 5 27 11 ? 2026)",
      "cron(0/15 * * JAN-MAR ? *)",
      "cron(0 8,20 ? * MON-FRI 2027)",
      "cron(0 5 L * ? *)",
    ],
    ...[
      "cron(0 5 ? * 6L 2027)",
      "cron(0 5 ? * 2#1 *)",
      "cron(30 5 15W 6 ? 2027-2030)",
      "cron(0 5 1 1 ? 2020/3)",
      "cron(0 5 1 1 ? 2026)",
      "at(2028-02-29T05:00:00)",
    ],
  ]) {
    it(`takes ${schedule}`, () => {
      assert.equal(
        readSettings({ SCHEDULED_MINIMUMS: `${schedule}=3` }, new Date("2026-11-28T00:00:00Z"))
          .scheduledMinimums[0]!.schedule,
        schedule,
      );
    });
  }

  for (const image of [
    ...["shop:1", "registry.example/shop:1.0.0", "localhost:5000/a/b-c_d.e:v1", "public.ecr.aws/a/b:1"],
    `123456789012.dkr.ecr.eu-north-1.amazonaws.com/shop/api@sha256:${"0".repeat(64)}`,
  ]) {
    it(`takes the image ${image}`, () =>
      assert.equal(readSettings({ CONTAINER_IMAGE: image }).containerImage, image));
  }

  it("either accepts a value or refuses it in one line that names the variable, whatever the value is", () => {
    const variables = Object.values(SETTINGS).map(({ variable }) => variable);
    fc.assert(
      fc.property(fc.constantFrom(...variables), hostile, (variable, value) => {
        try {
          const settings = readSettings({ [variable]: value });
          assert.doesNotMatch(JSON.stringify(settings), /[$%]\{/, "Terraform would evaluate it");
        } catch (error) {
          assert.ok(error instanceof UserError, String(error));
          assert.ok(error.message.includes(variable), error.message);
          assert.doesNotMatch(error.message, /[\p{C}\p{Zl}\p{Zp}]/u, "one line, of what can be seen");
          assert.ok(error.message.length < 600, `${error.message.length} characters`);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
