import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { PostgresServer } from "../../../local/postgres/server.ts";
import { until } from "../../../test/support/until.ts";
import { unique } from "../support/api.ts";
import { Fleet, fill, rename, type Task } from "../support/tasks.ts";

const fleet = new Fleet();
let server: PostgresServer;
let tasks: Task[];

before(async () => {
  server = await fleet.database();
  await fill(await fleet.client(server), 20);
  tasks = await Promise.all(
    [1, 2].map(() =>
      fleet.healthy(server, {
        RATE_LIMIT_PER_MINUTE: "0",
        // A statement is given up 2 s after it should have ended.
        DB_STATEMENT_TIMEOUT_MS: "1000",
      }),
    ),
  );
});
after(async () => {
  await server?.resume().catch(() => {});
  await fleet.stop();
});

/** Each way to read, with something that nobody has asked for before. */
const reads = () => [
  `/v1/products?brand=${unique()}`,
  `/v1/products?q=lamp&brand=${unique()}`,
  `/v1/search?q=lamp&brand=${unique()}`,
  `/v1/suggest?q=${unique()}`,
  `/v1/products/product-1?fields=name,brand`,
];

for (const seconds of [1, 6]) {
  test(`a database that stands still for ${seconds} s takes nothing away: every read and write works again`, async () => {
    await server.pause();
    const meanwhile = Promise.all(
      tasks.flatMap((task) => [
        ...reads().map((path) => task.send(path)),
        ...reads().map((path) => task.send(path)),
        rename(task, "product-1", `Stalled ${unique()}`),
      ]),
    );
    try {
      await sleep(seconds * 1_000);
      const health = await Promise.all(tasks.map((task) => task.health()));
      assert.deepEqual(health, [200, 200], "a database that is away for all takes no task out");
    } finally {
      await server.resume();
    }
    for (const reply of await meanwhile)
      assert.ok([200, 503].includes(reply.status), `${reply.status} ${reply.body}`);
    for (const task of tasks) {
      for (const path of reads()) {
        await until(async () => {
          const reply = await task.send(path);
          return reply.status === 200 && !String(reply.headers["cache-status"]).includes("stale");
        }).catch(() => assert.fail(`${path} does not come back`));
      }
      await until(async () => (await rename(task, "product-2", `After ${unique()}`)).status === 200);
      await until(async () => {
        const { status, database } = (await task.send("/health")).json;
        return status === "ok" && Object.values(database).every((state) => state === "up");
      });
    }
  });
}

test("a task that stands still inside a transaction writes once afterwards, or says that it did not", async () => {
  const [task] = tasks as [Task];
  const holder = await fleet.client(server);
  const watcher = await fleet.client(server);
  const state = async () => {
    const { rows } = await watcher.query(
      "SELECT state, wait_event_type AS waits FROM pg_stat_activity WHERE query LIKE '%FOR UPDATE%' AND pid <> pg_backend_pid() AND application_name = 'catalog-api' ORDER BY query_start DESC LIMIT 1",
    );
    return rows[0];
  };
  await holder.query("BEGIN; SELECT FROM products WHERE slug = 'product-3' FOR UPDATE");
  const write = rename(task, "product-3", "Stood still");
  try {
    await until(async () => (await state())?.waits === "Lock");
    task.child.kill("SIGSTOP");
    await holder.query("ROLLBACK");
    await until(async () => (await state())?.waits !== "Lock");
    // The server ends what has had its answer and asks for nothing (idle_in_transaction_session_timeout, 10 s).
    await until(async () => (await state())?.state !== "idle in transaction");
  } finally {
    await holder.query("ROLLBACK");
    task.child.kill("SIGCONT");
  }
  const { status, body } = await write;
  const { rows } = await watcher.query("SELECT name FROM products WHERE slug = 'product-3'");
  assert.ok([200, 503].includes(status), `${status} ${body}`);
  assert.equal(rows[0].name === "Stood still", status === 200, `${status} ${body}`);
  if (status === 503) assert.match(body, /database-unavailable|nothing was written/, "no COMMIT was sent");
});
