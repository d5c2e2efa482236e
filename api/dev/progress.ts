import { styleText } from "node:util";

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
  readonly #stream: NodeJS.WriteStream;
  readonly #started = performance.now();
  #drawn = 0;

  constructor(label: string, total: number, stream: NodeJS.WriteStream = process.stderr) {
    this.#label = label;
    this.#total = total;
    this.#stream = stream;
  }

  update(done: number): void {
    const now = performance.now();
    if (now - this.#drawn < (this.#stream.isTTY ? REDRAW_MS : PLAIN_MS)) return;
    if (this.#drawn === 0 && !this.#stream.isTTY && now - this.#started < PLAIN_MS) return;
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
    const clear = this.#stream.isTTY ? "\r\x1b[K" : "";
    const tick = styleText("green", "✓", { stream: this.#stream });
    const what = amount > 1 ? `${count(amount)} in ` : "";
    this.#stream.write(`${clear}${tick} ${this.#label}: ${what}${seconds.toFixed(1)} s\n`);
  }

  #write(text: string, share: number): void {
    if (!this.#stream.isTTY) {
      this.#stream.write(`  ${this.#label}: ${text}\n`);
      return;
    }
    const filled = Math.round(Math.min(share, 1) * BAR_WIDTH);
    const bar = `${"█".repeat(filled)}${"░".repeat(BAR_WIDTH - filled)}`;
    this.#stream.write(`\r\x1b[K${this.#label} ${styleText("cyan", bar, { stream: this.#stream })} ${text}`);
  }
}

/** Runs a step that cannot say how far it is. */
export async function step<T>(label: string, work: () => Promise<T>): Promise<T> {
  if (process.stderr.isTTY) process.stderr.write(`  ${label} …`);
  const progress = new Progress(label, 1);
  try {
    const result = await work();
    progress.done();
    return result;
  } catch (error) {
    if (process.stderr.isTTY) process.stderr.write("\n");
    throw error;
  }
}

export function count(value: number): string {
  return value.toLocaleString("en-GB");
}
