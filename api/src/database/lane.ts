import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { isConnectionError, type Statement } from "./connection.ts";
import { DatabaseOverloaded, DatabaseUnavailable } from "./unavailable.ts";

export type Row = unknown[];

export interface LaneOptions {
  connections: number;
  /** Statements sent on one connection before the first is answered; above 1 the connection is pipelined. */
  depth: number;
  /** Where to connect, in order of preference: the first that answers is taken. */
  hosts: readonly string[];
  connect: (host: string, pipeline: boolean) => Promise<pg.Client>;
  log: { info(fields: object, message: string): void; warn(fields: object, message: string): void };
}

interface Job {
  statement: Statement;
  values: readonly unknown[];
  resolve: (rows: Row[]) => void;
  reject: (error: unknown) => void;
  retried: boolean;
  deadline: number;
}

interface Slot {
  client: pg.Client | undefined;
  inFlight: number;
  /** Statements that this turn of the event loop has given to it; they are sent together. */
  gathered: number;
}

/** How long a statement waits for a free connection before its request is told to come again. */
const QUEUE_MS = 2_000;
const QUEUE_LENGTH = 2_000;
/** Once no connection has been there for so long, requests fail at once instead of waiting for one. */
const GIVE_UP_MS = 1_000;
const FALLBACK_RECHECK_MS = 30_000;
/** Statements that go to one connection in one write before the next one is taken: more would wait for each other. */
const GATHERED = 4;

/**
 * Reads over a fixed number of persistent connections. Each connection reconnects by itself, with backoff, for as long as the
 * lane is open. A statement whose connection breaks is sent once more on another: reads may be repeated.
 */
export class Lane {
  readonly #options: LaneOptions;
  readonly #slots: Slot[];
  readonly #queue: Job[] = [];
  readonly #closing = new AbortController();
  readonly #loops: Promise<void>[];
  #sweep: NodeJS.Timeout | undefined;
  #downSince: number | undefined = performance.now();

  constructor(options: LaneOptions) {
    this.#options = options;
    this.#slots = Array.from({ length: options.connections }, () => ({
      client: undefined,
      inFlight: 0,
      gathered: 0,
    }));
    this.#loops = this.#slots.map((slot) => this.#keepConnected(slot));
  }

  get connected(): number {
    return this.#slots.filter((slot) => slot.client).length;
  }

  /** Statements that are being answered or wait for a connection. */
  get load(): number {
    return this.#slots.reduce((sum, slot) => sum + slot.inFlight, this.#queue.length);
  }

  /** Rows as arrays, in the order of the select list. */
  query(statement: Statement, values: readonly unknown[]): Promise<Row[]> {
    return new Promise((resolve, reject) => {
      this.#submit({
        statement,
        values,
        resolve,
        reject,
        retried: false,
        deadline: performance.now() + QUEUE_MS,
      });
    });
  }

  async close(): Promise<void> {
    this.#closing.abort();
    clearInterval(this.#sweep);
    for (const job of this.#queue.splice(0)) job.reject(new DatabaseUnavailable("the service is closing"));
    await Promise.all(this.#loops);
  }

  #submit(job: Job): void {
    const slot = this.#freest();
    if (slot) this.#run(slot, job);
    else if (this.#downSince !== undefined && performance.now() - this.#downSince > GIVE_UP_MS) {
      job.reject(new DatabaseUnavailable("no connection to the database"));
    } else if (this.#queue.length >= QUEUE_LENGTH) {
      job.reject(new DatabaseOverloaded("too many requests wait"));
    } else {
      this.#queue.push(job);
      this.#sweep ??= setInterval(() => this.#expire(), 100).unref();
    }
  }

  #freest(): Slot | undefined {
    let best: Slot | undefined;
    for (const slot of this.#slots) {
      if (!slot.client || slot.inFlight >= this.#options.depth) continue;
      if (slot.gathered > 0 && slot.gathered < GATHERED) return slot;
      if (!best || slot.inFlight < best.inFlight) best = slot;
    }
    return best;
  }

  #run(slot: Slot, job: Job): void {
    const { client } = slot;
    slot.inFlight++;
    this.#gather(slot);
    client!
      .query({ ...job.statement, values: job.values as unknown[], rowMode: "array" })
      .then(
        (result) => job.resolve(result.rows),
        (error) => this.#failed(slot, client!, job, error),
      )
      .finally(() => {
        // A connection that was replaced meanwhile has begun to count anew.
        if (slot.client === client) slot.inFlight--;
        this.#drain();
      });
  }

  /** What comes within one turn of the event loop leaves in one write: each is a system call and wakes the server up. */
  #gather(slot: Slot): void {
    if (slot.gathered++ > 0) return;
    const { stream } = slot.client!.connection;
    stream.cork();
    setImmediate(() => {
      slot.gathered = 0;
      stream.uncork();
    });
  }

  #failed(slot: Slot, client: pg.Client, job: Job, error: unknown): void {
    const conflictWithRecovery = (error as { code?: string }).code === "40001";
    const broken = isConnectionError(error);
    if (broken && slot.client === client) this.#disconnect(slot);
    if (!broken && !conflictWithRecovery) job.reject(error);
    else if (!job.retried) this.#submit({ ...job, retried: true });
    else job.reject(new DatabaseUnavailable("the connection to the database broke", { cause: error }));
  }

  #drain(): void {
    while (this.#queue.length > 0) {
      const slot = this.#freest();
      if (!slot) return;
      this.#run(slot, this.#queue.shift()!);
    }
    clearInterval(this.#sweep);
    this.#sweep = undefined;
  }

  #expire(): void {
    const now = performance.now();
    const down = this.#downSince !== undefined && now - this.#downSince > GIVE_UP_MS;
    while (this.#queue.length > 0 && (down || this.#queue[0]!.deadline < now)) {
      const job = this.#queue.shift()!;
      job.reject(
        this.connected > 0
          ? new DatabaseOverloaded("no connection to the database became free in time")
          : new DatabaseUnavailable("no connection to the database"),
      );
    }
  }

  #disconnect(slot: Slot): void {
    slot.client = undefined;
    slot.inFlight = 0;
    if (this.connected === 0) this.#downSince ??= performance.now();
  }

  async #keepConnected(slot: Slot): Promise<void> {
    const { signal } = this.#closing;
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        const { client, host, ended } = await this.#connectAny();
        attempt = 0;
        await this.#use(slot, client, host, ended);
      } catch (error) {
        if (attempt % 10 === 0)
          this.#options.log.warn({ err: error }, "cannot connect to the database for reading");
      }
      // From 0.1 s to 3 s, at random: tasks must not come back all at once.
      const delay = Math.min(3_000, 100 * 2 ** Math.min(attempt, 5)) * (0.5 + Math.random() / 2);
      await sleep(delay, undefined, { signal }).catch(() => {});
    }
  }

  async #connectAny(): Promise<{ client: pg.Client; host: string; ended: Promise<void> }> {
    let failure: unknown;
    for (const host of this.#options.hosts) {
      try {
        return { host, ...(await this.#connect(host)) };
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }

  async #connect(host: string): Promise<{ client: pg.Client; ended: Promise<void> }> {
    const client = await this.#options.connect(host, this.#options.depth > 1);
    const ended = new Promise<void>((resolve) => {
      client.once("end", resolve);
      // Errors of statements go to whoever sent them; this one is about the connection.
      client.on("error", () => {
        client.end().catch(() => {});
        resolve();
      });
    });
    await client.connect();
    return { client, ended };
  }

  /** Serves from a connection until it ends, or until a better host than its own answers again. */
  async #use(slot: Slot, client: pg.Client, host: string, ended: Promise<void>): Promise<void> {
    const { signal } = this.#closing;
    slot.client = client;
    slot.inFlight = 0;
    this.#downSince = undefined;
    this.#drain();
    const preferred = host === this.#options.hosts[0];
    let gone = false;
    const aborted = new Promise<void>((resolve) =>
      signal.addEventListener("abort", () => resolve(), { once: true }),
    );
    void ended.then(() => {
      gone = true;
    });
    while (!gone && !signal.aborted) {
      const timer = new AbortController();
      const recheck = preferred
        ? []
        : [sleep(FALLBACK_RECHECK_MS, undefined, { signal: timer.signal }).catch(() => {})];
      await Promise.race([ended, aborted, ...recheck]);
      timer.abort();
      if (!gone && !signal.aborted && (await this.#answers(this.#options.hosts[0]!))) break;
    }
    if (slot.client === client) this.#disconnect(slot);
    await Promise.race([client.end().catch(() => {}), sleep(2_000, undefined, { ref: false })]);
  }

  async #answers(host: string): Promise<boolean> {
    try {
      const { client } = await this.#connect(host);
      await client.end();
      return true;
    } catch {
      return false;
    }
  }
}
