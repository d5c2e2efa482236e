import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { closeClient, openClient } from "./client.ts";
import { type Statement, statement } from "./connection.ts";
import {
  DatabaseOverloaded,
  DatabaseUnavailable,
  isConnectionError,
  overConnection,
  sqlState,
} from "./errors.ts";
import { FairQueue } from "./fair-queue.ts";

export type Row = unknown[];

export interface ReadPoolOptions {
  connections: number;
  /** Statements sent on one connection before the first is answered; above 1 the connection is pipelined. */
  depth: number;
  /** Where to connect, in order of preference: the first that answers is taken. */
  hosts: readonly string[];
  /** A client that is not connected yet. Its statements must have a time-out of their own (`query_timeout`). */
  connect: (host: string, pipeline: boolean) => Promise<pg.Client>;
  log: { warn(fields: object, message: string): void };
  /** How often a connection to another host than the first looks whether the first answers again. @default 30_000 */
  recheckMs?: number;
}

/** For whom something is asked. */
interface Asking {
  /** See FairQueue. @default the task itself */
  client?: string;
  /** After it nobody waits for the answer any more; on the clock of `performance.now()`. @default Infinity */
  until?: number;
}

interface Job extends Required<Asking> {
  statement: Statement;
  values: readonly unknown[];
  /** How far the database must have come; undefined: it does not matter. */
  position: number | undefined;
  resolve: (rows: Row[] | undefined) => void;
  reject: (error: unknown) => void;
  attempts: number;
  queuedAt: number;
  kind: string;
}

/** A place for one connection. Whatever happens to a connection, its place is filled again. */
interface Slot {
  /** Undefined while it is being replaced. */
  client: pg.Client | undefined;
  inFlight: number;
  /** How far the database was when it was last asked over this connection; it does not go back. */
  position: number;
  /** Statements that this turn of the event loop has given to it; they are sent together. */
  gathered: number;
  /** Takes the connection out of use, and lets the slot connect anew. */
  retire: () => void;
}

/** See migration 0013. */
export const POSITION = statement("SELECT coalesce(sum(changes), 0)::bigint FROM catalog_position");
/** How long a statement waits for a free connection before its request is told to come again. */
const QUEUE_MS = 2_000;
const QUEUE_LENGTH = 2_000;
/** Once no connection has been there for so long, requests fail at once instead of waiting for one. */
const GIVE_UP_MS = 1_000;
const FALLBACK_RECHECK_MS = 30_000;
/** How often a statement is sent, at most, when its connections break: reads may be repeated. */
const ATTEMPTS = 3;
const LATE = "no connection to the database became free in time; try again";
/** For the statements of a connection that is left for a better one. */
const DRAIN_MS = 2_000;
/** Statements that go to one connection in one write before the next one is taken: more would wait for each other. */
const GATHERED = 4;

/**
 * Reads over a fixed number of persistent connections, pipelined where they are short. Each slot reconnects by itself, with
 * backoff, for as long as the pool is open. A statement whose connection breaks is sent again on another.
 *
 * Not pg's own pool, which gives a connection to one statement at a time: a point read costs it twice the CPU time (21 µs against
 * 10), and four connections answer 40 % as many of them.
 */
export class ReadPool {
  readonly #options: ReadPoolOptions;
  readonly #slots: Slot[];
  readonly #queue = new FairQueue<Job>({ length: QUEUE_LENGTH });
  readonly #closing = new AbortController();
  readonly #loops: Promise<void>[];
  readonly #ready = Promise.withResolvers<void>();
  #sweep: NodeJS.Timeout | undefined;
  #downSince: number | undefined = performance.now();
  #answeredAt = Number.NEGATIVE_INFINITY;

  constructor(options: ReadPoolOptions) {
    this.#options = options;
    this.#slots = Array.from({ length: options.connections }, () => ({
      client: undefined,
      inFlight: 0,
      position: Number.NEGATIVE_INFINITY,
      gathered: 0,
      retire: () => {},
    }));
    this.#loops = this.#slots.map((slot) => this.#keepConnected(slot));
  }

  /** Resolves with the first connection, or when the pool is closed. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  get connected(): number {
    return this.#slots.filter((slot) => slot.client).length;
  }

  /** Statements that are being answered or wait for a connection. */
  get load(): number {
    return this.#slots.reduce((sum, slot) => sum + slot.inFlight, this.#queue.length);
  }

  /** When the server has answered last, be it with an error, on the clock of `performance.now()`. */
  get answeredAt(): number {
    return this.#answeredAt;
  }

  /**
   * Rows as arrays, in the order of the select list.
   *
   * @throws {DatabaseUnavailable} when there is no connection, it broke three times, or none answers.
   * @throws {DatabaseOverloaded} when all connections have worked for others for two seconds, or until nobody waits any more.
   */
  query(statement: Statement, values: readonly unknown[], asking: Asking = {}): Promise<Row[]> {
    return this.#ask(statement, values, undefined, asking) as Promise<Row[]>;
  }

  /**
   * As `query`, from a database that has come as far as a position (see migration 0013).
   *
   * @returns undefined when the one at the other end has not.
   */
  queryAt(
    position: number,
    statement: Statement,
    values: readonly unknown[],
    asking: Asking = {},
  ): Promise<Row[] | undefined> {
    return this.#ask(statement, values, position, asking);
  }

  #ask(
    statement: Statement,
    values: readonly unknown[],
    position: number | undefined,
    { client = "", until = Number.POSITIVE_INFINITY }: Asking,
  ): Promise<Row[] | undefined> {
    return new Promise((resolve, reject) => {
      const queuedAt = performance.now();
      const kind = statement.name;
      this.#submit({
        statement,
        values,
        position,
        resolve,
        reject,
        attempts: 1,
        queuedAt,
        client,
        until,
        kind,
      });
    });
  }

  /** Replaces every connection by a new one. */
  renew(): void {
    for (const slot of this.#slots) slot.retire();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#ready.resolve();
    clearInterval(this.#sweep);
    for (const job of this.#queue.takeBefore(Number.POSITIVE_INFINITY))
      job.reject(new DatabaseUnavailable("the service is closing"));
    await Promise.all(this.#loops);
  }

  #submit(job: Job): void {
    const slot = this.#freest();
    if (slot && this.#queue.admits(job, this.#free)) this.#run(slot, job);
    else if (this.#closing.signal.aborted) {
      job.reject(new DatabaseUnavailable("the service is closing"));
    } else if (this.#isDown()) {
      job.reject(new DatabaseUnavailable("no connection to the database"));
    } else {
      const leaving = this.#queue.push(job);
      leaving?.reject(new DatabaseOverloaded("too many requests wait for the database; try again"));
      this.#sweep ??= setInterval(() => this.#expire(), 100).unref();
    }
  }

  #isDown(): boolean {
    return this.#downSince !== undefined && performance.now() - this.#downSince > GIVE_UP_MS;
  }

  get #free(): number {
    return this.#slots.filter(({ client, inFlight }) => client && inFlight < this.#options.depth).length;
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
    if (performance.now() >= job.until) {
      job.reject(new DatabaseOverloaded(LATE));
      return;
    }
    const client = slot.client!;
    slot.inFlight++;
    const end = this.#queue.begin(job);
    this.#gather(slot, client);
    this.#answer(slot, client, job)
      .then(
        (rows) => {
          this.#answeredAt = performance.now();
          job.resolve(rows);
        },
        (error) => this.#failed(slot, client, job, error),
      )
      .finally(() => {
        end();
        // A connection that was replaced meanwhile has begun to count anew.
        if (slot.client === client) slot.inFlight--;
        this.#drain();
      });
  }

  async #answer(
    slot: Slot,
    client: pg.Client,
    { position, statement, values }: Job,
  ): Promise<Row[] | undefined> {
    const ask = async (asked: Statement, parameters: readonly unknown[]): Promise<Row[]> =>
      (await overConnection(client.query({ ...asked, values: parameters as unknown[], rowMode: "array" })))
        .rows;
    if (position !== undefined && slot.position < position) {
      const [[reached] = []] = await ask(POSITION, []);
      if (slot.client === client) slot.position = reached as number;
      if ((reached as number) < position) return undefined;
    }
    return ask(statement, values);
  }

  /** What comes within one turn of the event loop leaves in one write: each is a system call and wakes the server up. */
  #gather(slot: Slot, client: pg.Client): void {
    if (slot.gathered++ > 0) return;
    const { stream } = client.connection;
    stream.cork();
    setImmediate(() => {
      slot.gathered = 0;
      stream.uncork();
    });
  }

  #failed(slot: Slot, client: pg.Client, job: Job, error: unknown): void {
    const broken = isConnectionError(error);
    if (broken && slot.client === client) slot.retire();
    if (error instanceof pg.DatabaseError) this.#answeredAt = performance.now();
    const conflictWithRecovery = sqlState(error) === "40001";
    if (!broken && !conflictWithRecovery) job.reject(error);
    else if (job.attempts < ATTEMPTS) {
      // After what has arrived with this failure was read: when a server goes, its other connections fail in the same moment.
      setImmediate(() => this.#submit({ ...job, attempts: job.attempts + 1, queuedAt: performance.now() }));
    } else job.reject(new DatabaseUnavailable("the connection to the database broke", { cause: error }));
  }

  #drain(): void {
    while (this.#queue.length > 0) {
      const slot = this.#freest();
      const job = slot && this.#queue.shift(this.#free);
      if (!job) return;
      this.#run(slot, job);
    }
    clearInterval(this.#sweep);
    this.#sweep = undefined;
  }

  #expire(): void {
    const oldest = performance.now() - QUEUE_MS;
    const down = this.#isDown();
    for (const job of this.#queue.takeBefore(down ? Number.POSITIVE_INFINITY : oldest)) {
      // Where others are answered there is too much to do; where nobody is, nobody is there.
      job.reject(
        !down && this.#answeredAt > job.queuedAt
          ? new DatabaseOverloaded(LATE)
          : new DatabaseUnavailable("the database does not answer"),
      );
    }
    // Some may have been held back, and are no longer.
    this.#drain();
  }

  async #keepConnected(slot: Slot): Promise<void> {
    const { signal } = this.#closing;
    for (let failures = 0; !signal.aborted; ) {
      try {
        const { client, host, ended } = await this.#connectAny();
        failures = 0;
        await this.#serve(slot, client, host, ended);
      } catch (error) {
        if (failures++ % 10 === 0)
          this.#options.log.warn({ err: error }, "cannot connect to the database for reading");
      }
      // From 0.1 s to 3 s, at random: tasks must not come back all at once.
      const delay = Math.min(3_000, 100 * 2 ** Math.min(failures, 5)) * (0.5 + Math.random() / 2);
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
    return { client, ...(await openClient(client)) };
  }

  /** Serves from a connection until it ends, is retired, or a better host than its own answers again. */
  async #serve(slot: Slot, client: pg.Client, host: string, ended: Promise<void>): Promise<void> {
    const left = new AbortController();
    const stop = AbortSignal.any([this.#closing.signal, left.signal]);
    const retired = Promise.withResolvers<void>();
    const takeOut = () => {
      if (slot.client !== client) return;
      slot.client = undefined;
      slot.inFlight = 0;
      if (this.connected === 0) this.#downSince ??= performance.now();
    };
    let broken = true;
    slot.client = client;
    slot.inFlight = 0;
    slot.position = Number.NEGATIVE_INFINITY;
    slot.retire = () => {
      takeOut();
      retired.resolve();
    };
    this.#downSince = undefined;
    this.#ready.resolve();
    this.#drain();
    await Promise.race([
      ended,
      retired.promise,
      this.#betterAnswers(host, stop).then(() => {
        broken = false;
      }),
    ]);
    takeOut();
    left.abort();
    await closeClient(client, broken ? 0 : DRAIN_MS);
  }

  /** Resolves when the pool closes, or when the preferred host answers and is not this one. */
  async #betterAnswers(host: string, stop: AbortSignal): Promise<void> {
    const [preferred = host] = this.#options.hosts;
    const { recheckMs = FALLBACK_RECHECK_MS } = this.#options;
    while (!stop.aborted) {
      await sleep(host === preferred ? 2 ** 31 - 1 : recheckMs, undefined, { signal: stop }).catch(() => {});
      if (stop.aborted) return;
      const probe = await this.#connect(preferred).catch(() => undefined);
      if (probe) return closeClient(probe.client);
    }
  }
}
