import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { keptFor, passing, throughCaches, zipf } from "../../../ops/forecast/caches.ts";

const near = (actual: number, expected: number, share = 0.01) =>
  assert.ok(Math.abs(actual - expected) <= share * Math.abs(expected), `${actual}, not ${expected}`);

/** Deterministic: the minimal standard generator (Park and Miller, 1988). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

test("what passes a cache is what passes one that is played request by request", () => {
  const next = random(7);
  for (const [rate, seconds] of [
    [0.01, 30],
    [1, 30],
    [50, 30],
    [3, 0],
  ] as const) {
    let passed = 0;
    let now = 0;
    const requests = 200_000;
    for (let i = 0, until = -1; i < requests; i++) {
      now += -Math.log(next()) / rate;
      if (now < until) continue;
      passed++;
      until = now + seconds;
    }
    near(passing(rate, seconds), passed / now, 0.03);
  }
});

test("a write ends early what is kept, as when it is played", () => {
  assert.equal(keptFor(30, 0), 30);
  near(keptFor(30, 1e-9), 30);
  near(keptFor(30, 1e6), 1e-6);
  const next = random(3);
  let sum = 0;
  for (let i = 0; i < 100_000; i++) sum += Math.min(30, -Math.log(next()) / 0.05);
  near(keptFor(30, 0.05), sum / 100_000, 0.02);
});

test("Zipf's bands hold all keys, their shares add up, and sums over them are those over the keys", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20_000 }),
      fc.double({ min: 0, max: 2, noNaN: true }),
      (keys, exponent) => {
        const bands = zipf(keys, exponent);
        assert.equal(
          bands.reduce((sum, band) => sum + band.keys, 0),
          keys,
        );
        near(
          bands.reduce((sum, band) => sum + band.keys * band.share, 0),
          1,
          1e-9,
        );
        const weights = Array.from({ length: keys }, (_, rank) => (rank + 1) ** -exponent);
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        const exact = weights.reduce((sum, weight) => sum + passing((1_000 * weight) / total, 30), 0);
        near(
          bands.reduce((sum, band) => sum + band.keys * passing(1_000 * band.share, 30), 0),
          exact,
          0.02,
        );
      },
    ),
    { numRuns: 50 },
  );
});

test("fewer pass each next cache; none keeps what is kept for no time; one key at a high rate passes once a time to live", () => {
  const chain = { bands: zipf(1, 1), edges: 1, edgeSeconds: 30, taskSeconds: 30, writesPerKey: 0 };
  near(throughCaches(1e9, 1, chain).origin, 1 / 30);
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 100_000 }),
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 50 }),
      (rate, tasks, edges) => {
        const all = { ...chain, bands: zipf(5_000, 1), edges };
        const { origin, misses } = throughCaches(rate, tasks, all);
        assert.ok(misses <= origin && origin <= rate * 1.0001);
        const none = throughCaches(rate, tasks, { ...all, edgeSeconds: 0, taskSeconds: 0 });
        near(none.origin, rate);
        near(none.misses, rate);
        assert.ok(
          throughCaches(rate, tasks + 1, all).misses >= misses * 0.9999,
          "caches of more tasks share less",
        );
      },
    ),
  );
});
