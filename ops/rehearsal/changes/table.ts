/** Every setting, and what an operator may change it to while customers are served; and settings that act on each other. */
import { IMAGES, OPTIONS } from "../settings.ts";

type Settings = Readonly<Record<string, string>>;

/** A change of a live environment: applied there, and back. */
export interface Change {
  /** What it shows, for people and for `--row`. */
  readonly name: string;
  /** @default the environment as it was made: every setting unset but the image */
  readonly from?: Settings;
  readonly to: Settings;
  /** AWS operations that take something away, and shall, there or back. @default none */
  readonly takes?: RegExp;
  /** Whether it shall leave the environment as it is. @default the plan changes something */
  readonly changesNothing?: true;
  /** Rule of the audit that refuses the way back: the environment stays there, and no other row is applied to it. @default none does */
  readonly backRefusedBy?: string;
  /** Rule of the audit that refuses the plan, since the change cannot be made so. @default none does */
  readonly refusedBy?: string;
}

/** A setting that is no change of an environment. */
export interface Elsewhere {
  readonly variable: string;
  readonly why: string;
}

const ecr = (repository: string) => `123456789012.dkr.ecr.eu-north-1.amazonaws.com/${repository}:1.0.0`;
const SCHEDULES = "cron(0 5 27 11 ? 2126)=4; cron(0 1 1 12 ? 2126)=3";
const ORIGIN = {
  ORIGIN_DOMAIN_NAME: OPTIONS.ORIGIN_DOMAIN_NAME,
  ORIGIN_CERTIFICATE_ARN: OPTIONS.ORIGIN_CERTIFICATE_ARN,
};
const OTHER_ORIGIN = {
  ORIGIN_DOMAIN_NAME: "origin-2.example.com",
  ORIGIN_CERTIFICATE_ARN: "arn:aws:acm:eu-north-1:123456789012:certificate/0b2c3d4e",
};

/** Whose certificate is for which origin, as the user's DNS and ACM would have it. */
export const CERTIFICATES: Settings = Object.fromEntries(
  [ORIGIN, OTHER_ORIGIN].map((each) => [each.ORIGIN_DOMAIN_NAME, each.ORIGIN_CERTIFICATE_ARN]),
);

export const ELSEWHERE: readonly Elsewhere[] = [
  { variable: "ENVIRONMENT_SUFFIX", why: "another suffix is another environment" },
  {
    variable: "STATE_BUCKET",
    why: "moves the state: `terraform init -migrate-state`, no change of the environment",
  },
  { variable: "STATE_REGION", why: "is of the state's bucket" },
  { variable: "STATE_LOCK_TABLE", why: "is of the state: `terraform init -reconfigure`" },
];

export const CHANGES: readonly Change[] = [
  { name: "another image", to: { CONTAINER_IMAGE: IMAGES.second } },
  {
    name: "image moved to another repository",
    from: { CONTAINER_IMAGE: ecr("catalog-api") },
    to: { CONTAINER_IMAGE: ecr("shop/catalog-api") },
  },
  { name: "image built for ARM", to: { CPU_ARCHITECTURE: "ARM64" } },
  { name: "an on-demand base", to: { ON_DEMAND_BASE_TASKS: "1" } },
  {
    name: "a fallback for Spot",
    to: { SPOT_FALLBACK_TASKS: "2" },
    takes: /^DeleteService$/,
  },
  {
    name: "a smaller fallback for Spot",
    from: { SPOT_FALLBACK_TASKS: "2" },
    to: { SPOT_FALLBACK_TASKS: "1", CONTAINER_IMAGE: IMAGES.second },
    takes: /^DeleteService$/,
  },
  { name: "shells in tasks", to: { ENABLE_EXECUTE_COMMAND: "true" }, takes: /^DeleteLogGroup$/ },
  { name: "log level", to: { LOG_LEVEL: "warn" } },
  { name: "another currency of lists", to: { LIST_CURRENCY: "SEK" } },
  { name: "pages of another origin", to: { CORS_ORIGINS: "https://shop.example.com" } },
  { name: "no reference page", to: { API_REFERENCE: "off" } },
  { name: "more tasks at least", to: { MIN_TASKS: "3" } },
  { name: "fewer tasks at most", to: { MAX_TASKS: "6" } },
  { name: "CPU target", to: { CPU_TARGET_PERCENT: "50" } },
  { name: "scale-out cooldown", to: { SCALE_OUT_COOLDOWN_SECONDS: "30" } },
  { name: "scale-in cooldown", to: { SCALE_IN_COOLDOWN_SECONDS: "600" } },
  { name: "a sale's schedule", to: { SCHEDULED_MINIMUMS: SCHEDULES } },
  {
    name: "bounds in a sale",
    from: { SCHEDULED_MINIMUMS: SCHEDULES, MAX_TASKS: "8" },
    to: { SCHEDULED_MINIMUMS: SCHEDULES, MAX_TASKS: "10", ON_DEMAND_BASE_TASKS: "2" },
  },
  { name: "another address range", to: { VPC_CIDR: "10.8.0.0/16" }, refusedBy: "plan-keeps-data" },
  {
    name: "other zones",
    to: { AVAILABILITY_ZONES: "eu-north-1b,eu-north-1c" },
    refusedBy: "plan-keeps-data",
  },
  { name: "one NAT gateway", to: { NAT_GATEWAYS: "1" }, takes: /^DeleteNatGateway$/ },
  {
    name: "both database members at once",
    to: { DATABASE_INSTANCE_CLASS: "db.r6g.large" },
    refusedBy: "plan-one-member",
  },
  { name: "the reader's class", to: { DATABASE_READER_INSTANCE_CLASS: "db.r6g.large" } },
  {
    name: "the writer's class after the reader's",
    from: { DATABASE_READER_INSTANCE_CLASS: "db.r6g.large" },
    to: { DATABASE_READER_INSTANCE_CLASS: "db.r6g.large", DATABASE_INSTANCE_CLASS: "db.r6g.large" },
  },
  { name: "a minor version of the database", to: { DATABASE_ENGINE_VERSION: "16.11" } },
  {
    name: "a major version of the database",
    from: { DATABASE_ENGINE_VERSION: "16.11" },
    to: { DATABASE_ENGINE_VERSION: "17.5" },
    backRefusedBy: "plan-database-not-lowered",
  },
  {
    name: "a snapshot, named once the database stands",
    to: { DATABASE_SNAPSHOT: "snapshot-20261128t1830-prod" },
    changesNothing: true,
  },
  { name: "backup retention", to: { BACKUP_RETENTION_DAYS: "14" } },
  { name: "a new password of the API at the database", to: { DATABASE_PASSWORD_VERSION: "2" } },
  { name: "a new password of the database's owner", to: { DATABASE_OWNER_PASSWORD_VERSION: "2" } },
  { name: "a new write key", to: { API_KEYS_VERSION: "2" } },
  { name: "the next write key", from: { API_KEYS_VERSION: "2" }, to: { API_KEYS_VERSION: "3" } },
  { name: "a new origin token", to: { ORIGIN_TOKEN_VERSION: "2" } },
  {
    name: "a skipped version of the origin token",
    to: { ORIGIN_TOKEN_VERSION: "3" },
    refusedBy: "plan-secret-by-one",
  },
  { name: "fewer edge locations", to: { PRICE_CLASS: "PriceClass_100" } },
  {
    name: "an own domain",
    to: { DOMAIN_NAME: OPTIONS.DOMAIN_NAME, CERTIFICATE_ARN: OPTIONS.CERTIFICATE_ARN },
  },
  { name: "a certificate at the origin", to: ORIGIN },
  { name: "another domain and certificate at the origin", from: ORIGIN, to: OTHER_ORIGIN },
  { name: "a web ACL", to: { WEB_ACL: "true" }, takes: /^DeleteLogGroup$/ },
  {
    name: "another rate limit",
    from: { WEB_ACL: "true" },
    to: { WEB_ACL: "true", WEB_ACL_RATE_LIMIT: "500" },
    takes: /^DeleteLogGroup$/,
  },
  { name: "a lower objective of availability", to: { AVAILABILITY_OBJECTIVE_PERCENT: "99.5" } },
  { name: "a lower share of quick answers", to: { LATENCY_OBJECTIVE_PERCENT: "98" } },
  { name: "another limit of latency", to: { LATENCY_OBJECTIVE_MS: "400" } },
  { name: "longer kept logs", to: { LOG_RETENTION_DAYS: "90" } },
  { name: "alarms by mail", to: { ALARM_EMAIL: "oncall@example.com" } },

  {
    name: "every credential and the image together",
    to: {
      CONTAINER_IMAGE: IMAGES.second,
      DATABASE_PASSWORD_VERSION: "2",
      API_KEYS_VERSION: "2",
      ORIGIN_TOKEN_VERSION: "2",
    },
  },
  {
    name: "a certificate at the origin with a new token and another image",
    to: { ...ORIGIN, ORIGIN_TOKEN_VERSION: "2", CONTAINER_IMAGE: IMAGES.second },
  },
  {
    name: "a web ACL with a certificate at the origin",
    to: { ...ORIGIN, WEB_ACL: "true" },
    takes: /^DeleteLogGroup$/,
  },
];
