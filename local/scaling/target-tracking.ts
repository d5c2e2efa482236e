/**
 * Target tracking as Application Auto Scaling does it: a pair of CloudWatch alarms over one-minute datapoints.
 * https://docs.aws.amazon.com/autoscaling/application/userguide/target-tracking-scaling-policy-overview.html
 */

/** What a policy and its scalable target say. */
export interface TrackingPolicy {
  minimum: number;
  maximum: number;
  /** Percent CPU. */
  targetPercent: number;
  /** Seconds. */
  scaleOutCooldown: number;
  scaleInCooldown: number;
  scaleInDisabled: boolean;
}

/** Seconds that a datapoint covers, and how many in a row above the target raise the high alarm. */
export const DATAPOINT_SECONDS = 60;
export const HIGH_DATAPOINTS = 3;
/** The low alarm is slower, and its threshold is below the target, so that the count does not swing. */
export const LOW_DATAPOINTS = 15;
const LOW_SHARE = 0.9;

export interface Decision {
  desired: number;
  direction: "out" | "in";
}

/** Pure: time comes in with each datapoint, so that a test can play a day in a millisecond. */
export class TargetTracking {
  readonly #policy: TrackingPolicy;
  minimum: number;
  maximum: number;
  breachingHigh = 0;
  breachingLow = 0;
  /** Milliseconds of stack time. */
  coolingOutUntil = Number.NEGATIVE_INFINITY;
  coolingInUntil = Number.NEGATIVE_INFINITY;

  constructor(policy: TrackingPolicy) {
    this.#policy = policy;
    this.minimum = policy.minimum;
    this.maximum = policy.maximum;
  }

  /**
   * Takes one datapoint.
   *
   * @param cpuPercent average over the service's tasks; undefined when nothing ran, which changes nothing.
   * @param desired current count.
   * @param now milliseconds of stack time.
   * @returns what to set, or undefined to leave it.
   */
  observe(cpuPercent: number | undefined, desired: number, now: number): Decision | undefined {
    if (cpuPercent === undefined) return undefined;
    const { targetPercent, scaleOutCooldown, scaleInCooldown, scaleInDisabled } = this.#policy;
    this.breachingHigh = cpuPercent > targetPercent ? this.breachingHigh + 1 : 0;
    this.breachingLow = cpuPercent < targetPercent * LOW_SHARE ? this.breachingLow + 1 : 0;
    // What the count would have to be for the same work to load each task to the target.
    const ideal = this.clamp(Math.ceil((desired * cpuPercent) / targetPercent));
    if (this.breachingHigh >= HIGH_DATAPOINTS && ideal > desired && now >= this.coolingOutUntil) {
      this.coolingOutUntil = now + scaleOutCooldown * 1000;
      return { desired: ideal, direction: "out" };
    }
    // A cool-down after scaling in is broken by scaling out, never the other way round.
    const mayScaleIn = !scaleInDisabled && now >= this.coolingInUntil && now >= this.coolingOutUntil;
    if (this.breachingLow >= LOW_DATAPOINTS && ideal < desired && mayScaleIn) {
      this.coolingInUntil = now + scaleInCooldown * 1000;
      return { desired: ideal, direction: "in" };
    }
    return undefined;
  }

  clamp(count: number): number {
    return Math.max(this.minimum, Math.min(this.maximum, count));
  }
}
