import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import pg from "pg";
import { createLocalCertificate } from "../../../local/postgres/certificate.ts";
import type { PostgresServer } from "../../../local/postgres/server.ts";
import { until } from "../../../test/support/until.ts";
import { Fleet, type Task } from "../support/tasks.ts";

const fleet = new Fleet();
let server: PostgresServer;
let folder: string;
let client: pg.Client;
const authorities: Record<"right" | "other", string> = { right: "", other: "" };

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "authorities-"));
  const [tls, other] = await Promise.all([
    // Only the address: no name of the machine is in it.
    createLocalCertificate({ names: ["database.internal"], addresses: ["127.0.0.1"] }),
    createLocalCertificate(),
  ]);
  for (const [name, { authority }] of [
    ["right", tls],
    ["other", other],
  ] as const) {
    authorities[name] = join(folder, `${name}.pem`);
    await writeFile(authorities[name], authority);
  }
  server = await fleet.database({ tls });
  client = new pg.Client({
    connectionString: server.connectionString("catalog"),
    ssl: { ca: tls.authority },
  });
  await client.connect();
});
after(async () => {
  await client?.end();
  await fleet.stop();
  await rm(folder, { recursive: true, force: true });
});

/** The log lines about a connection that failed, once there is one. */
async function complaints(task: Task): Promise<string[]> {
  const found = () => task.log().filter(({ message }) => message === "the database is not ready yet");
  await until(() => found().length > 0);
  return found().map(({ level, err }) => `${level} ${err.message}`);
}

test("DB_SSL=verify takes a certificate of an authority that NODE_EXTRA_CA_CERTS names, on every connection", async () => {
  const task = await fleet.healthy(server, { DB_SSL: "verify", NODE_EXTRA_CA_CERTS: authorities.right });
  assert.equal((await task.send("/v1/products")).status, 200);
  const { rows } = await client.query(
    `SELECT ssl, count(*)::int AS n FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
     WHERE application_name = 'catalog-api' GROUP BY ssl`,
  );
  assert.equal(rows.length, 1);
  assert.ok(rows[0].ssl && rows[0].n >= 4);
  task.child.kill("SIGKILL");
});

test("DB_SSL=verify refuses an authority that nobody has named, and the log says why", async () => {
  for (const NODE_EXTRA_CA_CERTS of [undefined, authorities.other]) {
    const task = await fleet.start(server, { DB_SSL: "verify", NODE_EXTRA_CA_CERTS });
    assert.match((await complaints(task))[0]!, /^warn .*certificate/);
    assert.equal(await task.health(), 503);
    assert.ok(!task.output().includes(server.password));
    task.child.kill("SIGKILL");
  }
});

test("DB_SSL=verify refuses a certificate of another host", async () => {
  const task = await fleet.start(server, {
    DB_SSL: "verify",
    NODE_EXTRA_CA_CERTS: authorities.right,
    DB_HOST: "localhost",
  });
  assert.match((await complaints(task))[0]!, /localhost.*(altnames|cert)/i);
  assert.equal(await task.health(), 503);
  task.child.kill("SIGKILL");
});

test("DB_SSL=require encrypts without verifying; without TLS such a database lets nobody in", async () => {
  const task = await fleet.healthy(server, { DB_SSL: "require" });
  task.child.kill("SIGKILL");
  const plain = await fleet.start(server, { DB_SSL: "disable" });
  assert.match((await complaints(plain))[0]!, /no encryption/);
  plain.child.kill("SIGKILL");
});
