/** The database stands still for a while: connections stay open, and nothing answers. */
import type { Preview } from "../../contract/index.ts";
import { atLeast, atMost, type Drill, type DrillContext, equals, loadChecks } from "../drill.ts";
import { NEW_KINDS, type Probe, Probes, returnedAfter } from "../load/probes.ts";
import { askTask, runningTasks, succeeded } from "../load/tasks.ts";
import { removeWritten } from "../load/writes.ts";
import type { Check } from "../report/result.ts";
import { watchHealth } from "../watch.ts";

const SECONDS = [5, 10, 30, 60];
/** The shortest after which statements have timed out on their connections. */
const SHORT_SECONDS = [10];
/**
 * A new connection is given up after 6 s and tried again 3 s later at most; one that hangs all the same is replaced after 12 s
 * (api/src/database/client.ts, kept-connection.ts, watch.ts), and then answers.
 */
const RETURN_SECONDS = 15;
/** Something works again when nothing has failed for so long. */
const QUIET_SECONDS = 3;
/** A silent connection for notifications is noticed after so long (docs/FRESHNESS.md). */
const NOTICED_SECONDS = 5;
/** A read has 8 s (docs/FRESHNESS.md); the rest is for a machine that does all of this at once. */
const ANSWER_SECONDS = 10;

interface Stall {
  seconds: number;
  at: number;
  resumedAt: number;
  slug: string;
}

/**
 * A volume that stalls or a machine that freezes closes no connection: unlike in a failover, clients learn of it by their own
 * time-outs alone, and every connection has statements on it whose answers come much later.
 */
export const stall: Drill = {
  name: "stall",
  title: "Stalled database",
  description: "All processes of the database stand still, and go on, while everything is asked of it.",
  // How many requests meet the stalls, and how long the database is not seen, is up to how long they are.
  alarms: {
    rings: [],
    may: [
      "api-errors",
      "write-errors",
      "edge-errors",
      "stale-answers",
      "database-silent",
      "notifications-down",
      "slow-answers",
      "latency-burn-fast",
      "availability-burn-fast",
      "database-away",
    ],
  },
  async run(context) {
    const { preview, catalogue, short } = context;
    const tasks = runningTasks(preview.snapshot());
    const probes = new Probes({ tasks, catalogue, apiKey: preview.apiKey, slug: slugOf(0) });
    const stalls: Stall[] = [];
    try {
      const load = await context.startLoad();
      const health = watchHealth(preview);
      const startedAt = Date.now();
      await probes.start();
      context.step("load before the stalls");
      await context.rest(5);
      load.enter("during");
      for (const seconds of short ? SHORT_SECONDS : SECONDS)
        stalls.push(await standStill(context, probes, seconds, slugOf(stalls.length)));
      load.enter("after");
      context.step("load after the stalls");
      await context.rest(5);
      await probes.stop();
      const figures = await context.finish(load);
      const unclear = figures.writeRecords.filter(
        (write) => !succeeded(write) && (write.status === undefined || !write.problem),
      );
      const reads = figures.phases.map(({ reads }) => reads.failed + reads.shed);
      const replaced = context.eventSince(startedAt, "target.unhealthy", "task.stopping", "task.failed");
      return {
        checks: [
          ...loadChecks(figures),
          equals("failed reads of known addresses at the edge", sum(reads), 0),
          equals("failed writes without a problem document", unclear.length, 0),
          ...knownChecks(probes.answers, stalls),
          equals("answers of /health but 200", count(probes.answers, isUnhealthy), 0),
          atLeast("lowest share of healthy targets", health.stop(), 100, " %"),
          equals("tasks taken out of service", replaced?.message ?? "none", "none"),
          ...returnChecks(probes.answers, stalls),
          ...(await lossChecks(tasks, probes.answers, stalls)),
        ],
        recoverSeconds: Math.max(...NEW_KINDS.map((kind) => slowestReturn(probes.answers, kind, stalls))),
      };
    } finally {
      await probes.stop();
      await removeProducts(preview);
    }
  },
};

/** One stall, until what is new is answered again. */
async function standStill(
  context: DrillContext,
  probes: Probes,
  seconds: number,
  slug: string,
): Promise<Stall> {
  const { preview } = context;
  probes.slug = slug;
  context.step(`database stands still for ${seconds} s`);
  const at = context.mark(`stands still for ${seconds} s`);
  let resumedAt: number;
  try {
    await preview.pauseDatabase();
    await context.pause(seconds);
  } finally {
    await preview.startDatabase();
    resumedAt = context.mark("goes on");
  }
  context.step(`database goes on after ${seconds} s`);
  await context.within(RETURN_SECONDS + QUIET_SECONDS, () => {
    const failures = probes.answers.filter((probe) => isNew(probe) && !succeeded(probe));
    const lastFailure = Math.max(resumedAt, ...failures.map(({ sentAt }) => sentAt));
    return Date.now() - lastFailure > QUIET_SECONDS * 1000;
  });
  return { seconds, at, resumedAt, slug };
}

function knownChecks(answers: readonly Probe[], stalls: readonly Stall[]): Check[] {
  const known = answers.filter(({ kind }) => kind === "known");
  const late = known.filter(({ sentAt, doneAt }) =>
    stalls.some(({ at, resumedAt }) => sentAt > at + NOTICED_SECONDS * 1000 && doneAt < resumedAt),
  );
  const slowest = Math.max(...known.map(({ sentAt, doneAt }) => (doneAt - sentAt) / 1000));
  return [
    equals(
      "answers of tasks for known addresses but 200",
      count(known, (probe) => !succeeded(probe)),
      0,
    ),
    atMost("slowest of them", slowest, ANSWER_SECONDS, " s", 1),
    atLeast(`of them ${NOTICED_SECONDS} s into a stall or later`, late.length, 1),
    equals(
      "of those not marked as stale",
      count(late, ({ stale }) => !stale),
      0,
    ),
  ];
}

function returnChecks(answers: readonly Probe[], stalls: readonly Stall[]): Check[] {
  return NEW_KINDS.map((kind) =>
    atMost(
      `return of each ${kind} that is new, slowest`,
      slowestReturn(answers, kind, stalls),
      RETURN_SECONDS,
      " s",
      1,
    ),
  );
}

/** What was sent so shortly before the next stall may still be under way when it begins, and fail by that one. */
const UNDER_WAY_MS = 1_000;

function slowestReturn(
  answers: readonly Probe[],
  kind: (typeof NEW_KINDS)[number],
  stalls: readonly Stall[],
): number {
  const returns = stalls.map(({ resumedAt }, index) =>
    returnedAfter(
      answers,
      kind,
      resumedAt,
      (stalls[index + 1]?.at ?? Number.POSITIVE_INFINITY) - UNDER_WAY_MS,
    ),
  );
  return Math.max(...returns);
}

/** Asks every task for the variants whose writes it, or another one, has acknowledged. */
async function lossChecks(
  tasks: readonly string[],
  answers: readonly Probe[],
  stalls: readonly Stall[],
): Promise<Check[]> {
  const writes = answers.filter(({ kind }) => kind === "write");
  const acknowledged = writes.filter(succeeded);
  let lost = 0;
  for (const task of tasks) {
    const pages = await Promise.all(stalls.map(({ slug }) => askTask(task, `/v1/products/${slug}`)));
    const skus = new Set(pages.filter(succeeded).flatMap(({ body }) => readSkus(body)));
    lost += acknowledged.filter(({ sku }) => !skus.has(sku!)).length;
  }
  return [
    atLeast("acknowledged writes of new variants", acknowledged.length, 1),
    equals("acknowledged writes that a task does not show", lost, 0),
  ];
}

const readSkus = (page: string): string[] =>
  (JSON.parse(page) as { variants: { sku: string }[] }).variants.map(({ sku }) => sku);

const slugOf = (index: number): string => `preview-drill-stall-${index + 1}`;

async function removeProducts(preview: Preview): Promise<void> {
  for (const index of SECONDS.keys()) await removeWritten(preview, slugOf(index));
}

const isNew = ({ kind }: Probe): boolean => (NEW_KINDS as readonly string[]).includes(kind);
const isUnhealthy = ({ kind, status }: Probe): boolean => kind === "health" && status !== 200;

function count<T>(items: readonly T[], is: (item: T) => boolean): number {
  return items.filter(is).length;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
