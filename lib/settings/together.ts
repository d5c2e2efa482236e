/** What settings must be beside each other, so that AWS does not refuse them in the middle of an apply. */
import { UserError } from "../aws/core/index.ts";
import type { ScheduledMinimum } from "./kinds.ts";
import { lastYearOf, momentOf, namesNoDay } from "./schedule.ts";

/** Scheduled actions of one scalable target. @see https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-limits.html */
const MOST_SCHEDULES = 200;

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
  if (settings.scheduledMinimums.length > MOST_SCHEDULES)
    throw new UserError(
      `SCHEDULED_MINIMUMS has ${settings.scheduledMinimums.length} schedules, AWS takes ${MOST_SCHEDULES}: take some out.`,
    );
  const seen = new Set<string>();
  for (const { schedule, minCapacity } of settings.scheduledMinimums) {
    if (seen.has(schedule))
      throw new UserError(`SCHEDULED_MINIMUMS says '${schedule}' twice: take one of them out.`);
    seen.add(schedule);
    if (isOver(schedule, now))
      throw new UserError(`SCHEDULED_MINIMUMS: '${schedule}' is over: take it out, or name a later time.`);
    if (namesNoDay(schedule))
      throw new UserError(
        `SCHEDULED_MINIMUMS: '${schedule}' names a day that no calendar has: take it out, or name another.`,
      );
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
  return moment ? moment <= now : lastYearOf(schedule) < now.getUTCFullYear();
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
