/** CloudWatch's alarms: looks at each of the stack's every minute of its clock, and says when one rings and when it is over. */
import type { AlarmState } from "../blueprint/alarm-rule.ts";
import type { AlarmBlueprints, CompositeAlarm, MetricAlarm } from "../blueprint/alarms.ts";
import type { StackClock } from "../clock.ts";
import type { AlarmSnapshot } from "../contract/index.ts";
import type { EventLog } from "../event-log.ts";
import { datapoints, stateAfter } from "./evaluation.ts";
import type { MetricStore } from "./metric-store.ts";

const MINUTE_MS = 60_000;
/** So often it looks whether a minute of the stack's is over: a sixth of one at the fastest clock. */
const TICK_MS = 100;

interface State {
  state: AlarmState;
  since: number;
  value: number | undefined;
}

export class Alarms {
  readonly #blueprints: AlarmBlueprints;
  readonly #store: MetricStore;
  readonly #clock: StackClock;
  readonly #log: EventLog;
  readonly #onMinute: () => void;
  readonly #states = new Map<string, State>();
  /** Told each minute of an alarm that rings, as what it scales is. */
  onRinging: (name: string, value: number) => void = () => {};
  #timer: NodeJS.Timeout | undefined;
  #nextMinute = Number.POSITIVE_INFINITY;

  /** @param onMinute measures what has no moment of its own, just before a minute is over */
  constructor(
    blueprints: AlarmBlueprints,
    parts: { store: MetricStore; clock: StackClock; log: EventLog },
    onMinute: () => void,
  ) {
    this.#blueprints = blueprints;
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#onMinute = onMinute;
    this.#reset();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** Begins, or begins anew: as after the stack's creation, no alarm has data. */
  begin(): void {
    this.#store.forget();
    this.#reset();
    this.#nextMinute = this.#clock.now() + MINUTE_MS;
    this.#timer ??= setInterval(() => this.#tick(), TICK_MS).unref();
  }

  #reset(): void {
    for (const { name } of [...this.#blueprints.metric, ...this.#blueprints.composite])
      this.#states.set(name, { state: "INSUFFICIENT_DATA", since: Date.now(), value: undefined });
  }

  /** Those of the named alarms that ring. */
  ringing(names: readonly string[]): string[] {
    return names.filter((name) => this.#states.get(name)?.state === "ALARM");
  }

  snapshots(): AlarmSnapshot[] {
    const { metric, composite } = this.#blueprints;
    return [
      ...metric.map((alarm) => ({
        ...this.#snapshot(alarm),
        threshold: alarm.threshold,
        awsAlone: alarm.awsAlone,
      })),
      ...composite.map((alarm) => ({ ...this.#snapshot(alarm), threshold: undefined, awsAlone: undefined })),
    ];
  }

  #snapshot({ name, address, description }: MetricAlarm | CompositeAlarm) {
    return { name, address, description, ...this.#states.get(name)! };
  }

  #tick(): void {
    for (; this.#clock.now() >= this.#nextMinute; this.#nextMinute += MINUTE_MS) {
      this.#onMinute();
      this.#store.closeMinute();
      this.#evaluate();
    }
  }

  #evaluate(): void {
    for (const alarm of this.#blueprints.metric) {
      if (alarm.awsAlone) continue;
      const points = datapoints(alarm, this.#store);
      const [value] = points;
      this.#turn(alarm, stateAfter(alarm, points, this.#states.get(alarm.name)!.state), value);
      if (value !== undefined && this.ringing([alarm.name]).length > 0) this.onRinging(alarm.name, value);
    }
    // One may ask for another: those first that no other asks for comes to the same within as many rounds as there are.
    const stateOf = (name: string) => this.#states.get(name)!.state;
    for (const _ of this.#blueprints.composite)
      for (const alarm of this.#blueprints.composite)
        this.#turn(alarm, alarm.rule.holds(stateOf) ? "ALARM" : "OK", undefined);
  }

  #turn(alarm: MetricAlarm | CompositeAlarm, state: AlarmState, value: number | undefined): void {
    const before = this.#states.get(alarm.name)!;
    if (before.state === state) {
      before.value = value;
      return;
    }
    this.#states.set(alarm.name, { state, since: Date.now(), value });
    const measured = value === undefined ? "" : `: ${Number(value.toPrecision(4))}`;
    const detail = { alarm: alarm.name, value };
    if (state === "ALARM")
      this.#log.write("alarm.rang", "bad", alarm.address, `${alarm.name} rings${measured}.`, { detail });
    else if (before.state === "ALARM")
      this.#log.write("alarm.over", "good", alarm.address, `${alarm.name} is over${measured}.`, { detail });
  }
}
