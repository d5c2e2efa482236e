import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { PoolWatch } from "../../src/database/watch.ts";

const POOLS = ["read", "search", "write"] as const;
const SILENT_MS = 10_000;

/** Where a pool connects. */
const hostOf = (name: (typeof POOLS)[number]) => (name === "write" ? "writer" : "reader");

/** Pools that answer or do not, over a writer and a reader that are there or not; time is told, not waited for. */
const histories = fc.array(
  fc.record({
    /** Seconds until the next look. */
    pause: fc.integer({ min: 1, max: 8 }),
    there: fc.record({ writer: fc.boolean(), reader: fc.boolean() }),
    stuck: fc.record({ read: fc.boolean(), search: fc.boolean(), write: fc.boolean() }),
    /** Whether new connections in place of stuck ones work. */
    repairable: fc.boolean(),
  }),
  { maxLength: 30 },
);

test("a task is broken only when a fresh connection works and a pool does not, after the pool was repaired in place", async () => {
  await fc.assert(
    fc.asyncProperty(histories, async (history) => {
      let now = 0;
      const there = { writer: true, reader: true };
      /** The first look that has found it there since it was away last. */
      const thereSince: { writer?: number | undefined; reader?: number | undefined } = {};
      let repairable = true;
      const stuck = { read: false, search: false, write: false };
      const renewed = { read: 0, search: 0, write: 0 };
      const pool = (name: (typeof POOLS)[number]) => ({
        answeredAt: 0,
        async probe() {
          if (there[hostOf(name)] && !stuck[name]) this.answeredAt = now;
          else throw new Error("no answer");
        },
        renew() {
          renewed[name]++;
          if (repairable) stuck[name] = false;
        },
        freshWorks: async () => there[hostOf(name)],
      });
      const pools = { read: pool("read"), search: pool("search"), write: pool("write") };
      const watches = POOLS.map((name) => ({
        name,
        watch: new PoolWatch(pools[name], SILENT_MS, () => now),
      }));
      const look = () => Promise.all(watches.map(({ watch }) => watch.look()));
      for (const step of history) {
        Object.assign(there, step.there);
        repairable = step.repairable;
        for (const name of POOLS) stuck[name] ||= step.stuck[name];
        now += step.pause * 1_000;
        for (const host of ["writer", "reader"] as const)
          thereSince[host] = there[host] ? (thereSince[host] ?? now) : undefined;
        await look();
        for (const { name, watch } of watches.filter(({ watch }) => watch.broken)) {
          const since = thereSince[hostOf(name)];
          assert.ok(since !== undefined, "its database is away for everybody");
          assert.ok(now - since >= 10_000, "its database is only just back");
          assert.ok(stuck[name] && !watch.isUp, `${name} works`);
          assert.ok(renewed[name] > 0, `${name} was not repaired`);
        }
      }
      // Whatever was, with a database that is there a pool is up, or repaired, or known to be broken.
      Object.assign(there, { writer: true, reader: true });
      for (let i = 0; i < 20; i++) {
        now += 2_000;
        await look();
      }
      for (const { name, watch } of watches) assert.ok(watch.isUp || watch.broken, name);
    }),
  );
});

test("a look that takes long is not overtaken: there is one at a time, and what it finds is the last word", async () => {
  let now = 0;
  const answers: PromiseWithResolvers<boolean>[] = [];
  const freshWorks = () => {
    const answer = Promise.withResolvers<boolean>();
    answers.push(answer);
    return answer.promise;
  };
  const pool = { answeredAt: 0, probe: async () => {}, renew: () => {}, freshWorks };
  const watch = new PoolWatch(pool, SILENT_MS, () => now);
  now = 30_000;
  const looks = [watch.look(), watch.look(), watch.look()];
  assert.equal(answers.length, 1, "a stalled database is not connected to again and again");
  answers[0]!.resolve(true);
  await Promise.all(looks);
  void watch.look();
  assert.equal(answers.length, 2);
  answers[1]!.resolve(true);
});

test("a pool whose statements take as long as they may is left alone", async () => {
  let now = 0;
  let renewed = 0;
  const pool = { answeredAt: 0, probe: async () => {}, renew: () => renewed++, freshWorks: async () => true };
  const watch = new PoolWatch(pool, 65_000, () => now);
  for (; now < 64_000; now += 2_000) await watch.look();
  assert.deepEqual(
    { renewed, up: watch.isUp, broken: watch.broken },
    { renewed: 0, up: true, broken: false },
  );
});
