import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import type pg from "pg";
import type { PostgresServer } from "../../../local/postgres/server.ts";
import { until } from "../../../test/support/until.ts";
import { readConfig } from "../../src/config.ts";
import { statement } from "../../src/database/connection.ts";
import { BatchTimeout, DatabaseOverloaded, DatabaseUnavailable } from "../../src/database/errors.ts";
import { Writer } from "../../src/database/writer.ts";
import { assertProblem, databaseVariables, Fleet, KEY, type Reply, rename } from "../support/tasks.ts";

/** How long those may take who write much, and who write beside them. */

const fleet = new Fleet();
let server: PostgresServer;
let client: pg.Client;

before(async () => {
  ({ server, client } = await fleet.filled());
});
// One that fails half-way takes nothing from those that follow.
afterEach(() => client.query("ROLLBACK"));
after(() => fleet.stop());

test("batches may take longer than other statements, and do not take the others' connections", async () => {
  const task = await fleet.healthy(server, { DB_STATEMENT_TIMEOUT_MS: "1000", DB_LOCK_TIMEOUT_MS: "60000" });
  const lock = "BEGIN; SELECT FROM products WHERE slug = 'product-1' FOR UPDATE";
  const rows = [{ sku: "product-1", prices: { EUR: 4_321 } }];
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify({ rows });
  await client.query(lock);
  const tooLong = (reply: Reply) =>
    assert.equal(reply.json.type, "/problems/database-timeout", "a write that took too long");
  // Of ten connections three write.
  const batches = [1, 2, 3].map(() =>
    task.send("/v1/products:bulk", { method: "PUT", key: true, headers, body }),
  );
  assert.equal((await rename(task, "product-0", "Beside batches")).status, 200);
  tooLong(await rename(task, "product-1", "Alone"));
  // One of the batches waits for its turn, longer than other statements may take; the two at work go on.
  assertProblem(await Promise.race(batches), "a batch too many", 503);
  await client.query("ROLLBACK");
  const answers = await Promise.all(batches);
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 200, 503]);

  // The connections that batches have had are as they were.
  await client.query(lock);
  for (const single of await Promise.all([1, 2, 3].map((i) => rename(task, "product-1", `Later ${i}`))))
    tooLong(single);
  task.child.kill("SIGKILL");
});

test("a batch has one time for all its statements", async () => {
  const writer = new Writer(readConfig({ ...databaseVariables(server), API_KEYS: KEY }), 3);
  let statements = 0;
  const sleeps = writer.transaction(async (tx) => {
    for (; statements < 100; statements++) await tx.query(statement("SELECT pg_sleep(0.1)"), []);
  }, writer.time(2_500));
  await assert.rejects(sleeps, BatchTimeout);
  assert.ok(statements < 10, `${statements}`);
  await writer.close();
});

test("the server ends itself what it still works at when the time of a batch is over, and the connection is kept", async () => {
  const writer = new Writer(readConfig({ ...databaseVariables(server), API_KEYS: KEY }), 2);
  const pids: unknown[] = [];
  const pid = statement("SELECT pg_backend_pid()");
  const sleeps = writer.transaction(async (tx) => {
    pids.push(...(await tx.query(pid, [])).flat());
    await tx.query(statement("SELECT pg_sleep(1.5)"), []);
    await tx.query(statement("SELECT pg_sleep(30), 'past the end'"), []);
  }, writer.time(5_000));
  await assert.rejects(sleeps, BatchTimeout);
  const { rows } = await client.query(
    "SELECT FROM pg_stat_activity WHERE query LIKE '%''past the end''%' AND state = 'active' AND pid <> pg_backend_pid()",
  );
  assert.equal(rows.length, 0, "nobody waits for it any more, and it works on");
  assert.deepEqual((await writer.query(pid, [])).flat(), pids, "its connection is as good as before");
  await writer.close();
});

test("a statement of a batch that was given up ends in the server too, and gives its locks back", async () => {
  const writer = new Writer(readConfig({ ...databaseVariables(server), API_KEYS: KEY }), 3);
  const sleeps = writer.transaction(async (tx) => {
    await tx.query(statement("SET LOCAL statement_timeout = 0"), []);
    await tx.query(statement("SELECT pg_sleep(600), 'given up'"), []);
  }, writer.time(2_500));
  await assert.rejects(sleeps, BatchTimeout);
  await until(async () => {
    const { rows } = await client.query(
      "SELECT FROM pg_stat_activity WHERE query LIKE '%''given up''%' AND pid <> pg_backend_pid()",
    );
    return rows.length === 0;
  });
  await writer.close();
});

test("who finds all connections to the writer at work is told that they are, and not that the database is away, unless nothing is answered any more", async (t) => {
  const writer = new Writer(readConfig({ ...databaseVariables(server), API_KEYS: KEY }), 1);
  const [begun, end] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const busy = writer.transaction(() => {
    begun.resolve();
    return end.promise;
  });
  await begun.promise;
  await assert.rejects(writer.query(statement("SELECT 1"), []), DatabaseOverloaded);
  // As if they had said nothing for longer than a statement may take.
  const now = performance.now.bind(performance);
  const later = t.mock.method(performance, "now", () => now() + 10_000);
  await assert.rejects(writer.query(statement("SELECT 1"), []), DatabaseUnavailable);
  later.mock.restore();
  end.resolve();
  await busy;
  await writer.query(statement("SELECT 1"), []);
  await writer.close();
});
