/** Tells what the rehearsal is doing: a line for each phase, and on a terminal the resources as they come and go. */
import type { WriteStream } from "node:tty";
import { styleText } from "node:util";

/** Of the longest environment's name, "happy-path". */
const WIDTH = 10;

export interface Phase {
  readonly environment: string;
  readonly name: string;
  readonly seconds: number;
  readonly detail: string;
}

export class Progress {
  readonly phases: Phase[] = [];
  readonly #stream: WriteStream;
  readonly #started = Date.now();
  readonly #running = new Map<string, { name: string; resources: number }>();
  #stopped = false;
  readonly #timer: NodeJS.Timeout | undefined;

  constructor(stream: WriteStream) {
    this.#stream = stream;
    if (stream.isTTY) this.#timer = setInterval(() => this.#status(), 250).unref();
  }

  /** Runs a phase of a environment, one at a time in each; what it resolves to is shown behind its name. */
  async phase(environment: string, name: string, run: () => Promise<string | undefined>): Promise<void> {
    const begun = Date.now();
    this.#running.set(environment, { name, resources: 0 });
    try {
      const detail = (await run()) ?? "";
      const phase = { environment, name, seconds: (Date.now() - begun) / 1000, detail };
      this.phases.push(phase);
      this.#line(`${styleText("green", "✔", { stream: this.#stream })} ${this.#describe(phase)}`);
    } catch (error) {
      const phase = { environment, name, seconds: (Date.now() - begun) / 1000, detail: "" };
      this.#line(`${styleText("red", "✘", { stream: this.#stream })} ${this.#describe(phase)}`);
      throw error;
    } finally {
      this.#running.delete(environment);
    }
  }

  /** One more resource was created, changed or destroyed in a environment. */
  resource(environment: string): void {
    const running = this.#running.get(environment);
    if (running) running.resources++;
  }

  /** All phases as a table. */
  table(): string {
    const width = Math.max(...this.phases.map(({ name }) => name.length));
    const rows = this.phases.map(
      ({ environment, name, seconds, detail }) =>
        `  ${environment.padEnd(WIDTH)} ${name.padEnd(width)} ${seconds.toFixed(1).padStart(7)} s  ${detail}`,
    );
    return [
      ...rows,
      `  ${"".padEnd(WIDTH)} ${"all".padEnd(width)} ${this.elapsed.toFixed(1).padStart(7)} s`,
    ].join("\n");
  }

  /** Seconds since the start. */
  get elapsed(): number {
    return (Date.now() - this.#started) / 1000;
  }

  /** Says nothing more. */
  stop(): void {
    this.#stopped = true;
    clearInterval(this.#timer);
    this.#clear();
  }

  #describe({ environment, name, seconds, detail }: Phase): string {
    const clock = `${this.elapsed.toFixed(0).padStart(4)} s`;
    const took = styleText("dim", `${seconds.toFixed(1)} s`, { stream: this.#stream });
    return `${clock}  ${environment.padEnd(WIDTH)} ${name}${detail ? `: ${detail}` : ""}  ${took}`;
  }

  #line(text: string): void {
    if (this.#stopped) return;
    this.#clear();
    this.#stream.write(`${text}\n`);
  }

  #status(): void {
    const running = [...this.#running].map(([environment, { name, resources }]) =>
      `${environment} ${name}${resources > 0 ? ` (${resources} resources)` : ""}`.trim(),
    );
    const text = `  ${this.elapsed.toFixed(0).padStart(4)} s  ${running.join("  ·  ")}`;
    this.#clear();
    this.#stream.write(styleText("dim", text.slice(0, this.#stream.columns - 1), { stream: this.#stream }));
  }

  #clear(): void {
    if (!this.#stream.isTTY) return;
    this.#stream.cursorTo(0);
    this.#stream.clearLine(0);
  }
}
