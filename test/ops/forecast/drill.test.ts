import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { compare, type DrillReport, readDrill } from "../../../ops/forecast/drill.ts";
import { SERVICE } from "./support.ts";

/**
 * A drill as the preview plays it, at ten times the speed and forty on the way back: a tenth of the load for a minute, all of it, which
 * is 1.6 times what two tasks carry at their target, and a tenth again. The scaler acts `late` minutes after it should. A task that
 * nobody asks for anything uses a share of its CPU, `idle`.
 */
function drill(late = 0, shed = 0, idle = 0): DrillReport {
  const points: DrillReport["points"] = [];
  const cost = (1.6 * 2 * (0.6 - idle)) / 100;
  const add = (origin: number, tasks: number, speed: number) =>
    points.push({
      at: 1_000 * points.length,
      requests: origin,
      originRequests: origin,
      shed: shed * origin,
      cpuPercent: Math.min(100, 100 * ((origin * cost) / tasks + idle)),
      running: tasks,
      healthy: tasks,
      desired: tasks,
      speed,
    });
  for (let second = 0; second < 6; second++) add(10, 2, 10);
  const grown = 1_000 * points.length;
  // Three datapoints of six seconds above 60 %, then 96 % of two tasks is 60 % of 3.2.
  for (let second = 0; second < 60; second++) add(100, second < 18 + 6 * late ? 2 : 4, 10);
  // With four tasks it is below 54 %, which is not yet enough for three; the fifteenth such minute is the eighth of little load.
  for (let second = 0; second < 60; second++) add(10, second < 12 ? 4 : 2, 40);
  return { name: "spike", marks: [{ at: grown, label: "10 × traffic" }], points };
}

test("a drill that goes as the clocks have it is foretold", () => {
  const { minutes, within, shed, holds } = compare(drill(), SERVICE);
  assert.ok(holds, JSON.stringify({ minutes, within, shed }));
  assert.ok(within > 0.95, String(within));
  assert.deepEqual(shed, { drill: 0, forecast: 0 });
});

/** What four tasks want is measured; what two want is cut off at a hundred percent. */
test("a spike of which two tasks cannot do the half is foretold all the same, and what idle tasks use", () => {
  for (const idle of [0, 0.2]) {
    const steep = drill(0, 0, idle);
    const cost = (idle === 0 ? 3.4 : 2.6) / 100;
    // 2 at 100 % make 4, these at 85 % make 6, these at 57 % (63 % with what idle tasks use, which make 7) stay.
    const steps = idle === 0 ? [2, 4, 6, 6] : [2, 4, 6, 7];
    steep.points = steep.points.map((point, second) => {
      const since = second - 6;
      // After the third datapoint in a row, each one more acts.
      const step = since < 18 ? 0 : since < 24 ? 1 : since < 30 ? 2 : 3;
      const tasks = since < 0 || since >= 78 ? 2 : steps[step]!;
      const origin = since < 0 || since >= 60 ? 10 : 100;
      const cpuPercent = Math.min(100, 100 * ((origin * cost) / tasks + idle));
      return { ...point, originRequests: origin, cpuPercent, running: tasks, healthy: tasks, desired: tasks };
    });
    const { minutes, within } = compare(steep, SERVICE);
    assert.deepEqual(
      minutes.slice(3, 10).map(({ forecast }) => forecast),
      [2, 4, 6, steps[3], steps[3], steps[3], steps[3]],
    );
    assert.ok(within > 0.8, JSON.stringify(minutes));
  }
});

/** Two datapoints above the target, eight in which the same requests cost half, then three more. */
test("a machine on which a request costs now this, now that, is foretold", () => {
  const report = drill();
  const uneven = report.points.slice(0, 66).map((point, second) => {
    const minute = Math.floor((second - 6) / 6);
    const price = (minute >= 2 && minute < 10 ? 0.5 : 1) * 0.018;
    const running = second < 6 + 13 * 6 ? 2 : 4;
    const cpuPercent = (100 * point.originRequests * price) / running;
    return { ...point, running, healthy: running, desired: running, cpuPercent };
  });
  // As many seconds more at the higher price; the scaler acts behind the third.
  const last = uneven.at(-1)!;
  for (let second = 66; second < 120; second++) {
    const running = second < 6 + 13 * 6 ? 2 : 3;
    const cpuPercent = (100 * 100 * 0.018) / running;
    uneven.push({ ...last, at: 1_000 * second, running, healthy: running, desired: running, cpuPercent });
  }
  const { minutes } = compare({ ...report, points: uneven }, SERVICE);
  assert.deepEqual(
    minutes.map(({ forecast }) => forecast),
    [...Array(14).fill(2), ...Array(6).fill(3)],
  );
});

/** Until a new task serves, a minute later, it uses all that it has; those that serve cannot do more than they have. */
test("tasks that are busy with their start are foretold", () => {
  const report = drill();
  const points = report.points.slice(0, 66).map((point, second) => {
    const minute = Math.floor((second - 6) / 6);
    const running = [2, 2, 2, 4, 7][Math.max(0, minute)] ?? 10;
    const healthy = [2, 2, 2, 2, 4, 7][Math.max(0, minute)] ?? 10;
    const wanted = second < 6 ? 0.2 : 2.8;
    const cpuPercent = (100 * (Math.min(healthy, wanted) + running - healthy)) / running;
    return { ...point, running, healthy, desired: running, cpuPercent };
  });
  const { minutes } = compare({ ...report, points }, SERVICE);
  assert.deepEqual(
    minutes.slice(0, 9).map(({ forecast }) => forecast),
    [2, 2, 2, 2, 4, 7, 10, 10, 10],
  );
});

test("one in which the scaler acts ten minutes late, or much is shed, is not", () => {
  assert.equal(compare(drill(8), SERVICE).holds, false);
  assert.equal(compare(drill(0, 0.06), SERVICE).holds, false);
  assert.equal(compare(drill(0, 0.04), SERVICE).holds, true);
});

test("what is no report of that drill is refused in one sentence", () => {
  const good = drill();
  assert.deepEqual(readDrill(JSON.stringify(good), "f"), good);
  const bad = [
    "",
    "{}",
    "null",
    "[]",
    JSON.stringify({ ...good, name: "spot" }),
    JSON.stringify({ ...good, points: [] }),
    JSON.stringify({ ...good, points: 3 }),
    JSON.stringify({ ...good, marks: undefined }),
    JSON.stringify({ ...good, points: good.points.map(({ speed: _, ...point }) => point) }),
  ];
  for (const text of bad)
    assert.throws(() => readDrill(text, "f.json"), { message: /^f\.json is not what/ }, text.slice(0, 60));
  const still = { ...good, points: good.points.map((point) => ({ ...point, desired: 2 })) };
  assert.throws(() => compare(still, SERVICE), { message: /did not scale out/ });
});

test("whatever the load does, the forecast says a number of tasks for each minute, within the limits", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 500 }), { minLength: 30, maxLength: 90 }), (rates) => {
      const report = drill();
      const points = report.points.map((point, index) => {
        const origin = index > 5 && index < 20 ? 100 : (rates[index] ?? 10);
        return { ...point, requests: origin, originRequests: origin };
      });
      let minutes: ReturnType<typeof compare>["minutes"] = [];
      try {
        ({ minutes } = compare({ ...report, points }, SERVICE));
      } catch (error) {
        assert.match((error as Error).message, /what a request costs cannot be told/);
      }
      assert.ok(minutes.every(({ forecast }) => forecast >= 2 && forecast <= 10));
    }),
  );
});
