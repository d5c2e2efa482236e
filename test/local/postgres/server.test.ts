import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { access, chmod, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it, test } from "node:test";
import pg from "pg";
import { PostgresServer } from "../../../local/postgres/server.ts";
import { isAlive } from "../../support/processes.ts";
import { until } from "../../support/until.ts";

async function query(connectionString: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString });
  client.on("error", () => {}); // the server may be killed under it
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

describe("a temporary server", () => {
  let server: PostgresServer;
  before(async () => {
    server = await PostgresServer.start({ settings: { shared_buffers: "24MB" } });
  });
  after(() => server.stop());

  it("is PostgreSQL 16, takes settings, and listens on the loopback address only", async () => {
    const [row] = await query(
      server.connectionString(),
      `SELECT current_setting('server_version_num')::int / 10000 AS major, current_setting('shared_buffers') AS buffers,
              current_setting('listen_addresses') AS addresses, current_setting('unix_socket_directories') AS sockets,
              current_setting('server_encoding') AS encoding`,
    );
    assert.deepEqual(row, {
      major: 16,
      buffers: "24MB",
      addresses: "127.0.0.1",
      sockets: "",
      encoding: "UTF8",
    });
  });

  it("lets nobody in without the password", async () => {
    const wrong = { user: "postgres", password: "wrong" };
    await assert.rejects(query(server.connectionString("postgres", wrong), "SELECT 1"), { code: "28P01" });
    const [row] = await query(
      server.connectionString(),
      "SELECT rolpassword FROM pg_authid WHERE rolname = 'postgres'",
    );
    assert.match(String(row?.rolpassword), /^SCRAM-SHA-256\$/);
  });

  it("sorts by language and knows letters beyond ASCII", async () => {
    const [row] = await query(
      server.connectionString(),
      "SELECT array(SELECT w FROM unnest(ARRAY['zebra','Äpfel','apple','Öl']) w ORDER BY w) AS sorted, lower('ÄÖ') AS lower",
    );
    assert.deepEqual(row, {
      sorted: ["Äpfel", "apple", "Öl", "zebra"].sort(new Intl.Collator("en-US").compare),
      lower: "äö",
    });
  });

  it("makes roles and databases, and may be asked twice", async () => {
    const role = { user: 'shop\'s "app"', password: "it's a $ecret / with % signs" };
    await server.createRole(role.user, "first");
    await server.createRole(role.user, role.password);
    await server.createDatabase("goods & more", role.user);
    await server.createDatabase("goods & more", role.user);
    const rows = await query(
      server.connectionString("goods & more", role),
      "SELECT current_user AS user, rolsuper FROM pg_roles WHERE rolname = current_user",
    );
    assert.deepEqual(rows, [{ user: role.user, rolsuper: false }]);
  });

  it("brings the extensions that the catalogue needs", async () => {
    await query(
      server.connectionString(),
      "CREATE EXTENSION pg_trgm; CREATE EXTENSION unaccent; CREATE EXTENSION btree_gin; CREATE EXTENSION pg_stat_statements",
    );
  });

  it("does not run as root", {
    skip: process.getuid?.() !== 0 && "only where the tests run as root",
  }, async () => {
    const status = await readFile(`/proc/${server.pid}/status`, "utf8");
    assert.doesNotMatch(status, /^Uid:\s+0\b/m);
  });
});

test("a killed server keeps what was committed, and comes back on the same port", async () => {
  const server = await PostgresServer.start();
  try {
    const { port } = server;
    await query(server.connectionString(), "CREATE TABLE kept AS SELECT 42 AS answer");
    const open = new pg.Client({ connectionString: server.connectionString() });
    const broken = once(open, "error");
    await open.connect();
    await server.kill();
    await broken;
    assert.equal(server.pid, undefined);
    await assert.rejects(query(server.connectionString(), "SELECT 1"), { code: "ECONNREFUSED" });
    await server.start();
    assert.equal(server.port, port);
    assert.deepEqual(await query(server.connectionString(), "SELECT answer FROM kept"), [{ answer: 42 }]);
  } finally {
    await server.stop();
  }
  await assert.rejects(access(server.dataFolder), { code: "ENOENT" });
});

test("an existing data folder keeps its data and takes the new password", async () => {
  const parent = await mkdtemp(join(tmpdir(), "catalog-postgres-test-"));
  // mkdtemp closes its folder to others; where root runs the tests, the server's account must get through it
  if (process.getuid?.() === 0) await chmod(parent, 0o755);
  try {
    const dataFolder = join(parent, "data");
    const first = await PostgresServer.start({
      dataFolder,
      user: "catalog",
      password: "one",
      durable: false,
    });
    await first.createDatabase("catalog");
    await query(first.connectionString("catalog"), "CREATE TABLE kept AS SELECT 7 AS answer");
    await assert.rejects(PostgresServer.start({ dataFolder, user: "catalog" }), /lock file|already|in use/i);
    await first.stop();

    const second = await PostgresServer.start({
      dataFolder,
      user: "catalog",
      password: "two's",
      durable: false,
    });
    assert.deepEqual(await query(second.connectionString("catalog"), "SELECT answer FROM kept"), [
      { answer: 7 },
    ]);
    const old = { user: "catalog", password: "one" };
    await assert.rejects(query(second.connectionString("catalog", old), "SELECT 1"), { code: "28P01" });
    await second.stop();
    await access(dataFolder);

    await assert.rejects(
      PostgresServer.start({ dataFolder, user: "nobody-knows-me" }),
      /made for another user/,
    );
  } finally {
    await rm(parent, { recursive: true, force: true });
  }
});

test("a taken port is said to be taken", async () => {
  const first = await PostgresServer.start();
  try {
    await assert.rejects(PostgresServer.start({ port: first.port }), /Address already in use/);
  } finally {
    await first.stop();
  }
});

for (const signal of ["SIGKILL", "SIGINT", "SIGTERM"] as const) {
  test(`no server or temporary folder is left behind when its program ends by ${signal}`, async () => {
    const program = `
      const { PostgresServer } = await import(${JSON.stringify(import.meta.resolve("../../../local/postgres/server.ts"))});
      const server = await PostgresServer.start();
      console.log(JSON.stringify({ pid: server.pid, dataFolder: server.dataFolder }));
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line] = await once(child.stdout, "data");
    const { pid, dataFolder } = JSON.parse(String(line));
    assert.ok(isAlive(pid));
    child.kill(signal);
    await until(() => !isAlive(pid), "the end of the server");
    const gone = () =>
      access(dataFolder).then(
        () => false,
        () => true,
      );
    await until(gone, "the removal of the temporary folder");
  });
}

test("a program ends by itself although its server still runs", async () => {
  const program = `
    const { PostgresServer } = await import(${JSON.stringify(import.meta.resolve("../../../local/postgres/server.ts"))});
    console.log((await PostgresServer.start()).pid);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [[line], [code]] = await Promise.all([once(child.stdout, "data"), once(child, "exit")]);
  assert.equal(code, 0);
  await until(() => !isAlive(Number(line)), "the end of the server");
});
