import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { until } from "../../../test/support/until.ts";
import { unique } from "../support/api.ts";
import { check } from "../support/histories/checker.ts";
import { Clients } from "../support/histories/clients.ts";
import { FAULTS, LONG_FAULTS } from "../support/histories/faults.ts";
import { entryText, type Fault, type History } from "../support/histories/history.ts";
import { now } from "../support/histories/sender.ts";
import { PRODUCTS, World } from "../support/histories/world.ts";
import { type Reply, rename } from "../support/tasks.ts";

/**
 * Histories of concurrent clients under faults, and a checker of what is promised. Each of some seconds with a schedule of its own,
 * one after the other on the same tasks: always the same few; with HISTORY_SECONDS as many as there is time for, each with another
 * seed. HISTORY_SEED is that of the first, and HISTORY_FAULTS names the faults, with commas between, when it shall not be all. One
 * that fails is repeated on new tasks with ever fewer faults; what is printed is the shortest that failed, and of it what shows the
 * failure.
 */

const { HISTORY_SECONDS, HISTORY_SEED, HISTORY_FAULTS, HISTORY_SHRINK_SECONDS } = process.env;
const SECONDS = Number(HISTORY_SECONDS ?? 0);
/** Short ones, with other faults each. To search is for whoever has minutes, and not what refuses somebody else's change. */
const ALWAYS = [29, 36];
/** For repeating a history that has failed, with fewer faults. */
const SHRINK_MS = 1_000 * Number(HISTORY_SHRINK_SECONDS ?? Math.min(300, Math.max(10, 5 * SECONDS)));
/** Before the first fault, and after the last. */
const QUIET_MS = 2_000;

const known = SECONDS >= 300 ? { ...FAULTS, ...LONG_FAULTS } : FAULTS;
const names = (HISTORY_FAULTS || Object.keys(known).join()).split(",");

let world: World;
before(async () => {
  world = await World.start();
});
after(() => world?.stop());

interface Step {
  fault: string;
  on: number;
  /** Milliseconds until the next one. */
  pause: number;
}

const schedules = fc.array(
  fc.record<Step>({
    fault: fc.constantFrom(...names),
    on: fc.nat(1),
    pause: fc.integer({ min: 50, max: 1_500 }),
  }),
  { minLength: 1, maxLength: 8, size: "max" },
);

const total = {
  operations: 0,
  reads: 0,
  writes: 0,
  bySql: 0,
  refused: 0,
  unknown: 0,
  stale: 0,
  faults: 0,
  histories: 0,
};
const kinds = new Set<string>();

async function play(schedule: readonly Step[]): Promise<void> {
  const clients = new Clients(world);
  const faults: Fault[] = [];
  const deadlocks = world.deadlocks.length;
  clients.start();
  try {
    await sleep(QUIET_MS);
    for (const { fault, on, pause } of schedule) {
      const at = now();
      await known[fault]!(world, on);
      faults.push({ what: "fault", name: fault, on, at, until: now() });
      await sleep(pause);
    }
    await world.heal();
    await sleep(QUIET_MS);
  } finally {
    await clients.stop();
  }
  await settle();
  const history: History = { operations: clients.operations, faults, audit: await world.audit() };
  count(history);
  const [violation] = check(history);
  if (violation) assert.fail(`${violation.promise}\n${shortest(history, violation.operations)}`);
  // No two writes wait for each other in a circle.
  assert.deepEqual(world.deadlocks.slice(deadlocks), []);
}

/** Every kind of read. */
const READS = [
  ...Array.from({ length: PRODUCTS + 2 }, (_, i) => `/v1/products/product-${i}`).flatMap((page) => [
    page,
    `${page}?fields=name,price`,
    `${page}/record`,
  ]),
  "/v1/products?brand=Acme&facets=true",
  "/v1/products?category=lamps&facets=true",
  "/v1/products?sort=price",
  "/v1/products?q=made",
  "/v1/products?sku=product-0,product-1",
  "/v1/search?q=made",
  "/v1/suggest?q=ma",
  "/v1/categories",
  "/v1/categories/lamps",
  "/v1/unpublished",
  "/v1/export",
];

/** Whatever was, in the end every task shows by every read what is so, and writes. */
async function settle(): Promise<void> {
  const shown = ({ status, body }: Reply): string => `${status} ${body.replace(/"nextCursor":"[^"]*"/, "")}`;
  for (const [i, task] of world.tasks.entries()) {
    for (const path of READS) {
      const seen = { task: "", truth: "" };
      const isSo = async () => {
        const reply = await task.send(path, { key: true });
        seen.task = shown(reply);
        seen.truth = shown(await world.truth!.send(path, { key: true }));
        return seen.task === seen.truth && !String(reply.headers["cache-status"]).includes("stale");
      };
      await until(isSo, "it", SETTLE_SECONDS).catch(() =>
        assert.fail(`${SETTLED}\n  task ${i} ${path} → ${seen.task}\n  and what is so: ${seen.truth}`),
      );
    }
    const renamed = () => rename(task, "product-0", `Settled ${unique()}`);
    await until(async () => (await renamed()).status === 200, "a write", SETTLE_SECONDS).catch(() =>
      assert.fail(`task ${i} does not write any more`),
    );
  }
}

const SETTLED = "in the end every task shows what is so by every read";
/** A busy machine takes some seconds for it; what is wrong for longer is wrong for good. */
const SETTLE_SECONDS = 30;

const namesOf = (schedule: readonly Step[]): string =>
  schedule.map(({ fault, on }) => `${fault} (${on})`).join("; ");

/** A failed history with ever fewer faults, for as long as there is time; each on tasks of its own. */
async function shrunk(seed: number): Promise<string> {
  if (SHRINK_MS === 0) return "";
  let running: Promise<unknown> = Promise.resolve();
  let first = true;
  const property = fc.asyncProperty(schedules, async (schedule) => {
    if (first) {
      first = false;
      throw new Error("it has failed already");
    }
    await world.renew();
    running = play(schedule);
    await running;
  });
  const { counterexample, numShrinks, errorInstance } = await fc.check(property, {
    seed,
    numRuns: 1,
    interruptAfterTimeLimit: SHRINK_MS,
  });
  await running.catch(() => {});
  if (numShrinks === 0) return "";
  return `\n\nwith less it fails as well: ${namesOf(counterexample![0])}\n${(errorInstance as Error).message}`;
}

/** The operations that show it, with the faults at that time, in order. */
function shortest({ faults }: History, operations: History["operations"]): string {
  const from = Math.min(...operations.map(({ at }) => at));
  const to = Math.max(...operations.map(({ until }) => until));
  const near = faults.filter(({ at, until }) => until > from - 5_000 && at < to);
  const lines = [...operations, ...near]
    .toSorted((a, b) => a.at - b.at)
    .map((entry) => `  ${entryText(entry)}`);
  // What no task expects (level "error") it has logged.
  const logged = world.tasks.flatMap((task) =>
    task.log().filter(({ level }) => level === "error" || level >= 50),
  );
  return [...lines, ...logged.slice(-3).map((line) => `  logged: ${JSON.stringify(line)}`)].join("\n");
}

function count({ operations, faults }: History): void {
  total.histories++;
  total.faults += faults.length;
  for (const { name } of faults) kinds.add(name);
  for (const { outcome, stale, status, task } of operations) {
    total.operations++;
    total.bySql += Number(task < 0);
    if (outcome === "read") total.reads += Number(status === 200);
    else if (outcome === "done" || outcome === "replayed") total.writes++;
    else if (outcome === "unknown") total.unknown++;
    else total.refused++;
    total.stale += Number(stale);
  }
}

function* seeds(): Generator<number> {
  if (HISTORY_SECONDS === undefined) yield* HISTORY_SEED === undefined ? ALWAYS : [Number(HISTORY_SEED)];
  const end = now() + SECONDS * 1_000;
  for (let seed = Number(HISTORY_SEED ?? Date.now() % 1_000_000); now() < end; seed++) yield seed;
}

test("whatever happens, every promise of docs/FRESHNESS.md and of the answers is kept", async (t) => {
  for (const seed of seeds()) {
    const [schedule = []] = fc.sample(schedules, { seed, numRuns: 1 });
    await play(schedule).catch(async (error) => {
      assert.fail(`HISTORY_SEED=${seed}: ${namesOf(schedule)}\n${error.message}${await shrunk(seed)}`);
    });
  }
  t.diagnostic(`${JSON.stringify(total)}, ${kinds.size} kinds of faults, no violation`);
  assert.ok(total.writes > 20 && total.reads > 40 && total.bySql > 2 && total.faults > 3);
});
