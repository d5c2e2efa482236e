import type { FastifyBaseLogger } from "fastify";
import type pg from "pg";
import type { Config } from "../config.ts";
import { isMigrated, MigrationError, migrate } from "../migrate.ts";
import { closeClient, openClient } from "./client.ts";
import { connectionPlan, createClient, type Statement } from "./connection.ts";
import { Listener, type ListenerOptions } from "./listener.ts";
import { ReadPool, type Row } from "./read-pool.ts";
import { type Transaction, Writer } from "./writer.ts";

/** What every task must agree on; made by a migration. */
export interface CatalogSettings {
  listCurrency: string;
  cursorKey: Buffer;
}

export interface ReadOptions {
  /** Searches, facets and counts: they must not hold up the point reads. @default false */
  slow?: boolean;
  /** Ask the writer: a replica may not have the last write yet. @default false */
  fresh?: boolean;
}

type Notifications = Pick<ListenerOptions, "onListening" | "onGap" | "onTags">;

/** Settings for reading. The statements are written so that one plan suits every value; planning them again costs more. */
const READ_SETTINGS = {
  plan_cache_mode: "force_generic_plan",
  // Every statement is bounded, and walks from one index to the next. Estimates of a plan for all values know nothing of the
  // bounds, and would have whole tables read to join them.
  enable_hashjoin: "off",
  enable_mergejoin: "off",
  max_parallel_workers_per_gather: 0,
  jit: "off",
  // How alike two words must be to be weighed as a correction (catalog/words.ts).
  "pg_trgm.similarity_threshold": 0.2,
};
const PIPELINE_DEPTH = 16;

/** The database as the routes see it: reads over persistent connections to the reader, transactions on the writer. */
export class Database {
  readonly #points: ReadPool;
  readonly #searches: ReadPool;
  readonly #writer: Writer;
  readonly #listener: Listener;
  readonly #splitsReads: boolean;

  constructor(config: Config, log: FastifyBaseLogger, notifications: Notifications) {
    const { host, readerHost, poolMax } = config.database;
    const plan = connectionPlan(poolMax);
    const hosts = readerHost && readerHost !== host ? [readerHost, host] : [host];
    const connect = (from: string, pipeline: boolean) =>
      createClient(config, { host: from, pipeline, settings: READ_SETTINGS });
    this.#splitsReads = hosts.length > 1;
    this.#points = new ReadPool({ connections: plan.fast, depth: PIPELINE_DEPTH, hosts, connect, log });
    this.#searches = new ReadPool({ connections: plan.slow, depth: 1, hosts, connect, log });
    this.#writer = new Writer(config, plan.write);
    this.#listener = new Listener({ ...notifications, connect: () => createClient(config, { host }) });
  }

  /** Resolves when every kind of read has a connection. */
  async ready(): Promise<void> {
    await Promise.all([this.#points.ready, this.#searches.ready]);
  }

  /** Rows as arrays, in the order of the select list; JSON as text. */
  read(statement: Statement, values: readonly unknown[], options: ReadOptions = {}): Promise<Row[]> {
    if (options.fresh && this.#splitsReads) return this.#writer.query(statement, values);
    return (options.slow ? this.#searches : this.#points).query(statement, values);
  }

  /** See {@link Writer.transaction}. */
  transaction<T>(work: (transaction: Transaction) => Promise<T>, budgetMs?: number): Promise<T> {
    return this.#writer.transaction(work, budgetMs);
  }

  /** What /health reports, and the metrics. */
  get state(): { read: "up" | "down"; notifications: "up" | "down"; load: number } {
    return {
      read: this.#points.connected > 0 ? "up" : "down",
      notifications: this.#listener.listening ? "up" : "down",
      load: this.#points.load + this.#searches.load,
    };
  }

  get writerConnections(): Writer["connections"] {
    return this.#writer.connections;
  }

  async close(): Promise<void> {
    await Promise.all([
      this.#listener.close(),
      this.#points.close(),
      this.#searches.close(),
      this.#writer.close(),
    ]);
  }
}

/** Connects once to the writer, brings its schema up to date and reads the catalogue's settings. */
export async function prepareDatabase(config: Config, log: (line: string) => void): Promise<CatalogSettings> {
  const client = await createClient(config, { host: config.database.host });
  try {
    await openClient(client);
    if (config.database.schema === "migrate") await migrate(client, { log });
    else if (!(await isMigrated(client))) throw new Error("the schema is not of this version yet");
    await applyListCurrency(client, config.listCurrency);
    const { rows } = await client.query("SELECT name, value FROM settings");
    const settings = new Map<string, string>(rows.map((row) => [row.name, row.value]));
    return {
      listCurrency: settings.get("list_currency")!,
      cursorKey: Buffer.from(settings.get("cursor_key")!, "hex"),
    };
  } finally {
    await closeClient(client);
  }
}

/**
 * The currency of lists is a fact about the catalogue, which all tasks must agree on: it can be chosen as long as nothing is in it.
 *
 * @throws {MigrationError} when another one is asked for than the products have
 */
async function applyListCurrency(client: pg.Client, wanted: string | undefined): Promise<void> {
  if (wanted === undefined) return;
  await client.query(
    "UPDATE settings SET value = $1 WHERE name = 'list_currency' AND value <> $1 AND NOT EXISTS (SELECT FROM products)",
    [wanted],
  );
  const { rows } = await client.query("SELECT value FROM settings WHERE name = 'list_currency'");
  if (rows[0].value !== wanted)
    throw new MigrationError(
      `LIST_CURRENCY=${wanted}, and the products of this catalogue are listed in ${rows[0].value}: unset it, or begin with an empty catalogue`,
    );
}
