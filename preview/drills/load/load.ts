/** Load on a running preview: starts and steers the generator's thread. */
import { Worker } from "node:worker_threads";
import { UserError } from "../../../cli/user-error.ts";
import type { LoadResult, PhaseName } from "../report/result.ts";
import type { Catalogue } from "./catalogue.ts";
import type { Recording, WriteRecord } from "./recorder.ts";

export interface LoadSettings {
  /** Where the requests go, e.g. `http://127.0.0.1:8080`. */
  origin: string;
  apiKey: string;
  catalogue: Catalogue;
  /** Reads and writes in a second. */
  rate: number;
  writeRate: number;
  /** Share of reads, 0 to 1, that no cache can answer. */
  uncached: number;
  seed: number;
  /** That it begins in. */
  phase: PhaseName;
}

export type LoadCommand =
  | { type: "rate"; rate: number }
  | { type: "burst"; paths: string[]; times: number }
  | { type: "phase"; name: PhaseName }
  | { type: "stop" };
export type LoadReport =
  | { type: "progress"; sent: number; failed: number; shed: number }
  | { type: "stopped"; recording: Recording; unsent: number };

export class Load {
  readonly #worker: Worker;
  readonly #stopped: Promise<Extract<LoadReport, { type: "stopped" }>>;
  /** So far, a quarter of a second old at most. */
  progress = { sent: 0, failed: 0, shed: 0 };
  #result: { load: LoadResult; writes: WriteRecord[] } | undefined;

  constructor(settings: LoadSettings) {
    const { promise, resolve, reject } = Promise.withResolvers<Extract<LoadReport, { type: "stopped" }>>();
    this.#stopped = promise;
    promise.catch(() => {}); // reported by stop()
    this.#worker = new Worker(new URL("./load-worker.ts", import.meta.url), { workerData: settings });
    this.#worker.on("message", (report: LoadReport) => {
      if (report.type === "progress") this.progress = report;
      else resolve(report);
    });
    this.#worker.on("error", reject);
    this.#worker.on("exit", () => reject(new UserError("The load generator ended early.")));
  }

  /** From now on this many reads fall due in a second. */
  setRate(rate: number): void {
    this.#send({ type: "rate", rate });
  }

  /** So many visitors want each of these paths at the same moment. */
  burst(paths: string[], times: number): void {
    this.#send({ type: "burst", paths, times });
  }

  /** From now on requests count as this phase's. */
  enter(name: PhaseName): void {
    this.#send({ type: "phase", name });
  }

  /** Sends nothing more, waits for what is under way, and hands back the figures; again when called again. */
  async stop(): Promise<{ load: LoadResult; writes: WriteRecord[] }> {
    if (this.#result) return this.#result;
    this.#send({ type: "stop" });
    const { recording, unsent } = await this.#stopped;
    const { phases, failures, writes } = recording;
    const total = (key: "sent" | "failed" | "shed") =>
      phases.reduce((sum, { reads, writes }) => sum + reads[key] + writes[key], 0);
    this.#result = {
      load: { sent: total("sent"), failed: total("failed"), shed: total("shed"), unsent, phases, failures },
      writes,
    };
    return this.#result;
  }

  /** Ends the thread at once, without figures. */
  async abandon(): Promise<void> {
    await this.#worker.terminate();
  }

  #send(command: LoadCommand): void {
    this.#worker.postMessage(command);
  }
}
