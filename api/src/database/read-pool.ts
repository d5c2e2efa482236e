import pg from "pg";
import type { Row, Statement } from "./connection.ts";
import { DatabaseOverloaded, DatabaseUnavailable, isConnectionError, sqlState } from "./errors.ts";
import { FairQueue } from "./fair-queue.ts";
import type { KeptConnectionOptions } from "./kept-connection.ts";
import { LATE, type Question, ReadSlot } from "./read-slot.ts";

export interface ReadPoolOptions extends Pick<KeptConnectionOptions, "hosts" | "log" | "recheckMs"> {
  connections: number;
  /** Statements sent on one connection before the first is answered; above 1 the connection is pipelined. */
  depth: number;
  /** See KeptConnection. */
  connect: (host: string, pipeline: boolean) => Promise<pg.Client>;
}

/** For whom something is asked. */
interface Asking {
  /** See FairQueue. @default the task itself */
  client?: string;
  /** See Question. @default Infinity */
  until?: number;
}

interface Job extends Question, Required<Asking> {
  resolve: (rows: Row[] | undefined) => void;
  reject: (error: unknown) => void;
  attempts: number;
  queuedAt: number;
  kind: string;
}

/** How long a statement waits for a free connection before its request is told to come again. */
const QUEUE_MS = 2_000;
const QUEUE_LENGTH = 2_000;
/** Once no connection has been there for so long, requests fail at once instead of waiting for one. */
const GIVE_UP_MS = 1_000;
/** How often a statement is sent, at most, when its connections break: reads may be repeated. */
const ATTEMPTS = 3;

/**
 * Reads over a fixed number of persistent connections, pipelined where they are short. A statement whose connection breaks is sent
 * again on another.
 *
 * Not pg's own pool, which gives a connection to one statement at a time: a point read costs it twice the CPU time (21 µs against
 * 10), and four connections answer 40 % as many of them.
 */
export class ReadPool {
  readonly #options: ReadPoolOptions;
  readonly #slots: ReadSlot[];
  readonly #queue = new FairQueue<Job>({ length: QUEUE_LENGTH });
  readonly #closing = new AbortController();
  readonly #ready = Promise.withResolvers<void>();
  #sweep: NodeJS.Timeout | undefined;
  #downSince: number | undefined = performance.now();
  #answeredAt = Number.NEGATIVE_INFINITY;

  constructor(options: ReadPoolOptions) {
    this.#options = options;
    const { connections, depth, hosts, connect, log, recheckMs } = options;
    const kept: KeptConnectionOptions = {
      hosts,
      connect: (host) => connect(host, depth > 1),
      log,
      recheckMs,
      onConnected: () => {
        this.#downSince = undefined;
        this.#ready.resolve();
        this.#drain();
      },
      onLost: () => {
        if (this.connected === 0) this.#downSince ??= performance.now();
      },
      closing: this.#closing.signal,
    };
    this.#slots = Array.from({ length: connections }, () => new ReadSlot(kept));
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
    await Promise.all(this.#slots.map((slot) => slot.closed));
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

  #freest(): ReadSlot | undefined {
    let best: ReadSlot | undefined;
    for (const slot of this.#slots) {
      if (!slot.client || slot.inFlight >= this.#options.depth) continue;
      if (slot.isGathering) return slot;
      if (!best || slot.inFlight < best.inFlight) best = slot;
    }
    return best;
  }

  #run(slot: ReadSlot, job: Job): void {
    if (performance.now() >= job.until) {
      job.reject(new DatabaseOverloaded(LATE));
      return;
    }
    const client = slot.client!;
    slot.inFlight++;
    const end = this.#queue.begin(job);
    slot
      .answer(job)
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

  #failed(slot: ReadSlot, client: pg.Client, job: Job, error: unknown): void {
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
}
