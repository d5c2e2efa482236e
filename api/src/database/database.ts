import type { FastifyBaseLogger } from "fastify";
import type pg from "pg";
import type { Freshness } from "../cache/freshness.ts";
import type { Config } from "../config.ts";
import { isMigrated, MigrationError, migrate } from "../migrate.ts";
import { closeClient, openClient } from "./client.ts";
import {
  answerMs,
  connectionPlan,
  createClient,
  READ_SETTINGS,
  type Row,
  type Statement,
  silenceMs,
  statement,
} from "./connection.ts";
import { Deadline } from "./deadline.ts";
import { DatabaseOverloaded, DatabaseUnavailable, isUnknownToServer } from "./errors.ts";
import { Listener, type ListenerOptions } from "./listener.ts";
import { ReadPool } from "./read-pool.ts";
import { type Asker, type ReadOptions, type ReadSession, Sessions } from "./session.ts";
import { PoolWatch } from "./watch.ts";
import type { WriteTime } from "./write-time.ts";
import { type Transaction, Writer } from "./writer.ts";

/** What every task must agree on; made by a migration. */
export interface CatalogSettings {
  listCurrency: string;
  cursorKey: Buffer;
}

type Notifications = Omit<ListenerOptions, "connect">;

const PIPELINE_DEPTH = 16;
/** By which a pool's silence outlasts that of a statement: 10 s in all, by default. */
const SILENT_BEYOND_MS = 3_000;

const PROBE = statement("SELECT 1");

/** @param hosts where the pool connects: to the first that lets it in. */
const watching = (config: Config, pool: ReadPool | Writer, hosts: readonly string[]): PoolWatch => {
  const watched = {
    get answeredAt() {
      return pool.answeredAt;
    },
    probe: () => pool.query(PROBE, []),
    renew: () => pool.renew(),
    freshWorks: () => freshWorks(config, hosts),
  };
  const watch = new PoolWatch(watched, silenceMs(config.database.statementTimeoutMs) + SILENT_BEYOND_MS);
  watch.start();
  return watch;
};

async function freshWorks(config: Config, hosts: readonly string[]): Promise<boolean> {
  for (const host of hosts) {
    const client = await createClient(config, { host });
    let open = false;
    try {
      await openClient(client);
      open = true;
      await client.query("SELECT 1");
      return true;
    } catch {
      if (open) return false;
    } finally {
      await closeClient(client);
    }
  }
  return false;
}

/** The database as the routes see it: reads over persistent connections to the reader, transactions on the writer. */
export class Database {
  readonly #points: ReadPool;
  readonly #searches: ReadPool;
  readonly #writer: Writer;
  readonly #listener: Listener;
  readonly #sessions: Sessions;
  readonly #watches: Readonly<Record<"read" | "search" | "write", PoolWatch>>;
  readonly #answerMs: number;

  constructor(config: Config, log: FastifyBaseLogger, notifications: Notifications, freshness: Freshness) {
    const { host, readerHost, poolMax } = config.database;
    this.#answerMs = answerMs(config.database.statementTimeoutMs);
    const plan = connectionPlan(poolMax);
    const hosts = readerHost && readerHost !== host ? [readerHost, host] : [host];
    const connect = (from: string, pipeline: boolean) =>
      createClient(config, { host: from, pipeline, settings: READ_SETTINGS });
    this.#points = new ReadPool({ connections: plan.fast, depth: PIPELINE_DEPTH, hosts, connect, log });
    this.#searches = new ReadPool({ connections: plan.slow, depth: 1, hosts, connect, log });
    this.#writer = new Writer(config, plan.write);
    this.#sessions = new Sessions({
      points: this.#points,
      searches: this.#searches,
      writer: this.#writer,
      replicated: hosts.length > 1,
      freshness,
    });
    this.#watches = {
      read: watching(config, this.#points, hosts),
      search: watching(config, this.#searches, hosts),
      write: watching(config, this.#writer, [host]),
    };
    this.#listener = new Listener({
      ...notifications,
      connect: () => createClient(config, { host }),
      onListening: () => {
        // It may be another server than before. One that was left alive would say how far it has come, for ever.
        this.#writer.renew();
        notifications.onListening();
      },
    });
  }

  /** Resolves when every kind of read has a connection. */
  async ready(): Promise<void> {
    await Promise.all([this.#points.ready, this.#searches.ready]);
  }

  /** For one answer, from now on; see `answerMs`. */
  deadline(): Deadline {
    const began = performance.now();
    return new Deadline(this.#answerMs, () => {
      const pools = [this.#points, this.#searches, this.#writer];
      // Where others are answered there is too much to do; where nobody is, nobody is there.
      return pools.some(({ answeredAt }) => answeredAt > began)
        ? new DatabaseOverloaded("the database took too long; try again")
        : new DatabaseUnavailable("the database does not answer");
    });
  }

  /**
   * Reads of an answer that must have seen every change up to an epoch of the task's freshness.
   *
   * @param asker.deadline @default one that begins now
   */
  session({ deadline = this.deadline(), ...asker }: Omit<Asker, "deadline"> & Partial<Asker>): ReadSession {
    return this.#sessions.open({ ...asker, deadline });
  }

  /** A read that no change makes wrong, such as of statistics: from wherever it may be had. */
  read(statement: Statement, values: readonly unknown[], options: ReadOptions = {}): Promise<Row[]> {
    return (options.slow ? this.#searches : this.#points).query(statement, values);
  }

  /** See {@link Writer.time}. */
  writeTime(batchMs?: number): WriteTime {
    return this.#writer.time(batchMs);
  }

  /** See {@link Writer.transaction}. */
  transaction<T>(work: (transaction: Transaction) => Promise<T>, time?: WriteTime): Promise<T> {
    return this.#writer.transaction(work, time);
  }

  /** What /health reports, and the metrics. `broken`: the task cannot be repaired, and another would work. */
  get state(): Record<"read" | "search" | "write" | "notifications", "up" | "down"> & {
    broken: boolean;
    load: number;
  } {
    const state = (up: boolean) => (up ? "up" : "down");
    const { read, search, write } = this.#watches;
    return {
      broken: [read, search, write].some(({ broken }) => broken),
      read: state(this.#points.connected > 0 && read.isUp),
      search: state(this.#searches.connected > 0 && search.isUp),
      write: state(write.isUp),
      notifications: this.#listener.listening ? "up" : "down",
      load: this.#points.load + this.#searches.load,
    };
  }

  get writerConnections(): Writer["connections"] {
    return this.#writer.connections;
  }

  async close(): Promise<void> {
    for (const watch of Object.values(this.#watches)) watch.stop();
    await Promise.all([
      this.#listener.close(),
      this.#points.close(),
      this.#searches.close(),
      this.#writer.close(),
    ]);
  }
}

/**
 * Connects once to the writer, brings its schema up to date and reads the catalogue's settings.
 *
 * @throws {MigrationError} when trying again is of no use
 */
export async function prepareDatabase(config: Config, log: (line: string) => void): Promise<CatalogSettings> {
  // A migration takes as long as it takes.
  const statementTimeoutMs =
    config.database.schema === "migrate" ? 86_400_000 : config.database.statementTimeoutMs;
  const database = { ...config.database, statementTimeoutMs };
  const client = await createClient({ ...config, database }, { host: database.host });
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
  } catch (error) {
    // Whoever was waited for has made database and login: a server that knows neither is there, and will not come to know them.
    if (config.database.schema === "wait" && isUnknownToServer(error))
      throw new MigrationError((error as Error).message, { cause: error });
    throw error;
  } finally {
    await closeClient(client);
  }
}

/**
 * The currency of lists is a fact about the catalogue, which all tasks must agree on: it can be chosen as long as nothing is in it.
 *
 * @throws {MigrationError} when another one is asked for than the products have
 */
export async function applyListCurrency(client: pg.Client, wanted: string | undefined): Promise<void> {
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
