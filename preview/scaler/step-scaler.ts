/**
 * Step scaling: each minute for which an alarm rings, the step that its value falls into says how many tasks run
 * (https://docs.aws.amazon.com/autoscaling/application/userguide/step-scaling-policy-overview.html).
 */
import type { StandbyBlueprint, StepPolicy } from "../blueprint/index.ts";
import type { StackClock } from "../clock.ts";
import type { EventLog } from "../event-log.ts";
import type { Scalable } from "./scaler.ts";

export class StepScaler {
  readonly #blueprint: StandbyBlueprint;
  readonly #scalable: Scalable;
  readonly #clock: StackClock;
  readonly #log: EventLog;
  /** By the policies' addresses, in milliseconds of stack time. */
  readonly #coolingUntil = new Map<string, number>();

  constructor(blueprint: StandbyBlueprint, scalable: Scalable, clock: StackClock, log: EventLog) {
    this.#blueprint = blueprint;
    this.#scalable = scalable;
    this.#clock = clock;
    this.#log = log;
  }

  /** An alarm rings, as it does each minute until it is over, at this value of what it watches. */
  ring(alarm: string, value: number): void {
    for (const policy of this.#blueprint.policies) {
      const called = policy.alarms.find(({ name }) => name === alarm);
      if (called) this.#act(policy, alarm, value - called.threshold);
    }
  }

  #act(policy: StepPolicy, alarm: string, breach: number): void {
    const now = this.#clock.now();
    const step = policy.steps.find(({ lower, upper }) => breach >= lower && breach < upper);
    if (!step || now < (this.#coolingUntil.get(policy.address) ?? 0)) return;
    const { minimum, maximum } = this.#blueprint;
    const from = this.#scalable.desired;
    const to = Math.min(maximum, Math.max(minimum, step.count));
    if (to === from) return;
    this.#coolingUntil.set(policy.address, now + policy.cooldown * 1000);
    const out = to > from;
    const message = `Scaled ${out ? "out" : "in"} from ${from} to ${to} tasks: ${alarm} rings.`;
    this.#log.write(out ? "scaler.out" : "scaler.in", "info", policy.address, message, {
      detail: { from, to },
    });
    this.#scalable.desired = to;
  }
}
