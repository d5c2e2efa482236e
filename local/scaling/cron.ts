/**
 * Schedules of Application Auto Scaling.
 * https://docs.aws.amazon.com/autoscaling/application/userguide/scheduled-scaling-using-cron-expressions.html
 */
import { Cron, type CronCallback } from "croner";

/** AWS's six fields end with the year and have no seconds; `?` is "whatever the other of the two days says". */
const toCron = (fields: string): string => `0 ${fields.replaceAll("?", "*")}`;

/**
 * A `cron(…)` or `at(…)` expression.
 *
 * @param run called whenever it is due; the timer keeps no process alive. @default nothing is
 * @throws for an expression that is neither
 */
export function cronOf(expression: string, timezone: string, run?: CronCallback): Cron {
  const [, kind, value] = /^(cron|at)\((.+)\)$/.exec(expression) ?? [];
  if (value === undefined) throw new RangeError(`"${expression}" is no cron(…) or at(…)`);
  // 1 is Sunday, as in Quartz.
  const options = { timezone, alternativeWeekdays: true, unref: true };
  return new Cron(kind === "cron" ? toCron(value) : value, options, run);
}
