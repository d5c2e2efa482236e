import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { ClientBase } from "pg";

/** Where the migrations of this version of the API lie. */
export const MIGRATIONS = new URL("migrations/", import.meta.url);

/** Any number that no other user of the database takes; "cata" in ASCII. */
const LOCK = 0x63617461;

/** A file that begins so runs outside a transaction: CREATE INDEX CONCURRENTLY refuses to run inside one. */
const NO_TRANSACTION = "-- migrate: no transaction";

/** How long writers are kept waiting for a migration that waits itself: half of the time after which PostgreSQL ends one of two. */
const WRITERS_WAIT_MS = 500;

export interface MigrateOptions {
  /** Folder with files `0001_what_it_does.sql`. @default - the migrations of this version */
  directory?: URL;
  /** Called with one line for each migration that is applied. @default - silent */
  log?: (line: string) => void;
}

interface Migration {
  version: number;
  name: string;
  sql: string;
  checksum: string;
}

/** The database cannot be brought to this version, whatever it does: trying again is of no use. */
export class MigrationError extends Error {
  override name = "MigrationError";
}

/**
 * Brings the database to this version's schema: applies, in order, the files that it has not seen. Any number of processes may
 * call it at once; one works, the others wait. Forward only. Migrations that the database has and this version lacks are left
 * alone: an older task may start beside a newer one, since each migration is safe for the version before it.
 *
 * @returns how many were applied.
 * @throws {MigrationError} when a file that was applied has been changed since, or the files are not numbered 1, 2, 3 …
 */
export async function migrate(client: ClientBase, options: MigrateOptions = {}): Promise<number> {
  const { directory = MIGRATIONS, log = () => {} } = options;
  const migrations = await readMigrations(directory);
  if ((await pending(client, migrations)).length === 0) return 0;
  // Polled, not awaited in the server: a session that waits inside pg_advisory_lock() holds a snapshot, and the
  // CREATE INDEX CONCURRENTLY of the session that has the lock would wait for it for ever.
  while (!(await tryLock(client))) await sleep(200);
  try {
    const todo = await pending(client, migrations);
    for (const migration of todo) {
      log(`migration ${migration.name}`);
      await apply(client, migration);
    }
    return todo.length;
  } finally {
    // Fails only if the connection is gone, and the lock with it.
    await client.query("SELECT pg_advisory_unlock($1)", [LOCK]).catch(() => {});
  }
}

/** Whether the database has every migration of this version; it may have later ones. Any role that may read can ask. */
export async function isMigrated(client: ClientBase, directory = MIGRATIONS): Promise<boolean> {
  return (await pending(client, await readMigrations(directory))).length === 0;
}

async function tryLock(client: ClientBase): Promise<boolean> {
  const { rows } = await client.query("SELECT pg_try_advisory_lock($1) AS locked", [LOCK]);
  return rows[0].locked;
}

async function readMigrations(directory: URL): Promise<Migration[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith(".sql")).sort();
  return Promise.all(
    names.map(async (name, index) => {
      const version = Number(/^(\d{4})_[a-z0-9_]+\.sql$/.exec(name)?.[1]);
      if (version !== index + 1) {
        throw new MigrationError(
          `migration ${name}: expected a file named ${String(index + 1).padStart(4, "0")}_….sql`,
        );
      }
      const sql = await readFile(new URL(name, directory), "utf8");
      return { version, name, sql, checksum: createHash("sha256").update(sql).digest("hex") };
    }),
  );
}

/** The migrations that are still to be applied, after the applied ones were compared with their files. */
async function pending(client: ClientBase, migrations: Migration[]): Promise<Migration[]> {
  const table = await client.query("SELECT to_regclass('public.schema_migrations') IS NOT NULL AS exists");
  if (!table.rows[0].exists) return migrations;
  const { rows } = await client.query("SELECT version, checksum FROM public.schema_migrations");
  const applied = new Map<number, string>(rows.map((row) => [row.version, row.checksum]));
  return migrations.filter(({ version, name, checksum }) => {
    const known = applied.get(version);
    if (known !== undefined && known !== checksum) {
      throw new MigrationError(
        `migration ${name} was changed after it had been applied; restore the file and put the change into a new migration`,
      );
    }
    return known === undefined;
  });
}

async function apply(client: ClientBase, migration: Migration): Promise<void> {
  const transaction = !migration.sql.startsWith(NO_TRANSACTION);
  // A migration must not queue behind a long query: whatever came after it would queue behind the migration. So it gives way before
  // anybody has waited for a second, which is also when PostgreSQL looks for deadlocks. One without a transaction holds nobody up
  // while it waits, and an index that is built concurrently is left invalid when the wait is cut short.
  await client.query(`SET statement_timeout = 0; SET lock_timeout = '${transaction ? "800ms" : "0"}'`);
  try {
    for (let attempt = 1; ; attempt++) {
      try {
        if (transaction) await begin(client, migration);
        else await dropInvalidIndexes(client, migration);
        await client.query(migration.sql);
        if (!transaction) await requireValidIndexes(client, migration);
        await record(client, migration);
        if (transaction) await client.query("COMMIT");
        return;
      } catch (error) {
        if (transaction) await client.query("ROLLBACK").catch(() => {});
        const lockTimeout = (error as { code?: string }).code === "55P03";
        if (!lockTimeout || attempt === 20) throw error;
        await sleep(500 * Math.random() * attempt);
      }
    }
  } finally {
    await client.query("RESET statement_timeout; RESET lock_timeout").catch(() => {});
  }
}

/**
 * Keeps writers out of all the tables that the migration alters before it touches the first. Writes lock these tables in orders of
 * their own (the API products first, whoever updates `variants` by hand products last, by a trigger), so that none would do for
 * all: with the tables locked one by one, as the statements come to them, some write would wait for the migration while the
 * migration waits for it. As it is, each wait is given up long before PostgreSQL would end one of the two. Readers go on.
 */
async function begin(client: ClientBase, { sql }: Migration): Promise<void> {
  await client.query("BEGIN");
  const altered = sql.matchAll(
    /^(?:ALTER TABLE|(?:CREATE|DROP) TRIGGER [^;]*?\bON|CREATE (?:UNIQUE )?INDEX \w+ ON) (\w+)/gm,
  );
  const { rows } = await client.query(
    "SELECT DISTINCT to_regclass(n)::text AS name FROM unnest($1::text[]) AS n WHERE to_regclass(n) IS NOT NULL ORDER BY name",
    [Array.from(altered, ([, name]) => name)],
  );
  if (rows.length === 0) return;
  await client.query(`SET LOCAL lock_timeout = '${Math.floor(WRITERS_WAIT_MS / rows.length)}ms';
    LOCK TABLE ${rows.map(({ name }) => name).join(", ")} IN EXCLUSIVE MODE;
    SET LOCAL lock_timeout = '800ms'`);
}

/** What an attempt that broke off has left: IF NOT EXISTS would take it for the index. */
async function dropInvalidIndexes(client: ClientBase, migration: Migration): Promise<void> {
  for (const name of await invalidIndexes(client, migration))
    await client.query(`DROP INDEX CONCURRENTLY ${name}`);
}

async function requireValidIndexes(client: ClientBase, migration: Migration): Promise<void> {
  const invalid = await invalidIndexes(client, migration);
  if (invalid.length > 0)
    throw new Error(`migration ${migration.name}: index ${invalid.join(", ")} is not valid; run it again`);
}

/** Of the indexes that the migration builds concurrently, those that no query uses. */
async function invalidIndexes(client: ClientBase, { sql }: Migration): Promise<string[]> {
  const built = sql.matchAll(/^CREATE (?:UNIQUE )?INDEX CONCURRENTLY (?:IF NOT EXISTS )?(\w+)/gim);
  const { rows } = await client.query(
    "SELECT indexrelid::regclass::text AS name FROM pg_index WHERE NOT indisvalid AND indexrelid = ANY (SELECT to_regclass(n) FROM unnest($1::text[]) AS n)",
    [Array.from(built, ([, name]) => name)],
  );
  return rows.map(({ name }) => name);
}

async function record(client: ClientBase, { version, name, checksum }: Migration): Promise<void> {
  await client.query(`CREATE TABLE IF NOT EXISTS public.schema_migrations (
    version integer PRIMARY KEY,
    name text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
  )`);
  await client.query("INSERT INTO public.schema_migrations (version, name, checksum) VALUES ($1, $2, $3)", [
    version,
    name,
    checksum,
  ]);
}
