import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { test } from "node:test";
import fc from "fast-check";
import type pg from "pg";
import { Freshness } from "../../src/cache/freshness.ts";
import { answerMs, type Row, silenceMs, statement } from "../../src/database/connection.ts";
import { Deadline } from "../../src/database/deadline.ts";
import { DatabaseUnavailable } from "../../src/database/errors.ts";
import { ReadPool } from "../../src/database/read-pool.ts";
import { Sessions } from "../../src/database/session.ts";
import { MockTime, STEP_MS } from "../support/mock-time.ts";

/**
 * An answer is made of several statements, each of which may wait for the writer's position, for a connection, for its result, and
 * for all of it again. Whatever stands still, from whatever moment on, there is an answer or a refusal in its time. The pools are the
 * real ones over connections of the test's own; time is told, not waited for.
 */

const STATEMENT_MS = 5_000;
const BUDGET_MS = answerMs(STATEMENT_MS);

interface World {
  /** From when on until when the server, or the network to it, stands still. */
  stall: [from: number, to: number];
  /** How long a statement takes otherwise. */
  takesMs: number;
  /** Whether new connections can be made meanwhile, as where a proxy accepts them. */
  accepts: boolean;
  /** Other requests, before this one. */
  others: number;
  /** How far the readers are: 1 has all. */
  reached: number;
  replicated: boolean;
  slow: boolean[];
}

const worlds = fc.record<World>({
  stall: fc.tuple(fc.nat(9_000), fc.integer({ min: 1, max: 60_000 })).map(([from, ms]) => [from, from + ms]),
  takesMs: fc.nat(3_000),
  accepts: fc.boolean(),
  others: fc.nat(30),
  reached: fc.constantFrom(0, 1),
  replicated: fc.boolean(),
  slow: fc.array(fc.boolean(), { minLength: 1, maxLength: 6 }),
});

test("whatever stands still, and whenever, an answer or a refusal is there in its time", async (t) => {
  const time = new MockTime(t, 2_000);
  try {
    await fc.assert(
      fc.asyncProperty(worlds, async (world) => {
        time.now = 0;
        const network = new Network(world, () => time.now);
        const { answered, close } = play(world, network);
        const settled = answered.finally(() => {
          network.ended = time.now;
        });
        settled.catch(() => {});
        await time.pass(() => network.ended !== undefined);
        const took = network.ended! - network.began;
        assert.ok(took <= BUDGET_MS + STEP_MS, `there after ${took} ms`);
        const { sent } = network;
        const later = time.now + 2 * BUDGET_MS;
        await time.pass(() => time.now >= later);
        assert.equal(network.sent, sent, "it goes on for nobody");
        const closing = close();
        let closed = false;
        void closing.then(() => {
          closed = true;
        });
        await time.pass(() => closed);
      }),
      { numRuns: 150 },
    );
  } finally {
    time.end();
  }
});

/** Seconds for which new addresses may be refused while a reader stands still and the writer lives (docs/FRESHNESS.md). */
const READER_SECONDS = 15;

test("a reader that stands still is waited for, and then the writer answers in its place", async (t) => {
  const time = new MockTime(t, 2_000);
  let longest = 0;
  const stalls = fc.record({
    from: fc.nat(9_000),
    takesMs: fc.nat(100),
    /** Between one request and the next. */
    pauseMs: fc.integer({ min: STEP_MS, max: 500 }),
    accepts: fc.boolean(),
    slow: fc.boolean(),
  });
  try {
    await fc.assert(
      fc.asyncProperty(stalls, async ({ from, pauseMs, slow, ...world }) => {
        time.now = 0;
        const network = new Network({ ...world, stall: [from, Infinity], reached: 1 }, () => time.now);
        const pool = new ReadPool({
          ...(slow ? { connections: 2, depth: 1 } : { connections: 4, depth: 16 }),
          hosts: ["reader", "writer"],
          connect: async (host) => network.client(host === "reader"),
          log: { warn: () => {} },
        });
        await time.pass(() => pool.connected > 0 && time.now >= from);
        let refusedAt: number | undefined;
        let answered = 0;
        for (let next = time.now; answered === 0; next += pauseMs) {
          const at = time.now;
          assert.ok(at - (refusedAt ?? at) <= 2_000 * READER_SECONDS, "nobody is answered");
          pool.query(statement("SELECT 1"), [], { until: at + BUDGET_MS }).then(
            () => {
              answered = time.now;
            },
            () => {
              refusedAt = Math.min(at, refusedAt ?? at);
            },
          );
          await time.pass(() => time.now >= next + pauseMs || answered > 0);
        }
        longest = Math.max(longest, answered - (refusedAt ?? answered));
        const closing = pool.close();
        let closed = false;
        void closing.then(() => {
          closed = true;
        });
        await time.pass(() => closed);
      }),
      { numRuns: 100 },
    );
  } finally {
    time.end();
  }
  assert.ok(longest <= 1_000 * READER_SECONDS, `refused for ${longest} ms`);
  t.diagnostic(`refused for ${longest} ms at most`);
});

type Behaviour = Pick<World, "stall" | "takesMs" | "accepts" | "reached">;

/** What is between the pools and the database. */
class Network {
  readonly #world: Behaviour;
  readonly #now: () => number;
  began = 0;
  ended: number | undefined;
  /** Statements of the answer. */
  sent = 0;

  constructor(world: Behaviour, now: () => number) {
    this.#world = world;
    this.#now = now;
  }

  begin(): void {
    this.began = this.#now();
  }

  get #stalled(): boolean {
    const [from, to] = this.#world.stall;
    return this.#now() >= from && this.#now() < to;
  }

  /** As pg does: what is not answered is given up after a while. */
  ask(rows: Row[], mayStall = true, ms = silenceMs(STATEMENT_MS)): Promise<{ rows: Row[] }> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error("Query read timeout")), ms);
      const arrive = () => {
        if (mayStall && this.#stalled) return void setTimeout(arrive, STEP_MS);
        clearTimeout(timer);
        resolve({ rows });
      };
      setTimeout(arrive, this.#world.takesMs);
    });
  }

  /** @param mayStall whether it leads to what stands still */
  client(mayStall = true): pg.Client {
    const network = this;
    const { accepts, reached } = this.#world;
    class Client extends EventEmitter {
      readonly connection = { stream: { cork() {}, uncork() {}, destroy: () => this.emit("end") } };
      connect(): Promise<void> {
        return mayStall && network.#stalled && !accepts ? new Promise(() => {}) : Promise.resolve();
      }
      async end(): Promise<void> {
        this.emit("end");
      }
      query({ text, values, query_timeout }: { text: string; values: unknown[]; query_timeout?: number }) {
        if (values[0] === "mine") network.sent++;
        return network.ask(
          text.includes("catalog_position") ? [[reached]] : [["row"]],
          mayStall,
          query_timeout,
        );
      }
    }
    return new Client() as unknown as pg.Client;
  }
}

/** Asks as a page does: one statement after the other, and goes on with what was known where one of them fails. */
function play({ others, replicated, slow }: World, network: Network) {
  const pool = (connections: number, depth: number) =>
    new ReadPool({
      connections,
      depth,
      hosts: ["reader"],
      connect: async () => network.client(),
      log: { warn: () => {} },
    });
  const [points, searches] = [pool(4, 16), pool(2, 1)];
  const sessions = new Sessions({
    points,
    searches,
    writer: {
      query: async () => (await network.ask([[1]])).rows,
      read: async () => {
        network.sent++;
        return (await network.ask([["row"]])).rows;
      },
    },
    replicated,
    freshness: new Freshness(60_000),
  });
  const missed = () => new DatabaseUnavailable("too late");
  const SELECT = statement("SELECT 1");
  const answer = async () => {
    await points.ready;
    network.begin();
    for (let i = 0; i < others; i++) searches.query(SELECT, ["another's"]).catch(() => {});
    const session = sessions.open({ epoch: 0, client: "", deadline: new Deadline(BUDGET_MS, missed) });
    for (const each of slow) await session.read(SELECT, ["mine"], { slow: each }).catch(() => {});
  };
  return {
    answered: answer(),
    close: () => Promise.all([points.close(), searches.close()]),
  };
}
