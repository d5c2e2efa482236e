/** One task: its containers as processes, one after the other as they wait for each other. */
import type { ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { signalGroup, spawnGuarded } from "../../local/child.ts";
import type { TaskStatus } from "../contract/index.ts";
import type { StopCode } from "./ecs-events.ts";

/** A container of a task, as the process that it is here. */
export interface ContainerProcess {
  name: string;
  command: string[];
  folder: string;
  environment: { [name: string]: string };
}

export type TaskSettings = ContainerProcess & {
  revision: number;
  /** Capacity provider that it runs on. */
  provider: string;
  /** Containers that must end well before the task's own starts. */
  before: ContainerProcess[];
  /** Loopback port that stands for the container's. */
  port: number;
  /** Takes what the task writes to its standard output and error. */
  logFile: (id: string) => string;
};

export class Task {
  readonly id = randomBytes(4).toString("hex");
  readonly revision: number;
  readonly provider: string;
  readonly port: number;
  /** Since when its own container runs; until then, since when it is being started. */
  startedAt = Date.now();
  /** Resolves when its own container has been started, or will not be. */
  readonly started: Promise<void>;
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
  /** Why, as ECS says it; undefined until it is known. */
  stopCode: StopCode | undefined;
  /** What it had served when it left the balancer. */
  served = 0;
  readonly #settings: TaskSettings;
  #process: ChildProcess | undefined;

  constructor(settings: TaskSettings) {
    this.revision = settings.revision;
    this.provider = settings.provider;
    this.port = settings.port;
    this.#settings = settings;
    this.logFile = settings.logFile(this.id);
    closeSync(openSync(this.logFile, "w"));
    const { promise, resolve } = Promise.withResolvers<void>();
    this.started = promise;
    this.exited = this.#run(resolve);
  }

  get pid(): number | undefined {
    return this.status === "STOPPED" ? undefined : this.#process?.pid;
  }

  /** The container's `stopTimeout`: SIGTERM now, SIGKILL when the seconds are over. They run on this machine's clock. */
  async stop(timeoutSeconds: number): Promise<void> {
    if (this.status === "STOPPED") return;
    this.status = "STOPPING";
    this.#process?.kill("SIGTERM");
    const killed = new AbortController();
    const killing = delay(timeoutSeconds * 1000, undefined, { signal: killed.signal }).then(
      () => this.kill(),
      () => {},
    );
    await this.exited;
    killed.abort();
    await killing;
  }

  kill(): void {
    if (this.status !== "STOPPED" && this.#process) signalGroup(this.#process, "SIGKILL");
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

  async #run(onStarted: () => void): Promise<void> {
    for (const container of this.#settings.before) {
      const ending = await this.#ending(this.#spawn(container));
      if (this.status === "STOPPING" || ending !== "exited with code 0") {
        this.reason ??= `container ${container.name} ${ending}`;
        break;
      }
    }
    if (this.reason === undefined) {
      this.startedAt = Date.now();
      const ending = this.#ending(this.#spawn(this.#settings));
      if (this.#process?.pid !== undefined) this.status = "RUNNING";
      onStarted();
      const words = await ending;
      this.reason ??= words;
    }
    this.status = "STOPPED";
    this.stoppedAt = Date.now();
    onStarted();
  }

  #spawn({ command, folder, environment }: ContainerProcess): ChildProcess {
    const [program = "", ...args] = command;
    const log = openSync(this.logFile, "a");
    try {
      this.#process = spawnGuarded(program === "node" ? process.execPath : program, args, {
        cwd: folder,
        env: environment,
        stdio: ["ignore", log, log],
      });
      return this.#process;
    } finally {
      closeSync(log);
    }
  }

  /** How a container ended, in words. */
  async #ending(child: ChildProcess): Promise<string> {
    try {
      const [code, signal] = await once(child, "exit");
      this.exitCode = code ?? undefined;
      return signal ? `ended by ${signal}` : `exited with code ${code}`;
    } catch (error) {
      return `could not start: ${(error as Error).message}`;
    }
  }
}

const TAIL_BYTES = 16_384;

function tail(file: string): string {
  const handle = openSync(file, "r");
  try {
    const { size } = fstatSync(handle);
    const start = Math.max(0, size - TAIL_BYTES);
    const buffer = Buffer.alloc(size - start);
    return buffer.toString("utf8", 0, readSync(handle, buffer, 0, buffer.length, start));
  } finally {
    closeSync(handle);
  }
}

const LONGEST_WORDS = 240;

/** A line of a structured log, as pino and its kin write it, or of plain text. */
function parseEntry(line: string): { text: string; severe: boolean } {
  const plain = line.trim().slice(0, LONGEST_WORDS);
  try {
    const { level, msg, message, err } = JSON.parse(line);
    const text = [msg ?? message, err?.message].filter(Boolean).join(": ");
    return { text: text.slice(0, LONGEST_WORDS) || plain, severe: severeLevels.has(level) };
  } catch {
    return { text: plain, severe: /^(\w*Error\b|error:)/i.test(plain) };
  }
}

/** Warnings and worse, by pino's numbers and by their names. */
const severeLevels = new Set<unknown>([40, 50, 60, "warn", "error", "fatal"]);
