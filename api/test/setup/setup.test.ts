import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import pg from "pg";
import { PostgresServer } from "../../../local/postgres/server.ts";
import { type Config, readConfig } from "../../src/config.ts";
import { scramVerifier } from "../../src/setup/roles.ts";
import { type SetupOptions, setUpDatabase } from "../../src/setup/setup.ts";

const OWNER = { user: "catalog", password: "password-of-the-owner" };
const login = (version: number) => ({
  name: `catalog_api_v${version}`,
  password: `password-of-version-${version}`,
});

describe("setting up the database", () => {
  let server: PostgresServer;
  let database = "";
  const lines: string[] = [];
  const log = (line: string) => lines.push(line);

  before(async () => {
    server = await PostgresServer.start();
    // As on Aurora: the owner is no superuser, and has the database `postgres` too.
    await as("postgres", server, (client) =>
      client.query(`CREATE ROLE catalog LOGIN CREATEROLE CREATEDB PASSWORD '${OWNER.password}';
        ALTER DATABASE postgres OWNER TO catalog`),
    );
  });
  after(() => server.stop());

  let number = 0;
  beforeEach(async () => {
    lines.length = 0;
    await as("postgres", server, async (client) => {
      if (database) await client.query(`DROP DATABASE ${database} WITH (FORCE)`);
      const { rows } = await client.query("SELECT rolname FROM pg_roles WHERE rolname LIKE 'catalog\\_api%'");
      for (const { rolname } of rows) await client.query(`DROP OWNED BY ${rolname}; DROP ROLE ${rolname}`);
      database = `catalog_${++number}`;
      await client.query(`CREATE DATABASE ${database} OWNER catalog`);
    });
  });

  async function as<T>(
    name: string,
    role: { user: string; password: string } | undefined,
    work: (client: pg.Client) => Promise<T>,
  ): Promise<T> {
    const client = new pg.Client({ connectionString: server.connectionString(name, role) });
    client.on("error", () => {});
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  }
  const role = ({ name, password }: { name: string; password: string }) => ({ user: name, password });
  const config = (more: Record<string, string> = {}): Config =>
    readConfig({
      DB_HOST: server.host,
      DB_PORT: String(server.port),
      DB_NAME: database,
      DB_USER: OWNER.user,
      DB_PASSWORD: OWNER.password,
      DB_SSL: "disable",
      ...more,
    });
  const setUp = (version = 1, options: Partial<SetupOptions> = {}, env: Record<string, string> = {}) =>
    setUpDatabase(config(env), login(version), { log, timeoutMs: 0, ...options });
  const canLogIn = (version: number) =>
    as(
      database,
      role(login(version)),
      async (client) => (await client.query("SELECT FROM products")).rowCount === 0,
    ).catch(() => false);

  it("makes schema and login once, whoever comes at the same time, and then has nothing to do", async () => {
    await Promise.all([setUp(), setUp(), setUp(), setUp()]);
    assert.ok(await canLogIn(1));
    lines.length = 0;
    await setUp();
    assert.deepEqual(lines, ["nothing to do"]);
  });

  /** Each must be refused to the API's login. */
  const FORBIDDEN: readonly string[] = [
    "CREATE TABLE t (a int)",
    "CREATE TEMPORARY TABLE t (a int)",
    "CREATE SCHEMA s",
    "CREATE VIEW v AS SELECT 1",
    "CREATE INDEX i ON products (slug)",
    "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE TRIGGER t AFTER INSERT ON products EXECUTE FUNCTION products_touch()",
    "CREATE EXTENSION hstore",
    "CREATE ROLE r",
    "CREATE DATABASE d",
    "ALTER TABLE products ADD COLUMN a int",
    "ALTER TABLE products DISABLE TRIGGER ALL",
    "ALTER TABLE products OWNER TO catalog_api",
    "ALTER ROLE catalog PASSWORD 'x'",
    "ALTER ROLE catalog_api_v1 CREATEROLE",
    "ALTER ROLE catalog_api_v1 CREATEDB",
    "ALTER SYSTEM SET work_mem = '1GB'",
    "ALTER DEFAULT PRIVILEGES FOR ROLE catalog GRANT ALL ON TABLES TO PUBLIC",
    "DROP TABLE products",
    "DROP SCHEMA public CASCADE",
    "DROP FUNCTION catalog_rebuild",
    "DROP ROLE catalog_api",
    "TRUNCATE products",
    "TRUNCATE idempotency_keys",
    "INSERT INTO schema_migrations (version, name, checksum) VALUES (9999, 'x', 'x')",
    "UPDATE schema_migrations SET checksum = 'x'",
    "DELETE FROM schema_migrations",
    "GRANT catalog TO catalog_api_v1",
    "SET ROLE catalog",
    "SET SESSION AUTHORIZATION catalog",
    "SELECT * FROM pg_authid",
    "SELECT pg_read_file('PG_VERSION')",
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'catalog'",
    "COPY products TO PROGRAM 'cat'",
    "COPY products FROM '/etc/passwd'",
    "REINDEX TABLE products",
    "COMMENT ON TABLE products IS 'x'",
  ];
  it("lets the API's login do nothing that is the owner's", async () => {
    await setUp();
    // Somebody of the owner's to be ended.
    await as(database, OWNER, () =>
      as(database, role(login(1)), async (client) => {
        for (const statement of FORBIDDEN) {
          const error = await client.query(statement).then(
            () => ({ code: "none", message: "was done" }),
            (refusal: { code: string; message: string }) => refusal,
          );
          assert.match(error.code, /^(42501|0LP01)$/, `${statement}: ${error.message}`);
        }
        // PostgreSQL warns, and grants nothing.
        await client.query("GRANT SELECT ON products TO PUBLIC");
        const { rows } = await client.query(
          "SELECT has_table_privilege('public', 'products', 'SELECT') AS given",
        );
        assert.equal(rows[0].given, false);
      }),
    );
  });

  it("lets it into no other database of the owner's", async () => {
    await setUp();
    for (const other of ["postgres"]) {
      await assert.rejects(
        as(other, role(login(1)), async () => {}),
        { code: "42501" },
        other,
      );
    }
  });

  it("lets it read and write every table, now and after the next migration", async () => {
    await setUp();
    await as(database, OWNER, (client) => client.query("CREATE TABLE later (a int)"));
    await as(database, role(login(1)), async (client) => {
      const { rows } = await client.query(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'",
      );
      assert.ok(rows.length > 5);
      for (const { relname } of rows.filter(({ relname }) => relname !== "schema_migrations")) {
        await client.query(`SELECT FROM ${relname} LIMIT 1`);
        await client.query(`DELETE FROM ${relname} WHERE false`);
      }
      await client.query("LISTEN catalog");
    });
  });

  it("keeps the login of the version before, until the next", async () => {
    await setUp(1);
    await setUp(2);
    assert.deepEqual([await canLogIn(1), await canLogIn(2)], [true, true]);
    await setUp(3);
    assert.deepEqual([await canLogIn(1), await canLogIn(2), await canLogIn(3)], [false, true, true]);
  });

  it("keeps it too when versions are skipped, or set back", async () => {
    await setUp(1);
    await setUp(5);
    assert.deepEqual([await canLogIn(1), await canLogIn(5)], [true, true]);
    await setUp(1);
    assert.deepEqual([await canLogIn(1), await canLogIn(5)], [true, true]);
  });

  it("mends rights that somebody has taken or given", async () => {
    await setUp();
    for (const damage of [
      "REVOKE SELECT ON products FROM catalog_api",
      "GRANT TRUNCATE ON products TO catalog_api",
      "GRANT CREATE ON SCHEMA public TO catalog_api",
      "GRANT ALL ON schema_migrations TO PUBLIC",
      "ALTER ROLE catalog_api_v1 PASSWORD 'another'",
    ]) {
      await as(database, OWNER, (client) => client.query(damage));
      lines.length = 0;
      await setUp();
      assert.match(lines.join(), /is ready/, damage);
      lines.length = 0;
      await setUp();
      assert.deepEqual(lines, ["nothing to do"], damage);
    }
  });

  it("lets a task begin while the writer is away, when there is nothing to do", async () => {
    await setUp();
    const away = { DB_PORT: String(server.port), DB_HOST: "127.0.0.2", DB_READER_HOST: server.host };
    await setUp(1, {}, away);
    assert.equal(lines.at(-1), "nothing to do");
  });

  it("lets a task begin while the owner's password is being changed, when there is nothing to do", async () => {
    await setUp();
    await setUp(1, {}, { DB_PASSWORD: "not-the-owner's" });
    assert.equal(lines.at(-1), "nothing to do");
  });

  it("waits for a database that does not answer, for so long and no longer", async () => {
    const port = "1"; // nobody listens there
    const began = performance.now();
    await assert.rejects(setUp(1, { timeoutMs: 1_500 }, { DB_PORT: port }), /ECONNREFUSED/);
    assert.ok(performance.now() - began >= 1_500);
    assert.match(lines.join("\n"), /is not ready yet/);
  });

  it("fails at once where the server answers, and does not know the database or lets nobody in", async () => {
    const waiting = { timeoutMs: 60_000 };
    await assert.rejects(setUp(1, waiting, { DB_NAME: "catalogue" }), /database "catalogue" does not exist/);
    await as("postgres", server, (client) => client.query("ALTER ROLE catalog NOLOGIN"));
    try {
      await assert.rejects(setUp(1, waiting), /role "catalog" is not permitted to log in/);
    } finally {
      await as("postgres", server, (client) => client.query("ALTER ROLE catalog LOGIN"));
    }
    assert.deepEqual(lines, []);
  });

  it("fails at once for a migration that cannot be applied", async () => {
    const folder = await mkdtemp(join(tmpdir(), "migrations-"));
    try {
      await writeFile(join(folder, "0001_broken.sql"), "SELECT 1 / 0");
      const directory = pathToFileURL(`${folder}/`);
      await assert.rejects(setUp(1, { directory, timeoutMs: 60_000 }), /division by zero/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("sends no password in clear: what a server would log of it cannot be used to log in", async () => {
    const verifier = scramVerifier("pencil", Buffer.from("W22ZaJ0SNY7soEsUEjb6gQ==", "base64"));
    assert.equal(
      verifier,
      "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
    );
  });
});
