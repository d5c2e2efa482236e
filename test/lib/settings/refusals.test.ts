/** Values that AWS would take back in the middle of an apply, or that its tasks would not start with: each is refused before. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { UserError } from "../../../lib/aws/core/index.ts";
import { readSettings } from "../../../lib/settings.ts";

const acm = (region: string) => `arn:aws:acm:${region}:123456789012:certificate/0f-1`;

describe("readSettings", () => {
  const notPrivate = (begin: string): [Record<string, string>, RegExp] => [
    { VPC_CIDR: `${begin}.0.0/16` },
    /VPC_CIDR: .*is not private/,
  ];
  const MOVING = ["latest", "main", "stable", "prod", "HEAD"].map((tag) => `shop:${tag}`);
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
    // Terraform would read the first, and no browser has the others.
    ...[
      "https://a${path.cwd}",
      "https://a.${1}",
      "https://a{b}.com",
      'https://a"b.com',
      "https://müller.se",
    ].map((origin): [Record<string, string>, RegExp] => [
      { CORS_ORIGINS: origin },
      /CORS_ORIGINS.* use origins/,
    ]),
    ...["a..b@example.com", ".a@example.com", "a.@example.com", "ops@example.xn--"].map(
      (address): [Record<string, string>, RegExp] => [{ ALARM_EMAIL: address }, /ALARM_EMAIL .* use a mail/],
    ),
    ...["магазин.рф", "shop.xn--", "shop.xn--a-", "Shop.example.com", "shop.example.com."].map(
      (name): [Record<string, string>, RegExp] => [
        { DOMAIN_NAME: name },
        /DOMAIN_NAME .* host name in lower case/,
      ],
    ),
    ...["registry.example:0/shop:1", "registry.example:65536/shop:1"].map(
      (image): [Record<string, string>, RegExp] => [
        { CONTAINER_IMAGE: image },
        /CONTAINER_IMAGE: .* use 1 to 65535/,
      ],
    ),
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
});
