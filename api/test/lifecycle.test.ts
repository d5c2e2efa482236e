import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { after, before, test } from "node:test";
import pg from "pg";
import { until } from "../../test/support/until.ts";
import { migrate } from "../src/migrate.ts";
import { prepareRoles } from "../src/setup/roles.ts";
import { LOGIN, startApi, type TestApi } from "./support/api.ts";
import { Fleet, type Task } from "./support/tasks.ts";

const fleet = new Fleet();
let api: TestApi;

before(async () => {
  api = await startApi();
});
after(async () => {
  await fleet.stop();
  await api?.close();
});

const startTask = (env: Record<string, string>): Promise<Task> =>
  fleet.start(api.server, { ...api.env, LOG_LEVEL: "info", ...env });

test("traffic that does not end is cut off after the longest wait", async () => {
  const task = await startTask({ DRAIN_IDLE_SECONDS: "60", DRAIN_MAX_SECONDS: "1" });
  await until(async () => (await task.health()) === 200);
  task.child.kill("SIGTERM");
  assert.equal(await task.exit(), 0, task.output());
});

test("Ctrl-C closes at once", async () => {
  const task = await startTask({ DRAIN_IDLE_SECONDS: "100" });
  await until(async () => (await task.health()) === 200);
  task.child.kill("SIGINT");
  assert.equal(await task.exit(), 0, task.output());
});

test("a task waits for its database, and is not healthy before it has it", async () => {
  const database = `late`;
  const task = await startTask({
    DB_NAME: database,
    // It makes the schema itself.
    DB_USER: api.server.user,
    DB_PASSWORD: api.server.password,
    DB_SCHEMA: "migrate",
  });
  await until(async () => (await task.health()) === 503);
  const waiting = await task.send("/v1/products");
  assert.equal(waiting.status, 503);
  assert.equal(waiting.headers["retry-after"], "2");
  assert.match(waiting.body, /\/problems\/starting/);
  await api.server.createDatabase(database);
  const owner = new pg.Client({ connectionString: api.server.connectionString(database) });
  await owner.connect();
  await migrate(owner);
  await prepareRoles(owner, LOGIN);
  await owner.end();
  await until(async () => (await task.health()) === 200);
  assert.equal((await task.send("/v1/products")).status, 200);
  task.child.kill("SIGINT");
  assert.equal(await task.exit(), 0);
});

test("a database or a login that the server does not know ends the task at once, and its log says which", async () => {
  for (const [env, words] of [
    [{ DB_NAME: "catalogue" }, 'database "catalogue" does not exist'],
    [{ DB_USER: "catalog_api_v7" }, 'password authentication failed for user "catalog_api_v7"'],
    [{ DB_PASSWORD: "another" }, `password authentication failed for user "${LOGIN.name}"`],
  ] as const) {
    const task = fleet.spawn({ ...api.env, LOG_LEVEL: "info", ...env });
    assert.equal(await task.exit(), 1, task.output());
    assert.deepEqual(
      task.log().flatMap(({ level, message }) => (level === "fatal" ? [message] : [])),
      [words],
      task.output(),
    );
  }
});

test("a port that is taken is one line and exit code 1", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  const task = fleet.spawn({ ...api.env, PORT: String(port), LOG_LEVEL: "silent" });
  assert.equal(await task.exit(), 1);
  assert.match(task.output(), new RegExp(`^cannot listen on 127.0.0.1:${port}: .*EADDRINUSE.*\n$`));
  server.close();
});
