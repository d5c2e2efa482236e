import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { DATAPOINT_SECONDS, TargetTracking } from "../../../local/scaling/target-tracking.ts";

/** The stack's own. */
const POLICY = {
  targetPercent: 60,
  minimum: 2,
  maximum: 10,
  scaleOutCooldown: 60,
  scaleInCooldown: 300,
  scaleInDisabled: false,
};

describe("target tracking", () => {
  let tracking: TargetTracking;
  let desired: number;
  let minute: number;

  beforeEach(() => {
    tracking = new TargetTracking(POLICY);
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
    tracking = new TargetTracking({ ...POLICY, scaleOutCooldown: 180 });
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
    tracking = new TargetTracking({ ...POLICY, scaleInDisabled: true });
    desired = 6;
    assert.deepEqual(new Set(play(...Array(30).fill(1))), new Set([6]));
  });
});
