import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import pg from "pg";
import { PostgresServer } from "../../../local/postgres/server.ts";
import { type Config, readConfig } from "../../src/config.ts";
import { migrate } from "../../src/migrate.ts";
import { copyBack } from "../../src/setup/copy-back.ts";

/** Of every kind that the catalogue's tables have, and awkward: quotes, line ends, what is not ASCII, what is missing. */
const ROWS = `INSERT INTO kinds (id, text, number, at, words, document, tags)
  SELECT n, CASE n % 3 WHEN 0 THEN NULL ELSE E'\\u00e5 "quoted" \\\\ \\n' || n END, n / 7.0, now() + n * interval '1 us',
    to_tsvector('simple', 'word' || n), jsonb_build_object('n', n, 'deep', jsonb_build_array(1.50, NULL)), ARRAY['a,b', NULL, '"']
  FROM generate_series(1, 2500) n`;
const KINDS = `CREATE TABLE kinds (id integer PRIMARY KEY, text text, number numeric, at timestamptz, words tsvector,
  document jsonb, tags text[], twice integer GENERATED ALWAYS AS (id * 2) STORED)`;

describe("copying back what was restored", () => {
  let server: PostgresServer;
  const clients: pg.Client[] = [];

  before(async () => {
    server = await PostgresServer.start();
    const admin = await open("postgres");
    for (const name of ["live", "restored"]) await admin.query(`CREATE DATABASE ${name}`);
  });
  after(async () => {
    for (const client of clients) await client.end();
    await server.stop();
  });

  async function open(name: string): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: server.connectionString(name) });
    await client.connect();
    clients.push(client);
    return client;
  }
  const config = (name: string): Config => {
    const url = new URL(server.connectionString(name));
    return readConfig({
      DB_HOST: server.host,
      DB_PORT: String(server.port),
      DB_NAME: name,
      DB_USER: url.username,
      DB_PASSWORD: url.password || "none",
      DB_SSL: "disable",
    });
  };
  const copy = (...tables: string[]) => {
    const lines: string[] = [];
    const from = { name: "restored" };
    return copyBack(config("live"), { from, tables, log: (line) => lines.push(line) }).then(() => lines);
  };

  it("brings every row as it was beside the table, however often, and touches the table itself nowhere", async () => {
    const [live, restored] = [await open("live"), await open("restored")];
    await restored.query(`${KINDS}; ${ROWS}`);
    await live.query(`${KINDS}; INSERT INTO kinds (id) VALUES (7)`);
    // The schema has moved on: one column came, one went.
    await live.query("ALTER TABLE kinds ADD COLUMN since text DEFAULT 'new'");
    await restored.query("ALTER TABLE kinds ADD COLUMN gone text DEFAULT 'old'");
    for (let time = 0; time < 2; time++) assert.deepEqual(await copy("kinds"), ["kinds_restored: 2500 rows"]);
    const rows = (client: pg.Client, table: string) =>
      client
        .query(
          `SELECT id, text, number, at::text, words::text, document::text, tags::text, twice FROM ${table} ORDER BY id`,
        )
        .then((result) => result.rows);
    assert.deepEqual(await rows(live, "kinds_restored"), await rows(restored, "kinds"));
    assert.deepEqual((await live.query("SELECT id, since FROM kinds")).rows, [{ id: 7, since: "new" }]);
  });

  it("takes each table that the catalogue has", async () => {
    for (const name of ["live", "restored"]) await migrate(await open(name));
    const { rows } = await (await open("live")).query(
      "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_name NOT LIKE '%_restored'",
    );
    const tables = rows.map(({ name }) => name);
    assert.equal((await copy(...tables)).length, tables.length);
  });

  it("leaves all as it was when a table is not there, or its name is none", async () => {
    await assert.rejects(copy("kinds_of_nothing"), /'kinds_of_nothing' is not in both databases/);
    await assert.rejects(copy("kinds; DROP TABLE kinds"), /is no table/);
  });
});
