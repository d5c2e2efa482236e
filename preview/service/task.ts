/** One task: a process with the container's command and environment. */
import type { ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { signalGroup, spawnGuarded } from "../../local/child.ts";
import type { TaskStatus } from "../contract/index.ts";

export type TaskSettings = {
  revision: number;
  command: string[];
  folder: string;
  environment: { [name: string]: string };
  /** Loopback port that stands for the container's. */
  port: number;
  /** Takes what the task writes to its standard output and error. */
  logFile: (id: string) => string;
};

export class Task {
  readonly id = randomBytes(4).toString("hex");
  readonly revision: number;
  readonly port: number;
  readonly startedAt = Date.now();
  readonly exited: Promise<void>;
  readonly logFile: string;
  status: TaskStatus = "PENDING";
  /** Why it stopped or is being stopped. */
  reason: string | undefined;
  stoppedAt: number | undefined;
  exitCode: number | undefined;
  /** Percent of the task's slice over the last second, and resident bytes. */
  cpuPercent = 0;
  memory = 0;
  everHealthy = false;
  /** What it had served when it left the balancer. */
  served = 0;
  readonly #process: ChildProcess;

  constructor(settings: TaskSettings) {
    this.revision = settings.revision;
    this.port = settings.port;
    this.logFile = settings.logFile(this.id);
    const log = openSync(this.logFile, "w");
    const [program = "", ...args] = settings.command;
    try {
      this.#process = spawnGuarded(program === "node" ? process.execPath : program, args, {
        cwd: settings.folder,
        env: settings.environment,
        stdio: ["ignore", log, log],
      });
    } finally {
      closeSync(log);
    }
    this.exited = this.#watch();
  }

  get pid(): number | undefined {
    return this.status === "STOPPED" ? undefined : this.#process.pid;
  }

  /** The container's `stopTimeout`: SIGTERM now, SIGKILL when the seconds are over. They run on this machine's clock. */
  async stop(timeoutSeconds: number): Promise<void> {
    if (this.status === "STOPPED") return;
    this.status = "STOPPING";
    this.#process.kill("SIGTERM");
    const patience = new AbortController();
    const killing = delay(timeoutSeconds * 1000, undefined, { signal: patience.signal }).then(
      () => this.kill(),
      () => {},
    );
    await this.exited;
    patience.abort();
    await killing;
  }

  kill(): void {
    if (this.status !== "STOPPED") signalGroup(this.#process, "SIGKILL");
  }

  /**
   * The last warning or error that it wrote, for a message; of a task that has ended also whatever it wrote last.
   */
  lastWords(): string | undefined {
    const lines = tail(this.logFile)
      .split("\n")
      .filter((line) => line.trim() !== "");
    const entries = lines.map(parseEntry);
    const last = this.status === "STOPPED" ? entries.at(-1) : undefined;
    return (entries.findLast(({ severe }) => severe) ?? last)?.text;
  }

  async #watch(): Promise<void> {
    if (this.#process.pid !== undefined) this.status = "RUNNING";
    try {
      const [code, signal] = await once(this.#process, "exit");
      this.exitCode = code ?? undefined;
      this.reason ??= signal ? `ended by ${signal}` : `exited with code ${code}`;
    } catch (error) {
      this.reason ??= `could not start: ${(error as Error).message}`;
    }
    this.status = "STOPPED";
    this.stoppedAt = Date.now();
  }
}

const tailBytes = 16_384;

function tail(file: string): string {
  const handle = openSync(file, "r");
  try {
    const { size } = fstatSync(handle);
    const start = Math.max(0, size - tailBytes);
    const buffer = Buffer.alloc(size - start);
    return buffer.toString("utf8", 0, readSync(handle, buffer, 0, buffer.length, start));
  } finally {
    closeSync(handle);
  }
}

const longest = 240;

/** A line of a structured log, as pino and its kin write it, or of plain text. */
function parseEntry(line: string): { text: string; severe: boolean } {
  const plain = line.trim().slice(0, longest);
  try {
    const { level, msg, message, err } = JSON.parse(line);
    const text = [msg ?? message, err?.message].filter(Boolean).join(": ");
    return { text: text.slice(0, longest) || plain, severe: severeLevels.has(level) };
  } catch {
    return { text: plain, severe: /^(\w*Error\b|error:)/i.test(plain) };
  }
}

/** Warnings and worse, by pino's numbers and by their names. */
const severeLevels = new Set<unknown>([40, 50, 60, "warn", "error", "fatal"]);
