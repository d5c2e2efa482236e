/** What each instance of the database uses of its CPU: the sessions that came through its endpoint. */
import pg from "pg";
import pidusage from "pidusage";
import type { Database } from "../database.ts";
import type { DatabaseEndpoint, Role } from "../database-endpoint.ts";
import type { DatabaseCpu } from "./measurement.ts";

export class DatabaseLoad {
  readonly #database: Database;
  /** CPUs of this machine that stand for each instance's. */
  readonly cpus: Record<Role, number>;
  /** As of the last second; undefined while nothing can be asked. */
  percent: DatabaseCpu | undefined;
  #client: pg.Client | undefined;

  /** @param cpus that stand for each instance's to begin with */
  constructor(database: Database, cpus: number) {
    this.#database = database;
    this.cpus = { WRITER: cpus, READER: cpus };
  }

  async sample(): Promise<void> {
    this.percent = await this.#sample();
  }

  async #sample(): Promise<DatabaseCpu | undefined> {
    if (this.#database.status !== "available") return undefined;
    try {
      this.#client ??= await this.#connect();
      const { rows } = await this.#client.query<{ pid: number; port: number }>(
        "SELECT pid, client_port AS port FROM pg_stat_activity WHERE client_port > 0",
      );
      const percentOf = ({ clientPorts, role }: DatabaseEndpoint) =>
        this.#percent(
          rows.filter(({ port }) => clientPorts.includes(port)).map(({ pid }) => pid),
          this.cpus[role],
        );
      const { writer, reader } = this.#database;
      return { writer: await percentOf(writer), reader: await percentOf(reader) };
    } catch {
      return undefined; // it went away meanwhile
    }
  }

  async close(): Promise<void> {
    await this.#client?.end();
  }

  async #connect(): Promise<pg.Client> {
    const { ca, ...connection } = this.#database.connection;
    const client = new pg.Client({ ...connection, ssl: { ca } });
    client.on("error", () => {});
    client.on("end", () => {
      this.#client = undefined;
    });
    await client.connect();
    return client;
  }

  async #percent(pids: readonly number[], cpus: number): Promise<number> {
    const shares = await Promise.all(
      pids.map(async (pid) => (await pidusage(pid).catch(() => undefined))?.cpu ?? 0),
    );
    return Math.min(100, shares.reduce((sum, share) => sum + share, 0) / cpus);
  }
}
