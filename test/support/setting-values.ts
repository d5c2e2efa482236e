/** Values of the settings, for the tests that go through all of them. */
import { SETTINGS } from "../../lib/settings.ts";
import { coveringArray } from "./covering-array.ts";

export type Key = keyof typeof SETTINGS;

export const acm = (region: string) => `arn:aws:acm:${region}:123456789012:certificate/0a1b2c3d-4e5f`;
const VERSIONS = ["1", "2", "9999"];
const ECR = "123456789012.dkr.ecr.eu-north-1.amazonaws.com";

/** Values that each setting may have: its bounds, and one of each form. */
export const VALID: Readonly<Record<Key, readonly string[]>> = {
  environmentSuffix: ["a", "pr-42", "0", "1-1-1-1-1-1-1-1a"],
  containerImage: [
    `${"s".repeat(253)}:1`,
    `${ECR}/shop/api:1.0.0@sha256:${"a".repeat(64)}`,
    `210987654321.dkr.ecr.ap-southeast-7.amazonaws.com/a@sha256:${"0".repeat(64)}`, // another account, another region
    "registry.example:65535/shop/api:da39a3ee5e6b4b0d3255bfef95601890afd80709", // a commit
  ],
  cpuArchitecture: ["X86_64", "ARM64"],
  onDemandBaseTasks: ["0", "2"],
  spotFallbackTasks: ["0", "1", "8"],
  enableExecuteCommand: ["true", "false"],
  logLevel: ["trace", "debug", "info", "warn", "error"],
  listCurrency: ["EUR", "SEK"],
  corsOrigins: [
    "*",
    "https://shop.example.com, http://localhost:8080",
    "https://[::1]:3, http://xn--80aairftm.xn--p1ai",
    Array.from({ length: 200 }, (_, index) => `https://d41d8cd98f00b204e980${index}.example.com`).join(),
  ],
  apiReference: ["on", "off"],
  minTasks: ["2"],
  maxTasks: ["10"],
  cpuTargetPercent: ["10", "90"],
  scaleOutCooldownSeconds: ["0", "3600"],
  scaleInCooldownSeconds: ["0", "3600"],
  scheduledMinimums: [
    "cron(0/15 * ? * MON-FRI *)=2",
    "at(2126-12-01T01:00:00)=2; cron(0 5 L 11 ? 2126)=2; cron(59 23 ? DEC 7#5 2198-2199)=2; cron(0 2 1W 3,10 ? */4)=2",
    Array.from({ length: 200 }, (_, index) => `cron(${index % 60} ${Math.floor(index / 60)} * * ? *)=2`).join(
      ";",
    ),
  ],
  vpcCidr: ["10.0.0.0/16", "172.16.0.0/17", "192.168.64.0/18"],
  availabilityZones: ["eu-north-1a,eu-north-1b", "eu-north-1c, eu-north-1a"],
  natGateways: ["1", "2"],
  databaseInstanceClass: ["db.t3.medium", "db.r6g.2xlarge", "db.t4g.large"],
  databaseReaderInstanceClass: ["db.t3.medium", "db.r7g.large"],
  databaseEngineVersion: ["16.4", "17.5"],
  databaseSnapshot: [
    "rds:aurora-dev-2026-11-28-01-02",
    "arn:aws:rds:eu-north-1:123456789012:cluster-snapshot:awsbackup:job-cc2fd1c3-4b5c-1d2e-8f3a-0a1b2c3d4e5f",
  ],
  backupRetentionDays: ["1", "35"],
  databasePasswordVersion: VERSIONS,
  databaseOwnerPasswordVersion: VERSIONS,
  apiKeysVersion: VERSIONS,
  originTokenVersion: VERSIONS,
  priceClass: ["PriceClass_100", "PriceClass_200", "PriceClass_All"],
  domainName: [
    "shop.example.com",
    "xn--80aairftm.xn--p1ai",
    `${`${"d".repeat(63)}.`.repeat(3)}${"d".repeat(49)}.example.com`, // 253 characters
  ],
  certificateArn: [acm("us-east-1")],
  originDomainName: ["origin.example.com", "0.xn--p1ai"],
  originCertificateArn: [acm("eu-north-1")],
  webAcl: ["true", "false"],
  webAclRateLimit: ["10", "2000000000"],
  alarmEmail: ["oncall+shop@example.co.uk", `${"o".repeat(64)}@${`${"d".repeat(59)}.`.repeat(3)}xn--p1ai`],
  availabilityObjectivePercent: ["90", "99.99"],
  latencyObjectivePercent: ["50", "99.99"],
  latencyObjectiveMs: ["10", "1001", "30000"],
  logRetentionDays: ["30", "3653"],
  stateBucket: ["state-bucket.1"],
  stateRegion: ["eu-north-1", "us-gov-west-1"],
  stateLockTable: ["state_locks.1"],
};
export const KEYS = Object.keys(SETTINGS) as Key[];
export const variableOf = (key: Key) => SETTINGS[key].variable;

export type Environment = Readonly<Record<string, string>>;

const SALE = "cron(0 5 27 11 ? 2126)=6; at(2126-12-01T01:00:00)=2";

/** Settings that bound each other, or mean nothing one without the other: each a value in the sense of a combination. */
const TOGETHER: readonly (readonly Environment[])[] = [
  [
    {},
    { MIN_TASKS: "2", MAX_TASKS: "2" },
    { MIN_TASKS: "10", ON_DEMAND_BASE_TASKS: "10" },
    { SPOT_FALLBACK_TASKS: "8", MIN_TASKS: "2", ON_DEMAND_BASE_TASKS: "2" },
    { SPOT_FALLBACK_TASKS: "1", SCHEDULED_MINIMUMS: SALE },
  ],
  [{}, ...VALID.domainName.map((name) => ({ DOMAIN_NAME: name, CERTIFICATE_ARN: acm("us-east-1") }))],
  [
    {},
    ...VALID.originDomainName.map((name) => ({
      ORIGIN_DOMAIN_NAME: name,
      ORIGIN_CERTIFICATE_ARN: acm("eu-north-1"),
    })),
  ],
  [
    {},
    { STATE_BUCKET: "state-bucket.1", STATE_LOCK_TABLE: "state_locks.1" },
    { STATE_BUCKET: "state-bucket.1", STATE_LOCK_TABLE: "state_locks.1", STATE_REGION: "us-gov-west-1" },
  ],
];

/** Environments in which every two values of two settings stand together, unset being one of them. */
export function pairsOfSettings(): Environment[] {
  const grouped = new Set(TOGETHER.flat().flatMap(Object.keys));
  const alone = KEYS.filter((key) => !grouped.has(variableOf(key))).map((key) => [
    {},
    ...VALID[key].map((value) => ({ [variableOf(key)]: value })),
  ]);
  const factors: readonly (readonly Environment[])[] = [...TOGETHER, ...alone];
  const rows = coveringArray(factors.map(({ length }) => length));
  return rows.map((row) => Object.assign({}, ...row.map((level, factor) => factors[factor]![level])));
}
