import type { ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chown, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { UserError } from "../../cli/user-error.ts";
import { type GuardOptions, spawnGuarded } from "../child.ts";
import { LOOPBACK } from "../ports.ts";
import type { Account } from "./account.ts";
import type { Binaries } from "./binaries.ts";

/** A server certificate, its key and the authority that signed it, each as PEM; see certificate.ts. */
export interface ServerTls {
  authority: string;
  certificate: string;
  key: string;
}

/** Where a server's data live, and PostgreSQL's programs that work on it, each run as the account that owns it. */
export class DataFolder {
  readonly path: string;
  readonly #binaries: Binaries;
  readonly #account: Account;

  constructor(path: string, binaries: Binaries, account: Account) {
    this.path = path;
    this.#binaries = binaries;
    this.#account = account;
  }

  /** Whether a server's data are there. */
  get isInitialised(): Promise<boolean> {
    return stat(join(this.path, "PG_VERSION")).then(
      () => true,
      () => false,
    );
  }

  /** Makes a database cluster with this superuser (`initdb`). */
  async initialise(user: string, password: string): Promise<void> {
    if (this.#account) await chown(this.path, this.#account.uid, this.#account.gid);
    const passwordFile = join(this.path, "..", `.password-${randomBytes(8).toString("hex")}`);
    await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
    if (this.#account) await chown(passwordFile, this.#account.uid, this.#account.gid);
    try {
      await this.run(this.#binaries.initdb, [
        `--pgdata=${this.path}`,
        `--username=${user}`,
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
  async setPassword(user: string, password: string): Promise<void> {
    const name = pg.escapeIdentifier(user);
    const statement = `ALTER ROLE ${name} PASSWORD ${pg.escapeLiteral(password)};\n`;
    const args = ["--single", "-D", this.path, "-c", "log_min_messages=error", "postgres"];
    const output = await this.run(this.#binaries.postgres, args, statement);
    if (output.includes("ERROR:")) {
      throw new UserError(`${this.path} was made for another user than ${user}: ${output.trim()}`);
    }
  }

  /** Who may connect, and the certificate: written at each start, so that an existing folder takes them over. */
  async writeAccessFiles(tls?: ServerTls): Promise<void> {
    const files: Record<string, string> = {
      "pg_hba.conf": `${tls ? "hostssl" : "host"} all all ${LOOPBACK}/32 scram-sha-256\n`,
    };
    if (tls) {
      files["server.crt"] = tls.certificate;
      files["server.key"] = tls.key;
    }
    for (const [name, content] of Object.entries(files)) {
      const file = join(this.path, name);
      await writeFile(file, content, { mode: 0o600 });
      if (this.#account) await chown(file, this.#account.uid, this.#account.gid);
    }
  }

  /** Runs one of PostgreSQL's programs to its end and returns what it said. */
  async run(program: string, args: string[], input = ""): Promise<string> {
    const child = this.spawn(program, args);
    let output = "";
    for (const stream of [child.stdout!, child.stderr!]) stream.on("data", (chunk) => (output += chunk));
    child.stdin!.on("error", () => {}); // a program that failed has closed it; its exit code tells
    child.stdin!.end(input);
    const [code] = await once(child, "close");
    if (code !== 0) throw new UserError(`${program} failed with exit code ${code}: ${output.trim()}`);
    return output;
  }

  /** Starts one of them, with nothing of this program's environment that would change what it does. */
  spawn(program: string, args: string[], guard?: GuardOptions): ChildProcess {
    const env = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !/^(PG|LC_|LANG)/.test(name)),
    );
    return spawnGuarded(program, args, {
      ...this.#account,
      env: { ...env, TZ: "UTC" },
      cwd: this.path,
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
