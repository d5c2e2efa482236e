import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { test } from "node:test";
import fc from "fast-check";
import type pg from "pg";
import { Freshness, type Stamp } from "../../src/cache/freshness.ts";
import { Listener } from "../../src/database/listener.ts";
import { MockTime, STEP_MS } from "../support/mock-time.ts";

/**
 * The connection for notifications hangs, fails, is cut or refused, in any order; time is told, not waited for. What must hold: of no
 * change is what was there before it taken for fresh four seconds later, heard of or not; and afterwards one connection listens.
 */

const TRUSTED_MS = 4_000;
/** Long enough for whatever it waits for, and its pauses. */
const BACK_MS = 15_000;

const ACTS = [
  "change",
  "cut",
  "mend",
  "pause",
  "hold",
  "drip",
  "resume",
  "silence",
  "fail",
  "close",
  "open",
] as const;
type Act = (typeof ACTS)[number];

interface Step {
  act: Act;
  ms: number;
}

const histories = fc.array(
  fc.record<Step>({
    act: fc.oneof({ weight: 2, arbitrary: fc.constant<Act>("change") }, fc.constantFrom(...ACTS)),
    ms: fc.oneof(fc.nat(300), fc.nat(5_000)),
  }),
  { maxLength: 25 },
);

/** A change after a heartbeat has been answered, while its answer is on its way. */
const HEARD_LATE: Step[] = [
  { act: "mend", ms: 300 },
  { act: "hold", ms: 2_100 },
  { act: "change", ms: 1_300 },
  { act: "drip", ms: 5_000 },
];

test("whatever happens to its connection, nothing is trusted for longer than four seconds after a change, and it listens again", async (t) => {
  const time = new MockTime(t, 2_000);
  try {
    await fc.assert(
      fc.asyncProperty(histories, async (history) => {
        time.now = 0;
        const server = new Server();
        const freshness = new Freshness(3_600_000, () => time.now);
        let listening = false;
        const turn = (to: boolean) => {
          assert.notEqual(listening, to, "it says twice that it listens, or that it does not");
          listening = to;
        };
        const listener = new Listener({
          connect: async () => server.client(),
          onListening: () => {
            turn(true);
            freshness.listening();
          },
          onHeard: (until) => freshness.heard(until),
          onGap: () => {
            turn(false);
            freshness.deaf();
          },
          onTags: (tags) => freshness.changed(tags),
        });
        const changes: { stamp: Stamp; tag: string }[] = [];
        const wait = async (ms: number, done = () => false) => {
          const until = time.now + ms;
          await time.pass(() => {
            for (const { stamp, tag } of changes) {
              const age = time.now - stamp.at;
              if (age > TRUSTED_MS + STEP_MS)
                assert.ok(!freshness.isFresh(stamp, [tag]), `trusted ${age} ms after a change`);
            }
            return time.now >= until || done();
          });
        };
        const change = () => {
          const tag = `p:${changes.length}`;
          changes.push({ stamp: freshness.stamp(), tag });
          server.notify(tag);
        };
        for (const { act, ms } of history) {
          if (act === "change") change();
          else server.suffer(act);
          await wait(ms);
        }
        for (const act of ["mend", "resume", "open"] as const) server.suffer(act);
        await wait(BACK_MS);
        assert.ok(listener.listening && freshness.certain, "it does not listen any more");
        assert.equal(server.links.size, 1);
        change();
        await wait(STEP_MS);
        const { stamp, tag } = changes.at(-1)!;
        assert.ok(!freshness.isFresh(stamp, [tag]), "it does not hear of a change");
        let closed = false;
        void listener.close().then(() => {
          closed = true;
        });
        await wait(BACK_MS, () => closed);
        assert.ok(closed, "it does not end");
        assert.equal(server.links.size, 0);
      }),
      { numRuns: 100, examples: [[HEARD_LATE]] },
    );
  } finally {
    time.end();
  }
});

interface Link {
  client: EventEmitter;
  /** What is on its way to the server, and back, in order. */
  asked: (() => void)[];
  answered: (() => void)[];
  listens: boolean;
  /** Nothing passes any more, and neither end is told. */
  silent: boolean;
}

/** The writer, and the network to it. */
class Server {
  /** Connections that stand. */
  readonly links = new Set<Link>();
  #reachable = true;
  /** What passes: nothing, or only what is asked, and now and then an answer. */
  #stands: "pause" | "hold" | undefined;
  #isWriter = true;
  #failing = false;

  notify(payload: string): void {
    for (const link of this.links)
      if (link.listens) this.#pass(link, "answered", () => link.client.emit("notification", { payload }));
  }

  suffer(act: Exclude<Act, "change">): void {
    if (act === "cut" || act === "mend") this.#reachable = act === "mend";
    if (act === "cut") for (const link of this.links) this.#end(link);
    if (act === "pause" || act === "hold") this.#stands = act;
    if (act === "resume") this.#stands = undefined;
    for (const link of this.links) this.#move(link);
    if (act === "drip" && this.#stands === "hold")
      for (const link of this.links) if (!link.silent) link.answered.shift()?.();
    if (act === "silence") for (const link of this.links) link.silent = true;
    if (act === "fail") this.#failing = true;
    if (act === "close" || act === "open") this.#isWriter = act === "open";
  }

  client(): pg.Client {
    const client = new EventEmitter().setMaxListeners(0);
    const link: Link = { client, asked: [], answered: [], listens: false, silent: false };
    const end = () => this.#end(link);
    return Object.assign(client, {
      connection: { stream: { destroy: end } },
      connect: () => {
        if (!this.#reachable) return Promise.reject(new Error("ECONNREFUSED"));
        this.links.add(link);
        return this.#answer(link, () => {}, 5_000);
      },
      end: async () => end(),
      query: (question: string | { query_timeout: number }) => {
        if (question === "LISTEN catalog")
          return this.#answer(link, () => {
            link.listens = true;
          });
        const { query_timeout } = question as { query_timeout: number };
        return this.#answer(link, () => ({ rows: [{ writer: this.#isWriter }] }), query_timeout);
      },
    }) as unknown as pg.Client;
  }

  /** As pg does: what is not answered is given up after a while; it arrives all the same. */
  #answer<T>(link: Link, work: () => T, ms = 7_000): Promise<T> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error("timeout")), ms);
      link.client.once("end", () => reject(new Error("Connection terminated")));
      const respond = (then: () => void) =>
        this.#pass(link, "answered", () => {
          clearTimeout(late);
          then();
        });
      this.#pass(link, "asked", () => {
        if (this.#failing) respond(() => reject(new Error("terminating connection")));
        else {
          const answer = work();
          respond(() => resolve(answer));
        }
        this.#failing = false;
      });
    });
  }

  #pass(link: Link, way: "asked" | "answered", message: () => void): void {
    link[way].push(message);
    this.#move(link);
  }

  #move(link: Link): void {
    for (const way of ["asked", "answered"] as const)
      while (this.#passes(link, way) && link[way].length > 0) link[way].shift()!();
  }

  #passes(link: Link, way: "asked" | "answered"): boolean {
    const isHeld = this.#stands === "pause" || (this.#stands === "hold" && way === "answered");
    return this.links.has(link) && !link.silent && !isHeld;
  }

  #end(link: Link): void {
    if (this.links.delete(link)) link.client.emit("end");
  }
}
