/**
 * Schedules of Application Auto Scaling.
 * https://docs.aws.amazon.com/autoscaling/application/userguide/scheduled-scaling-using-cron-expressions.html
 */
import { Cron, type CronCallback } from "croner";
import { UserError } from "../../cli/user-error.ts";

/**
 * AWS's six fields end with the year and have no seconds; `?` is "whatever the other of the two days says", and the last day of
 * a week is Saturday.
 */
const toCron = (fields: string): string =>
  `0 ${fields.replaceAll("?", "*").replace(/^((?:\S+ ){4})L(?= )/, "$17")}`;

/**
 * A `cron(…)` or `at(…)` expression.
 *
 * @param run called whenever it is due; the timer keeps no process alive. @default nothing is
 * @throws UserError for an expression that is neither
 */
export function cronOf(expression: string, timezone: string, run?: CronCallback): Cron {
  const [, kind, value] = /^(cron|at)\((.+)\)$/.exec(expression) ?? [];
  // 1 is Sunday, and `0/15` goes on to the end of its field, as in Quartz.
  const options = { timezone, alternativeWeekdays: true, sloppyRanges: true, unref: true };
  try {
    if (value !== undefined) return new Cron(kind === "cron" ? toCron(value) : value, options, run);
  } catch {} // said below
  throw new UserError(
    `The schedule "${expression}" in ${timezone} cannot be followed: write cron(…) or at(…).`,
  );
}
