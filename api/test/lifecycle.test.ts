import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { Agent, request } from "node:http";
import { createServer } from "node:net";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { freePort } from "../../local/ports.ts";
import { migrate } from "../src/migrate.ts";
import { prepareRoles } from "../src/setup/roles.ts";
import { addProducts, LOGIN, startApi, type TestApi, until } from "./support/api.ts";

const SERVER = fileURLToPath(new URL("../src/server.ts", import.meta.url));
let api: TestApi;
const children: ChildProcess[] = [];

before(async () => {
  api = await startApi();
  await addProducts(api, [{ slug: "one", name: "One" }]);
});
after(async () => {
  for (const child of children) child.kill("SIGKILL");
  await api?.close();
});

interface Task {
  child: ChildProcess;
  port: number;
  output: () => string;
}

async function startTask(env: Record<string, string> = {}): Promise<Task> {
  const port = await freePort();
  const child = spawn(process.execPath, [SERVER], {
    env: {
      PATH: process.env.PATH!,
      ...api.env,
      LOG_LEVEL: "info",
      HOST: "127.0.0.1",
      PORT: String(port),
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.push(child);
  let output = "";
  child.stdout!.on("data", (chunk) => {
    output += chunk;
  });
  child.stderr!.on("data", (chunk) => {
    output += chunk;
  });
  return { child, port, output: () => output };
}

const agent = new Agent({ keepAlive: true });
after(() => agent.destroy());

function get(
  port: number,
  path: string,
): Promise<{ status: number; headers: Record<string, unknown>; body: string }> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: "127.0.0.1", port, path, agent }, async (response) => {
      let body = "";
      for await (const chunk of response) body += chunk;
      resolve({ status: response.statusCode!, headers: response.headers, body });
    });
    sent.on("error", reject).end();
  });
}
const healthy = async (port: number): Promise<boolean> =>
  (await get(port, "/health").catch(() => ({ status: 0 }))).status === 200;
const exit = async (child: ChildProcess): Promise<number | null> =>
  child.exitCode ?? ((await once(child, "exit")) as [number | null])[0];

test("after SIGTERM health fails, requests are served and connections closed, and the exit is 0", async () => {
  const { child, port, output } = await startTask({
    DRAIN_IDLE_SECONDS: "1.5",
    METRICS_INTERVAL_SECONDS: "60",
  });
  await until(() => healthy(port));
  const before = await get(port, "/v1/products/one");
  assert.equal(before.headers.connection, "keep-alive");
  assert.equal(before.headers["keep-alive"], "timeout=72");
  child.kill("SIGTERM");
  await until(async () => (await get(port, "/health")).status === 503);
  assert.equal(JSON.parse((await get(port, "/health")).body).status, "draining");
  // For as long as requests come, it does not close: here for longer than the idle time.
  const start = performance.now();
  while (performance.now() - start < 3_000) {
    const { status, headers } = await get(port, "/v1/products/one");
    assert.equal(status, 200);
    assert.equal(headers.connection, "close");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.equal(await exit(child), 0, output());
  assert.match(output(), /"_aws":\{"Timestamp":\d+,"CloudWatchMetrics"/, "the last metrics are not lost");
});

test("traffic that does not end is cut off after the longest wait", async () => {
  const { child, port, output } = await startTask({ DRAIN_IDLE_SECONDS: "60", DRAIN_MAX_SECONDS: "1" });
  await until(() => healthy(port));
  child.kill("SIGTERM");
  assert.equal(await exit(child), 0, output());
});

test("Ctrl-C closes at once", async () => {
  const { child, port, output } = await startTask({ DRAIN_IDLE_SECONDS: "100" });
  await until(() => healthy(port));
  child.kill("SIGINT");
  assert.equal(await exit(child), 0, output());
});

test("a task waits for its database, and is not healthy before it has it", async () => {
  const database = `late`;
  const { child, port } = await startTask({
    DB_NAME: database,
    // It makes the schema itself.
    DB_USER: api.server.user,
    DB_PASSWORD: api.server.password,
    DB_SCHEMA: "migrate",
  });
  await until(async () => (await get(port, "/health").catch(() => ({ status: 0 }))).status === 503);
  const waiting = await get(port, "/v1/products");
  assert.equal(waiting.status, 503);
  assert.equal(waiting.headers["retry-after"], "2");
  assert.match(waiting.body, /\/problems\/starting/);
  await api.server.createDatabase(database);
  const owner = new pg.Client({ connectionString: api.server.connectionString(database) });
  await owner.connect();
  await migrate(owner);
  await prepareRoles(owner, LOGIN);
  await owner.end();
  await until(() => healthy(port));
  assert.equal((await get(port, "/v1/products")).status, 200);
  child.kill("SIGINT");
  assert.equal(await exit(child), 0);
});

test("a bad setting is one line and exit code 1", async () => {
  const { child, output } = await startTask({ DB_SSL: "maybe" });
  assert.equal(await exit(child), 1);
  assert.equal(output(), "DB_SSL=maybe: must be one of verify, require, disable\n");
});

test("a port that is taken is one line and exit code 1", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  const { child, output } = await startTask({ PORT: String(port), LOG_LEVEL: "silent" });
  assert.equal(await exit(child), 1);
  assert.match(output(), new RegExp(`^cannot listen on 127.0.0.1:${port}: .*EADDRINUSE.*\n$`));
  server.close();
});
