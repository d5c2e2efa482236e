/** Counts and latencies of the load, by phase and kind of request. */
import { createHistogram, type RecordableHistogram } from "node:perf_hooks";
import type { Failure, Figures, Phase, PhaseName } from "../report/result.ts";

export type Kind = "read" | "write";

export interface Answer {
  kind: Kind;
  /** When the request was due and when its last byte came, in milliseconds since the epoch. */
  dueAt: number;
  doneAt: number;
  method: string;
  path: string;
  /** Undefined when no answer came. */
  status: number | undefined;
  retryAfter: boolean;
  /** `application/problem+json`: an error that says what it is (RFC 9457). */
  problem: boolean;
  /** Why no answer came. */
  error: string | undefined;
}

/** Each write, since they are few and their order tells when writing was possible. */
export type WriteRecord = Pick<Answer, "dueAt" | "doneAt" | "status" | "problem" | "retryAfter">;

export interface Recording {
  phases: Phase[];
  failures: Failure[];
  writes: WriteRecord[];
}

interface Series {
  sent: number;
  failed: number;
  shed: number;
  histogram: RecordableHistogram;
}
interface OpenPhase {
  name: PhaseName;
  startedAt: number;
  read: Series;
  write: Series;
}

const FAILURES_KEPT = 20;

export class Recorder {
  readonly #phases: OpenPhase[] = [];
  readonly #failures: Failure[] = [];
  readonly #writes: WriteRecord[] = [];
  sent = 0;
  failed = 0;
  shed = 0;

  /** From now on requests that fall due belong to this phase. */
  enter(name: PhaseName, at: number): void {
    this.#phases.push({ name, startedAt: at, read: createSeries(), write: createSeries() });
  }

  add(answer: Answer): void {
    const series = this.#phases.findLast(({ startedAt }) => startedAt <= answer.dueAt)?.[answer.kind];
    if (!series) throw new Error("A request was due before the first phase.");
    series.sent++;
    this.sent++;
    // Histograms of node:perf_hooks count whole numbers from 1: microseconds.
    series.histogram.record(Math.max(1, Math.round((answer.doneAt - answer.dueAt) * 1000)));
    if (answer.kind === "write") this.#writes.push(pickWrite(answer));
    const { status } = answer;
    if (status !== undefined && status < 400) return;
    if (status === 503 && answer.retryAfter) {
      series.shed++;
      this.shed++;
    } else {
      series.failed++;
      this.failed++;
    }
    if (this.#failures.length < FAILURES_KEPT) {
      const { dueAt: at, method, path } = answer;
      this.#failures.push({ at, method, path, outcome: answer.error ?? String(status) });
    }
  }

  close(at: number): Recording {
    const phases = this.#phases.map((phase, index) => ({
      name: phase.name,
      seconds: ((this.#phases[index + 1]?.startedAt ?? at) - phase.startedAt) / 1000,
      reads: toFigures(phase.read),
      writes: toFigures(phase.write),
    }));
    return { phases, failures: this.#failures, writes: this.#writes };
  }
}

function createSeries(): Series {
  return { sent: 0, failed: 0, shed: 0, histogram: createHistogram() };
}

function toFigures({ sent, failed, shed, histogram }: Series): Figures {
  if (sent === 0) return { sent, failed, shed, p50: undefined, p99: undefined, max: undefined };
  return {
    sent,
    failed,
    shed,
    p50: histogram.percentile(50) / 1000,
    p99: histogram.percentile(99) / 1000,
    max: histogram.max / 1000,
  };
}

function pickWrite({ dueAt, doneAt, status, problem, retryAfter }: Answer): WriteRecord {
  return { dueAt, doneAt, status, problem, retryAfter };
}
