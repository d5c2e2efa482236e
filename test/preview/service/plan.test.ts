import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Limits, plan, type Replica } from "../../../preview/service/plan.ts";
import type { Task } from "../../../preview/service/task.ts";

const limits: Limits = { desired: 2, minimumHealthyPercent: 100, maximumPercent: 200 };
let age = 0;

/** `+` healthy, `~` new, `-` failed though it was healthy once, `x` failed and never healthy; then the revision. */
function replicas(...specs: string[]): Replica[] {
  return specs.map((id) => {
    const [state, revision] = [...id];
    const task = {
      id,
      revision: Number(revision),
      everHealthy: state === "+" || state === "-",
      startedAt: age++,
    };
    return { task: task as unknown as Task, healthy: state === "+", failed: state === "-" || state === "x" };
  });
}

const decide = (specs: string[], starting = 0, changed: Partial<Limits> = {}) => {
  const { start, retire, giveUp } = plan(replicas(...specs), 2, starting, { ...limits, ...changed });
  return { start, retire: retire.map(({ id }) => id), giveUp: giveUp.map(({ id }) => id) };
};

describe("the scheduler", () => {
  const nothing = { start: 0, retire: [], giveUp: [] };
  const cases: [
    what: string,
    specs: string[],
    expected: Partial<typeof nothing> | object,
    starting?: number,
    changed?: Partial<Limits>,
  ][] = [
    ["starts what is missing", [], { start: 2 }],
    ["counts what is starting", [], { start: 1 }, 1],
    ["leaves a steady service alone", ["+2", "+2"], {}],
    ["starts a new revision beside the old one", ["+1", "+1"], { start: 2 }],
    ["starts it within the maximum", ["+1", "+1"], { start: 1 }, 0, { maximumPercent: 150 }],
    ["keeps the old one until the new one is healthy", ["+1", "+1", "~2", "~2"], {}],
    ["lets an old task go for each healthy new one", ["+1", "+1", "+2", "~2"], { retire: ["+1"] }],
    [
      "lets all old tasks go when the new ones are healthy",
      ["+1", "+1", "+2", "+2"],
      { retire: ["+1", "+1"] },
    ],
    [
      "makes room first where the maximum leaves none",
      ["+1", "+1"],
      { retire: ["+1"] },
      0,
      { minimumHealthyPercent: 50, maximumPercent: 100 },
    ],
    ["lets the surplus go", ["+2", "+2", "+2"], { retire: ["+2"] }],
    ["lets unhealthy surplus go first", ["+2", "~2", "+2"], { retire: ["~2"] }],
    ["gives a task up that never got healthy, at once", ["x2", "+2"], { start: 1, giveUp: ["x2"] }],
    ["starts a replacement before it stops a task that may still answer", ["-2", "+2"], { start: 1 }],
    ["stops that task when the replacement is healthy", ["-2", "+2", "+2"], { giveUp: ["-2"] }],
    [
      "stops it before where there is no room for the replacement",
      ["-2", "+2"],
      { giveUp: ["-2"] },
      0,
      { maximumPercent: 100 },
    ],
    ["replaces all when all failed", ["-2", "-2"], { start: 2 }],
  ];
  for (const [what, specs, expected, starting, changed] of cases) {
    it(what, () => assert.deepEqual(decide(specs, starting, changed), { ...nothing, ...expected }));
  }
});
