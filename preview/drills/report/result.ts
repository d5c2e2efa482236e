/** What a drill hands back: plain data, for the terminal, the page, `--json` and the report alike. */
import type { Point, PreviewEvent } from "../../contract/index.ts";

/** One figure that must hold. */
export interface Check {
  name: string;
  expected: string;
  measured: string;
  ok: boolean;
}

/** `warm-up` is what a drill must know before it begins. */
export type PhaseName = "warm-up" | "before" | "during" | "after";

/** Requests of one kind in one phase. Latencies are in milliseconds; undefined without a request. */
export interface Figures {
  sent: number;
  /** Neither answered as asked (2xx, 304) nor shed on purpose: connection errors, time-outs, any other status. */
  failed: number;
  /** Answered 503 with `Retry-After`: refused on purpose, cheaply. */
  shed: number;
  p50: number | undefined;
  p99: number | undefined;
  max: number | undefined;
}

export interface Phase {
  name: PhaseName;
  seconds: number;
  reads: Figures;
  writes: Figures;
}

/** A request that did not go well, for whoever has to find out why. `at` is milliseconds since the epoch. */
export interface Failure {
  at: number;
  method: string;
  path: string;
  outcome: string;
}

export interface LoadResult {
  sent: number;
  failed: number;
  shed: number;
  /** Due, but never sent, since too many requests were under way: the generator's limit, not the stack's. */
  unsent: number;
  phases: Phase[];
  /** The first few. */
  failures: Failure[];
}

/** A moment that the charts show, e.g. `database killed`. */
export interface Mark {
  at: number;
  label: string;
}

export interface DrillResult {
  name: string;
  title: string;
  startedAt: number;
  endedAt: number;
  /** How many times faster than in AWS the stack's clocks ran at the drill's start. */
  speed: number;
  /** The scaler's target, in percent CPU. */
  cpuTarget: number;
  /** True when every check holds. */
  ok: boolean;
  checks: Check[];
  /** The alarms that rang, by their keys, in the order in which they did. */
  rang: string[];
  load: LoadResult;
  /** Seconds from the fault until something in the stack noticed, and until all was well again. */
  detectSeconds: number | undefined;
  recoverSeconds: number | undefined;
  marks: Mark[];
  points: Point[];
  events: PreviewEvent[];
}

/** A drill under way. */
export interface DrillProgress {
  name: string;
  title: string;
  startedAt: number;
  /** What it is doing now, in a few words. */
  step: string;
  sent: number;
  failed: number;
}

/** What the page shows of a finished drill: without the series, which it has itself. */
export type DrillSummary = Omit<DrillResult, "points" | "events" | "load"> & {
  load: Omit<LoadResult, "failures">;
};

/** What `GET /api/drill/` answers. */
export interface DrillState {
  drills: { name: string; title: string; description: string }[];
  running: DrillProgress | undefined;
  /** The last result of each drill, newest first. */
  results: DrillSummary[];
  /** Why the last drill could not be carried out, if it was not. */
  error: string | undefined;
}

export function summarise(result: DrillResult): DrillSummary {
  const { points: _points, events: _events, load, ...rest } = result;
  const { failures: _failures, ...figures } = load;
  return { ...rest, load: figures };
}
