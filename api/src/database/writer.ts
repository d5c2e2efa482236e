import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import type { Config } from "../config.ts";
import { rollback } from "./client.ts";
import {
  ask,
  BEGIN_READ,
  clientConfig,
  type Row,
  type Statement,
  silenceMs,
  WRITE_SETTINGS,
} from "./connection.ts";
import {
  ConnectionFailed,
  DatabaseContention,
  DatabaseOverloaded,
  DatabaseUnavailable,
  isConnectionError,
  isContention,
  isIdleTimeout,
  isProgramLimit,
  isReadOnlyError,
  isStatementTimeout,
  OutcomeUnknown,
  overConnection,
} from "./errors.ts";
import { Semaphore } from "./semaphore.ts";
import { outOfTime, WriteTime } from "./write-time.ts";

/** A transaction that met another one is run anew until so much time has passed since its begin. */
const RETRY_MS = 5_000;
/** For one write; the CDN waits 30 s. Batches say what they need. */
const WRITE_MS = 10_000;
/** How often a transaction is begun, at most, when its connection breaks or leads to no writer. */
const CONNECTIONS_TRIED = 3;
const CLOSE_MS = 2_000;
/** How long a transaction waits for a connection. */
const TIMEOUT_MS = 2_000;

/** The server is told anew how long a statement may take when less than this share is left of what it was told last. */
const RETOLD = 0.9;

export interface Transaction {
  query(statement: Statement, values: readonly unknown[]): Promise<Row[]>;
}

/** Transactions on the writer. */
export class Writer {
  readonly #config: Config;
  readonly #max: number;
  /** For transactions that may take long: they leave a connection to the others. */
  readonly #long: Semaphore;
  /** Connections that work for somebody; the pool's own numbers count those that still try to connect as well. */
  #inUse = 0;
  #pool: Promise<pg.Pool> | undefined;
  #answeredAt = Number.NEGATIVE_INFINITY;
  /** Rises when a writer turns out to be one no more: connections of an earlier generation lead to it, and are not used again. */
  #generation = 0;
  readonly #generations = new WeakMap<pg.ClientBase, number>();
  /** Connections that have ended while somebody had them. */
  readonly #gone = new WeakSet<pg.ClientBase>();

  constructor(config: Config, max: number) {
    this.#config = config;
    this.#max = max;
    this.#long = new Semaphore(max - 1);
  }

  /**
   * One small statement, for what only the writer knows.
   *
   * @param silenceMs after which its connection is replaced. @default longer than any statement may take
   */
  query(statement: Statement, values: readonly unknown[], silenceMs?: number): Promise<Row[]> {
    return this.#onClient((client) => ask(client, statement, values, silenceMs));
  }

  /** A statement of the catalogue's reads, planned as it is on connections for reading. */
  read(statement: Statement, values: readonly unknown[]): Promise<Row[]> {
    return this.#onClient(async (client) => {
      await overConnection(client.query(BEGIN_READ));
      const rows = await ask(client, statement, values);
      await overConnection(client.query("COMMIT"));
      return rows;
    });
  }

  /** See {@link Watched}. */
  get answeredAt(): number {
    return this.#answeredAt;
  }

  /** Leaves every connection that there is to its end, and makes new ones. */
  renew(): void {
    this.#generation++;
  }

  async #onClient(work: (client: pg.PoolClient) => Promise<Row[]>): Promise<Row[]> {
    const client = await this.#connect();
    try {
      const rows = await work(client);
      this.#answeredAt = performance.now();
      client.release();
      return rows;
    } catch (error) {
      const broken = isConnectionError(error);
      if (broken) client.release(true);
      else await rollback(client, TIMEOUT_MS);
      throw broken
        ? new DatabaseUnavailable("the connection to the database broke", { cause: error })
        : error;
    }
  }

  /**
   * The time of a request that writes, from now on.
   *
   * @param batchMs for a batch: its statements may take longer than others, and not all connections are in use by such at once.
   *   @default 10_000 for a write that is none, each statement at most DB_STATEMENT_TIMEOUT_MS
   */
  time(batchMs?: number): WriteTime {
    const began = performance.now();
    const long = batchMs !== undefined;
    const missed = () =>
      this.#answeredAt > began ? outOfTime(long) : new DatabaseUnavailable("the database does not answer");
    return new WriteTime(batchMs ?? WRITE_MS, { long, missed });
  }

  /**
   * Runs `work` in a transaction, and anew when another transaction was in the way (after a pause at random), the connection was
   * stale or the writer has moved. `work` must therefore change nothing but the database. When this returns, all is committed.
   *
   * @param time of the request, which may have used some of it for other transactions. What the server works at when it is over, it
   *   ends itself: it holds no locks for somebody who is gone. @default one that begins now
   * @throws {DatabaseUnavailable} no writer answers, or it has no room.
   * @throws {DatabaseOverloaded} out of time, or no connection is free for it.
   * @throws {BatchTimeout} a batch is out of time.
   * @throws {DatabaseContention} other transactions were in the way each time.
   * @throws {OutcomeUnknown} the connection broke during COMMIT, or it took too long. After every other error nothing has been written.
   */
  async transaction<T>(work: (transaction: Transaction) => Promise<T>, time = this.time()): Promise<T> {
    if (!time.long) return this.#attempts(work, time);
    if (!(await this.#long.acquire(Math.min(TIMEOUT_MS, time.left))))
      throw this.#notFree("as many batches are being written as may be at once; try again");
    try {
      return await this.#attempts(work, time);
    } finally {
      this.#long.release();
    }
  }

  async #attempts<T>(work: (transaction: Transaction) => Promise<T>, time: WriteTime): Promise<T> {
    const retryUntil = performance.now() + Math.min(RETRY_MS, time.left / 2);
    for (let attempt = 1, failed = 0; ; attempt++) {
      try {
        return await this.#attempt(work, time);
      } catch (error) {
        const met = isContention(error);
        const moved = isConnectionError(error) || isReadOnlyError(error);
        if (!met && !moved) throw error;
        if (met && (performance.now() > retryUntil || time.forStatements === 0))
          throw new DatabaseContention("other writes were in the way each time", { cause: error });
        if (moved && (++failed === CONNECTIONS_TRIED || time.forStatements === 0))
          throw new DatabaseUnavailable("the database does not accept writes at the moment", {
            cause: error,
          });
        // At random: those who met must not meet again. Meanwhile others have the connection.
        if (met) await sleep(Math.random() * Math.min(500, 10 * 2 ** Math.min(attempt, 10)));
      }
    }
  }

  async #attempt<T>(work: (transaction: Transaction) => Promise<T>, time: WriteTime): Promise<T> {
    const client = await this.#connect(time);
    const { statementTimeoutMs } = this.#config.database;
    const mayTake = () =>
      Math.max(1, time.long ? time.forStatements : Math.min(time.forStatements, statementTimeoutMs));
    /** What the server was told last. */
    let told = mayTake();
    const run = (query: pg.QueryArrayConfig | { text: string }, ms = told) => {
      const timeout = { query_timeout: Math.min(silenceMs(ms), time.left) }; // known to pg, not to its types
      return overConnection(client.query({ ...query, ...timeout } as pg.QueryArrayConfig));
    };
    let committing = false;
    let begun = false;
    try {
      time.checkStatement();
      // Takes no time: a server that does not answer this one stands still.
      await run({ text: `BEGIN; SET LOCAL statement_timeout = ${told}` }, Math.min(told, statementTimeoutMs));
      begun = true;
      this.#answeredAt = performance.now();
      const result = await work({
        query: async ({ name, text }, values) => {
          for (;;) {
            time.checkStatement();
            if (mayTake() >= RETOLD * told) break;
            // It may take long by itself.
            told = mayTake();
            await run({ text: `SET LOCAL statement_timeout = ${told}` }, Math.min(told, statementTimeoutMs));
          }
          const { rows } = await run({ name, text, values: values as unknown[], rowMode: "array" });
          this.#answeredAt = performance.now();
          return rows;
        },
      });
      if (this.#gone.has(client)) throw new ConnectionFailed("the connection ended before the COMMIT");
      time.checkCommit();
      committing = true;
      const { command } = await run({ text: "COMMIT" }, time.left);
      // What PostgreSQL answers, without an error, when a statement had failed and somebody went on.
      if (command !== "COMMIT") throw new Error(`the transaction ended with ${command}`);
      client.release();
      return result;
    } catch (error) {
      const broken = isConnectionError(error);
      if (broken || isReadOnlyError(error)) client.release(true);
      else await rollback(client, time.left);
      // Every idle connection of its age leads to the same demoted server. Requests that wait for one keep their place.
      if (isReadOnlyError(error) && this.#generations.get(client) === this.#generation) this.#generation++;
      if (broken && committing && !isIdleTimeout(error))
        throw new OutcomeUnknown("the connection broke during COMMIT", { cause: error });
      // No check of ours is deferred to it: the queue of notifications is full, since a listener stands still.
      if (committing && isProgramLimit(error))
        throw new DatabaseUnavailable("the database has no room for notifications", { cause: error });
      if (begun && time.long && time.forStatements === 0 && (broken || isStatementTimeout(error)))
        throw outOfTime(true, error);
      throw error;
    }
  }

  get connections(): Promise<{ total: number; idle: number; waiting: number }> {
    return Promise.resolve(this.#pool).then((pool) => ({
      total: pool?.totalCount ?? 0,
      idle: pool?.idleCount ?? 0,
      waiting: pool?.waitingCount ?? 0,
    }));
  }

  async close(): Promise<void> {
    // A server that stands still takes no goodbye.
    const ended = this.#pool?.then((pool) => pool.end());
    await Promise.race([ended?.catch(() => {}), sleep(CLOSE_MS, undefined, { ref: false })]);
  }

  /** @param time of the request. @default without end: whoever asks has a time of their own */
  async #connect(time?: WriteTime): Promise<pg.PoolClient> {
    this.#pool ??= this.#createPool().catch((error) => {
      this.#pool = undefined;
      throw error;
    });
    try {
      const pool = await this.#pool;
      for (;;) {
        time?.checkStatement();
        const client = await pool.connect();
        if (this.#generations.get(client) === this.#generation) return client;
        client.release(true);
      }
    } catch (error) {
      time?.checkStatement();
      if (this.#inUse >= this.#max)
        throw this.#notFree("no connection to the database's writer became free in time; try again", error);
      throw new DatabaseUnavailable("no connection to the database's writer", { cause: error });
    }
  }

  /** They work for others; unless they have said nothing for longer than a statement may take: then nobody is there. */
  #notFree(message: string, cause?: unknown): Error {
    const silent = performance.now() - this.#answeredAt > silenceMs(this.#config.database.statementTimeoutMs);
    return silent
      ? new DatabaseUnavailable("the database does not answer", { cause })
      : new DatabaseOverloaded(message, { cause });
  }

  async #createPool(): Promise<pg.Pool> {
    const options = await clientConfig(this.#config, {
      host: this.#config.database.host,
      settings: WRITE_SETTINGS,
    });
    const pool = new pg.Pool({
      ...options,
      max: this.#max,
      connectionTimeoutMillis: TIMEOUT_MS,
      idleTimeoutMillis: 60_000,
    });
    // An idle connection that breaks is dropped by the pool; nobody waits for it.
    pool.on("error", () => {});
    pool.on("acquire", () => this.#inUse++);
    pool.on("release", () => this.#inUse--);
    pool.on("connect", (client) => {
      this.#generations.set(client, this.#generation);
      // One that breaks inside a transaction fails its statement; without a listener the event would end the process.
      client.on("error", () => this.#gone.add(client));
    });
    return pool;
  }
}
