import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import pg from "pg";
import { PostgresServer } from "../../../local/postgres/server.ts";
import { until } from "../../../test/support/until.ts";
import { DatabaseOverloaded, DatabaseUnavailable } from "../../src/database/errors.ts";
import { ReadPool } from "../../src/database/read-pool.ts";
import { BreakableProxy } from "../support/proxy.ts";

/**
 * The pool against a model: in any order statements are sent, and their connections hang, fail, are cut or refused. What must
 * hold is little: each statement gets its own answer or a clear refusal, and afterwards every connection is there again, and
 * no other.
 */

const CONNECTIONS = 2;
/** pg gives a statement up after it: a server that stands still for longer is taken for gone. */
const QUERY_TIMEOUT_MS = 250;

let server: PostgresServer;
let admin: pg.Client;

before(async () => {
  server = await PostgresServer.start({ user: "catalog" });
  admin = new pg.Client({
    connectionString: server.connectionString("postgres"),
    // Nothing that it asks for takes long: where it would wait for ever, the test fails and says at what.
    query_timeout: 30_000,
  });
  await admin.connect();
  await admin.query("CREATE TABLE held ()");
});
after(async () => {
  await admin?.end();
  await server?.stop();
});

interface Real {
  pool: ReadPool;
  /** The preferred host, and the one to fall back to. */
  hosts: [BreakableProxy, BreakableProxy];
  asked: Promise<void>[];
}
interface Model {
  asked: number;
}

async function setUp(depth: number): Promise<Real> {
  const hosts: Real["hosts"] = [await BreakableProxy.start(server), await BreakableProxy.start(server)];
  const pool = new ReadPool({
    connections: CONNECTIONS,
    depth,
    hosts: ["0", "1"],
    recheckMs: 50,
    connect: async (host, pipeline) =>
      new pg.Client({
        host: "127.0.0.1",
        user: server.user,
        password: server.password,
        database: "postgres",
        port: hosts[Number(host)]!.port,
        application_name: "pool",
        connectionTimeoutMillis: 3_000,
        statement_timeout: 100,
        query_timeout: QUERY_TIMEOUT_MS,
        ...(pipeline ? { pipeline } : {}),
      }),
    log: { warn: () => {} },
  });
  return { pool, hosts, asked: [] };
}

async function tearDown({ pool, hosts, asked }: Real): Promise<void> {
  await pool.close();
  for (const host of hosts) await host.stop();
  await Promise.allSettled(asked);
}

class Command implements fc.AsyncCommand<Model, Real> {
  readonly name: string;
  readonly act: (real: Real, model: Model) => unknown;

  constructor(name: string, act: (real: Real, model: Model) => unknown) {
    this.name = name;
    this.act = act;
  }
  check = () => true;
  async run(model: Model, real: Real): Promise<void> {
    await this.act(real, model);
  }
  toString = () => this.name;
}

const text = {
  point: "SELECT $1::text",
  slow: "SELECT $1::text, pg_sleep(0.03)",
  late: "SELECT $1::text, pg_sleep(9)",
  // What it reads may be locked before it is even prepared.
  locked: "SELECT $1::text, (SELECT count(*) FROM held)",
};

/** A statement of any kind may take too long where a machine is busy. */
function assertHonest(error: unknown): void {
  const timedOut = (error as { code?: string }).code === "57014";
  const refused = error instanceof DatabaseUnavailable || error instanceof DatabaseOverloaded;
  assert.ok(timedOut || refused, String(error));
}

const ask = (kind: keyof typeof text, times: number) =>
  new Command(`ask(${kind} × ${times})`, (real, model) => {
    for (let i = 0; i < times; i++) {
      const value = `v${model.asked++}`;
      real.asked.push(
        real.pool
          .query({ name: kind, text: text[kind] }, [value])
          .then(([row]) => assert.equal(row?.[0], value, "an answer to something else"), assertHonest),
      );
    }
  });
const fault = (name: string, act: (host: BreakableProxy) => unknown) =>
  fc.constantFrom(0, 1).map((i) => new Command(`${name}(host ${i})`, ({ hosts }) => act(hosts[i]!)));

const commands = fc.commands(
  [
    fc
      .tuple(
        fc.constantFrom<keyof typeof text>("point", "slow", "late", "locked"),
        fc.integer({ min: 1, max: 20 }),
      )
      .map((of) => ask(...of)),
    fault("cut", (host) => host.cut()),
    fault("mend", (host) => host.mend()),
    fault("pause", (host) => host.pause()),
    fault("resume", (host) => host.resume()),
    fault("silence", (host) => host.silence("")),
    fc.constant(
      new Command("terminate", () =>
        admin.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'pool'"),
      ),
    ),
    fc.constant(new Command("lock", () => admin.query("ROLLBACK; BEGIN; LOCK TABLE held"))),
    fc.constant(new Command("unlock", () => admin.query("ROLLBACK"))),
    fc.constant(new Command("renew", ({ pool }) => pool.renew())),
    fc.constantFrom(10, 100, 2 * QUERY_TIMEOUT_MS).map((ms) => new Command(`wait(${ms})`, () => sleep(ms))),
  ],
  { maxCommands: 12 },
);

async function recovers({ pool, hosts, asked }: Real): Promise<void> {
  await admin.query("ROLLBACK");
  for (const host of hosts) {
    host.mend();
    host.resume();
  }
  // Everybody who asked has been answered, and nobody with what is another's.
  await Promise.all(asked);
  await until(
    () => pool.connected === CONNECTIONS && hosts[0].open === CONNECTIONS && hosts[1].open === 0,
    "the connections' return",
    30,
  ).catch(() =>
    assert.fail(`${pool.connected} of ${CONNECTIONS} connected; open: ${hosts.map(({ open }) => open)}`),
  );
  assert.equal(pool.load, 0);
  const isAnswered = async (value: string) => {
    const rows = await pool.query({ name: "point", text: text.point }, [value]).catch(assertHonest);
    if (rows) assert.deepEqual(rows, [[value]]);
    return rows !== undefined;
  };
  await Promise.all(["1", "2", "3", "4"].map((value) => until(() => isAnswered(value))));
}

for (const depth of [1, 16]) {
  test(`whatever happens to its connections, a pool of depth ${depth} answers everybody and is whole again`, async () => {
    await fc.assert(
      fc.asyncProperty(commands, async (steps) => {
        const real = await setUp(depth);
        try {
          await fc.asyncModelRun(() => ({ model: { asked: 0 }, real }), steps);
          await recovers(real);
        } finally {
          await tearDown(real);
        }
      }),
      { numRuns: 20, endOnFailure: true },
    );
  });
}

test("a server that stands still for longer than a statement may take costs no connection for good", async () => {
  for (const depth of [1, 16]) {
    const real = await setUp(depth);
    try {
      await until(() => real.pool.connected === CONNECTIONS);
      const model = { asked: 0 };
      for (const host of real.hosts) host.pause();
      await ask("point", 4).run(model, real);
      await sleep(3 * QUERY_TIMEOUT_MS);
      await recovers(real);
    } finally {
      await tearDown(real);
    }
  }
});

test("of statements in one pipeline that are not prepared yet each fails for a reason of its own", async () => {
  const real = await setUp(16);
  try {
    await until(() => real.pool.connected === CONNECTIONS);
    await admin.query("BEGIN; LOCK TABLE held");
    // More than one connection takes at once: the second of each waits for the first to have it prepared.
    await ask("locked", 20).run({ asked: 0 }, real);
    await sleep(200);
    await recovers(real);
  } finally {
    await tearDown(real);
  }
});
