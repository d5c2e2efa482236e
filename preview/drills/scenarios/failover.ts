import { atLeast, atMost, type Drill, type DrillContext, equals, type Loaded, loadChecks } from "../drill.ts";
import type { Load } from "../load/load.ts";
import type { WriteRecord } from "../load/recorder.ts";
import type { Check } from "../report/result.ts";

/** A write that cannot be done must say so soon: the balancer's idle time-out is 60 s, a person's far less. */
const CLEAR_WITHIN_SECONDS = 10;
/** What is demanded. A drill that is shortened, as tests have it, waits for writes to work and judges no clock. */
const RECOVERY_SECONDS = 10;
/** Writes work again when none has failed for so long. */
const QUIET_SECONDS = 3;
const TIMEOUT_SECONDS = 60;
/** What rings once the database has been away for minutes of the stack's clock. */
const WHILE_AWAY = ["stale-answers", "write-errors", "database-silent", "notifications-down"];

/**
 * The writer dies and another takes its place. Aurora needs 30 to 60 s for it
 * (https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Concepts.AuroraHighAvailability.html).
 *
 * Reads are those of the warm working set: nothing can answer what nobody has asked for before.
 */
export const failover: Drill = {
  name: "failover",
  title: "Database failover",
  description:
    "The database dies under load and comes back, as a promoted writer would; meanwhile Spot takes a task.",
  alarms: {
    rings: ["database-away", "api-errors", "edge-errors"],
    inFull: WHILE_AWAY,
    may: ["spot-interruptions", "too-few-tasks", "unhealthy-tasks"], // of the task that is taken
  },
  async run(context) {
    const { preview } = context;
    const load = await context.startLoad({ writeRate: 5 });
    context.step("load before the failover");
    await context.rest(5);
    load.enter("during");
    context.step("database gone");
    const killedAt = context.mark("database killed");
    let returnedAt: number;
    let taken: Promise<string[]>;
    let waiting: number;
    try {
      await preview.killDatabase();
      context.step("Spot takes a task, and the one in its place finds no database");
      taken = preview.interruptTasks(1);
      taken.catch(() => {}); // awaited below; the drill may be cancelled before
      await context.rest(15);
      for (const key of ["database-away", ...(context.short ? [] : WHILE_AWAY)]) await context.untilRung(key);
      // Where there is a fallback for Spot, a task on demand waits as well.
      waiting = preview
        .snapshot()
        .tasks.filter(({ status, provider }) => status === "PENDING" && provider === "FARGATE_SPOT").length;
    } finally {
      await preview.startDatabase();
      returnedAt = context.mark("database back");
    }
    context.step("database back");
    const [[gone]] = await Promise.all([taken, writesWork(context, load)]);
    await context.untilSteady();
    const figures = await context.conclude(load);
    const firstFailure = figures.writeRecords.find((write) => write.dueAt >= killedAt && !succeeded(write));
    const lastFailure = figures.writeRecords.findLast((write) => !succeeded(write));
    const recoverSeconds = Math.max(0, ((lastFailure?.doneAt ?? returnedAt) - returnedAt) / 1000);
    return {
      checks: [
        ...loadChecks(figures),
        ...readChecks(figures),
        ...writeChecks(figures.writeRecords, killedAt, returnedAt),
        equals("tasks that Spot took", gone === undefined ? 0 : 1, 1),
        equals("tasks on Spot that wait for the database", waiting, 1),
        equals("tasks that could not start", failedSince(context, killedAt), 0),
        ...(context.short ? [] : clockChecks(figures.writeRecords, recoverSeconds)),
      ],
      detectSeconds: firstFailure && (firstFailure.doneAt - killedAt) / 1000,
      recoverSeconds,
    };
  },
};

/** Waits until no request has failed for a while; a last write that failed fails the drill. */
async function writesWork(context: DrillContext, load: Load): Promise<void> {
  const end = Date.now() + TIMEOUT_SECONDS * 1000;
  let failures = -1;
  for (let quietSince = Date.now(); Date.now() < Math.min(end, quietSince + QUIET_SECONDS * 1000); ) {
    const { failed, shed } = load.progress;
    if (failed + shed > failures) quietSince = Date.now();
    failures = failed + shed;
    await context.pause(0.1);
  }
}

/** A task that finds no database waits for it: it does not end, to be started again and again. */
const failedSince = ({ preview }: DrillContext, at: number): number =>
  preview.log().filter((event) => event.at >= at && event.kind === "task.failed").length;

function readChecks({ before, during, after }: Loaded): Check[] {
  const lost = [before, during, after].map(({ reads }) => reads.failed + reads.shed);
  return [
    equals("failed reads while the database is away", lost[1]!, 0),
    equals("failed reads before and after", lost[0]! + lost[2]!, 0),
  ];
}

function writeChecks(writes: WriteRecord[], killedAt: number, returnedAt: number): Check[] {
  const failed = writes.filter((write) => !succeeded(write));
  const unclear = failed.filter(({ status, problem }) => status === undefined || !problem);
  const early = writes.filter((write) => write.doneAt < killedAt && !succeeded(write));
  const during = writes.filter((write) => write.dueAt > killedAt && write.doneAt < returnedAt);
  return [
    atLeast("failed writes while the database is away", failed.length, 1),
    equals("failed writes before", early.length, 0),
    equals("writes that succeeded without a database", during.filter(succeeded).length, 0),
    equals("failed writes without a problem document", unclear.length, 0),
    equals(
      "last write",
      writes.length > 0 && succeeded(writes.at(-1)!) ? "succeeded" : "failed",
      "succeeded",
    ),
  ];
}

function clockChecks(writes: WriteRecord[], recoverSeconds: number): Check[] {
  const failed = writes.filter((write) => !succeeded(write));
  const slowest = Math.max(0, ...failed.map(({ dueAt, doneAt }) => (doneAt - dueAt) / 1000));
  return [
    atMost("slowest failed write", slowest, CLEAR_WITHIN_SECONDS, " s", 1),
    atMost("last failed write after the database's return", recoverSeconds, RECOVERY_SECONDS, " s", 1),
  ];
}

function succeeded({ status }: WriteRecord): boolean {
  return status !== undefined && status < 400;
}
