import { PriceClass } from "./aws/cloudfront/index.ts";
import { SUFFIX, UserError } from "./aws/core/index.ts";
import { checkInstanceClass, DatabaseClusterEngine } from "./aws/rds/index.ts";
import {
  certificate,
  checkAddressRange,
  checkImage,
  checkOrigins,
  checkScaling,
  checkTogether,
  HOST_NAME,
  IMAGE,
} from "./setting-checks.ts";
import {
  decimal,
  flag,
  integer,
  oneOf,
  optional,
  type Setting,
  schedules,
  text,
  zones,
} from "./setting-types.ts";

/** The brief deploys to this region and no other. */
export const REGION = "eu-north-1";

/** The periods that CloudWatch Logs has, from the brief's 30 days up. */
const LOG_RETENTION_DAYS = [30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2557, 3653].map(
  String,
);

/**
 * Everything that can be set, each by an environment variable. `npm run docs` writes the table of docs/SETTINGS.md from it.
 */
export const SETTINGS = {
  environmentSuffix: text({
    variable: "ENVIRONMENT_SUFFIX",
    fallback: "dev",
    range: "1 to 16 characters of a-z, 0-9 and single inner hyphens, as 'prod' or 'pr-42'",
    pattern: SUFFIX,
    description: "Ends every name; one suffix is one environment",
  }),

  containerImage: optional({
    variable: "CONTAINER_IMAGE",
    pattern: IMAGE,
    check: checkImage,
    range: "an image by its version or digest, as registry/repository:1.0.0 or registry/repository@sha256:…",
    description: "The API's image; a plan without it is refused",
  }),
  cpuArchitecture: oneOf({
    variable: "CPU_ARCHITECTURE",
    fallback: "X86_64",
    values: ["X86_64", "ARM64"],
    description: "What the image was built for",
  }),
  onDemandBaseTasks: integer({
    variable: "ON_DEMAND_BASE_TASKS",
    fallback: 0,
    range: [0, 10],
    description:
      "Tasks on FARGATE before any is on FARGATE_SPOT, since nothing replaces Spot capacity that AWS has withdrawn",
  }),
  spotFallbackTasks: integer({
    variable: "SPOT_FALLBACK_TASKS",
    fallback: 0,
    range: [0, 8],
    description:
      "Tasks that a second service starts on FARGATE while Spot gives fewer than should run, and stops when it gives them again; none runs until then. MAX_TASKS counts both",
  }),
  enableExecuteCommand: flag({
    variable: "ENABLE_EXECUTE_COMMAND",
    description: "Shells in running tasks (ECS Exec); makes the root file system writable",
  }),
  logLevel: oneOf({
    variable: "LOG_LEVEL",
    fallback: "info",
    values: ["trace", "debug", "info", "warn", "error"],
    description: "Log level of the API",
  }),
  listCurrency: optional({
    variable: "LIST_CURRENCY",
    pattern: /^[A-Z]{3}$/,
    range: "an ISO 4217 code in capitals, as EUR",
    description:
      "Currency that lists and sorts use; can be chosen while the catalogue is empty. Unset, it stays what the catalogue has, EUR in a new one",
  }),
  corsOrigins: optional({
    variable: "CORS_ORIGINS",
    pattern: /^(\*|https?:\/\/[^\s,/*]+(,\s*https?:\/\/[^\s,/*]+)*)$/,
    check: checkOrigins,
    range: "origins such as https://shop.example.com, without a path, comma-separated, or *",
    description: "Origins whose pages may read the API's answers in browsers (CORS)",
  }),
  apiReference: oneOf({
    variable: "API_REFERENCE",
    fallback: "on",
    values: ["on", "off"],
    description: "The API's reference page at /docs; its document at /openapi.json stays either way",
  }),

  minTasks: integer({
    variable: "MIN_TASKS",
    fallback: 2,
    range: [2, 10],
    description: "Tasks that always run",
  }),
  maxTasks: integer({
    variable: "MAX_TASKS",
    fallback: 10,
    range: [2, 10],
    description: "Tasks that run at most",
  }),
  cpuTargetPercent: integer({
    variable: "CPU_TARGET_PERCENT",
    fallback: 60,
    range: [10, 90],
    description: "CPU utilisation that scaling aims at, in per cent",
  }),
  scaleOutCooldownSeconds: integer({
    variable: "SCALE_OUT_COOLDOWN_SECONDS",
    fallback: 60,
    range: [0, 3600],
    description: "Pause after tasks were added",
  }),
  scaleInCooldownSeconds: integer({
    variable: "SCALE_IN_COOLDOWN_SECONDS",
    fallback: 300,
    range: [0, 3600],
    description: "Pause after tasks were removed",
  }),
  scheduledMinimums: schedules({
    variable: "SCHEDULED_MINIMUMS",
    description: "Minimums for a known sale, in UTC, as `cron(0 5 27 11 ? 2027)=6; cron(0 1 1 12 ? 2027)=2`",
  }),

  vpcCidr: text({
    variable: "VPC_CIDR",
    fallback: "10.0.0.0/16",
    range: "an IPv4 range of /16 to /18",
    description: "Address range of the network; of a new environment, since a network cannot change it",
    pattern: /^(?!.*\b0\d)\d+(?:\.\d+){3}\/1[678]$/,
    check: checkAddressRange,
  }),
  availabilityZones: zones({
    variable: "AVAILABILITY_ZONES",
    region: REGION,
    fallback: [`${REGION}a`, `${REGION}b`],
    description: "Zones of the network; of a new environment, since subnets cannot move",
  }),
  natGateways: integer({
    variable: "NAT_GATEWAYS",
    fallback: 2,
    range: [1, 2],
    description: "1 costs less, 2 keep a zone independent of the other",
  }),

  databaseInstanceClass: text({
    variable: "DATABASE_INSTANCE_CLASS",
    fallback: "db.t3.medium",
    range: "db.t3.medium or larger",
    check: checkInstanceClass,
    description: "Class of the writer, and of the reader unless DATABASE_READER_INSTANCE_CLASS says another",
  }),
  databaseReaderInstanceClass: optional({
    variable: "DATABASE_READER_INSTANCE_CLASS",
    pattern: /./,
    check: checkInstanceClass,
    range: "db.t3.medium or larger",
    description:
      "Class of the reader; change it first, apply, then DATABASE_INSTANCE_CLASS: one restarts at a time",
  }),
  databaseEngineVersion: optional({
    variable: "DATABASE_ENGINE_VERSION",
    pattern: /^\d{2}\.(?:0|[1-9]\d?)$/,
    check: (version) => void DatabaseClusterEngine.auroraPostgres({ preferredVersions: [version] }),
    range: "a version of Aurora PostgreSQL, 16.4 or later, as 16.8",
    description: "Version to upgrade to; unset, an environment stays at the one that it was made with",
  }),
  databaseSnapshot: optional({
    variable: "DATABASE_SNAPSHOT",
    pattern:
      /^(?:arn:aws:rds:eu-north-1:\d{12}:cluster-snapshot:)?(?:rds:)?[A-Za-z](?:-?[A-Za-z0-9]){0,254}$/,
    range: "a cluster snapshot's name, or its ARN in eu-north-1",
    description:
      "Snapshot whose data a new environment begins with; of a new environment, since one that stands keeps its own",
  }),
  backupRetentionDays: integer({
    variable: "BACKUP_RETENTION_DAYS",
    fallback: 7,
    range: [1, 35],
    description: "How long automatic backups are kept",
  }),

  databasePasswordVersion: integer({
    variable: "DATABASE_PASSWORD_VERSION",
    fallback: 1,
    range: [1, 9999],
    description: "Raise by one to make a new password for the API's login at the database",
  }),
  databaseOwnerPasswordVersion: integer({
    variable: "DATABASE_OWNER_PASSWORD_VERSION",
    fallback: 1,
    range: [1, 9999],
    description:
      "Raise by one to make a new password for the database's owner, whom only migrations log in as",
  }),
  apiKeysVersion: integer({
    variable: "API_KEYS_VERSION",
    fallback: 1,
    range: [1, 9999],
    description: "Raise by one to make a new write key; the one before stays valid until the next",
  }),
  originTokenVersion: integer({
    variable: "ORIGIN_TOKEN_VERSION",
    fallback: 1,
    range: [1, 9999],
    description: "Raise by one to make a new origin token; the one before stays valid until the next",
  }),

  priceClass: oneOf({
    variable: "PRICE_CLASS",
    fallback: PriceClass.ALL,
    values: Object.values(PriceClass),
    description: "Edge locations that serve",
  }),
  domainName: optional({
    variable: "DOMAIN_NAME",
    pattern: HOST_NAME,
    range: "a host name",
    description: "Own domain of the distribution; needs CERTIFICATE_ARN",
  }),
  certificateArn: optional({
    variable: "CERTIFICATE_ARN",
    pattern: certificate("us-east-1"),
    range: "an ACM certificate of us-east-1",
    description: "Certificate for DOMAIN_NAME",
  }),
  originDomainName: optional({
    variable: "ORIGIN_DOMAIN_NAME",
    pattern: HOST_NAME,
    range: "a host name",
    description: "Name that your DNS points at the load balancer; needs ORIGIN_CERTIFICATE_ARN",
  }),
  originCertificateArn: optional({
    variable: "ORIGIN_CERTIFICATE_ARN",
    pattern: certificate(REGION),
    range: `an ACM certificate of ${REGION}`,
    description: "Certificate for ORIGIN_DOMAIN_NAME; CloudFront then speaks HTTPS to the load balancer",
  }),
  webAcl: flag({
    variable: "WEB_ACL",
    description:
      "AWS WAF at the edge: rate limit and managed rules. Off, because it costs 0.60 USD per million requests, cached ones too",
  }),
  webAclRateLimit: integer({
    variable: "WEB_ACL_RATE_LIMIT",
    fallback: 2000,
    range: [10, 2_000_000_000],
    description: "Requests of one address in five minutes",
  }),

  alarmEmail: optional({
    variable: "ALARM_EMAIL",
    pattern: /^[^@\s"$%{}\\]+@[a-zA-Z0-9.-]+\.[a-zA-Z]{2,}$/,
    range: "a mail address",
    description: "Where alarms go",
  }),

  availabilityObjectivePercent: decimal({
    variable: "AVAILABILITY_OBJECTIVE_PERCENT",
    fallback: 99.9,
    range: [90, 99.99],
    description:
      "Share of requests at the edge that are no 5xx, over 30 days; alarms ring when it is at stake",
  }),
  latencyObjectivePercent: decimal({
    variable: "LATENCY_OBJECTIVE_PERCENT",
    fallback: 99,
    range: [50, 99.99],
    description: "Share of the API's answers within LATENCY_OBJECTIVE_MS, over 30 days",
  }),
  latencyObjectiveMs: integer({
    variable: "LATENCY_OBJECTIVE_MS",
    fallback: 1000,
    range: [10, 30_000],
    description: "Milliseconds from the load balancer to the first byte of an answer that is in time",
  }),
  logRetentionDays: oneOf({
    variable: "LOG_RETENTION_DAYS",
    fallback: "30",
    values: LOG_RETENTION_DAYS,
    description:
      "How long log groups are kept; the log bucket is always emptied after 30 days, as the brief asks",
  }),

  stateBucket: optional({
    variable: "STATE_BUCKET",
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
    pattern:
      /^(?!\d+(?:\.\d+){3}$|xn--|sthree-|amzn-s3-demo-|.*(?:\.[.-]|-\.)|.*(?:-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
    range: "a bucket name",
    description:
      "Bucket of the Terraform state; needs STATE_LOCK_TABLE. Without it the state is a local file",
  }),
  stateRegion: text({
    variable: "STATE_REGION",
    fallback: REGION,
    range: "an AWS region",
    description: "Region of the state bucket and lock table",
    pattern: /^[a-z]{2}(?:-[a-z]+)+-\d$/,
  }),
  stateLockTable: optional({
    variable: "STATE_LOCK_TABLE",
    pattern: /^[\w.-]{3,255}$/,
    range: "a table name",
    description: "DynamoDB table that locks the state; needs STATE_BUCKET",
  }),
} as const satisfies Record<string, Setting<unknown>>;

export type Settings = { readonly [K in keyof typeof SETTINGS]: ReturnType<(typeof SETTINGS)[K]["parse"]> };

/**
 * Reads every setting from environment variables, and checks what no single one can tell.
 *
 * @throws UserError for the first value that cannot be, with its name and what to change
 */
export function readSettings(
  environment: Readonly<Record<string, string | undefined>>,
  now = new Date(),
): Settings {
  // A variable that CI forgot to fill would deploy to the default's environment.
  if (environment.ENVIRONMENT_SUFFIX === "")
    throw new UserError("ENVIRONMENT_SUFFIX is set and empty: name the environment, or unset it.");
  const settings = Object.fromEntries(
    Object.entries(SETTINGS).map(([key, setting]) => [key, setting.parse(environment[setting.variable])]),
  ) as Settings;

  checkScaling(settings, now);
  checkTogether(settings);
  return settings;
}
