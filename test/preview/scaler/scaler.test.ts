import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { readBlueprint, type ScalerBlueprint } from "../../../preview/blueprint/index.ts";
import { StackClock } from "../../../preview/clock.ts";
import { EventLog } from "../../../preview/event-log.ts";
import { Scaler } from "../../../preview/scaler/scaler.ts";
import { schedule } from "../../../preview/scaler/schedule.ts";
import { synthesise } from "../stack-json.ts";

let policy: ScalerBlueprint; // 60 %, 2 to 10 tasks, cool-downs of 60 and 300 s
before(async () => {
  policy = readBlueprint(await synthesise()).scaler;
});

describe("a schedule", () => {
  const action = {
    address: "aws_appautoscaling_scheduled_action.Sale",
    timezone: "UTC",
    minimum: 4,
    maximum: undefined,
  };

  for (const text of [
    "cron(0 6 27 11 ? 2030)",
    "cron(30 8 ? * 2-6 *)",
    "rate(5 minutes)",
    "at(2030-11-27T06:00:00)",
  ]) {
    it(`${text} is understood`, () => schedule({ ...action, schedule: text }, () => {})());
  }
  for (const text of ["0 6 * * *", "cron(every day)", "rate(often)"]) {
    it(`${text} is refused with its resource`, () => {
      assert.throws(
        () => schedule({ ...action, schedule: text }, () => {}),
        /^BlueprintError: aws_appautoscaling_scheduled_action\.Sale: schedule: /,
      );
    });
  }

  it("runs when it is due", async () => {
    const due = Promise.withResolvers<void>();
    const at = new Date(Date.now() + 1500).toISOString().slice(0, 19);
    const timer = setTimeout(() => due.reject(new Error("not run")), 20_000); // keeps the process alive, too
    const cancel = schedule({ ...action, schedule: `at(${at})` }, due.resolve);
    await due.promise;
    clearTimeout(timer);
    cancel();
  });
});

describe("a scaler", () => {
  /** At forty times the speed, a sample is taken every forty seconds of the stack's time: the second of them is late. */
  it("sees fifteen low datapoints in fifteen minutes, however far apart its samples are", () => {
    for (const apart of [1, 10, 40, 50, 60]) {
      let now = 0;
      const clock = new (class extends StackClock {
        override now = () => now;
      })(1);
      const service = { desired: 4 };
      const scaler = new Scaler({ ...policy, scheduled: [] }, service, clock, new EventLog());
      while (service.desired === 4 && now < 3_600_000) {
        now += apart * 1000;
        scaler.sample(10);
      }
      scaler.close();
      assert.equal(now, Math.ceil(900 / apart) * apart * 1000, `a sample every ${apart} s`);
    }
  });
});
