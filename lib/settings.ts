import { PriceClass } from "./aws/cloudfront/index.ts";
import { Names, UserError } from "./aws/core/index.ts";
import { flag, integer, oneOf, optional, type Setting, schedules, text } from "./setting-types.ts";

/** `arn:aws:acm:<region>:<account>:certificate/<id>` */
const certificate = (region: string) =>
  new RegExp(`^arn:aws[a-z-]*:acm:${region}:\\d{12}:certificate/[0-9a-f-]+$`);
const HOST_NAME = /^(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/;

/** The brief deploys to this region and no other. */
export const REGION = "eu-north-1";

/** The brief's sentence, for whoever tries another size. */
const TASK_SIZE = "ECS tasks must have exactly 1 vCPU and 2GB memory allocated";

/**
 * Everything that can be set, each by an environment variable. The README's table is checked against this one.
 */
export const SETTINGS = {
  environmentSuffix: text(
    "ENVIRONMENT_SUFFIX",
    "dev",
    "1 to 16 of a-z, 0-9 and inner hyphens",
    "Ends every name; one suffix is one environment",
  ),

  containerImage: optional(
    "CONTAINER_IMAGE",
    /^[^\s"$]+$/,
    "an image reference",
    "The API's image; a plan without it is refused",
  ),
  cpuArchitecture: oneOf("CPU_ARCHITECTURE", "X86_64", ["X86_64", "ARM64"], "What the image was built for"),
  taskCpu: integer(
    "TASK_CPU",
    1024,
    [1024, 1024],
    "CPU units of a task (1024 = 1 vCPU); the brief allows no other",
    TASK_SIZE,
  ),
  taskMemoryMiB: integer(
    "TASK_MEMORY_MIB",
    2048,
    [2048, 2048],
    "Memory of a task in MiB; the brief allows no other",
    TASK_SIZE,
  ),
  onDemandBaseTasks: integer(
    "ON_DEMAND_BASE_TASKS",
    0,
    [0, 10],
    "Tasks on FARGATE before any is on FARGATE_SPOT, since nothing replaces Spot capacity that AWS has withdrawn",
  ),
  enableExecuteCommand: flag(
    "ENABLE_EXECUTE_COMMAND",
    "Shells in running tasks (ECS Exec); makes the root file system writable",
  ),
  logLevel: oneOf("LOG_LEVEL", "info", ["trace", "debug", "info", "warn", "error"], "Log level of the API"),

  minTasks: integer("MIN_TASKS", 2, [2, 10], "Tasks that always run"),
  maxTasks: integer("MAX_TASKS", 10, [2, 10], "Tasks that run at most"),
  cpuTargetPercent: integer(
    "CPU_TARGET_PERCENT",
    60,
    [10, 90],
    "CPU utilisation that scaling aims at, in per cent",
  ),
  scaleOutCooldownSeconds: integer(
    "SCALE_OUT_COOLDOWN_SECONDS",
    60,
    [0, 3600],
    "Pause after tasks were added",
  ),
  scaleInCooldownSeconds: integer(
    "SCALE_IN_COOLDOWN_SECONDS",
    300,
    [0, 3600],
    "Pause after tasks were removed",
  ),
  scheduledMinimums: schedules(
    "SCHEDULED_MINIMUMS",
    "Minimums for a known sale, in UTC, as `cron(0 5 27 11 ? 2026)=6; cron(0 1 1 12 ? 2026)=2`",
  ),

  vpcCidr: text(
    "VPC_CIDR",
    "10.0.0.0/16",
    "an IPv4 range of /18 or larger",
    "Address range of the network; of a new environment, since a network cannot change it",
    /^\d+(?:\.\d+){3}\/(?:8|9|1[0-8])$/,
  ),
  natGateways: integer("NAT_GATEWAYS", 2, [1, 2], "1 costs less, 2 keep a zone independent of the other"),

  databaseInstanceClass: text(
    "DATABASE_INSTANCE_CLASS",
    "db.t3.medium",
    "db.t3.medium or larger",
    "Class of writer and reader",
  ),
  backupRetentionDays: integer("BACKUP_RETENTION_DAYS", 7, [1, 35], "How long automatic backups are kept"),

  databasePasswordVersion: integer(
    "DATABASE_PASSWORD_VERSION",
    1,
    [1, 9999],
    "Raise to make a new database password",
  ),
  apiKeysVersion: integer("API_KEYS_VERSION", 1, [1, 9999], "Raise to make a new write key"),
  originTokenVersion: integer(
    "ORIGIN_TOKEN_VERSION",
    1,
    [1, 9999],
    "Raise to make a new origin token; the one before stays valid until the next",
  ),

  priceClass: oneOf("PRICE_CLASS", PriceClass.ALL, Object.values(PriceClass), "Edge locations that serve"),
  domainName: optional(
    "DOMAIN_NAME",
    HOST_NAME,
    "a host name",
    "Own domain of the distribution; needs CERTIFICATE_ARN",
  ),
  certificateArn: optional(
    "CERTIFICATE_ARN",
    certificate("us-east-1"),
    "an ACM certificate of us-east-1",
    "Certificate for DOMAIN_NAME",
  ),
  originDomainName: optional(
    "ORIGIN_DOMAIN_NAME",
    HOST_NAME,
    "a host name",
    "Name that your DNS points at the load balancer; needs ORIGIN_CERTIFICATE_ARN",
  ),
  originCertificateArn: optional(
    "ORIGIN_CERTIFICATE_ARN",
    certificate(REGION),
    `an ACM certificate of ${REGION}`,
    "Certificate for ORIGIN_DOMAIN_NAME; CloudFront then speaks HTTPS to the load balancer",
  ),
  webAcl: flag(
    "WEB_ACL",
    "AWS WAF at the edge: rate limit and managed rules. Off, because it costs 0.60 USD per million requests, cached ones too",
  ),
  webAclRateLimit: integer(
    "WEB_ACL_RATE_LIMIT",
    2000,
    [10, 2_000_000_000],
    "Requests of one address in five minutes",
  ),

  alarmEmail: optional("ALARM_EMAIL", /^[^@\s]+@[^@\s]+\.[^@\s]+$/, "a mail address", "Where alarms go"),

  stateBucket: optional(
    "STATE_BUCKET",
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
    "a bucket name",
    "Bucket of the Terraform state; without it the state is a local file",
  ),
  stateRegion: text(
    "STATE_REGION",
    REGION,
    "an AWS region",
    "Region of the state bucket and lock table",
    /^[a-z]{2}(?:-[a-z]+)+-\d$/,
  ),
  stateLockTable: optional(
    "STATE_LOCK_TABLE",
    /^[\w.-]{3,255}$/,
    "a table name",
    "DynamoDB table that locks the state; needs STATE_BUCKET",
  ),
} as const satisfies Record<string, Setting<unknown>>;

export type Settings = { readonly [K in keyof typeof SETTINGS]: ReturnType<(typeof SETTINGS)[K]["parse"]> };

/**
 * Reads every setting from environment variables, and checks what no single one can tell.
 *
 * @throws UserError for the first value that cannot be, with its name and what to change
 */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const settings = Object.fromEntries(
    Object.entries(SETTINGS).map(([key, setting]) => [key, setting.parse(environment[setting.variable])]),
  ) as Settings;
  new Names(settings.environmentSuffix); // refuses a suffix that no AWS name could carry

  const { minTasks, maxTasks } = settings;
  if (minTasks > maxTasks)
    throw new UserError(
      `MIN_TASKS ${minTasks} is above MAX_TASKS ${maxTasks}: lower the one or raise the other.`,
    );
  if (settings.onDemandBaseTasks > maxTasks) {
    throw new UserError(
      `ON_DEMAND_BASE_TASKS ${settings.onDemandBaseTasks} is above MAX_TASKS ${maxTasks}: lower it.`,
    );
  }
  for (const { schedule, minCapacity } of settings.scheduledMinimums) {
    if (minCapacity < minTasks) {
      throw new UserError(
        `SCHEDULED_MINIMUMS asks for ${minCapacity} tasks in '${schedule}', below MIN_TASKS ${minTasks}: raise it, or lower MIN_TASKS.`,
      );
    }
    if (minCapacity > maxTasks) {
      throw new UserError(
        `SCHEDULED_MINIMUMS asks for ${minCapacity} tasks in '${schedule}', above MAX_TASKS ${maxTasks}: lower it.`,
      );
    }
  }
  together(settings, "domainName", "certificateArn");
  together(settings, "originDomainName", "originCertificateArn");
  if (settings.stateLockTable && !settings.stateBucket) {
    throw new UserError(
      "STATE_LOCK_TABLE is set without STATE_BUCKET: a local state is not locked there. Set both.",
    );
  }
  return settings;
}

function together(settings: Settings, a: keyof Settings, b: keyof Settings): void {
  if (Boolean(settings[a]) === Boolean(settings[b])) return;
  const [set, missing] = settings[a] ? [a, b] : [b, a];
  throw new UserError(
    `${SETTINGS[set].variable} is set without ${SETTINGS[missing].variable}: set both or none.`,
  );
}
