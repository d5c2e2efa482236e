import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { readConfig } from "../../src/config.ts";
import {
  answerMs,
  ask,
  BEGIN_READ,
  clientConfig,
  connectionPlan,
  READ_SETTINGS,
  silenceMs,
  statement,
  WRITE_SETTINGS,
} from "../../src/database/connection.ts";

const HOST = "db.example";
const CONFIG: Record<string, string> = {
  DB_HOST: HOST,
  DB_PORT: "6543",
  DB_NAME: "shop",
  DB_USER: "reader",
  DB_PASSWORD: "secret",
  DB_STATEMENT_TIMEOUT_MS: "4000",
  DB_LOCK_TIMEOUT_MS: "1500",
  SERVICE_NAME: "catalog-api-test",
};
const of = (environment: Record<string, string> = {}, options: object = {}) =>
  clientConfig(readConfig({ ...CONFIG, ...environment }), { host: HOST, ...options });

describe("the settings of a connection", () => {
  it("bound each statement, lock and transaction, and name the service", async () => {
    const { host, port, database, user, application_name, options, ...others } = await of();
    assert.deepEqual(
      [host, port, database, user, application_name],
      [HOST, 6543, "shop", "reader", "catalog-api-test"],
    );
    assert.equal(
      options,
      "-c statement_timeout=4000 -c lock_timeout=1500 -c idle_in_transaction_session_timeout=10000 -c idle_session_timeout=0 -c jit=off -c TimeZone=UTC",
    );
    assert.equal(others.connectionTimeoutMillis, 5_000);
    assert.equal(others.query_timeout, silenceMs(4_000));
    assert.ok(silenceMs(4_000) > 4_000, "the server's own time-out comes first");
    assert.deepEqual([others.keepAlive, others.keepAliveInitialDelayMillis], [true, 5_000]);
    assert.ok(!("pipeline" in others));
  });

  it("are the caller's where it has its own", async () => {
    const { options, pipeline } = (await of(
      {},
      { pipeline: true, settings: { jit: "on", work_mem: "8MB" } },
    )) as {
      options?: string;
      pipeline?: boolean;
    };
    assert.match(options!, / -c jit=on .*-c work_mem=8MB$/);
    assert.equal(pipeline, true);
  });

  it("verify the server by name or address, unless they are told not to", async () => {
    const verified = (await of({ DB_SSL: "verify" })).ssl as { ca: string[]; servername?: string };
    assert.equal(verified.servername, HOST);
    assert.ok(verified.ca.length > 10 && verified.ca.every((each) => each.includes("BEGIN CERTIFICATE")));
    const byAddress = (await of({ DB_SSL: "verify" }, { host: "127.0.0.2" })).ssl as { host?: string };
    assert.deepEqual([byAddress.host, "servername" in byAddress], ["127.0.0.2", false]);
    assert.deepEqual((await of({ DB_SSL: "require" })).ssl, { rejectUnauthorized: false, servername: HOST });
    assert.equal((await of({ DB_SSL: "disable" })).ssl, false);
  });

  it("read the password anew at each connect, from its file where there is one", async () => {
    const ask = async (environment: Record<string, string>) =>
      (await of(environment)).password as () => Promise<string>;
    assert.equal(await (await ask({}))(), "secret");
    assert.equal(await (await ask({ DB_PASSWORD: "" }))(), "", "none, for a server that asks for none");
    const folder = await mkdtemp(join(tmpdir(), "api-password-"));
    try {
      const file = join(folder, "password");
      await writeFile(file, "first\n");
      const password = await ask({ DB_PASSWORD: "", DB_PASSWORD_FILE: file });
      assert.equal(await password(), "first");
      await writeFile(file, " second ");
      assert.equal(await password(), "second");
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("read numbers, truth and moments, and leave JSON and all else as text", async () => {
    const { types } = await of();
    const read = (oid: number, text: string) =>
      (types!.getTypeParser as (oid: number, format?: string) => (text: string) => unknown)(
        oid,
        "text",
      )(text);
    assert.deepEqual([read(16, "t"), read(16, "f")], [true, false]);
    assert.deepEqual(
      [20, 21, 23].map((oid) => read(oid, "42")),
      [42, 42, 42],
    );
    assert.equal(read(1184, "2026-11-28 21:30:05.123456+00"), "2026-11-28T21:30:05.123456Z");
    assert.deepEqual(read(1009, "{a,b}"), ["a", "b"]);
    for (const oid of [114, 3802, 25, 1700]) assert.equal(read(oid, '{"a":1}'), '{"a":1}');
  });
});

describe("the plan of a task's connections", () => {
  it("shares out exactly what there is, and leaves no kind without", () => {
    for (let poolMax = 6; poolMax <= 100; poolMax++) {
      const { fast, slow, write, listen } = connectionPlan(poolMax);
      assert.equal(fast + slow + write + listen, poolMax);
      assert.ok(fast >= 1 && slow >= 1 && write >= 2 && listen === 1, String(poolMax));
      assert.ok(fast >= slow, "most reads are fast ones");
    }
    assert.deepEqual(connectionPlan(10), { fast: 4, slow: 2, write: 3, listen: 1 });
    assert.deepEqual(connectionPlan(12), { fast: 6, slow: 2, write: 3, listen: 1 });
    assert.deepEqual(connectionPlan(6), { fast: 2, slow: 1, write: 2, listen: 1 });
  });
});

describe("a statement", () => {
  it("is the same for the same text, under a name of its own", () => {
    const [one, again, other] = [statement("SELECT 1"), statement("SELECT 1"), statement("SELECT 2")];
    assert.equal(one, again);
    assert.notEqual(one.name, other.name);
    assert.match(one.name, /^s\d+$/);
    assert.deepEqual([one.text, other.text], ["SELECT 1", "SELECT 2"]);
  });

  it("is asked for rows as arrays, and given up after the client's time or its own", async () => {
    const asked: object[] = [];
    const client = {
      query: async (query: object) => {
        asked.push(query);
        return { rows: [["a"]] };
      },
    };
    const one = statement("SELECT $1");
    const of = (silence?: number) => ask(client as unknown as Parameters<typeof ask>[0], one, ["a"], silence);
    assert.deepEqual([await of(), await of(50)], [[["a"]], [["a"]]]);
    const query = { ...one, values: ["a"], rowMode: "array" };
    assert.deepEqual(asked, [query, { ...query, query_timeout: 50 }]);
  });
});

describe("reading and writing", () => {
  it("have PostgreSQL's plans suit them", () => {
    assert.deepEqual(READ_SETTINGS, {
      plan_cache_mode: "force_generic_plan",
      enable_hashjoin: "off",
      enable_mergejoin: "off",
      max_parallel_workers_per_gather: 0,
      jit: "off",
      "pg_trgm.similarity_threshold": 0.2,
    });
    assert.deepEqual(WRITE_SETTINGS, { enable_seqscan: "off", client_connection_check_interval: 1_000 });
    const settings = Object.entries(READ_SETTINGS).map(([name, value]) => `SET LOCAL ${name} = ${value}`);
    assert.equal(BEGIN_READ, ["BEGIN READ ONLY", ...settings].join("; "));
  });

  it("may take longer for an answer than a statement may, and its connection be silent", () => {
    assert.ok(answerMs(4_000) > silenceMs(4_000));
  });
});
