/** The drills as the control server offers them: one at a time, with their state for the page. */
import { UserError } from "../../cli/user-error.ts";
import type { DrillRunner, Preview } from "../contract/index.ts";
import { findDrill } from "./find-drill.ts";
import { type DrillProgress, type DrillResult, type DrillState, summarise } from "./report/result.ts";
import { runDrill } from "./run.ts";
import { drills } from "./scenarios/index.ts";

export class PreviewDrills implements DrillRunner {
  readonly names = drills.map(({ name }) => name);
  readonly #preview: Preview;
  /** Full results, for whoever asks over HTTP for one drill. */
  readonly #results = new Map<string, DrillResult>();
  #progress: DrillProgress | undefined;
  #error: string | undefined;
  #abort = new AbortController();
  #done: Promise<void> = Promise.resolve();

  constructor(preview: Preview) {
    this.#preview = preview;
  }

  get running(): string | undefined {
    return this.#progress?.name;
  }

  /** Resolves once the drill is under way. */
  async start(name: string): Promise<void> {
    const drill = findDrill(name);
    if (this.running) throw new UserError(`The drill "${this.running}" is under way; one at a time.`);
    this.#error = undefined;
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    const onProgress = (progress: DrillProgress) => {
      this.#progress = progress;
    };
    this.#done = runDrill(this.#preview, drill, { signal, onProgress })
      .then((result) => {
        this.#results.delete(name); // the newest goes last
        this.#results.set(name, result);
      })
      .catch((error: Error) => {
        this.#error = signal.aborted ? `${drill.title}: cancelled.` : `${drill.title}: ${error.message}`;
      })
      .finally(() => {
        this.#progress = undefined;
      });
  }

  async cancel(): Promise<void> {
    this.#abort.abort();
    await this.#done;
  }

  result(name: string): DrillResult | undefined {
    return this.#results.get(name);
  }

  state(): DrillState {
    return {
      drills: drills.map(({ name, title, description }) => ({ name, title, description })),
      running: this.#progress,
      results: [...this.#results.values()].reverse().map(summarise),
      error: this.#error,
    };
  }
}
