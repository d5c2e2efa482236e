/** Tasks do not hear of each other's writes: the connections that carry the notifications are silent, then cut. */
import type pg from "pg";
import { UserError } from "../../../cli/user-error.ts";
import { freeze } from "../../../local/freeze.ts";
import { connectTo } from "../database.ts";
import { atLeast, atMost, type Drill, type DrillContext, equals, loadChecks } from "../drill.ts";
import { ADDRESSES, Ages } from "../load/ages.ts";
import { askTask, runningTasks } from "../load/tasks.ts";
import type { Check } from "../report/result.ts";

/** How old an answer of another task may be, in seconds; "healthy" is promised as some milliseconds (docs/FRESHNESS.md). */
const OLDEST = { healthy: 1, silent: 5, cut: 1 } as const;
type State = keyof typeof OLDEST;

const HEALTHY_SECONDS = 3;
/** Less than the task takes to notice, so that the last write is one that nobody is told of. */
const SILENT_SECONDS = 2;
const CUT_SECONDS = 4;
const CUT_EVERY_SECONDS = 0.05;
const POLL_SECONDS = 0.02;
/** A silent connection is noticed after 4 s, and a new one stands within 6 s. */
const HEARD_AGAIN_SECONDS = 15;

/** The server's processes behind the connections that listen, by what they were asked last (api/src/database/listener.ts). */
const LISTENERS = `
  FROM pg_stat_activity
  WHERE datname = current_database() AND pid <> pg_backend_pid()
    AND (query = 'LISTEN catalog' OR query LIKE 'SELECT NOT (pg_is_in_recovery()%')`;

interface Spell {
  state: State;
  since: number;
  until: number;
  missed: number;
}

export const gap: Drill = {
  name: "gap",
  title: "Gap in the notifications",
  description:
    "No task hears of another's writes: the connections for notifications are silent, and then cut.",
  // Nothing fails, and nothing is marked as stale; how many minutes of the stack's it lasts is up to the clock.
  alarms: { rings: [], may: ["stale-answers", "notifications-down"] },
  async run(context) {
    const { preview, signal, short } = context;
    const database = await connectTo(preview.database);
    const tasks = runningTasks(preview.snapshot());
    const ages = new Ages({ writer: tasks[0]!, tasks, apiKey: preview.apiKey, signal });
    const spells: Spell[] = [];
    const during = async (state: State, fault: () => Promise<void>) => {
      context.step(`notifications ${state}`);
      const since = context.mark(state);
      await fault();
      spells.push({ state, since, until: Date.now(), missed: await ages.missing() });
    };
    const healthy = async () => {
      await ages.writeFor(HEALTHY_SECONDS);
      await context.pause(OLDEST.healthy);
    };
    try {
      const load = await context.startLoad({ writeRate: 0 });
      await ages.start();
      await during("healthy", healthy);
      load.enter("during");
      for (let round = 0; round < (short ? 1 : 3); round++) {
        await during("silent", () => silence(context, database, tasks, ages));
        await during("cut", () => cut(context, database, tasks, ages));
      }
      load.enter("after");
      await during("healthy", healthy);
      await ages.stop();
      const figures = await context.finish(load);
      return {
        checks: [
          ...loadChecks(figures),
          equals("failed requests", figures.failed + figures.shed, 0),
          atLeast("writes", ages.writes, 10),
          atLeast("reads of what is written", ages.readings, 100),
          equals("reads that were not answered with it", ages.failed, 0),
          ...(["healthy", "silent", "cut"] as const).flatMap((state) => ageChecks(ages, spells, state)),
          equals("answers that went backwards", ages.backwards, 0),
        ],
      };
    } finally {
      await ages.stop();
      await database.end();
    }
  },
};

/** The connections stand, and nothing comes over them. */
async function silence(
  context: DrillContext,
  database: pg.Client,
  tasks: readonly string[],
  ages: Ages,
): Promise<void> {
  const silent = await listeners(database);
  const thaw = await freeze(silent);
  try {
    await ages.writeFor(SILENT_SECONDS);
    await untilHeard(context, database, tasks, new Set(silent));
  } finally {
    await thaw();
  }
}

/** As often as a task has connected anew. */
async function cut(
  context: DrillContext,
  database: pg.Client,
  tasks: readonly string[],
  ages: Ages,
): Promise<void> {
  const gone = new Set<number>();
  const writing = ages.writeFor(CUT_SECONDS);
  writing.catch(() => {}); // awaited below; the drill may be cancelled before
  for (const end = Date.now() + CUT_SECONDS * 1000; Date.now() < end; ) {
    for (const pid of await listeners(database)) {
      gone.add(pid);
      await database.query("SELECT pg_terminate_backend($1)", [pid]);
    }
    await context.pause(CUT_EVERY_SECONDS);
  }
  await writing;
  await untilHeard(context, database, tasks, gone);
}

async function listeners(database: pg.Client): Promise<number[]> {
  const { rows } = await database.query<{ pid: number }>(`SELECT pid ${LISTENERS}`);
  return rows.map(({ pid }) => pid);
}

/** Waits until every task listens over a connection that is none of the former ones. */
async function untilHeard(
  context: DrillContext,
  database: pg.Client,
  tasks: readonly string[],
  former: ReadonlySet<number>,
): Promise<void> {
  const heard = async () => {
    const present = (await listeners(database)).filter((pid) => !former.has(pid));
    const states = await Promise.all(tasks.map((task) => askTask(task, "/health")));
    return (
      present.length >= tasks.length && states.every(({ body }) => body.includes('"notifications":"up"'))
    );
  };
  const end = Date.now() + HEARD_AGAIN_SECONDS * 1000;
  while (!(await heard())) {
    if (Date.now() > end)
      throw new UserError(`Waited ${HEARD_AGAIN_SECONDS} s for every task to listen again, in vain.`);
    await context.pause(POLL_SECONDS);
  }
}

function ageChecks(ages: Ages, spells: readonly Spell[], state: State): Check[] {
  const of = spells.filter((spell) => spell.state === state);
  const oldest = (path: string, own: boolean) =>
    Math.max(...of.map(({ since, until }) => ages.oldest({ since, until, path, own })));
  const paths = Object.entries(ADDRESSES);
  return [
    equals(
      `${state}: oldest answer of the task that writes, in s`,
      Math.max(...paths.map(([, path]) => oldest(path, true))),
      0,
    ),
    ...paths.map(([name, path]) =>
      atMost(`${state}: oldest ${name} of another task`, oldest(path, false), OLDEST[state], " s", 2),
    ),
    equals(
      `${state}: answers without the last write once all is heard again`,
      of.reduce((total, { missed }) => total + missed, 0),
      0,
    ),
  ];
}
