import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import fc from "fast-check";
import pg from "pg";
import { readConfig } from "../../src/config.ts";
import { statement } from "../../src/database/connection.ts";
import { DatabaseContention, OutcomeUnknown } from "../../src/database/errors.ts";
import { WriteTime } from "../../src/database/write-time.ts";
import { Writer } from "../../src/database/writer.ts";
import { MockTime, STEP_MS } from "../support/mock-time.ts";
import { KEY } from "../support/tasks.ts";

/**
 * A write waits for a turn, a connection, its statements, other transactions, its COMMIT or ROLLBACK, and for all of it again. Whatever
 * stands still, fails or is cut, from whatever moment on, there is an answer in its time, and a refusal that says that nothing was
 * written is true.
 * Writer and pool are the real ones, over connections of the test's own; time is told, not waited for.
 */

const CONNECTIONS = 3;
const WRITE_MS = 10_000;
const BATCH_MS = 20_000;
/** As docs/FRESHNESS.md has it: statements end so long before, and a COMMIT is begun so long before. */
const STATEMENTS_END_MS = 2_000;
const COMMIT_MS = 1_000;

interface World {
  /** With which question the server, or the network to it, begins to stand still, and for how long. */
  stall: { on: number; ms: number };
  /** Which questions go wrong, and how. */
  faults: { on: number; how: How }[];
  /** Whether new connections can be made meanwhile, as where a proxy accepts them. */
  accepts: boolean;
  /** How long each statement takes. */
  statements: number[];
  commitMs: number;
  /** How often other transactions are in the way. */
  met: number;
  /** Writes that are under way before this one, and for how long. */
  others: { batch: boolean; ms: number }[];
  batch: boolean;
}

/** The connection breaks before a question has arrived or before its answer has; or the server answers with a SQLSTATE. */
const HOWS = ["cut", "answer cut", "57P01", "53300", "53100", "25006", "40P01", "08P01", "25P03"] as const;
type How = (typeof HOWS)[number];

const worlds = fc.record<World>({
  stall: fc.record({ on: fc.nat(14), ms: fc.oneof(fc.nat(11_000), fc.nat(60_000)) }),
  faults: fc.array(fc.record({ on: fc.nat(14), how: fc.constantFrom(...HOWS) }), { maxLength: 4 }),
  accepts: fc.boolean(),
  statements: fc.array(fc.oneof(fc.nat(3_500), fc.nat(7_000)), { minLength: 1, maxLength: 5 }),
  commitMs: fc.oneof(fc.constant(0), fc.nat(9_000)),
  met: fc.oneof(fc.nat(4), fc.constant(Number.POSITIVE_INFINITY)),
  others: fc.array(fc.record({ batch: fc.boolean(), ms: fc.nat(4_000) }), { maxLength: 3 }),
  batch: fc.boolean(),
});

const QUIET: World = {
  stall: { on: 0, ms: 0 },
  faults: [],
  accepts: true,
  statements: [],
  commitMs: 0,
  met: 0,
  others: [],
  batch: false,
};
/** Each meets one of the limits, whatever the seed. */
const EDGES: World[] = [
  // The answer to the last statement comes when it is too late for a COMMIT, or for another statement.
  { ...QUIET, statements: [4_000, 3_800], stall: { on: 4, ms: 5_400 } },
  { ...QUIET, statements: [4_000, 3_800, 10], stall: { on: 4, ms: 4_500 } },
  // The last one would take longer than there is time.
  { ...QUIET, statements: [3_900, 3_900, 3_500] },
  // So does what is tried again.
  { ...QUIET, statements: [4_800], met: 1 },
  // The server stands still when it is told how much is left: not so much is left any more, or nothing.
  { ...QUIET, statements: [3_900, 4_000], stall: { on: 3, ms: 2_500 } },
  { ...QUIET, statements: [3_900, 0], stall: { on: 3, ms: 4_150 } },
];

test("a write is answered in the time of its request, and what was refused is not written later", async (t) => {
  const time = new MockTime(t, 3_000);
  let server = new Server({ stall: { on: 0, ms: 0 }, accepts: true }, () => time.now);
  mockClients(t, () => server);
  try {
    await fc.assert(
      fc.asyncProperty(worlds, async (world) => {
        time.now = 0;
        server = new Server(world, () => time.now);
        const writer = new Writer(readConfig({ DB_SSL: "disable", API_KEYS: KEY }), CONNECTIONS);
        for (const other of world.others)
          writer
            .transaction(
              (tx) => tx.query(statement("SELECT 'other'"), [other.ms]),
              other.batch ? writer.time(BATCH_MS) : undefined,
            )
            .catch(() => {});
        let outcome: { after: number; error?: unknown } | undefined;
        let { met } = world;
        const work = writer.transaction(
          async (tx) => {
            for (const ms of world.statements) await tx.query(statement("SELECT 'mine'"), [ms]);
            if (met-- > 0) throw Object.assign(new Error("met"), { code: "40001" });
          },
          world.batch ? writer.time(BATCH_MS) : undefined,
        );
        void work.then(
          () => {
            outcome = { after: time.now };
          },
          (error) => {
            outcome = { after: time.now, error };
          },
        );
        await time.pass(() => outcome !== undefined);
        const { after, error } = outcome!;
        const whole = world.batch ? BATCH_MS : WRITE_MS;
        assert.ok(after <= whole + STEP_MS, `there after ${after} ms: ${error}`);
        const { asked, begunAt, commitAt, worksUntil } = server;
        assert.ok(begunAt < whole - STATEMENTS_END_MS, `a statement was begun after ${begunAt} ms`);
        assert.ok(commitAt <= whole - COMMIT_MS, `a COMMIT was begun after ${commitAt} ms`);
        assert.ok(worksUntil <= whole, `the server works until ${worksUntil} ms, for nobody`);
        const later = time.now + 80_000;
        await time.pass(() => time.now >= later);
        assert.equal(server.asked, asked, "it goes on for nobody");
        if (!error) assert.equal(server.committed, 1);
        else if (!(error instanceof OutcomeUnknown)) assert.equal(server.committed, 0, String(error));
        await assertWhole(writer, time);
      }),
      { numRuns: 150, examples: EDGES.map((world) => [world]) },
    );
  } finally {
    time.end();
  }
});

/** Whatever has happened on it, no connection is kept, no turn is taken and nobody waits. */
async function assertWhole(writer: Writer, time: MockTime): Promise<void> {
  const { total, idle, waiting } = await writer.connections;
  assert.deepEqual({ kept: total - idle, waiting }, { kept: 0, waiting: 0 });
  let written = 0;
  // Which may be the first to meet the stall.
  const write = async (): Promise<void> => {
    for (let done = false; !done; )
      done = await writer
        .transaction((tx) => tx.query(statement("SELECT 'other'"), []), writer.time(BATCH_MS))
        .then(
          () => true,
          () => false,
        );
    written++;
  };
  for (let i = 0; i < CONNECTIONS; i++) void write();
  await time.pass(() => written === CONNECTIONS);
}

test("a transaction that always meets others is given up after five seconds, and says why", async (t) => {
  const time = new MockTime(t, 3_000);
  const server = new Server({ stall: { on: 0, ms: 0 }, accepts: true }, () => time.now);
  mockClients(t, () => server);
  try {
    let outcome: unknown;
    const writer = new Writer(readConfig({ DB_SSL: "disable", API_KEYS: KEY }), 3);
    writer
      .transaction(async () => {
        throw Object.assign(new Error("met"), { code: "40001" });
      })
      .catch((error) => {
        outcome = error;
      });
    await time.pass(() => outcome !== undefined);
    assert.ok(outcome instanceof DatabaseContention, String(outcome));
    assert.ok(time.now >= 5_000 && time.now < 6_000, `after ${time.now} ms`);
    assert.equal(server.committed, 0);
  } finally {
    time.end();
  }
});

test("with little time left nothing is begun that would have to be given up", (t) => {
  let now = 0;
  t.mock.method(performance, "now", () => now);
  const time = new WriteTime(WRITE_MS, { long: false, missed: () => new Error("missed") });
  const mayBegin = (): boolean[] =>
    [() => time.checkStatement(), () => time.checkCommit()].map((check) => {
      try {
        check();
        return true;
      } catch {
        return false;
      }
    });
  for (const [at, statements, commit] of [
    [0, true, true],
    [7_999, true, true],
    [8_000, false, true],
    [9_000, false, true],
    [9_001, false, false],
    [20_000, false, false],
  ] as const) {
    now = at;
    assert.deepEqual(mayBegin(), [statements, commit], `after ${at} ms`);
  }
});

type Done = (error?: Error) => void;
type Question = { text: string; values?: unknown[]; query_timeout?: number } | string;

/** Whatever pg connects to from now on is the server that there is then. */
function mockClients(t: TestContext, server: () => Server): void {
  t.mock.method(pg.Client.prototype, "connect", function (this: pg.Client, done: Done) {
    server().connect(this, done);
  });
  t.mock.method(pg.Client.prototype, "query", function (this: pg.Client, question: Question) {
    return server().answer(this, typeof question === "string" ? { text: question } : question);
  });
  t.mock.method(pg.Client.prototype, "end", (done: Done = () => {}) => {
    done();
    return Promise.resolve();
  });
}

/** What is at the other end, and between. */
class Server {
  readonly #world: Pick<World, "stall" | "accepts"> & Partial<World>;
  readonly #now: () => number;
  /** Of each connection: what the server was told that a statement may take, and whether the transaction is the one that is looked at. */
  readonly #sessions = new WeakMap<pg.Client, { timeout: number; mine: boolean }>();
  #questions = 0;
  #stalledUntil = 0;
  /** Statements of the write that is looked at. */
  asked = 0;
  committed = 0;
  /** When the last of them was begun, and the last COMMIT; and until when the server works at one of them by its own clock. */
  begunAt = 0;
  commitAt = 0;
  worksUntil = 0;

  constructor(world: Pick<World, "stall" | "accepts"> & Partial<World>, now: () => number) {
    this.#world = world;
    this.#now = now;
  }

  /** Counts a question. @returns how it goes wrong; undefined: it does not */
  #heard(): How | undefined {
    const { stall, faults = [] } = this.#world;
    const question = this.#questions++;
    if (question === stall.on) this.#stalledUntil = this.#now() + stall.ms;
    return faults.find(({ on }) => on === question)?.how;
  }

  connect(client: pg.Client, done: Done): void {
    this.#sessions.set(client, { timeout: 5_000, mine: false });
    let over = false;
    const end = (error?: Error) => {
      if (!over) done(error);
      over = true;
    };
    Object.assign(client.connection, {
      stream: { destroy: () => end(new Error("destroyed")), ref() {}, unref() {} },
    });
    const how = this.#heard();
    const connected = () => end(how && (how.includes("cut") ? terminated() : failure(how)));
    if (this.#world.accepts) connected();
    else this.#arrive(0, connected);
  }

  /** As pg does: what is not answered is given up after a while; it arrives at the server all the same. */
  answer(client: pg.Client, { text, values, query_timeout }: Exclude<Question, string>) {
    const how = this.#heard();
    const session = this.#sessions.get(client)!;
    const cut = () => {
      const error = terminated();
      client.emit("error", error);
      return error;
    };
    if (how === "cut") return Promise.reject(cut());
    if (text.includes("'mine'")) {
      session.mine = true;
      this.asked++;
      this.begunAt = this.#now();
    }
    session.timeout = Number(/statement_timeout = (\d+)/.exec(text)?.[1] ?? session.timeout);
    const takes = text === "COMMIT" && session.mine ? this.#world.commitMs! : Number(values?.[0] ?? 0);
    if (session.mine && text === "COMMIT") this.commitAt = this.#now();
    else if (session.mine)
      this.worksUntil = Math.max(this.worksUntil, this.#now() + Math.min(takes, session.timeout));
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error("Query read timeout")), query_timeout ?? 7_000);
      const answered = () => {
        clearTimeout(late);
        if (text !== "COMMIT" && takes > session.timeout) return reject(failure("57014"));
        const isRefused = how !== undefined && how !== "answer cut";
        if (text === "COMMIT" && session.mine && !isRefused) this.committed++;
        if (text === "COMMIT" || text === "ROLLBACK") session.mine = false;
        if (isRefused) reject(failure(how));
        else if (how) reject(cut());
        else resolve({ rows: [], command: text });
      };
      this.#arrive(Math.min(takes, text === "COMMIT" ? takes : session.timeout), answered);
    });
  }

  /** After so long, and then as soon as the server does not stand still. */
  #arrive(ms: number, then: () => void): void {
    const look = () => (this.#now() < this.#stalledUntil ? void setTimeout(look, STEP_MS) : then());
    setTimeout(look, ms);
  }
}

const terminated = () => new Error("Connection terminated unexpectedly");

function failure(code: string): Error {
  const error = new pg.DatabaseError("refused", 0, "error");
  error.code = code;
  return error;
}
