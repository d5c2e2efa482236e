import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { findChoices, type Limits, summarise } from "../../../ops/forecast/choices.ts";
import { CLASSES } from "../../../ops/forecast/classes.ts";
import type { Demand } from "../../../ops/forecast/demand.ts";
import type { Service } from "../../../ops/forecast/service.ts";
import { type Scenario, simulate } from "../../../ops/forecast/simulate.ts";
import { SERVICE } from "./support.ts";

/** Each request costs a task 10 ms, and the database `database` s. */
const ask =
  (database = 0) =>
  (requests: number): Demand => ({
    requests,
    hits: 0,
    misses: requests,
    hitCpu: 0,
    missCpu: 0.01,
    databaseCpu: database,
    refusalCpu: 0.0001,
  });

const scenario = (curve: number[], more: Partial<Scenario> = {}): Scenario => ({
  curve,
  begins: new Date("2026-11-27T00:00:00Z"),
  ask: ask(),
  database: CLASSES["db.r6g.large"]!,
  clocks: { start: 60, healthy: 30, metric: 0, notice: 120 },
  spot: [],
  ...more,
});
const constant = (rate: number, minutes: number) => Array.from({ length: minutes }, () => rate);
const LIMITS: Limits = { refused: 0, p99: 60_000 };

test("three minutes above the target, the time to start, a check: then there are as many tasks as carry it", () => {
  // 1.8 processors: 90 % of two tasks, 60 % of three.
  const patient = { ...SERVICE, scaleOutCooldown: 300 };
  const minutes = simulate(patient, scenario([...constant(10, 5), ...constant(180, 20)]));
  assert.deepEqual(
    minutes.map(({ desired }) => desired),
    [...constant(2, 8), ...constant(3, 17)],
  );
  // It runs a minute later, and idles for half a minute.
  assert.deepEqual(
    minutes.slice(7, 11).map(({ running, serving }) => [running, serving]),
    [
      [2, 2],
      [2, 2],
      [3, 3],
      [3, 3],
    ],
  );
  assert.equal(Math.round(minutes[7]!.cpu), 90);
  assert.equal(Math.round(minutes[9]!.cpu), 60);
  const late = simulate(
    patient,
    scenario([...constant(10, 5), ...constant(180, 20)], {
      clocks: { start: 60, healthy: 30, metric: 120, notice: 120 },
    }),
  );
  assert.deepEqual(
    late.map(({ desired }) => desired),
    [...constant(2, 10), ...constant(3, 15)],
    "what CloudWatch sees later, the scaler does later",
  );
});

test("scaling in takes fifteen quiet minutes, and never goes below the minimum", () => {
  const minutes = simulate({ ...SERVICE, minimum: 3 }, scenario(constant(100, 40)));
  assert.ok(minutes.every(({ desired }) => desired === 3));
  const raised = simulate(
    {
      ...SERVICE,
      scheduled: [
        { schedule: "at(2026-11-27T00:00:00)", timezone: "UTC", minimum: 8 },
        { schedule: "at(2026-11-27T00:10:00)", timezone: "UTC", minimum: 2 },
      ],
    },
    scenario(constant(100, 40)),
  );
  assert.equal(raised[2]!.desired, 8);
  assert.equal(raised[13]!.desired, 8, "fifteen datapoints are not there yet");
  assert.equal(raised.at(-1)!.desired, 2);
});

test("a scheduled minimum counts from its moment on, by its own time zone", () => {
  const scheduled = [{ schedule: "cron(30 1 27 11 ? 2026)", timezone: "Europe/Stockholm", minimum: 6 }];
  const minutes = simulate({ ...SERVICE, scheduled }, scenario(constant(1, 60)));
  assert.deepEqual([minutes[29]!.desired, minutes[30]!.desired], [2, 6]);
  assert.deepEqual([minutes[30]!.serving, minutes[31]!.serving], [2, 6]);
});

test("what Spot takes serves until its notice is over, and is replaced at once, or when there is Spot again", () => {
  const taken = (short: number, onDemandBase = 0) =>
    simulate(
      { ...SERVICE, minimum: 4, onDemandBase },
      scenario(constant(10, 30), { spot: [{ minute: 5, tasks: 3, short }] }),
    ).map(({ serving }) => serving);
  assert.ok(taken(0).every((serving) => serving >= 4));
  const drought = taken(10);
  // For two minutes they go on, then for eight there is no other, and a new one takes a minute and a half.
  assert.deepEqual(drought.slice(0, 18), [...constant(4, 7), ...constant(1, 9), ...constant(4, 2)]);
  assert.equal(taken(10, 3)[8], 3, "the base is not Spot's to take");
});

test("credits are earned and spent as AWS counts them", () => {
  // db.t3.medium: 24 an hour; 60 requests/s of 10 ms are 0.6 processors, 36 credits an hour.
  const minutes = simulate(
    { ...SERVICE, maximum: 2 },
    scenario(constant(60, 60), { database: CLASSES["db.t3.medium"]!, ask: ask(0.01) }),
  );
  assert.ok(Math.abs(minutes.at(-1)!.credits! - (576 - 12)) < 1e-6, String(minutes.at(-1)!.credits));
  assert.equal(Math.round(minutes[0]!.databaseCpu), 30);
  const idle = simulate(SERVICE, scenario(constant(0, 5), { database: CLASSES["db.t3.medium"]! }));
  assert.equal(idle.at(-1)!.credits, 576, "no more than a day's");
});

const curves = fc.array(fc.integer({ min: 0, max: 2_000 }), { minLength: 1, maxLength: 60 });

test("in each minute what is asked is answered, shed or failed, within the limits of the service", () => {
  fc.assert(
    fc.property(curves, fc.integer({ min: 2, max: 10 }), (curve, minimum) => {
      const minutes = simulate({ ...SERVICE, minimum }, scenario(curve, { ask: ask(0.001) }));
      assert.equal(minutes.length, curve.length);
      for (const [index, { requests, answered, shed, failed, desired, serving }] of minutes.entries()) {
        assert.ok(Math.abs(requests - curve[index]!) < 1e-6);
        assert.ok(Math.abs(answered + shed + failed - requests) < 1e-6);
        assert.ok(desired >= minimum && desired <= 10);
        assert.ok(serving <= 10);
      }
    }),
  );
});

test("as many tasks at all times never refuse more than fewer do", () => {
  const refused = (tasks: number, curve: number[]) => {
    const fixed = { ...SERVICE, minimum: tasks, maximum: tasks };
    return summarise(simulate(fixed, scenario(curve)), fixed, LIMITS).refused;
  };
  fc.assert(
    fc.property(curves, fc.integer({ min: 2, max: 9 }), (curve, tasks) => {
      assert.ok(refused(tasks + 1, curve) <= refused(tasks, curve) + 1e-12);
    }),
  );
});

test("settings that are offered carry the curve, and with one task less they do not", () => {
  fc.assert(
    fc.property(fc.integer({ min: 50, max: 1_200 }), fc.integer({ min: 0, max: 6 }), (peak, taken) => {
      const spot = taken === 0 ? [] : [{ minute: 25, tasks: taken, short: 30 }];
      const played = scenario([...constant(20, 20), ...constant(peak, 20), ...constant(20, 20)], { spot });
      const choices = findChoices(SERVICE, played, LIMITS);
      if (peak > 10 * 98) assert.deepEqual(choices, [], "more than ten tasks can");
      assert.deepEqual(
        choices.map(({ usd }) => usd),
        choices.map(({ usd }) => usd).toSorted((a, b) => a - b),
      );
      for (const { settings, carries } of choices) {
        assert.ok(carries);
        const changed = applied(settings);
        const play = (service: Service) => {
          const database = CLASSES[service.databaseClass]!;
          return summarise(simulate(service, { ...played, database }), service, LIMITS);
        };
        assert.ok(play(changed).carries, JSON.stringify(settings));
        if (settings.MIN_TASKS && changed.minimum > 2) {
          const minimum = changed.minimum - 1;
          const onDemandBase = Math.min(changed.onDemandBase, minimum);
          assert.ok(!play({ ...changed, minimum, onDemandBase }).carries, JSON.stringify(settings));
        }
      }
    }),
    { numRuns: 15 },
  );
});

/** What a deployment with these settings would be. */
function applied(settings: Readonly<Record<string, string>>): Service {
  const scheduled = (settings.SCHEDULED_MINIMUMS ?? "").split("; ").flatMap((item) => {
    const [schedule, minimum] = item.split("=");
    return minimum ? [{ schedule: schedule!, timezone: "UTC", minimum: Number(minimum), maximum: 10 }] : [];
  });
  return {
    ...SERVICE,
    minimum: Number(settings.MIN_TASKS ?? SERVICE.minimum),
    databaseClass: settings.DATABASE_INSTANCE_CLASS ?? SERVICE.databaseClass,
    onDemandBase: Number(settings.ON_DEMAND_BASE_TASKS ?? 0),
    scheduled,
  };
}
