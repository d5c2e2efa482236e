/** Brings tables of a restored cluster beside the catalogue's own, for somebody to compare and to take over what was lost. */
import pg from "pg";
import { type Config, ConfigError, type DatabaseConfig } from "../config.ts";
import { closeClient, openClient } from "../database/client.ts";
import { createClient } from "../database/connection.ts";

export interface CopyBackOptions {
  /** Where the restored data are, as far as that differs from the catalogue's own database. */
  readonly from: Partial<DatabaseConfig>;
  /** Tables of the catalogue, by name. */
  readonly tables: readonly string[];
  readonly log: (line: string) => void;
}

/** Rows that are under way at a time. */
const BATCH = 1_000;
/** A large table takes as long as it takes. */
const TIMEOUT_MS = 86_400_000;

/**
 * Copies each table into one of its name and `_restored`, which is made anew; the table itself is not touched. Only columns that
 * both have are copied, so that a schema which has moved on since is no hindrance.
 *
 * @throws ConfigError for a name that is no table's
 */
export async function copyBack(config: Config, { from, tables, log }: CopyBackOptions): Promise<void> {
  for (const name of tables)
    if (!/^[a-z][a-z0-9_]{0,50}$/.test(name))
      throw new ConfigError(`'${name}' is no table: write products, say`);
  const database = { ...config.database, statementTimeoutMs: TIMEOUT_MS };
  const source = { ...database, ...from };
  await using clients = new AsyncDisposableStack();
  const connect = async (of: DatabaseConfig) => {
    const client = await createClient({ ...config, database: of }, { host: of.host });
    clients.defer(() => closeClient(client));
    await openClient(client);
    return client;
  };
  const [restored, own] = [await connect(source), await connect(database)];
  for (const table of tables) log(`${table}_restored: ${await copyTable(restored, own, table)} rows`);
}

async function copyTable(restored: pg.Client, own: pg.Client, table: string): Promise<number> {
  const [theirs, ours] = [await columnsOf(restored, table), await columnsOf(own, table)];
  const columns = theirs
    .filter((column) => ours.includes(column))
    .map(pg.escapeIdentifier)
    .join(", ");
  if (columns === "") throw new ConfigError(`'${table}' is not in both databases: look at its name`);
  const copy = `${table}_restored`;
  await own.query("BEGIN");
  await own.query(`DROP TABLE IF EXISTS ${copy}`);
  // Without what makes values by itself: the copy holds what the table held.
  await own.query(`CREATE TABLE ${copy} (LIKE ${table})`);
  await restored.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  await restored.query(
    `DECLARE restored NO SCROLL CURSOR FOR SELECT row_to_json(t)::text AS line FROM (SELECT ${columns} FROM ${table}) t`,
  );
  let rows = 0;
  for (;;) {
    const { rows: batch } = await restored.query<{ line: string }>(`FETCH ${BATCH} FROM restored`);
    if (batch.length === 0) break;
    await own.query(
      `INSERT INTO ${copy} (${columns}) SELECT ${columns} FROM json_populate_recordset(NULL::${copy}, $1::json)`,
      [`[${batch.map(({ line }) => line).join(",")}]`],
    );
    rows += batch.length;
  }
  await restored.query("COMMIT");
  await own.query("COMMIT");
  return rows;
}

async function columnsOf(client: pg.Client, table: string): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT column_name AS name FROM information_schema.columns
      WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position`,
    [table],
  );
  return rows.map(({ name }) => name);
}
