/**
 * The stack through a sale, by discrete events: a new rate, a datapoint of CloudWatch, a task that starts or serves, one that Spot
 * takes, a scheduled action. Between two events nothing changes, so what passes meanwhile is a product.
 */
import { cronOf } from "../../local/scaling/cron.ts";
import { DATAPOINT_SECONDS, TargetTracking } from "../../local/scaling/target-tracking.ts";
import { CREDIT_HOURS, type InstanceClass } from "./classes.ts";
import type { Ask } from "./demand.ts";
import { serve } from "./serve.ts";
import type { Service } from "./service.ts";

/** Requests a second at the edge, minute by minute. */
export type Curve = readonly number[];

export interface SpotLoss {
  minute: number;
  tasks: number;
  /** Minutes for which Spot has no other. */
  short: number;
}

/** Seconds. */
export interface Clocks {
  /** From a higher count until a new task runs. */
  start: number;
  /** From there until the balancer sends to it. */
  healthy: number;
  /** From the end of a datapoint's minute until the alarm sees it. */
  metric: number;
  /** For which a task serves that Spot takes. */
  notice: number;
}

export interface Scenario {
  curve: Curve;
  /** When its first minute is. */
  begins: Date;
  ask: Ask;
  database: InstanceClass;
  clocks: Clocks;
  spot: readonly SpotLoss[];
  /** CPU seconds a second of a task that nobody asks for anything. @default 0 */
  idleCpu?: number;
  /** The same, of one that the balancer does not send to yet. @default idleCpu */
  startCpu?: number;
  /** Processors that one task can use. @default what it has, but no more than one: it has one thread */
  taskCpus?: number;
}

/** Means over the minute, but where it says otherwise. */
export interface Minute {
  minute: number;
  /** A second. */
  requests: number;
  answered: number;
  shed: number;
  failed: number;
  /** At its end. */
  desired: number;
  running: number;
  serving: number;
  /** On demand, of those that run. */
  onDemand: number;
  /** Percent. */
  cpu: number;
  databaseCpu: number;
  /** Milliseconds, of what the database answers. */
  p99: number;
  /** CPU credits at its end; below 0: what is paid for. Undefined for a class without. */
  credits: number | undefined;
}

type State = "starting" | "running" | "serving" | "leaving";

interface Task {
  state: State;
  spot: boolean;
}

interface Event {
  at: number;
  run: () => void;
}

export function simulate(service: Service, scenario: Scenario): Minute[] {
  const simulation = new Simulation(service, scenario);
  return simulation.play();
}

class Simulation {
  readonly #service: Service;
  readonly #scenario: Scenario;
  readonly #tracking: TargetTracking;
  readonly #events: Event[] = [];
  readonly #minutes: Minute[] = [];
  #tasks: Task[] = [];
  #desired: number;
  #now = 0;
  #rate = 0;
  #spotShortUntil = Number.NEGATIVE_INFINITY;
  #credits: number | undefined;
  #sums = emptySums();
  #datapoint = { used: 0, had: 0 };

  constructor(service: Service, scenario: Scenario) {
    this.#service = service;
    this.#scenario = scenario;
    this.#tracking = new TargetTracking(service);
    this.#desired = service.minimum;
    this.#reconcile();
    for (const task of this.#tasks) task.state = "serving";
    this.#events.length = 0;
    // A day without load has filled it.
    const { creditsPerHour } = scenario.database;
    this.#credits = creditsPerHour && creditsPerHour * CREDIT_HOURS;
  }

  play(): Minute[] {
    const { curve, spot } = this.#scenario;
    for (const [minute, rate] of curve.entries()) {
      this.#at(minute * 60, () => {
        this.#rate = rate;
      });
      this.#at((minute + 1) * 60, () => this.#record(minute));
    }
    for (let at = DATAPOINT_SECONDS; at <= curve.length * 60; at += DATAPOINT_SECONDS)
      this.#at(at, () => this.#takeDatapoint());
    for (const loss of spot) this.#at(loss.minute * 60, () => this.#takeSpot(loss));
    this.#schedule();
    for (let event = this.#next(curve.length * 60); event; event = this.#next(curve.length * 60)) {
      this.#pass(event.at - this.#now);
      this.#now = event.at;
      event.run();
    }
    return this.#minutes;
  }

  #at(at: number, run: () => void): void {
    // Behind those of the same moment.
    const place = this.#events.findLastIndex((event) => event.at <= at);
    this.#events.splice(place + 1, 0, { at, run });
  }

  #next(end: number): Event | undefined {
    const event = this.#events.shift();
    return event && event.at <= end ? event : undefined;
  }

  #schedule(): void {
    const { begins, curve } = this.#scenario;
    const end = begins.getTime() + curve.length * 60_000;
    for (const { schedule, timezone, minimum, maximum } of this.#service.scheduled) {
      // `nextRun` looks behind the moment that it is given.
      for (
        let run = cronOf(schedule, timezone).nextRun(new Date(begins.getTime() - 1));
        run && run.getTime() < end;
        run = cronOf(schedule, timezone).nextRun(run)
      ) {
        this.#at((run.getTime() - begins.getTime()) / 1_000, () => {
          this.#tracking.minimum = minimum ?? this.#tracking.minimum;
          this.#tracking.maximum = maximum ?? this.#tracking.maximum;
          this.#setDesired(this.#tracking.clamp(this.#desired));
        });
      }
    }
  }

  #count(...states: State[]): number {
    return this.#tasks.filter(({ state }) => states.includes(state)).length;
  }

  /** Time passes in which nothing changes. */
  #pass(seconds: number): void {
    if (seconds <= 0) return;
    const { ask, database, idleCpu = 0, startCpu = idleCpu } = this.#scenario;
    const { taskCpus } = this.#service;
    const tasks = this.#count("serving", "leaving");
    const served = serve(ask(this.#rate, tasks), {
      tasks,
      taskCpus: this.#scenario.taskCpus ?? Math.min(1, taskCpus),
      databaseCpus: database.cpus,
    });
    const starting = this.#count("running");
    const running = tasks + starting;
    // What those that serve lack, one that starts does not give.
    const used = Math.min(tasks * taskCpus, served.taskCpu + tasks * idleCpu) + starting * startCpu;
    this.#datapoint.used += used * seconds;
    this.#datapoint.had += running * taskCpus * seconds;
    const sums = this.#sums;
    sums.seconds += seconds;
    sums.requests += this.#rate * seconds;
    sums.answered += served.answered * seconds;
    sums.shed += served.shed * seconds;
    sums.failed += served.failed * seconds;
    sums.used += used * seconds;
    sums.had += running * taskCpus * seconds;
    sums.database += served.database * seconds;
    sums.p99 = Math.max(sums.p99, served.p99);
    const { creditsPerHour } = database;
    if (this.#credits !== undefined && creditsPerHour !== undefined) {
      const earned = (creditsPerHour * seconds) / 3_600;
      const spent = (served.database * database.cpus * seconds) / 60;
      this.#credits = Math.min(creditsPerHour * CREDIT_HOURS, this.#credits + earned - spent);
    }
  }

  #record(minute: number): void {
    const { seconds, requests, answered, shed, failed, used, had, database, p99 } = this.#sums;
    this.#minutes.push({
      minute,
      requests: requests / seconds,
      answered: answered / seconds,
      shed: shed / seconds,
      failed: failed / seconds,
      desired: this.#desired,
      running: this.#count("running", "serving", "leaving"),
      serving: this.#count("serving", "leaving"),
      onDemand: this.#tasks.filter(({ spot, state }) => !spot && state !== "starting").length,
      cpu: had === 0 ? 0 : (100 * used) / had,
      databaseCpu: (100 * database) / seconds,
      p99: 1_000 * p99,
      credits: this.#credits,
    });
    this.#sums = emptySums();
  }

  #takeDatapoint(): void {
    const { used, had } = this.#datapoint;
    this.#datapoint = { used: 0, had: 0 };
    const percent = had === 0 ? undefined : (100 * used) / had;
    this.#at(this.#now + this.#scenario.clocks.metric, () => {
      const decision = this.#tracking.observe(percent, this.#desired, this.#now * 1_000);
      if (decision) this.#setDesired(decision.desired);
    });
  }

  #setDesired(desired: number): void {
    this.#desired = desired;
    this.#reconcile();
  }

  #reconcile(): void {
    const active = this.#tasks.filter(({ state }) => state !== "leaving");
    for (let missing = this.#desired - active.length; missing > 0; missing--) {
      const onDemand = this.#tasks.filter(({ spot, state }) => !spot && state !== "leaving").length;
      const spot = onDemand >= this.#service.onDemandBase;
      if (!spot || this.#now >= this.#spotShortUntil) this.#start(spot);
      else {
        this.#at(this.#spotShortUntil, () => this.#reconcile());
        return;
      }
    }
    // Those on Spot go first, the newest of them: the base stays.
    const leaving = active.toSorted((a, b) => Number(a.spot) - Number(b.spot)).slice(this.#desired);
    this.#tasks = this.#tasks.filter((task) => !leaving.includes(task));
  }

  #start(spot: boolean): void {
    const task: Task = { state: "starting", spot };
    this.#tasks.push(task);
    const { start, healthy } = this.#scenario.clocks;
    this.#at(this.#now + start, () => {
      if (task.state === "starting") task.state = "running";
    });
    this.#at(this.#now + start + healthy, () => {
      if (task.state === "running") task.state = "serving";
    });
  }

  #takeSpot({ tasks, short }: SpotLoss): void {
    if (short > 0) this.#spotShortUntil = this.#now + short * 60;
    const taken = this.#tasks.filter(({ spot, state }) => spot && state === "serving").slice(0, tasks);
    for (const task of taken) task.state = "leaving";
    this.#at(this.#now + this.#scenario.clocks.notice, () => {
      this.#tasks = this.#tasks.filter((task) => !taken.includes(task));
    });
    this.#reconcile();
  }
}

const emptySums = () => ({
  seconds: 0,
  requests: 0,
  answered: 0,
  shed: 0,
  failed: 0,
  used: 0,
  had: 0,
  database: 0,
  p99: 0,
});
