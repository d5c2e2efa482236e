import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import type { PostgresServer } from "../../../local/postgres/server.ts";
import { until } from "../../../test/support/until.ts";
import { unique } from "../support/api.ts";
import { BreakableProxy } from "../support/proxy.ts";
import { assertProblem, Fleet, fill, load, rename } from "../support/tasks.ts";

const fleet = new Fleet();
let server: PostgresServer;
let client: pg.Client;

before(async () => {
  server = await fleet.database();
  await fill(await fleet.client(server));
});
// Some of the tests break what an earlier connection had.
beforeEach(async () => {
  client = await fleet.client(server);
});
// One that fails half-way takes nothing from those that follow: its locks go with its connection.
afterEach(async () => {
  await client.end().catch(() => {});
  if (server.pid === undefined) await server.start();
});
after(() => fleet.stop());

/** Why the database was the reason, each of them honest while it goes or comes back: how far a request had got, decides. */
const WHILE_IT_CHANGES = {
  read: /^\/problems\/(database-unavailable|database-timeout|overloaded)$/,
  write: /^\/problems\/(database-unavailable|database-timeout|overloaded|outcome-unknown|locked|contention)$/,
};

test("the database dies and comes back under load: known reads go on, the rest fails clearly and recovers", async () => {
  // Entries expire at once: what is served while the database is away can only be stale.
  const task = await fleet.healthy(server, { CACHE_TTL_SECONDS: "1", RATE_LIMIT_PER_MINUTE: "0" });
  const known = [
    "/v1/products",
    "/v1/products/product-0",
    "/v1/categories",
    "/v1/search?q=lamp",
    "/v1/suggest?q=la",
  ];
  for (const path of known) assert.equal((await task.send(path)).status, 200, path);
  let stale = 0;
  let phase: "up" | "down" | "back" = "up";
  const refused = { reads: 0, writes: 0 };
  await using running = load(9, async (i) => {
    if (i % 3 === 0) {
      const reply = await task.send(known[(i / 3) % known.length]!);
      assert.equal(reply.status, 200, `${phase} ${reply.body}`);
      if (String(reply.headers["cache-status"]).endsWith("stale")) stale++;
      return;
    }
    const write = i % 3 === 1;
    const began = phase;
    const reply = write
      ? await rename(task, "product-1", `Name ${i}`)
      : await task.send(`/v1/products?brand=${unique()}`);
    if (reply.status === 200) return;
    assert.ok(began !== "up" || phase !== "up", `${write ? "write" : "read"} failed: ${reply.body} ${phase}`);
    assertProblem(reply, `${write ? "write" : "read"} ${phase}`, 503);
    assert.match(reply.json.type, WHILE_IT_CHANGES[write ? "write" : "read"], reply.body);
    refused[write ? "writes" : "reads"]++;
  });
  await running.until(() => sleep(500, true));
  phase = "down";
  await server.kill();
  await running.until(() => stale > 10 && refused.reads > 10 && refused.writes > 10);
  await running.until(async () => (await task.send("/health")).json.database.read === "down");
  assert.equal(
    await task.health(),
    200,
    "health must not fail with the database: all tasks would be replaced",
  );
  // Whoever comes only now meets nothing that could have been under way.
  for (const reply of [
    await task.send(`/v1/products?brand=${unique()}`),
    await rename(task, "product-1", "Away"),
  ])
    assert.equal(reply.json.type, "/problems/database-unavailable");

  await server.start();
  phase = "back";
  await running.until(async () => (await rename(task, "product-2", "Back")).status === 200);
  await running.until(async () => (await task.send(`/v1/products?brand=${unique()}`)).status === 200);
  await running.until(async () => (await task.send("/v1/products/product-2")).json.name === "Back");
  // From now on nothing may fail any more.
  await running.until(async () => (await task.send("/health")).json.database.notifications === "up");
  phase = "up";
  await sleep(500);
  assert.ok((await running.stop()) > 50);
  assert.equal(task.child.exitCode, null, "without a restart");
  assert.deepEqual(
    task.log().filter(({ level }) => level === "error" || level === "fatal"),
    [],
  );
  task.child.kill("SIGKILL");
});

test("a connection that breaks inside a transaction fails that request and not the task", async () => {
  await using proxy = await BreakableProxy.start(server);
  const task = await fleet.healthy(server, { DB_PORT: String(proxy.port) });
  await client.query("BEGIN; LOCK TABLE products IN EXCLUSIVE MODE");
  const write = rename(task, "product-0", "Inside");
  await until(async () => {
    const { rows } = await client.query("SELECT count(*)::int AS n FROM pg_locks WHERE NOT granted");
    return rows[0].n > 0;
  });
  proxy.cut();
  assertProblem(await write, "a write that was cut off", 503);
  assert.equal(task.child.exitCode, null, task.output());
  await client.query("ROLLBACK");
  proxy.mend();
  await until(async () => (await rename(task, "product-0", "After")).status === 200);
  assert.doesNotMatch(task.output(), /"level":"(error|fatal)"/);
  task.child.kill("SIGKILL");
});

test("connections that the server closes are replaced before anybody notices", async () => {
  const task = await fleet.healthy(server);
  for (let i = 0; i < 5; i++) {
    assert.equal((await task.send(`/v1/products?brand=${unique()}`)).status, 200);
    await client.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = 'catalog' AND application_name = 'catalog-api'",
    );
    assert.equal((await rename(task, "product-0", `Name ${i}`)).status, 200);
    assert.equal((await task.send("/v1/products/product-0?fields=name")).status, 200);
  }
  task.child.kill("SIGKILL");
});

test("a writer that was demoted is left for the new one at the first write, whatever is under way", async () => {
  // More connections to the writer than a request makes attempts.
  const task = await fleet.healthy(server, { DB_POOL_MAX: "30" });
  const write = (i: number) => rename(task, `product-${i % 3}`, `Demoted ${i}`);
  // As many connections as the pool may have.
  for (const { status } of await Promise.all(Array.from({ length: 12 }, (_, i) => write(i))))
    assert.equal(status, 200);
  // Connections that exist become those to a standby; new ones reach a writer, as after a fail-over.
  await client.query("ALTER ROLE catalog SET default_transaction_read_only = off");
  await client.query("ALTER SYSTEM SET default_transaction_read_only = on");
  await client.query("SELECT pg_reload_conf()");
  try {
    await until(async () => {
      const { rows } = await client.query("SHOW default_transaction_read_only");
      return rows[0].default_transaction_read_only === "on";
    });
    assert.equal((await write(0)).status, 200, "one request alone");
    const answers = await Promise.all(Array.from({ length: 12 }, (_, i) => write(i)));
    assert.deepEqual(
      answers.map(({ status, body }) => (status === 200 ? 200 : body)),
      Array(12).fill(200),
    );
  } finally {
    await client.query("SET default_transaction_read_only = off");
    await client.query("ALTER SYSTEM RESET default_transaction_read_only");
    await client.query("SELECT pg_reload_conf()");
    await client.query("ALTER ROLE catalog RESET default_transaction_read_only");
    // Processes take up what was reloaded one after the other, and new ones from the first.
    await until(async () => {
      const fresh = await fleet.client(server);
      const { rows } = await fresh.query("SHOW default_transaction_read_only");
      await fresh.end();
      return rows[0].default_transaction_read_only === "off";
    });
  }
  task.child.kill("SIGKILL");
});

test("while no writer accepts writes they are refused, and go through as soon as one does", async () => {
  const task = await fleet.healthy(server);
  await client.query("ALTER DATABASE catalog SET default_transaction_read_only = on");
  try {
    await client.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = 'catalog' AND application_name = 'catalog-api'",
    );
    for (let i = 0; i < 3; i++) {
      const reply = await rename(task, "product-0", "Read-only");
      assertProblem(reply, "a write", 503);
      assert.equal(reply.json.type, "/problems/database-unavailable");
      assert.equal((await task.send(`/v1/products?brand=${unique()}`)).status, 200, "reads go on");
    }
  } finally {
    await client.query("SET default_transaction_read_only = off");
    await client.query("ALTER DATABASE catalog RESET default_transaction_read_only");
  }
  assert.equal((await rename(task, "product-0", "Writable")).status, 200);
  task.child.kill("SIGKILL");
});

test("a reader that dies is replaced by the writer, without a failed read", async (t) => {
  // Another address of this machine with the same port, as a reader endpoint has.
  const at = { host: "127.0.0.2", port: server.port };
  await using reader = await BreakableProxy.start({ host: "127.0.0.1", port: server.port }, at).catch(
    () => undefined,
  );
  if (!reader) return t.skip("this system has no 127.0.0.2");
  const task = await fleet.healthy(server, { DB_READER_HOST: "127.0.0.2", RATE_LIMIT_PER_MINUTE: "0" });
  assert.equal((await task.send(`/v1/products?brand=${unique()}`)).status, 200);
  // All six with which it reads.
  await until(() => reader.open === 6);
  let read = 0;
  await using running = load(4, async () => {
    const reply = await task.send(`/v1/products?brand=${unique()}`);
    assert.equal(reply.status, 200, reply.body);
    read++;
  });
  await running.until(() => read > 10);
  await reader.stop();
  const before = read;
  await running.until(() => read > before + 100);
  await running.stop();
  task.child.kill("SIGKILL");
});

test("a task that starts without its database is not healthy, says so to whoever asks, and serves once it is there", async () => {
  await server.kill();
  const task = await fleet.start(server);
  await until(async () => (await task.health()) === 503);
  assert.equal((await task.send("/health")).json.status, "starting");
  for (const path of ["/v1/products", "/v1/products/product-0", "/v1/search?q=lamp"]) {
    const reply = await task.send(path);
    assertProblem(reply, path, 503);
    assert.equal(reply.json.type, "/problems/starting");
  }
  await until(() => task.output().includes("the database is not ready yet"));
  await server.start();
  await until(async () => (await task.health()) === 200);
  assert.equal((await task.send("/v1/products/product-0")).status, 200);
  task.child.kill("SIGKILL");
});

test("a password that was rotated is taken from its file; until it is there reads that are known go on", async () => {
  const folder = await mkdtemp(join(tmpdir(), "password-"));
  const file = join(folder, "password");
  const [first, second] = [`first-${unique()}`, `second-${unique()}`];
  try {
    await server.createRole("rotating", first);
    await client.query(
      "GRANT ALL ON ALL TABLES IN SCHEMA public TO rotating; GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO rotating",
    );
    await writeFile(file, `${first}\n`);
    const task = await fleet.healthy(server, {
      DB_USER: "rotating",
      DB_PASSWORD: undefined,
      DB_PASSWORD_FILE: file,
      CACHE_TTL_SECONDS: "1",
    });
    assert.equal((await task.send("/v1/products")).status, 200);
    await server.createRole("rotating", second);
    await client.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'rotating'");
    await until(async () => (await task.send(`/v1/products?brand=${unique()}`)).status === 503);
    assertProblem(await rename(task, "product-0", "Locked out"), "a write", 503);
    assert.equal((await task.send("/v1/products")).status, 200, "stale");
    await writeFile(file, `${second}\n`);
    assert.equal((await rename(task, "product-0", "Rotated")).status, 200, "at once: a write connects anew");
    await until(async () => (await task.send(`/v1/products?brand=${unique()}`)).status === 200);
    for (const secret of [first, second])
      assert.ok(!task.output().includes(secret), "a password is in the log");
    task.child.kill("SIGKILL");
  } finally {
    await rm(folder, { recursive: true });
  }
});
