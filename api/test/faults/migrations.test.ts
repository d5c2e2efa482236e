import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import type { PostgresServer } from "../../../local/postgres/server.ts";
import { until } from "../../../test/support/until.ts";
import { Fleet } from "../support/tasks.ts";

const fleet = new Fleet();
let server: PostgresServer;
let client: pg.Client;

before(async () => {
  server = await fleet.database();
  client = await fleet.client(server);
});
after(() => fleet.stop());

test("five tasks that start at once on an empty database all serve, and each migration is applied once", async () => {
  // Nobody gets past the second migration before all five are there: a table of its name is being made by somebody else.
  await client.query("BEGIN; CREATE TABLE settings ()");
  const tasks = await Promise.all(Array.from({ length: 5 }, () => fleet.start(server)));
  await sleep(1_000);
  await client.query("ROLLBACK");
  await until(async () => (await Promise.all(tasks.map((task) => task.health()))).every((it) => it === 200));
  for (const task of tasks) {
    const { status, json } = await task.send("/v1/products");
    assert.equal(status, 200);
    assert.deepEqual(json.items, []);
  }
  const { rows } = await client.query("SELECT version, name FROM schema_migrations ORDER BY version");
  assert.ok(rows.length >= 4);
  const applied = tasks
    .flatMap((task) => task.log())
    .map(({ message }) => /^migration (.+)/.exec(message)?.[1])
    .filter((name) => name !== undefined);
  // Whoever applies one says so: no two tasks have said it of the same.
  assert.deepEqual(
    applied.toSorted(),
    rows.map(({ name }) => name),
  );
  for (const task of tasks) task.child.kill("SIGKILL");
  await Promise.all(tasks.map((task) => task.exit()));
});

test("a migration that was changed after it had been applied stops the task with one line that names it", async () => {
  const { rows } = await client.query("SELECT checksum FROM schema_migrations WHERE version = 2");
  await client.query("UPDATE schema_migrations SET checksum = 'other' WHERE version = 2");
  try {
    const task = await fleet.start(server);
    assert.equal(await task.exit(), 1, task.output());
    const fatal = task.log().filter(({ level }) => level === "fatal");
    assert.equal(fatal.length, 1, task.output());
    assert.match(
      fatal[0].message,
      /^migration 0002_catalogue\.sql was changed after it had been applied; restore/,
    );
    assert.doesNotMatch(task.output(), /\n\s+at |\.ts:\d+/, "a stack trace");
  } finally {
    await client.query("UPDATE schema_migrations SET checksum = $1 WHERE version = 2", [rows[0].checksum]);
  }
});

test("a task serves on a database that a newer version has migrated already", async () => {
  await client.query(
    "INSERT INTO schema_migrations (version, name, checksum) VALUES (9000, '9000_newer.sql', 'x')",
  );
  const task = await fleet.healthy(server);
  assert.equal((await task.send("/v1/products")).status, 200);
});
