import pg from "pg";
import { PostgresServer } from "../../../local/postgres/server.ts";
import { migrate } from "../../src/migrate.ts";
import { type Login, prepareRoles } from "../../src/setup/roles.ts";
import { BreakableProxy } from "./proxy.ts";

/**
 * A reader that is as far behind its writer as a test wants: it has what was committed when `replay` was called last, all of it
 * in one step, as a replica shows a commit. At another address of this machine, with the writer's port, as a reader endpoint.
 */
export class Replica {
  static readonly HOST = "127.0.0.2";
  readonly proxy: BreakableProxy;
  readonly #server: PostgresServer;
  readonly #from: pg.Client;
  readonly #to: pg.Client;

  private constructor(server: PostgresServer, proxy: BreakableProxy, from: pg.Client, to: pg.Client) {
    this.#server = server;
    this.proxy = proxy;
    this.#from = from;
    this.#to = to;
  }

  /** @param login by which the tasks come. */
  static async start(writer: PostgresServer, login: Login): Promise<Replica> {
    const server = await PostgresServer.start({ user: writer.user, password: writer.password });
    await server.createDatabase("catalog");
    const [from, to] = [writer, server].map(
      (of) => new pg.Client({ connectionString: of.connectionString("catalog") }),
    ) as [pg.Client, pg.Client];
    for (const client of [from, to]) {
      client.on("error", () => {});
      await client.connect();
    }
    await migrate(to);
    await prepareRoles(to, login);
    const proxy = await BreakableProxy.start(server, { host: Replica.HOST, port: writer.port });
    const replica = new Replica(server, proxy, from, to);
    await replica.replay();
    return replica;
  }

  /** The server behind it, for what a writer does. */
  get server(): PostgresServer {
    return this.#server;
  }

  /** @throws when a reader was in the way: it has what it had then. */
  async replay(): Promise<void> {
    try {
      await this.#replay();
    } catch (error) {
      for (const client of [this.#from, this.#to]) await client.query("ROLLBACK").catch(() => {});
      throw error;
    }
  }

  async #replay(): Promise<void> {
    await this.#from.query("BEGIN ISOLATION LEVEL REPEATABLE READ");
    await this.#to.query("BEGIN; SET LOCAL session_replication_role = replica");
    const { rows: tables } = await this.#from.query<{ name: string; columns: string }>(`
      SELECT table_name AS name, string_agg(quote_ident(column_name), ', ') AS columns
      FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
      WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND is_generated = 'NEVER'
        AND table_name <> 'schema_migrations' GROUP BY 1`);
    await this.#to.query(`TRUNCATE ${tables.map(({ name }) => name).join(", ")}`);
    for (const { name, columns } of tables) {
      const { rows } = await this.#from.query(
        `SELECT coalesce(json_agg(t), '[]')::text AS all FROM ${name} t`,
      );
      await this.#to.query(
        `INSERT INTO ${name} (${columns}) OVERRIDING SYSTEM VALUE
         SELECT ${columns} FROM json_populate_recordset(NULL::${name}, $1)`,
        [rows[0].all],
      );
    }
    await this.#to.query("COMMIT");
    await this.#from.query("COMMIT");
  }

  async stop(): Promise<void> {
    await this.proxy.stop();
    for (const client of [this.#from, this.#to]) await client.end().catch(() => {});
    await this.#server.stop();
  }
}
