/** What some settings must look like, so that AWS does not refuse them in the middle of an apply. */
import { UserError } from "./aws/core/index.ts";
import { subdivide } from "./aws/ec2/index.ts";
import { isCron, lastYearOf, momentOf } from "./schedule.ts";
import type { ScheduledMinimum } from "./setting-types.ts";

/** `arn:aws:acm:<region>:<account>:certificate/<id>` */
export const certificate = (region: string) =>
  new RegExp(`^arn:aws:acm:${region}:\\d{12}:certificate/[0-9a-f-]+$`);
export const HOST_NAME = /^(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/;

/** At most 255 characters, as ECS takes it. */
export const IMAGE =
  /^(?=.{1,255}$)(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*(?::\d{1,5})?\/)?[a-z0-9]+(?:(?:[._/]|__|-+)[a-z0-9]+)*(?::\w[\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$/;

/** What an apply would refuse, or a rollback could not find again: `latest` is another image tomorrow. */
export function checkImage(image: string): void {
  checkEcrName(image);
  const tag = /:([\w.-]+)$/.exec(image.split("/").at(-1)!)?.[1];
  if (!image.includes("@") && (tag === undefined || tag === "latest"))
    throw new UserError(
      `'${image}' may be another image tomorrow: name it by a version, as ${image.replace(/:latest$/, "")}:1.0.0, or by its digest.`,
    );
}

/** ECR is reached under four names; the execution role's right to pull is written for the first alone. */
function checkEcrName(image: string): void {
  const [registry = ""] = image.split("/");
  if (
    /\.dkr[.-]ecr|\becr-fips\b/.test(registry) &&
    !/^\d{12}\.dkr\.ecr\.[a-z]{2}(?:-[a-z]+)+-\d\.amazonaws\.com(?:\.cn)?$/.test(registry)
  )
    throw new UserError(
      `'${registry}' is a name of ECR that no right to pull is written for: use <account>.dkr.ecr.<region>.amazonaws.com.`,
    );
}

/** What the API itself refuses, so that its tasks would not start: an origin is as browsers send it. */
export function checkOrigins(list: string): void {
  const wrong = list
    .split(",")
    .map((text) => text.trim())
    .find((text) => text !== "*" && !(URL.canParse(text) && new URL(text).origin === text));
  if (wrong !== undefined)
    throw new UserError(
      `'${wrong}' is not as browsers send it: use lower case, no path, and no port that the scheme has anyway.`,
    );
}

/** Ranges that no VPC can have. @see https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html */
export function checkAddressRange(range: string): void {
  subdivide(range, 20).next();
  if (/^(?:0|127|169\.254|22[4-9]|2[3-5]\d)\./.test(range))
    throw new UserError(`'${range}' is reserved: use a private range, as 10.0.0.0/16.`);
}

interface Scaling {
  readonly minTasks: number;
  readonly maxTasks: number;
  readonly onDemandBaseTasks: number;
  readonly spotFallbackTasks: number;
  readonly scheduledMinimums: readonly ScheduledMinimum[];
}

/** What no single bound can tell. @param now schedules that are over are refused: AWS takes none */
export function checkScaling(settings: Scaling, now: Date): void {
  const { minTasks, maxTasks } = settings;
  if (minTasks > maxTasks)
    throw new UserError(
      `MIN_TASKS ${minTasks} is above MAX_TASKS ${maxTasks}: lower the one or raise the other.`,
    );
  const onSpot = maxTasks - settings.spotFallbackTasks;
  const most =
    settings.spotFallbackTasks > 0
      ? `MAX_TASKS less SPOT_FALLBACK_TASKS, ${onSpot}`
      : `MAX_TASKS ${maxTasks}`;
  if (minTasks > onSpot)
    throw new UserError(
      `MIN_TASKS ${minTasks} is above ${most}: lower SPOT_FALLBACK_TASKS or raise MAX_TASKS.`,
    );
  if (settings.onDemandBaseTasks > onSpot)
    throw new UserError(`ON_DEMAND_BASE_TASKS ${settings.onDemandBaseTasks} is above ${most}: lower it.`);
  const seen = new Set<string>();
  for (const { schedule, minCapacity } of settings.scheduledMinimums) {
    if (seen.has(schedule))
      throw new UserError(`SCHEDULED_MINIMUMS says '${schedule}' twice: take one of them out.`);
    seen.add(schedule);
    if (isOver(schedule, now))
      throw new UserError(`SCHEDULED_MINIMUMS: '${schedule}' is over: take it out, or name a later time.`);
    if (minCapacity < minTasks) {
      throw new UserError(
        `SCHEDULED_MINIMUMS asks for ${minCapacity} tasks in '${schedule}', below MIN_TASKS ${minTasks}: raise it, or lower MIN_TASKS.`,
      );
    }
    if (minCapacity > onSpot) {
      throw new UserError(
        `SCHEDULED_MINIMUMS asks for ${minCapacity} tasks in '${schedule}', above ${most}: lower it.`,
      );
    }
  }
}

/** A cron of this year stays possible when its day has passed: an apply in the middle of a sale must not fail for its beginning. */
function isOver(schedule: string, now: Date): boolean {
  const moment = momentOf(schedule);
  return moment ? moment <= now : isCron(schedule) && lastYearOf(schedule) < now.getUTCFullYear();
}

/** Settings that mean nothing one without the other, or that contradict each other. */
export function checkTogether(settings: {
  readonly domainName: string | undefined;
  readonly certificateArn: string | undefined;
  readonly originDomainName: string | undefined;
  readonly originCertificateArn: string | undefined;
  readonly stateLockTable: string | undefined;
  readonly stateBucket: string | undefined;
}): void {
  const { domainName, certificateArn, originDomainName, originCertificateArn } = settings;
  bothOrNone("DOMAIN_NAME", domainName, "CERTIFICATE_ARN", certificateArn);
  bothOrNone("ORIGIN_DOMAIN_NAME", originDomainName, "ORIGIN_CERTIFICATE_ARN", originCertificateArn);
  // Two runs at once would ruin a state that nothing locks; a local one is locked by its file.
  bothOrNone("STATE_BUCKET", settings.stateBucket, "STATE_LOCK_TABLE", settings.stateLockTable);
  if (domainName && domainName === originDomainName)
    throw new UserError(
      `ORIGIN_DOMAIN_NAME is DOMAIN_NAME, ${domainName}: CloudFront would ask itself. Give the load balancer a name of its own.`,
    );
}

function bothOrNone(a: string, first: string | undefined, b: string, second: string | undefined): void {
  if (Boolean(first) === Boolean(second)) return;
  const [set, missing] = first ? [a, b] : [b, a];
  throw new UserError(`${set} is set without ${missing}: set both or none.`);
}
