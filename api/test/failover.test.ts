import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import pg from "pg";
import { connectionPlan } from "../src/database/connection.ts";
import { addProducts, startApi, type TestApi, unique, until } from "./support.ts";

let api: TestApi;

before(async () => {
  api = await startApi();
  await addProducts(api, [{ slug: "one", name: "One", categories: ["books"] }]);
});
after(() => api?.close());

const rename = (on: TestApi, name: string) =>
  on.call("PATCH", "/v1/products/one", { key: true, headers: { "if-match": "*" }, body: { name } });

test("while the database is away reads that are known go on, writes fail clearly, and health does not", async () => {
  const urls = ["/v1/products", "/v1/products/one", "/v1/categories", "/v1/search?q=one", "/v1/suggest?q=on"];
  for (const url of urls) await api.get(url);
  await api.server.kill();
  await until(() => api.app.database.state.read === "down");
  // Even what a write has made obsolete is better than nothing.
  api.app.catalogChanged(["*"]);
  for (const url of urls) {
    const { status, headers } = await api.get(url);
    assert.equal(status, 200, url);
    // Categories are written out of memory.
    if (url !== "/v1/categories") assert.match(String(headers["cache-status"]), /stale$/, url);
  }
  const unknown = await api.get("/v1/products/unheard-of");
  assert.equal(unknown.status, 503);
  assert.equal(unknown.json.type, "/problems/database-unavailable");
  assert.ok(unknown.headers["retry-after"]);
  assert.equal((await rename(api, "Away")).status, 503);
  const health = await api.get("/health");
  assert.equal(health.status, 200);
  assert.equal(health.json.database.read, "down");

  await api.server.start();
  await until(async () => (await rename(api, "Back")).status === 200);
  await until(async () => (await api.get("/v1/products/one")).json.name === "Back");
  await until(async () => (await api.get("/health")).json.database.notifications === "up");
});

test("connections that the server closes are replaced before anybody notices", async () => {
  for (let i = 0; i < 5; i++) {
    await api.app.database.read({ name: "", text: "SELECT 1" }, []);
    const admin = new pg.Client({ connectionString: api.server.connectionString("catalog") });
    await admin.connect();
    await admin.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = 'catalog' AND application_name = 'catalog-api'",
    );
    await admin.end();
    assert.equal((await rename(api, `Name ${i}`)).status, 200);
    assert.equal((await api.get(`/v1/products/one?fields=name`)).status, 200);
  }
});

test("a writer that has become read-only is left, and found again", async () => {
  const admin = new pg.Client({ connectionString: api.server.connectionString("catalog") });
  await admin.connect();
  await rename(api, "Before");
  // Existing connections keep what they began with, as those to a demoted writer do.
  await admin.query("ALTER DATABASE catalog SET default_transaction_read_only = on");
  const demoted = await api.another();
  const refused = await rename(demoted, "While read-only");
  assert.equal(refused.status, 503);
  assert.equal(refused.json.type, "/problems/database-unavailable");
  await admin.query("SET default_transaction_read_only = off");
  await admin.query("ALTER DATABASE catalog RESET default_transaction_read_only");
  await admin.end();
  assert.equal((await rename(demoted, "After")).status, 200);
  await demoted.close();
});

test("reads go to the reader, and to the writer when the reader is not there", async (t) => {
  // The reader is the same server behind a second loopback address, where its connections can be counted and cut.
  const connections = new Set<Socket>();
  const reader = createServer((incoming) => {
    const outgoing = connect(api.server.port, "127.0.0.1");
    incoming.pipe(outgoing).pipe(incoming);
    for (const socket of [incoming, outgoing]) {
      connections.add(socket);
      socket.on("error", () => incoming.destroy());
    }
  });
  reader.listen(api.server.port, "127.0.0.2");
  const [event] = await Promise.race([
    once(reader, "listening").then(() => ["listening"]),
    once(reader, "error"),
  ]);
  if (event !== "listening") return t.skip("127.0.0.2 is no address of this machine");
  const split = await api.another({ DB_READER_HOST: "127.0.0.2" });
  try {
    const { fast, slow } = connectionPlan(10);
    await until(() => connections.size === 2 * (fast + slow));
    assert.equal((await split.get(`/v1/products?brand=${unique()}`)).status, 200);
    reader.close();
    for (const socket of connections) socket.destroy();
    await until(async () => (await split.get(`/v1/products?brand=${unique()}`)).status === 200);
  } finally {
    await split.close();
    reader.close();
  }
});

test("a password that was rotated is read anew from its file", async () => {
  const folder = await mkdtemp(join(tmpdir(), "password-"));
  const file = join(folder, "password");
  try {
    await api.server.createRole("rotating", "first");
    await api.client.query("SELECT 1").catch(() => {});
    const admin = new pg.Client({ connectionString: api.server.connectionString("catalog") });
    await admin.connect();
    await admin.query(
      "GRANT ALL ON ALL TABLES IN SCHEMA public TO rotating; GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO rotating",
    );
    await writeFile(file, "first\n");
    const task = await api.another({ DB_USER: "rotating", DB_PASSWORD_FILE: file });
    await api.server.createRole("rotating", "second");
    await writeFile(file, "second\n");
    await admin.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'rotating'");
    await admin.end();
    assert.equal((await rename(task, "Rotated")).status, 200);
    await until(async () => (await task.get(`/v1/products?brand=${unique()}`)).status === 200);
    await task.close();
  } finally {
    await rm(folder, { recursive: true });
  }
});
