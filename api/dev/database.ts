import { randomBytes } from "node:crypto";
import { access, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { UserError } from "../../cli/user-error.ts";
import { PostgresServer } from "../../local/postgres/server.ts";
import { readConfig } from "../src/config.ts";
import { clientConfig } from "../src/database/connection.ts";

/** Where the development database keeps its data; git ignores it, and deleting it begins anew. */
const FOLDER = fileURLToPath(new URL("../../.postgres/", import.meta.url));

export interface DevelopmentDatabase {
  /** The DB_* variables that lead to it. */
  env: Record<string, string>;
  /** Stops it, if this program started it. */
  stop(): Promise<void>;
}

/**
 * The database that the DB_* variables name, or the development database of this checkout when DB_HOST is not set;
 * that one is started, unless another program (`catalog api`) has it running already.
 */
export async function openDatabase(folder = FOLDER): Promise<DevelopmentDatabase> {
  if (process.env.DB_HOST) return { env: {}, stop: async () => {} };
  const password = await developmentSecret("password", folder);
  const dataFolder = join(folder, "data");
  const running = await runningPort(dataFolder);
  if (running !== undefined) return { env: variables(running, password), stop: async () => {} };
  const server = await PostgresServer.start({
    dataFolder,
    user: "catalog",
    password,
    settings: { shared_buffers: "256MB", max_wal_size: "4GB" },
  });
  await server.createDatabase("catalog");
  return { env: variables(server.port, password), stop: () => server.stop() };
}

/**
 * Works with the database that `openDatabase` opens, and stops it afterwards.
 *
 * @throws UserError, with what to set or start, when the database does not answer or its settings cannot be
 */
export async function withDatabase(work: (database: DevelopmentDatabase) => Promise<void>): Promise<void> {
  try {
    const database = await openDatabase();
    try {
      await work(database);
    } finally {
      await database.stop();
    }
  } catch (error) {
    const message = explain(error as ConnectionError);
    throw message === undefined ? error : new UserError(message);
  }
}

type ConnectionError = Error & { code?: string; address?: string; port?: number };

function explain({ message, code, address, port }: ConnectionError): string | undefined {
  if (code === "ECONNREFUSED")
    return `No database answers at ${address}:${port}. Start it, or set DB_HOST and DB_PORT.`;
  if (code === "28P01") return `${message}: set DB_USER and DB_PASSWORD.`;
  if (code === "ENOTFOUND") return `${message}: set DB_HOST to the database's name or address.`;
  return undefined;
}

function variables(port: number, password: string): Record<string, string> {
  return {
    DB_HOST: "127.0.0.1",
    DB_PORT: String(port),
    DB_NAME: "catalog",
    DB_USER: "catalog",
    DB_PASSWORD: password,
    DB_SSL: "disable",
  };
}

/** A secret of this checkout's own, made when it is first asked for: the database's password, the API key. */
export async function developmentSecret(
  name: "password" | "api-key" | "api-password",
  folder = FOLDER,
): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o755 });
  const file = join(folder, name);
  await access(file).catch(() => writeFile(file, randomBytes(24).toString("base64url"), { mode: 0o600 }));
  return (await readFile(file, "utf8")).trim();
}

/** The port of a server that runs on the folder: lines 1 and 4 of postmaster.pid are its process id and port. */
async function runningPort(dataFolder: string): Promise<number | undefined> {
  const lines = await readFile(join(dataFolder, "postmaster.pid"), "utf8").then(
    (text) => text.split("\n"),
    () => [],
  );
  if (lines.length < 4) return undefined;
  try {
    process.kill(Number(lines[0]), 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return undefined; // left behind by a crash
  }
  return Number(lines[3]);
}

/** A connection for bulk work, by the same rules as the API's own, but without its time-outs. */
export async function connect(env: Record<string, string | undefined>): Promise<pg.Client> {
  const config = readConfig({ ...process.env, ...env });
  const client = new pg.Client({
    ...(await clientConfig(config, {
      host: config.database.host,
      settings: { statement_timeout: 0, lock_timeout: 0, idle_in_transaction_session_timeout: 0 },
    })),
    query_timeout: 0,
  });
  await client.connect();
  return client;
}
