import assert from "node:assert/strict";
import { before, beforeEach, describe, it } from "node:test";
import { DATAPOINT_SECONDS, TargetTracking } from "../../local/scaling/target-tracking.ts";
import { readBlueprint, type ScalerBlueprint } from "../../preview/blueprint/index.ts";
import { StackClock } from "../../preview/clock.ts";
import { EventLog } from "../../preview/event-log.ts";
import { Scaler } from "../../preview/scaler/scaler.ts";
import { schedule } from "../../preview/scaler/schedule.ts";
import { synthesise } from "./stack-json.ts";

let policy: ScalerBlueprint; // 60 %, 2 to 10 tasks, cool-downs of 60 and 300 s
before(async () => {
  policy = readBlueprint(await synthesise()).scaler;
});

describe("target tracking", () => {
  let tracking: TargetTracking;
  let desired: number;
  let minute: number;

  beforeEach(() => {
    tracking = new TargetTracking(policy);
    desired = 2;
    minute = 0;
  });

  /** Plays minutes of the given CPU; returns the count after each. */
  const play = (...cpu: (number | undefined)[]) =>
    cpu.map((percent) => {
      desired = tracking.observe(percent, desired, ++minute * DATAPOINT_SECONDS * 1000)?.desired ?? desired;
      return desired;
    });

  it("scales out at the third datapoint in a row above the target, to what the load needs", () => {
    assert.deepEqual(play(90, 90, 90), [2, 2, 3]);
  });

  it("does not mind a short peak", () => {
    assert.deepEqual(play(100, 100, 50, 100, 100, 50), [2, 2, 2, 2, 2, 2]);
  });

  it("goes on scaling out while the load stays, one cool-down apart, up to the maximum", () => {
    assert.deepEqual(play(...Array(8).fill(100)), [2, 2, 4, 7, 10, 10, 10, 10]);
  });

  it("waits for the cool-down before it scales out again", () => {
    tracking = new TargetTracking({ ...policy, scaleOutCooldown: 180 });
    assert.deepEqual(play(...Array(6).fill(100)), [2, 2, 4, 4, 4, 7]);
  });

  it("scales in at the fifteenth datapoint in a row below nine tenths of the target, down to the minimum", () => {
    desired = 10;
    assert.deepEqual(play(...Array(15).fill(30)).slice(-2), [10, 5]);
    assert.deepEqual(play(...Array(5).fill(1)), [5, 5, 5, 5, 2], "five minutes of cool-down between");
    assert.deepEqual(play(...Array(9).fill(0)).at(-1), 2);
  });

  it("leaves the count between the two thresholds alone", () => {
    desired = 5;
    assert.deepEqual(new Set(play(...Array(40).fill(57))), new Set([5]));
  });

  it("a cool-down after scaling in does not hold up scaling out", () => {
    desired = 4;
    play(...Array(15).fill(20));
    assert.equal(desired, 2);
    assert.deepEqual(play(90, 90, 90), [2, 2, 3]);
  });

  it("takes no decision without a datapoint, nor counts it as a low one", () => {
    assert.deepEqual(play(90, 90, undefined, 90), [2, 2, 2, 3]);
  });

  it("never scales in when that is disabled", () => {
    tracking = new TargetTracking({ ...policy, scaleInDisabled: true });
    desired = 6;
    assert.deepEqual(new Set(play(...Array(30).fill(1))), new Set([6]));
  });
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
