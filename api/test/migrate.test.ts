import assert from "node:assert/strict";
import { cp, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import pg from "pg";
import { PostgresServer } from "../../local/postgres/server.ts";
import { until } from "../../test/support/until.ts";
import { MIGRATIONS, MigrationError, migrate } from "../src/migrate.ts";
import { unique } from "./support/api.ts";

let server: PostgresServer;
let database: string;
let folder: string;
let directory: URL;
/** How many migrations this version has. */
let last: number;

before(async () => {
  server = await PostgresServer.start({ user: "catalog" });
});
after(() => server?.stop());

beforeEach(async () => {
  database = `db_${unique()}`;
  await server.createDatabase(database);
  folder = await mkdtemp(join(tmpdir(), "migrations-"));
  await cp(MIGRATIONS, folder, { recursive: true });
  last = (await readdir(folder)).length;
  directory = pathToFileURL(`${folder}/`);
});
afterEach(() => rm(folder, { recursive: true }));

async function withClient<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: server.connectionString(database) });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
const run = () => withClient((client) => migrate(client, { directory }));
const numbered = (version: number, name: string) => `${String(version).padStart(4, "0")}_${name}`;
const add = (name: string, sql: string) => writeFile(join(folder, name), sql);

test("processes that start at once apply each migration once", async () => {
  await add(numbered(last + 1, "slow.sql"), "SELECT pg_sleep(0.5); CREATE TABLE five ();");
  const applied = await Promise.all(Array.from({ length: 6 }, run));
  assert.deepEqual(applied.toSorted(), [0, 0, 0, 0, 0, last + 1]);
  assert.equal(await run(), 0);
});

test("a migration that fails leaves nothing of itself, and those before it stand", async () => {
  await add(numbered(last + 1, "broken.sql"), "CREATE TABLE five (); SELECT 1 / 0;");
  await assert.rejects(run(), /division by zero/);
  await withClient(async (client) => {
    const { rows } = await client.query(
      "SELECT max(version) AS version, to_regclass('five') AS five FROM schema_migrations",
    );
    assert.deepEqual(rows[0], { version: last, five: null });
  });
  await add(numbered(last + 1, "broken.sql"), "CREATE TABLE five ();");
  assert.equal(await run(), 1);
});

test("a table that a migration has filled is planned for as it is, without waiting for autovacuum", async () => {
  await run();
  await withClient(async (client) => {
    const { rows } = await client.query(
      "SELECT relname FROM pg_class WHERE reltuples < 0 AND relname IN ('product_states', 'product_terms', 'listed_prices')",
    );
    assert.deepEqual(rows, []);
  });
});

test("a file that was changed after it had been applied is refused", async () => {
  await run();
  await add("0004_idempotency_keys.sql", "-- changed");
  await assert.rejects(
    run(),
    (error) => error instanceof MigrationError && /0004_idempotency_keys.sql was changed/.test(error.message),
  );
});

test("files must be numbered without a gap", async () => {
  await add(numbered(last + 2, "gap.sql"), "SELECT 1");
  await assert.rejects(run(), new RegExp(`expected a file named ${numbered(last + 1, "")}`));
});

test("an older version starts on a newer database", async () => {
  await add(numbered(last + 1, "newer.sql"), "CREATE TABLE five ();");
  await run();
  await rm(join(folder, numbered(last + 1, "newer.sql")));
  assert.equal(await run(), 0);
});

test("an index may be built concurrently, while others wait for their turn", async () => {
  await run();
  await add(
    numbered(last + 1, "index.sql"),
    "-- migrate: no transaction\nCREATE INDEX CONCURRENTLY IF NOT EXISTS five ON products (updated_at);",
  );
  assert.deepEqual((await Promise.all([run(), run(), run()])).toSorted(), [0, 0, 1]);
});

const INDEX =
  "-- migrate: no transaction\nCREATE INDEX CONCURRENTLY IF NOT EXISTS five ON products (updated_at);";
const isValid = () =>
  withClient(async (client) => {
    const { rows } = await client.query(
      "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('five')",
    );
    return rows[0]?.indisvalid;
  });

test("an index that is built concurrently waits for transactions longer than the time-out of locks", async () => {
  await run();
  await add(numbered(last + 1, "index.sql"), INDEX);
  await withClient(async (writer) => {
    await writer.query("BEGIN; LOCK TABLE products IN ROW EXCLUSIVE MODE");
    const migrating = run();
    await sleep(6_000);
    await writer.query("COMMIT");
    assert.equal(await migrating, 1);
  });
  assert.equal(await isValid(), true);
});

test("an invalid index that an attempt has left is built anew before the migration counts as applied", async () => {
  await run();
  await withClient(async (writer) => {
    await writer.query("BEGIN; LOCK TABLE products IN ROW EXCLUSIVE MODE");
    await withClient(async (client) => {
      await client.query("SET lock_timeout = '100ms'");
      await assert.rejects(client.query(INDEX), /lock timeout/);
    });
    await writer.query("COMMIT");
  });
  assert.equal(await isValid(), false);
  await add(numbered(last + 1, "index.sql"), INDEX);
  assert.equal(await run(), 1);
  assert.equal(await isValid(), true);
});

test("a migration does not queue behind a long transaction: it gives way and tries again", async () => {
  await run();
  await add(numbered(last + 1, "column.sql"), "ALTER TABLE settings ADD COLUMN note text;");
  await withClient(async (reader) => {
    await reader.query("BEGIN; SELECT * FROM settings");
    const migrating = run();
    // While the migration waits, nobody else has to wait behind it for long.
    const other = await withClient((client) => client.query("SELECT count(*)::int AS n FROM settings"));
    assert.equal(other.rows[0].n, 2);
    await reader.query("COMMIT");
    assert.equal(await migrating, 1);
  });
});

test("of a migration and a write that wait for each other, the migration gives way and tries again", async () => {
  await run();
  await add(
    numbered(last + 1, "two_tables.sql"),
    "LOCK TABLE settings; SELECT pg_sleep(0.5); LOCK TABLE categories; SELECT 1;",
  );
  await withClient(async (writer) => {
    // Whoever has waited for a second looks for a circle, and ends itself: not the writer, here.
    await writer.query("SET deadlock_timeout = '1min'; BEGIN; LOCK TABLE categories");
    const migrating = run();
    await withClient((client) =>
      until(async () => {
        const { rows } = await client.query(
          "SELECT FROM pg_locks WHERE relation = 'settings'::regclass AND mode = 'AccessExclusiveLock' AND granted",
        );
        return rows.length > 0;
      }),
    );
    await writer.query("LOCK TABLE settings; COMMIT");
    assert.equal(await migrating, 1);
  });
});

test("nothing of a migration is done while a write holds any of the tables that it alters, in whatever order", async () => {
  await run();
  // The first statement leaves a trace that no rollback takes back.
  await withClient((client) => client.query("CREATE SEQUENCE attempts"));
  await add(
    numbered(last + 1, "two_tables.sql"),
    `SELECT nextval('attempts');
ALTER TABLE products ADD COLUMN note text;
CREATE TRIGGER noted BEFORE UPDATE ON product_states
  FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();`,
  );
  for (const table of ["products", "product_states"]) {
    await withClient(async (writer) => {
      await writer.query(`BEGIN; LOCK TABLE ${table} IN ROW EXCLUSIVE MODE`);
      const migrating = run();
      try {
        await until(async () => {
          const { rows } = await writer.query("SELECT FROM pg_locks WHERE NOT granted");
          return rows.length > 0;
        });
        const { rows } = await writer.query("SELECT is_called FROM attempts");
        assert.equal(rows[0].is_called, false, `${table} is held`);
      } finally {
        await writer.query("COMMIT");
        await migrating;
      }
    });
    await withClient((client) =>
      client.query(`DELETE FROM schema_migrations WHERE version = ${last + 1}; ALTER TABLE products DROP COLUMN note;
        DROP TRIGGER noted ON product_states; ALTER SEQUENCE attempts RESTART`),
    );
  }
});

test("the derived tables follow the products, whoever writes them", async () => {
  await run();
  await withClient(async (client) => {
    await client.query("INSERT INTO categories (id, name, path) VALUES ('a', 'A', '{a}'), ('b', 'B', '{b}')");
    await client.query(`INSERT INTO products (slug, name, brand, category_ids, category_path, price, availability)
      VALUES ('x', 'Élan Vital', 'Acme', '{a}', '{a}', 100, 'in_stock'), ('y', 'Zest', 'Acme', '{a}', '{a}', 200, 'in_stock')`);
    const derived = async () =>
      (
        await client.query(
          "SELECT category_id || ' ' || price || ' ' || name_key AS line FROM category_products ORDER BY 1",
        )
      ).rows.map(({ line }) => line);
    assert.deepEqual(await derived(), ["a 100 elan vital", "a 200 zest"]);
    await client.query("UPDATE products SET category_path = '{b}', price = 150 WHERE slug = 'x'");
    assert.deepEqual(await derived(), ["a 200 zest", "b 150 elan vital"]);
    await client.query("DELETE FROM products WHERE slug = 'y'");
    assert.deepEqual(await derived(), ["b 150 elan vital"]);
    await client.query("TRUNCATE category_products, search_lexemes");
    await client.query("SELECT catalog_rebuild()");
    assert.deepEqual(await derived(), ["b 150 elan vital"]);
    const { rows } = await client.query("SELECT word FROM search_lexemes ORDER BY word");
    assert.deepEqual(
      rows.map(({ word }) => word),
      ["acm", "elan", "vital"],
    );
  });
});
