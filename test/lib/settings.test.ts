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

  const notPrivate = (begin: string): [Record<string, string>, RegExp] => [
    { VPC_CIDR: `${begin}.0.0/16` },
    /VPC_CIDR: .*is not private/,
  ];
  const MOVING = ["latest", "main", "stable", "prod", "HEAD"].map((tag) => `shop:${tag}`);
  for (const begin of ["10.0", "10.255", "100.64", "100.127", "172.16", "172.31", "192.168"])
    it(`takes a network of ${begin}`, () => {
      assert.equal(readSettings({ VPC_CIDR: `${begin}.0.0/16` }).vpcCidr, `${begin}.0.0/16`);
    });
  for (const tag of ["1", "v2", "1.0.0-rc.1", "0a1b2c3", "2026-11-29", "main-42"])
    it(`takes an image by the tag ${tag}`, () => {
      assert.equal(readSettings({ CONTAINER_IMAGE: `shop:${tag}` }).containerImage, `shop:${tag}`);
    });

  const REFUSED_BEFORE_AWS_DOES: readonly [Record<string, string>, RegExp][] = [
    [{ ENVIRONMENT_SUFFIX: "" }, /ENVIRONMENT_SUFFIX is set and empty/],
    [{ ENVIRONMENT_SUFFIX: "pr--1" }, /ENVIRONMENT_SUFFIX .pr--1. is not possible/],
    ...["8", "12", "15", "19", "28"].map((prefix): [Record<string, string>, RegExp] => [
      { VPC_CIDR: `10.0.0.0/${prefix}` },
      /VPC_CIDR .* use an IPv4 range of \/16 to \/18/,
    ]),
    [{ VPC_CIDR: "10.0.0.1/16" }, /VPC_CIDR: .*does not begin at its first address/],
    [{ VPC_CIDR: "300.0.0.0/16" }, /VPC_CIDR: /],
    ...["0.0", "8.8", "9.255", "11.0", "100.63", "100.128", "127.0", "169.254", "172.15", "172.32"].map(
      notPrivate,
    ),
    ...["192.167", "192.169", "224.0", "250.1"].map(notPrivate),
    ...[
      ...[
        "cron(99 5 * * ? 2026)",
        "cron(0 24 * * ? 2026)",
        "cron(0 5 32 11 ? 2026)",
        "cron(0 5 0 11 ? 2026)",
      ],
      ...[
        "cron(0 5 27 13 ? 2026)",
        "cron(0 5 ? 11 8 2026)",
        "cron(0 5 27 11 5 2026)",
        "cron(0 5 ? 11 ? 2026)",
      ],
      ...[
        "cron(0 5 27 11 ? 1969)",
        "cron(0 5 27 11 ?)",
        "cron(0 5 * * * *)",
        "cron(5-1 5 * * ? *)",
        "cron(0/0 5 * * ? *)",
      ],
      ...[
        "at(2027-02-30T05:00:00)",
        "at(2027-13-01T05:00:00)",
        "at(2027-01-01T25:00:00)",
        "at(tomorrow)",
        "rate(5 minutes)",
      ],
    ].map((schedule): [Record<string, string>, RegExp] => [
      { SCHEDULED_MINIMUMS: `${schedule}=6` },
      /SCHEDULED_MINIMUMS .* is not possible/,
    ]),
    ...[
      ...["at(2026-01-01T05:00:00)", "cron(0 5 27 11 ? 2025)", "cron(0 5 * * ? 2020-2025)"],
      ...["cron(0 5 * * ? 1999,2025)", "cron(0 5 * * ? 2021-2025/2)"],
    ].map((schedule): [Record<string, string>, RegExp] => [
      { SCHEDULED_MINIMUMS: `${schedule}=6` },
      /SCHEDULED_MINIMUMS: '.+' is over: take it out, or name a later time/,
    ]),
    [
      { SCHEDULED_MINIMUMS: "cron(0 5 * * ? *)=6; cron(0 5 * * ? *)=4" },
      /SCHEDULED_MINIMUMS says 'cron\(0 5 \* \* \? \*\)' twice: take one of them out/,
    ],
    ...[
      "https://Shop.example.com",
      "https://shop.example.com:443",
      "https://shop.example.com?",
      "http://a b",
    ].map((origin): [Record<string, string>, RegExp] => [{ CORS_ORIGINS: origin }, /CORS_ORIGINS.* use /]),
    [
      {
        DOMAIN_NAME: "shop.example.com",
        CERTIFICATE_ARN: acm("us-east-1"),
        ORIGIN_DOMAIN_NAME: "shop.example.com",
        ORIGIN_CERTIFICATE_ARN: acm("eu-north-1"),
      },
      /ORIGIN_DOMAIN_NAME is DOMAIN_NAME.* Give the load balancer a name of its own/,
    ],
    ...[
      "123456789012.dkr-ecr.eu-north-1.on.aws/shop:1",
      "123456789012.dkr.ecr-fips.us-east-1.amazonaws.com/shop:1",
      "12345.dkr.ecr.eu-north-1.amazonaws.com/shop:1",
      "123456789012.dkr.ecr.eu--north-1.amazonaws.com/shop:1",
      "123456789012.DKR.ECR.eu-north-1.amazonaws.com/shop:1",
      "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/shop:1",
      "123456789012.dkr.ecr.cn-north-1.amazonaws.com/shop:1",
      "123456789012.dkr.ecr.us-gov-west-1.amazonaws.com/shop:1",
    ].map((image): [Record<string, string>, RegExp] => [
      { CONTAINER_IMAGE: image },
      /CONTAINER_IMAGE: .* name of ECR/,
    ]),
    ...[
      "Shop:1",
      "shop:",
      "shop@sha256:12",
      "https://shop/api:1",
      "shop:1 ",
      `a:${"t".repeat(129)}`,
      "-host:5000/shop",
      "a".repeat(256),
    ].map((image): [Record<string, string>, RegExp] => [
      { CONTAINER_IMAGE: image },
      /CONTAINER_IMAGE .* use an image/,
    ]),
    ...["shop", "localhost:5000/shop", "registry.example:5000/a/b:latest", "shop:Latest-2", ...MOVING].map(
      (image): [Record<string, string>, RegExp] => [
        { CONTAINER_IMAGE: image },
        /CONTAINER_IMAGE: '.+' may be another image tomorrow: name it by a version, as [^:]+(:5000\/[^:]+)?:1\.0\.0, /,
      ],
    ),
    ...["cron(0 5 31 11 ? 2027)", "cron(0 5 30 FEB ? *)", "cron(0 5 29 2 ? 2027)"].map(
      (schedule): [Record<string, string>, RegExp] => [
        { SCHEDULED_MINIMUMS: `${schedule}=6` },
        /SCHEDULED_MINIMUMS: '.+' names a day that no calendar has: take it out, or name another/,
      ],
    ),
    [
      {
        SCHEDULED_MINIMUMS: Array.from(
          { length: 201 },
          (_, index) => `cron(${index % 60} ${Math.floor(index / 60)} * * ? *)=3`,
        ).join(";"),
      },
      /SCHEDULED_MINIMUMS has 201 schedules, AWS takes 200: take some out/,
    ],
    [
      {
        CORS_ORIGINS: Array.from({ length: 500 }, (_, shop) => `https://shop-${shop}.example.com`).join(","),
      },
      /CORS_ORIGINS: its \d+ characters do not fit into a task definition: use 10000 at most/,
    ],
    ...[
      "ops,team@example.com",
      "a@b",
      "ops@-example.com",
      `${"o".repeat(65)}@example.com`,
      "öps@example.com",
    ].map((address): [Record<string, string>, RegExp] => [
      { ALARM_EMAIL: address },
      /ALARM_EMAIL '.+' is not possible: use a mail address/,
    ]),
    [{ STATE_BUCKET: "states" }, /STATE_BUCKET is set without STATE_LOCK_TABLE: set both or none/],
    [{ DATABASE_INSTANCE_CLASS: "db.t3.small" }, /DATABASE_INSTANCE_CLASS: .*db\.t3\.medium class minimum/],
    [{ DATABASE_READER_INSTANCE_CLASS: "m5.large" }, /DATABASE_READER_INSTANCE_CLASS: /],
    [{ DATABASE_ENGINE_VERSION: "15.3" }, /DATABASE_ENGINE_VERSION: .*too old/],
    [{ DATABASE_ENGINE_VERSION: "16" }, /DATABASE_ENGINE_VERSION '16'/],
    [{ AVAILABILITY_ZONES: "eu-north-1a,eu-north-1a" }, /AVAILABILITY_ZONES .* two different zones/],
    [{ AVAILABILITY_ZONES: "us-east-1a,us-east-1b" }, /AVAILABILITY_ZONES /],
    ...["a,g", "a,z", "a,B", "a,1", "a", "a,b,c", "a,", ""].map((zones): [Record<string, string>, RegExp] => [
      { AVAILABILITY_ZONES: zones.replaceAll(/[^,]+/g, "eu-north-1$&") || "," },
      /AVAILABILITY_ZONES .* use two different zones of eu-north-1, separated by a comma/,
    ]),
    ...["a..b", "a.-b", "192.168.0.1", "xn--bucket", "a-", "sthree-a", "state-s3alias", "state--x-s3"].map(
      (bucket): [Record<string, string>, RegExp] => [{ STATE_BUCKET: bucket }, /STATE_BUCKET /],
    ),
  ];
  for (const [environment, message] of REFUSED_BEFORE_AWS_DOES) {
    it(`refuses ${JSON.stringify(environment)}, which AWS would refuse in the middle of an apply`, () => {
      assert.throws(
        () => readSettings(environment, new Date("2026-11-28T00:00:00Z")),
        (error) => error instanceof UserError && message.test(error.message),
      );
    });
  }

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
