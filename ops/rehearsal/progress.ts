/** Tells what the rehearsal is doing: a line for each phase, and on a terminal the resources as they come and go. */
import { StatusLine } from "../../cli/status-line.ts";

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
  readonly #line: StatusLine;
  readonly #started = Date.now();
  readonly #running = new Map<string, { name: string; resources: number }>();
  #stopped = false;
  readonly #timer: NodeJS.Timeout | undefined;

  constructor(stream: NodeJS.WriteStream) {
    this.#line = new StatusLine(stream);
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
      this.#print(`${this.#line.style("green", "✔")} ${this.#describe(phase)}`);
    } catch (error) {
      const [detail = ""] = String(error instanceof Error ? error.message : error).split("\n", 1);
      const phase = { environment, name, seconds: (Date.now() - begun) / 1000, detail };
      this.#print(`${this.#line.style("red", "✘")} ${this.#describe(phase)}`);
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
    this.#line.clear();
  }

  #describe({ environment, name, seconds, detail }: Phase): string {
    const clock = `${this.elapsed.toFixed(0).padStart(4)} s`;
    const took = this.#line.style("dim", `${seconds.toFixed(1)} s`);
    return `${clock}  ${environment.padEnd(WIDTH)} ${name}${detail ? `: ${detail}` : ""}  ${took}`;
  }

  #print(text: string): void {
    if (!this.#stopped) this.#line.print(text);
  }

  #status(): void {
    const running = [...this.#running].map(([environment, { name, resources }]) =>
      `${environment} ${name}${resources > 0 ? ` (${resources} resources)` : ""}`.trim(),
    );
    this.#line.show(`  ${this.elapsed.toFixed(0).padStart(4)} s  ${running.join("  ·  ")}`);
  }
}
