import { StatusLine } from "../../cli/status-line.ts";

const BAR_WIDTH = 30;
const REDRAW_MS = 100;
const PLAIN_MS = 5_000;

/**
 * Progress of one step on standard error: a bar that is redrawn on a terminal, a line every few seconds elsewhere,
 * so that a log stays readable and standard output stays free for results.
 */
export class Progress {
  readonly #label: string;
  readonly #total: number;
  readonly #line: StatusLine;
  readonly #started = performance.now();
  #drawn = 0;

  constructor(label: string, total: number, stream: NodeJS.WriteStream = process.stderr) {
    this.#label = label;
    this.#total = total;
    this.#line = new StatusLine(stream);
  }

  update(done: number): void {
    const now = performance.now();
    if (now - this.#drawn < (this.#line.isTerminal ? REDRAW_MS : PLAIN_MS)) return;
    if (this.#drawn === 0 && !this.#line.isTerminal && now - this.#started < PLAIN_MS) return;
    this.#drawn = now;
    const rate = done / ((now - this.#started) / 1000);
    const left = rate > 0 ? `, ${Math.ceil((this.#total - done) / rate)} s left` : "";
    this.#write(
      `${count(done)} of ${count(this.#total)} (${count(Math.round(rate))}/s${left})`,
      done / this.#total,
    );
  }

  /** Ends the step with one line that stays. */
  done(amount = this.#total): void {
    const seconds = (performance.now() - this.#started) / 1000;
    const what = amount > 1 ? `${count(amount)} in ` : "";
    this.#line.print(`${this.#line.style("green", "✓")} ${this.#label}: ${what}${seconds.toFixed(1)} s`);
  }

  #write(text: string, share: number): void {
    if (!this.#line.isTerminal) {
      this.#line.print(`  ${this.#label}: ${text}`);
      return;
    }
    const filled = Math.round(Math.min(share, 1) * BAR_WIDTH);
    const bar = `${"█".repeat(filled)}${"░".repeat(BAR_WIDTH - filled)}`;
    this.#line.show(`${this.#label} ${bar} ${text}`);
  }
}

/** Runs a step that cannot say how far it is. */
export async function step<T>(label: string, work: () => Promise<T>): Promise<T> {
  const line = new StatusLine();
  line.show(`  ${label} …`);
  const progress = new Progress(label, 1);
  try {
    const result = await work();
    progress.done();
    return result;
  } catch (error) {
    line.clear();
    throw error;
  }
}

export function count(value: number): string {
  return value.toLocaleString("en-GB");
}
