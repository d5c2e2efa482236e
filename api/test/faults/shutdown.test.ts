import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import type { PostgresServer } from "../../../local/postgres/server.ts";
import { until } from "../../../test/support/until.ts";
import { unique } from "../support/api.ts";
import { Fleet, load, rename } from "../support/tasks.ts";

const fleet = new Fleet();
let server: PostgresServer;
let client: pg.Client;

before(async () => {
  ({ server, client } = await fleet.filled());
});
after(() => fleet.stop());

test("SIGTERM under load: no request fails, those under way are answered, health fails at once, the exit is 0", async () => {
  const task = await fleet.healthy(server, {
    // Longer than a busy machine keeps the test from asking.
    DRAIN_IDLE_SECONDS: "3",
    DRAIN_MAX_SECONDS: "60",
    DB_LOCK_TIMEOUT_MS: "60000",
    DB_STATEMENT_TIMEOUT_MS: "60000",
    RATE_LIMIT_PER_MINUTE: "0",
    METRICS_INTERVAL_SECONDS: "3600",
  });
  const { headers } = await task.send("/v1/products");
  assert.deepEqual([headers.connection, headers["keep-alive"]], ["keep-alive", "timeout=72"]);
  // A request that is still under way when the signal comes: it waits for a lock that this test holds.
  await client.query("BEGIN; LOCK TABLE products IN EXCLUSIVE MODE");
  const slow = rename(task, "product-0", "Slow");
  await until(async () => {
    const { rows } = await client.query("SELECT count(*)::int AS n FROM pg_locks WHERE NOT granted");
    return rows[0].n > 0;
  });

  let draining = false;
  let closed = 0;
  // A balancer's connections: kept alive, and not used again after "Connection: close".
  await using running = load(8, async (i) => {
    const path = i % 2 ? "/v1/products" : `/v1/products?brand=${unique()}`;
    const began = draining;
    const { status, headers, body } = await task.send(path);
    assert.equal(status, 200, body);
    if (headers.connection === "close") closed++;
    else assert.ok(!began, "a connection is not told to close");
  });
  await sleep(300);
  task.child.kill("SIGTERM");
  await running.until(async () => (await task.health()) === 503);
  draining = true;
  assert.equal((await task.send("/health")).json.status, "draining");
  // The balancer goes on for as long as its health checks take: longer than the idle time.
  await running.until(async () => {
    await sleep(4_000);
    return true;
  });
  assert.equal(task.child.exitCode, null, "it has closed while requests came");
  await client.query("COMMIT");
  assert.equal((await slow).status, 200);
  const served = await running.stop();
  assert.ok(served > 50 && closed > 20, `${served} served, ${closed} connections closed`);
  assert.equal(await task.exit(), 0, task.output());
  assert.equal(task.log().filter((entry) => "_aws" in entry).length, 1, "the last metrics are not lost");
  assert.deepEqual(
    task.log().filter(({ level }) => level === "error" || level === "fatal"),
    [],
  );
});

test("SIGTERM while the database is away ends the task as well", async () => {
  const task = await fleet.healthy(server, { DRAIN_IDLE_SECONDS: "0.3" });
  await server.kill();
  await until(async () => (await task.send("/health")).json.database.read === "down");
  task.child.kill("SIGTERM");
  assert.equal(await task.exit(), 0, task.output());
  const waiting = await fleet.start(server, { DRAIN_IDLE_SECONDS: "0.3" });
  waiting.child.kill("SIGTERM");
  assert.equal(await waiting.exit(), 0, waiting.output());
});
