import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Pace } from "../../src/http/pace.ts";

/** A clock that is told how late it is. */
class Clock {
  time = 0;
  readonly #sleepers: { until: number; wake: () => void }[] = [];
  readonly now = () => this.time;
  readonly sleep = (ms: number): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#sleepers.push({ until: this.time + ms, wake: resolve });
    return promise;
  };

  /** Wakes whoever is due, in their order, and lets them go on. */
  async pass(ms: number): Promise<void> {
    const end = this.time + ms;
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      const [next] = this.#sleepers.toSorted((a, b) => a.until - b.until);
      if (!next || next.until > end) break;
      this.#sleepers.splice(this.#sleepers.indexOf(next), 1);
      this.time = next.until;
      next.wake();
    }
    this.time = end;
  }
}

/** Clients that ask again as soon as they are told. @returns when each was told */
async function loop(clients: { name: string; connections: number }[], forMs: number) {
  const clock = new Clock();
  const pace = new Pace(clock);
  const told = new Map(clients.map(({ name }) => [name, [] as number[]]));
  let over = false;
  for (const { name, connections } of clients) {
    for (let i = 0; i < connections; i++) {
      void (async () => {
        while (!over) {
          await pace.turn(name);
          told.get(name)!.push(clock.time);
          // What is told at once comes back at once, but not before time has passed.
          await clock.sleep(1);
        }
      })();
    }
  }
  await clock.pass(forMs);
  over = true;
  return told;
}

test("a client in a loop is told ten times a second, over however many connections", async () => {
  for (const connections of [1, 5, 20]) {
    const told = await loop([{ name: "a", connections }], 10_000);
    const times = told.get("a")!;
    assert.equal(times[0], 0, "the first leaves at once");
    assert.ok(times.length >= 90 && times.length <= 101, `${connections}: ${times.length} times`);
  }
});

test("nobody waits for what others are told", async () => {
  const told = await loop(
    [
      { name: "loud", connections: 20 },
      { name: "quiet", connections: 1 },
    ],
    1_000,
  );
  assert.deepEqual(told.get("quiet")!.slice(0, 3), [0, 100, 200]);
});

const pausesUpTo = (max: number) => fc.array(fc.integer({ min: 0, max }), { maxLength: 60, size: "max" });

test("whoever keeps to the pace is never held back, and nobody for longer than two seconds", async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(20, 300).chain(pausesUpTo), async (pauses) => {
      const clock = new Clock();
      const pace = new Pace(clock);
      const waits: Promise<number>[] = [];
      let [last, free] = [Number.NEGATIVE_INFINITY, true];
      for (const pause of pauses) {
        await clock.pass(pause);
        if (clock.time - last < 100) free = false;
        last = clock.time;
        const asked = clock.time;
        waits.push(pace.turn("a").then(() => clock.time - asked));
      }
      await clock.pass(10_000);
      const waited = await Promise.all(waits);
      if (free) assert.deepEqual(new Set(waited), new Set(waited.length > 0 ? [0] : []));
      assert.ok(Math.max(0, ...waited) <= 2_000, `somebody waited for ${Math.max(...waited)} ms`);
    }),
  );
});

test("of very many no more than a thousand are held back", async () => {
  const clock = new Clock();
  const pace = new Pace(clock);
  let told = 0;
  for (let i = 0; i < 3_000; i++) void pace.turn("a").then(() => told++);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(told, 2_000);
  await clock.pass(2_000);
  assert.equal(told, 3_000);
});
