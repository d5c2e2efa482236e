/**
 * What the tasks say in their logs in CloudWatch's embedded metric format
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html).
 */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { type Emitted, identityOf } from "../blueprint/emitted.ts";
import type { MetricStore } from "./metric-store.ts";

interface LoggingTask {
  readonly id: string;
  readonly logFile: string;
}
interface Followed {
  readonly logFile: string;
  read: number;
}

/** The root of a line: where its metrics are described, and their values by their names. */
interface Line {
  _aws: {
    CloudWatchMetrics: { Namespace: string; Dimensions: string[][]; Metrics: { Name: string }[] }[];
  };
  [name: string]: unknown;
}

export class EmbeddedMetrics {
  readonly #emitted: Emitted;
  readonly #store: MetricStore;
  readonly #followed = new Map<string, Followed>();

  constructor(emitted: Emitted, store: MetricStore) {
    this.#emitted = emitted;
    this.#store = store;
  }

  /** Takes in what has been written since the last time, also by tasks that have stopped since. */
  read(tasks: readonly LoggingTask[]): void {
    for (const { id, logFile } of tasks)
      if (!this.#followed.has(id)) this.#followed.set(id, { logFile, read: 0 });
    const live = new Set(tasks.map(({ id }) => id));
    for (const [id, followed] of this.#followed) {
      for (const line of newLines(followed)) if (line.includes('"_aws"')) this.#take(JSON.parse(line));
      if (!live.has(id)) this.#followed.delete(id);
    }
  }

  #take(line: Line): void {
    for (const { Namespace, Dimensions, Metrics } of line._aws.CloudWatchMetrics) {
      for (const names of Dimensions) {
        const dimensions = Object.fromEntries(names.map((name) => [name, String(line[name])]));
        for (const { Name } of Metrics) {
          const identity = identityOf(Namespace, Name, dimensions);
          if (this.#emitted.has(identity)) this.#store.record(identity, Number(line[Name])); // no alarm asks for others
        }
      }
    }
  }
}

/** The whole lines that a file has grown by. */
function newLines(followed: Followed): string[] {
  const handle = openSync(followed.logFile, "r");
  try {
    const grown = Buffer.alloc(Math.max(0, fstatSync(handle).size - followed.read));
    const text = grown.toString("utf8", 0, readSync(handle, grown, 0, grown.length, followed.read));
    const whole = text.slice(0, text.lastIndexOf("\n") + 1);
    followed.read += Buffer.byteLength(whole);
    return whole.split("\n").filter((line) => line !== "");
  } finally {
    closeSync(handle);
  }
}
