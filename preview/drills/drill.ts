/** What a drill is, and what it may use. */
import { setTimeout as sleep } from "node:timers/promises";
import { request } from "undici";
import { UserError } from "../../cli/user-error.ts";
import type { EventKind, Preview, PreviewEvent, Snapshot } from "../contract/index.ts";
import { type AlarmExpectation, rangSince } from "./alarms.ts";
import type { Catalogue } from "./load/catalogue.ts";
import type { Load, LoadSettings } from "./load/load.ts";
import type { WriteRecord } from "./load/recorder.ts";
import type { Check, LoadResult, Phase } from "./report/result.ts";

export interface Drill {
  name: string;
  title: string;
  /** One sentence: what is broken on purpose. */
  description: string;
  alarms: AlarmExpectation;
  run(context: DrillContext): Promise<DrillOutcome>;
}

export interface DrillOutcome {
  checks: Check[];
  detectSeconds?: number | undefined;
  recoverSeconds?: number | undefined;
}

/** Requests per second of a drill that does not choose its own rate: enough to notice a gap of a few milliseconds. */
const DEFAULT_RATE = 60;
const DEFAULT_WRITE_RATE = 2;
/** The edge's cache hides what goes wrong behind it: so much of the load must go all the way. */
export const PAST_THE_CACHE = 0.4;
const POLL_MS = 25;

/** Figures of a load that has ended, with its phases by name. */
export type Loaded = LoadResult & {
  before: Phase;
  during: Phase;
  after: Phase;
  writeRecords: WriteRecord[];
};

interface Hooks {
  /** Number of the last event before the drill. */
  firstSequence: number;
  step(text: string): void;
  mark(label: string, at: number): void;
  startLoad(settings: Partial<LoadSettings> & Pick<LoadSettings, "rate" | "writeRate">): Promise<Load>;
}

export class DrillContext {
  readonly preview: Preview;
  /** What can be asked for; read when the preview is steady. */
  catalogue: Catalogue = { products: [], lists: [], searches: [], suggestions: [] };
  /** Shortened: the same faults and checks, with briefer quiet spells around them. */
  readonly short: boolean;
  /** Aborted when the drill is to end early. */
  readonly signal: AbortSignal;
  readonly #hooks: Hooks;

  constructor(preview: Preview, options: { short: boolean; signal: AbortSignal }, hooks: Hooks) {
    this.preview = preview;
    this.short = options.short;
    this.signal = options.signal;
    this.#hooks = hooks;
  }

  /** Says what the drill does now. */
  step(text: string): void {
    this.signal.throwIfAborted();
    this.#hooks.step(text);
  }

  /** Puts a moment on the charts. @returns when that was, in milliseconds since the epoch */
  mark(label: string): number {
    const at = Date.now();
    this.#hooks.mark(label, at);
    return at;
  }

  /** Load on the edge, warm and under way. It is stopped with the drill, however that ends. */
  startLoad(settings: Partial<LoadSettings> = {}): Promise<Load> {
    this.step("warming the caches");
    return this.#hooks.startLoad({ rate: DEFAULT_RATE, writeRate: DEFAULT_WRITE_RATE, ...settings });
  }

  /** Reads one path through the edge. @throws when it is not answered with 200 */
  async get(path: string): Promise<void> {
    const { statusCode, body } = await request(this.preview.edgeUrl + path, { signal: this.signal });
    await body.dump();
    if (statusCode !== 200) throw new UserError(`${path} answered ${statusCode}.`);
  }

  /** A quiet spell, a third as long when shortened. */
  async rest(seconds: number): Promise<void> {
    await this.pause(seconds / (this.short ? 3 : 1));
  }

  /** Waits for so long in any case. */
  async pause(seconds: number): Promise<void> {
    await sleep(seconds * 1000, undefined, { signal: this.signal });
  }

  /**
   * Waits for something to be so.
   *
   * @returns when it was first seen to be so, in milliseconds since the epoch; undefined if not in time
   */
  async within(seconds: number, condition: () => boolean): Promise<number | undefined> {
    const end = Date.now() + seconds * 1000;
    while (!condition()) {
      if (Date.now() > end) return undefined;
      await sleep(POLL_MS, undefined, { signal: this.signal });
    }
    return Date.now();
  }

  /**
   * Waits for something without which the drill cannot go on.
   *
   * @param what completes the sentence "Waited 30 s for …".
   * @throws when it has not come about in time
   */
  async until(what: string, seconds: number, condition: () => boolean): Promise<number> {
    const at = await this.within(seconds, condition);
    if (at === undefined) throw new UserError(`Waited ${seconds} s for ${what}, in vain.`);
    return at;
  }

  /** Waits until the service runs as many healthy tasks as it wants, of one revision, on an available database. */
  async untilSteady(seconds = 90): Promise<number> {
    return this.until("the service to be steady", seconds, () => isSteady(this.preview.snapshot()));
  }

  /** The first event of this kind since a moment, if it has been written. */
  eventSince(at: number, ...kinds: EventKind[]): PreviewEvent | undefined {
    return this.preview.log().find((event) => event.at >= at && kinds.includes(event.kind));
  }

  /**
   * Waits until an alarm has rung since the drill began; that one that has not fails the drill is the check of its `alarms`.
   *
   * @param key `api-errors` for `alarm-api-errors-<suffix>`
   * @returns when it was seen to have, in milliseconds since the epoch; undefined if not in time
   */
  async untilRung(key: string, seconds = this.short ? 60 : 120): Promise<number | undefined> {
    this.step(`waiting for alarm-${key} to ring`);
    return this.within(seconds, () => rangSince(this.preview, this.#hooks.firstSequence).includes(key));
  }

  /** Waits until a path is answered with 200. @returns when it was */
  async untilServed(path: string, seconds = 60): Promise<number> {
    const end = Date.now() + seconds * 1000;
    for (;;) {
      try {
        await this.get(path);
        return Date.now();
      } catch (error) {
        if (!(error instanceof UserError) || Date.now() > end) throw error;
      }
      await this.pause(POLL_MS / 1000);
    }
  }

  /**
   * Lets the load go on for a while after the fault, and ends it.
   *
   * @param step what is said to go on meanwhile. @default nothing
   */
  async conclude(load: Load, step?: string): Promise<Loaded> {
    load.enter("after");
    if (step !== undefined) this.step(step);
    await this.rest(5);
    return this.finish(load);
  }

  /** Ends the load and hands back its figures. The load must have entered all three phases. */
  async finish(load: Load): Promise<Loaded> {
    const { load: figures, writes } = await load.stop();
    const phase = (name: Phase["name"]) => {
      const found = figures.phases.find((phase) => phase.name === name);
      if (!found) throw new UserError(`The load has no phase "${name}".`);
      return found;
    };
    return {
      ...figures,
      before: phase("before"),
      during: phase("during"),
      after: phase("after"),
      writeRecords: writes,
    };
  }
}

export function isSteady({ ready, service, standby, balancer, database, tasks }: Snapshot): boolean {
  const live = tasks.filter(({ status }) => status !== "STOPPED");
  const desired = standby.reduce((sum, each) => sum + each.desired, service.desired);
  return (
    ready &&
    database.status === "available" &&
    service.deployments.every(({ rollout }) => rollout !== "IN_PROGRESS") &&
    service.running === service.desired &&
    balancer.healthy === desired &&
    live.length === desired
  );
}

/** A check that a figure equals another. */
export function equals(name: string, measured: number | string, expected: number | string): Check {
  return {
    name,
    expected: String(expected),
    measured: String(measured),
    ok: measured === expected,
  };
}

/** A check that a figure is at most another. @param digits after the decimal point. @default 0 */
export function atMost(
  name: string,
  measured: number | undefined,
  limit: number,
  unit = "",
  digits = 0,
): Check {
  return {
    name,
    expected: `at most ${limit}${unit}`,
    measured: measured === undefined ? "never" : `${measured.toFixed(digits)}${unit}`,
    ok: measured !== undefined && measured <= limit,
  };
}

/** A check that a figure is at least another. */
export function atLeast(name: string, measured: number, limit: number, unit = ""): Check {
  return {
    name,
    expected: `at least ${limit}${unit}`,
    measured: `${measured}${unit}`,
    ok: measured >= limit,
  };
}

/** That there was a load at all, and that the generator kept up with its own schedule: else no other check counts. */
export function loadChecks({ sent, unsent }: LoadResult): Check[] {
  return [atLeast("requests sent", sent, 100), equals("requests the generator could not send", unsent, 0)];
}
