/** Application Auto Scaling: watches the service's CPU and the calendar, and sets the desired count. */
import { DATAPOINT_SECONDS, TargetTracking } from "../../local/scaling/target-tracking.ts";
import type { ScalerBlueprint } from "../blueprint/index.ts";
import type { StackClock } from "../clock.ts";
import type { Snapshot } from "../contract/index.ts";
import type { EventLog } from "../event-log.ts";
import { schedule } from "./schedule.ts";

/** What it scales. */
export interface Scalable {
  desired: number;
}

export class Scaler {
  readonly #blueprint: ScalerBlueprint;
  readonly #clock: StackClock;
  readonly #log: EventLog;
  readonly #scalable: Scalable;
  readonly #tracking: TargetTracking;
  readonly #cancel: (() => void)[];
  #samples: number[] = [];
  #datapoint: number | undefined;
  #nextDatapointAt: number;

  constructor(blueprint: ScalerBlueprint, scalable: Scalable, clock: StackClock, log: EventLog) {
    this.#blueprint = blueprint;
    this.#scalable = scalable;
    this.#clock = clock;
    this.#log = log;
    this.#tracking = new TargetTracking(blueprint);
    this.#nextDatapointAt = clock.now() + DATAPOINT_SECONDS * 1000;
    this.#cancel = blueprint.scheduled.map((action) =>
      schedule(action, () => this.#setBounds(action.address, action.minimum, action.maximum)),
    );
  }

  /** Takes a sample of the service's average CPU, in percent; sixty stack seconds of them make a datapoint. */
  sample(cpuPercent: number | undefined): void {
    if (cpuPercent !== undefined) this.#samples.push(cpuPercent);
    const now = this.#clock.now();
    if (now < this.#nextDatapointAt) return;
    // Minute by minute of the stack's clock: a sample that comes late, as at forty times the speed, makes no minute longer.
    const minutes = Math.floor((now - this.#nextDatapointAt) / (DATAPOINT_SECONDS * 1000)) + 1;
    this.#nextDatapointAt += minutes * DATAPOINT_SECONDS * 1000;
    const sum = this.#samples.reduce((total, sample) => total + sample, 0);
    this.#datapoint = this.#samples.length === 0 ? undefined : sum / this.#samples.length;
    this.#samples = [];
    this.#decide(now);
  }

  /** Sets the desired count by hand, within the limits. */
  setDesired(count: number): void {
    this.#apply(this.#tracking.clamp(count), "by hand");
  }

  close(): void {
    for (const cancel of this.#cancel) cancel();
  }

  snapshot(): Snapshot["scaler"] {
    const until = Math.max(this.#tracking.coolingOutUntil, this.#tracking.coolingInUntil);
    const left = this.#clock.untilWall(until);
    return {
      address: this.#blueprint.address,
      minimum: this.#tracking.minimum,
      maximum: this.#tracking.maximum,
      desired: this.#scalable.desired,
      target: this.#blueprint.targetPercent,
      cpuPercent: this.#datapoint,
      coolingDownUntil: left > 0 ? Date.now() + left : undefined,
      breachingHigh: this.#tracking.breachingHigh,
      breachingLow: this.#tracking.breachingLow,
    };
  }

  #decide(now: number): void {
    const decision = this.#tracking.observe(this.#datapoint, this.#scalable.desired, now);
    if (decision) this.#apply(decision.desired, `CPU ${Math.round(this.#datapoint!)} %`);
  }

  #apply(desired: number, why: string): void {
    const from = this.#scalable.desired;
    if (desired === from) return;
    const out = desired > from;
    const detail = { from, to: desired, cpuPercent: this.#datapoint };
    const message = `Scaled ${out ? "out" : "in"} from ${from} to ${desired} tasks: ${why}.`;
    this.#log.write(out ? "scaler.out" : "scaler.in", "info", this.#blueprint.address, message, { detail });
    this.#scalable.desired = desired;
  }

  #setBounds(address: string, minimum: number | undefined, maximum: number | undefined): void {
    this.#tracking.minimum = minimum ?? this.#tracking.minimum;
    this.#tracking.maximum = maximum ?? this.#tracking.maximum;
    const bounds = `${this.#tracking.minimum} to ${this.#tracking.maximum}`;
    this.#log.write(
      "scaler.scheduled",
      "info",
      address,
      `A scheduled action set the limits to ${bounds} tasks.`,
    );
    this.#apply(this.#tracking.clamp(this.#scalable.desired), "scheduled");
  }
}
