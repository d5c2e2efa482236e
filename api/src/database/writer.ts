import pg from "pg";
import type { Config } from "../config.ts";
import { clientConfig, type Statement } from "./connection.ts";
import {
  DatabaseOverloaded,
  DatabaseUnavailable,
  isConnectionError,
  isReadOnlyError,
  OutcomeUnknown,
  overConnection,
} from "./errors.ts";
import type { Row } from "./read-pool.ts";
import { Semaphore } from "./semaphore.ts";

/** SQLSTATEs after which a transaction may simply be run again: serialisation failure, deadlock. */
const RETRY = new Set(["40001", "40P01"]);
const ATTEMPTS = 3;
/** How long a transaction waits for a connection. */
const PATIENCE_MS = 2_000;

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
  /** Rises when a writer turns out to be one no more: connections of an earlier generation lead to it, and are not used again. */
  #generation = 0;
  readonly #generations = new WeakMap<pg.ClientBase, number>();

  constructor(config: Config, max: number) {
    this.#config = config;
    this.#max = max;
    this.#long = new Semaphore(max - 1);
  }

  /** One statement outside a transaction; for reads that must see the last write. */
  async query({ name, text }: Statement, values: readonly unknown[]): Promise<Row[]> {
    const client = await this.#connect();
    try {
      const { rows } = await overConnection(
        client.query({ name, text, values: values as unknown[], rowMode: "array" }),
      );
      client.release();
      return rows;
    } catch (error) {
      client.release(isConnectionError(error));
      throw isConnectionError(error)
        ? new DatabaseUnavailable("the connection to the database broke", { cause: error })
        : error;
    }
  }

  /**
   * Runs `work` in a transaction; runs it anew, up to three times, when the connection was stale, the writer has moved, or
   * another transaction was in the way. `work` must therefore change nothing but the database.
   *
   * @param budgetMs for all of it, when its statements may take longer than others. @default each statement may take DB_STATEMENT_TIMEOUT_MS
   * @throws {DatabaseUnavailable} nothing has been written.
   * @throws {DatabaseOverloaded} nothing has been written: out of time, or no connection is free for it.
   * @throws {OutcomeUnknown} the connection broke during COMMIT.
   */
  async transaction<T>(
    work: (transaction: Transaction) => Promise<T>,
    budgetMs: number | undefined,
  ): Promise<T> {
    if (budgetMs === undefined) return this.#transaction(work, "BEGIN", () => undefined);
    const deadline = performance.now() + budgetMs;
    if (!(await this.#long.acquire(PATIENCE_MS)))
      throw new DatabaseOverloaded("as many batches are being written as may be at once");
    try {
      return await this.#transaction(work, `BEGIN; SET LOCAL statement_timeout = ${budgetMs}`, () =>
        Math.max(1, Math.ceil(deadline - performance.now())),
      );
    } finally {
      this.#long.release();
    }
  }

  /** @param left milliseconds, 1 or more; undefined: no limit to the whole */
  async #transaction<T>(
    work: (transaction: Transaction) => Promise<T>,
    begin: string,
    left: () => number | undefined,
  ): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const client = await this.#connect();
      const run = (query: pg.QueryArrayConfig | { text: string }) => {
        const timeout = { query_timeout: left() }; // known to pg, not to its types
        return overConnection(client.query({ ...query, ...timeout } as pg.QueryArrayConfig));
      };
      let committing = false;
      try {
        await run({ text: begin });
        const result = await work({
          query: async ({ name, text }, values) =>
            (await run({ name, text, values: values as unknown[], rowMode: "array" })).rows,
        });
        committing = true;
        await overConnection(client.query("COMMIT")); // never cut short by the budget: its outcome would be unknown
        client.release();
        return result;
      } catch (error) {
        const broken = isConnectionError(error);
        if (broken || isReadOnlyError(error)) client.release(true);
        else await rollback(client);
        // Every idle connection of its age leads to the same demoted server. Requests that wait for one keep their place.
        if (isReadOnlyError(error) && this.#generations.get(client) === this.#generation) this.#generation++;
        if (broken && committing)
          throw new OutcomeUnknown("the connection broke during COMMIT", { cause: error });
        const again = broken || isReadOnlyError(error) || RETRY.has((error as { code?: string }).code ?? "");
        if (!again) throw error;
        if (left() === 1)
          throw new DatabaseOverloaded("the batch took too long; send fewer rows at once", { cause: error });
        if (attempt === ATTEMPTS) {
          throw new DatabaseUnavailable("the database does not accept writes at the moment", {
            cause: error,
          });
        }
      }
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
    await (await this.#pool)?.end();
  }

  async #connect(): Promise<pg.PoolClient> {
    this.#pool ??= this.#createPool();
    try {
      const pool = await this.#pool;
      for (;;) {
        const client = await pool.connect();
        if (this.#generations.get(client) === this.#generation) return client;
        client.release(true);
      }
    } catch (error) {
      if (this.#inUse >= this.#max)
        throw new DatabaseOverloaded("no connection to the database's writer became free in time", {
          cause: error,
        });
      throw new DatabaseUnavailable("no connection to the database's writer", { cause: error });
    }
  }

  async #createPool(): Promise<pg.Pool> {
    const options = await clientConfig(this.#config, { host: this.#config.database.host });
    const pool = new pg.Pool({
      ...options,
      max: this.#max,
      connectionTimeoutMillis: PATIENCE_MS,
      idleTimeoutMillis: 60_000,
    });
    // An idle connection that breaks is dropped by the pool; nobody waits for it.
    pool.on("error", () => {});
    pool.on("acquire", () => this.#inUse++);
    pool.on("release", () => this.#inUse--);
    pool.on("connect", (client) => {
      this.#generations.set(client, this.#generation);
      // One that breaks inside a transaction fails its statement; without a listener the event would end the process.
      client.on("error", () => {});
    });
    return pool;
  }
}

async function rollback(client: pg.PoolClient): Promise<void> {
  try {
    await client.query("ROLLBACK");
    client.release();
  } catch {
    client.release(true);
  }
}
