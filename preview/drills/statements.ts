/** Counts what the database is asked, from the database's own books (`pg_stat_statements`). */
import type pg from "pg";
import type { DatabaseConnection } from "../contract/index.ts";
import { connectTo } from "./database.ts";

/** Reads of the catalogue: not the drill's own, nor transactions, notifications or sessions' settings. */
const CATALOGUE_READS = `
  SELECT coalesce(sum(calls), 0)::int AS calls
  FROM pg_stat_statements
  WHERE query ~* '^\\s*(SELECT|WITH)' AND query ~* 'products' AND query !~* 'pg_stat_statements'`;

export class StatementCounter {
  readonly #client: pg.Client;

  private constructor(client: pg.Client) {
    this.#client = client;
  }

  /** @throws when the server does not have `pg_stat_statements` loaded */
  static async connect(connection: DatabaseConnection): Promise<StatementCounter> {
    const client = await connectTo(connection);
    await client.query("CREATE EXTENSION IF NOT EXISTS pg_stat_statements");
    return new StatementCounter(client);
  }

  /** How many reads of the catalogue reached the database while something was done. */
  async during(work: () => Promise<void>): Promise<number> {
    const before = await this.#count();
    await work();
    return (await this.#count()) - before;
  }

  close(): Promise<void> {
    return this.#client.end();
  }

  async #count(): Promise<number> {
    const { rows } = await this.#client.query<{ calls: number }>(CATALOGUE_READS);
    return rows[0]!.calls;
  }
}
