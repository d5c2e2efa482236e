/** Values of the settings, for the tests that go through all of them. */
import { SETTINGS } from "../../lib/settings.ts";
import { coveringArray } from "./covering-array.ts";

export type Key = keyof typeof SETTINGS;

export const acm = (region: string) => `arn:aws:acm:${region}:123456789012:certificate/0a1b2c3d-4e5f`;
const VERSIONS = ["1", "2", "9999"];
const ECR = "123456789012.dkr.ecr.eu-north-1.amazonaws.com";

/** Values that each setting may have: its bounds, and one of each form. */
export const VALID: Readonly<Record<Key, readonly string[]>> = {
  environmentSuffix: ["a", "pr-42", "0", "abcdefgh-1234567"],
  containerImage: [
    "shop:1",
    `${ECR}/shop/api:1.0.0`,
    `localhost:5000/a@sha256:${"0".repeat(64)}`,
    "ghcr.io/shop/api:da39a3ee5e6b4b0d3255bfef95601890afd80709", // a commit
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
    "https://[::1]:3",
    "https://d41d8cd98f00b204e9800998ecf8427e.example.com",
  ],
  apiReference: ["on", "off"],
  minTasks: ["2"],
  maxTasks: ["10"],
  cpuTargetPercent: ["10", "90"],
  scaleOutCooldownSeconds: ["0", "3600"],
  scaleInCooldownSeconds: ["0", "3600"],
  scheduledMinimums: ["cron(0/15 * ? * MON-FRI *)=2", "at(2126-12-01T01:00:00)=2; cron(0 5 L 11 ? 2126)=2"],
  vpcCidr: ["10.0.0.0/16", "172.16.0.0/17", "192.168.64.0/18"],
  availabilityZones: ["eu-north-1a,eu-north-1b", "eu-north-1c, eu-north-1a"],
  natGateways: ["1", "2"],
  databaseInstanceClass: ["db.t3.medium", "db.r6g.2xlarge", "db.t4g.large"],
  databaseReaderInstanceClass: ["db.t3.medium", "db.r7g.large"],
  databaseEngineVersion: ["16.4", "17.5"],
  databaseSnapshot: [
    "rds:aurora-dev-2026-11-28-01-02",
    "arn:aws:rds:eu-north-1:123456789012:cluster-snapshot:s-1",
  ],
  backupRetentionDays: ["1", "35"],
  databasePasswordVersion: VERSIONS,
  databaseOwnerPasswordVersion: VERSIONS,
  apiKeysVersion: VERSIONS,
  originTokenVersion: VERSIONS,
  priceClass: ["PriceClass_100", "PriceClass_200", "PriceClass_All"],
  domainName: ["shop.example.com", "d41d8cd98f00b204e9800998ecf8427e.example.com"],
  certificateArn: [acm("us-east-1")],
  originDomainName: ["origin.example.com"],
  originCertificateArn: [acm("eu-north-1")],
  webAcl: ["true", "false"],
  webAclRateLimit: ["10", "2000000000"],
  alarmEmail: ["oncall+shop@example.co.uk", "d41d8cd98f00b204e9800998ecf8427e@example.com"],
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
  [{}, { DOMAIN_NAME: "shop.example.com", CERTIFICATE_ARN: acm("us-east-1") }],
  [{}, { ORIGIN_DOMAIN_NAME: "origin.example.com", ORIGIN_CERTIFICATE_ARN: acm("eu-north-1") }],
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
