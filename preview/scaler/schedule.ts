/**
 * Schedules of Application Auto Scaling. They run by this machine's calendar, not by the stack's faster clock: a sale
 * begins when it begins.
 */
import { cronOf } from "../../local/scaling/cron.ts";
import { BlueprintError, type ScheduledAction } from "../blueprint/index.ts";

const unitMs: { [unit: string]: number } = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/**
 * Calls back whenever the action is due.
 *
 * @returns a function that ends it.
 * @throws {BlueprintError} for a schedule that is none.
 */
export function schedule(action: ScheduledAction, run: () => void): () => void {
  const [, kind, value = ""] = /^(cron|rate|at)\((.+)\)$/.exec(action.schedule) ?? [];
  try {
    if (kind === "rate") {
      const [, count, unit = ""] = /^(\d+) (minute|hour|day)s?$/.exec(value)!;
      const timer = setInterval(run, Number(count) * unitMs[unit]!).unref();
      return () => clearInterval(timer);
    }
    const job = cronOf(action.schedule, action.timezone, run);
    return () => job.stop();
  } catch {
    throw new BlueprintError(
      action.address,
      "schedule",
      `"${action.schedule}" is no cron(…), rate(…) or at(…)`,
    );
  }
}
