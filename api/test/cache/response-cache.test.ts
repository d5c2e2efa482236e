import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Freshness } from "../../src/cache/freshness.ts";
import { type Loaded, ResponseCache } from "../../src/cache/response-cache.ts";

function cache(maxBytes = 1_000_000): { responses: ResponseCache; freshness: Freshness } {
  const freshness = new Freshness(60_000);
  const staleMs = (error: unknown) =>
    ({ away: Number.POSITIVE_INFINITY, busy: 300_000 })[(error as Error).message] ?? 0;
  const responses = new ResponseCache({ maxBytes, freshness, staleMs });
  freshness.listening();
  return { responses, freshness };
}
const response = (body: string, tags: string[] = ["any"]): Loaded => ({
  body: Buffer.from(body),
  etag: `"${body}"`,
  location: "/x",
  headers: {},
  tags,
});
const text = async (got: ReturnType<ResponseCache["get"]>): Promise<string> => {
  const { response, outcome } = await got;
  return `${outcome} ${response.body}`;
};

test("one load for all who ask meanwhile, and none for those who ask later", async () => {
  const { responses } = cache();
  let loads = 0;
  const load = async () => {
    loads++;
    await new Promise((resolve) => setTimeout(resolve, 10));
    return response("a");
  };
  const got = await Promise.all(Array.from({ length: 200 }, () => text(responses.get("k", [], load))));
  assert.equal(loads, 1);
  assert.deepEqual(got.slice(0, 2), ["miss a", "joined a"]);
  assert.equal(await text(responses.get("k", [], load)), "hit a");
});

test("what is kept has memory of its own, and no slab of Node's", async () => {
  const { responses } = cache();
  const { response: kept } = await responses.get("k", [], async () => response("small"));
  assert.equal(kept.body.buffer.byteLength, kept.body.length);
});

test("a write drops what bears its tags, and nothing else", async () => {
  const { responses, freshness } = cache();
  await responses.get("p1", ["p:1"], async () => response("1", ["p:1"]));
  await responses.get("p2", ["p:2"], async () => response("2", ["p:2"]));
  await responses.get("list", ["any"], async () => response("l"));
  freshness.changed(["p:1", "c:x"]);
  assert.equal(responses.lookup("p1"), undefined);
  assert.ok(responses.lookup("p2"));
  assert.equal(responses.lookup("list"), undefined);
  freshness.changed(["*"]);
  assert.equal(responses.lookup("p2"), undefined);
});

test("a load that began before a write is neither kept as fresh nor joined by who comes after it", async () => {
  const { responses, freshness } = cache();
  const old = Promise.withResolvers<Loaded>();
  const first = responses.get("k", ["p:1"], () => old.promise);
  freshness.changed(["p:1"]);
  const second = text(responses.get("k", ["p:1"], async () => response("new", ["p:1"])));
  assert.equal(await second, "miss new");
  old.resolve(response("old", ["p:1"]));
  assert.equal(await text(first), "miss old");
  assert.equal(await text(responses.get("k", ["p:1"], async () => response("newer", ["p:1"]))), "hit new");
});

test("what was known is served while the database is away, and only then", async () => {
  const { responses, freshness } = cache();
  await responses.get("k", [], async () => response("known"));
  freshness.changed(["*"]);
  const failing = (message: string) => responses.get("k", [], async () => Promise.reject(new Error(message)));
  assert.equal(await text(failing("away")), "stale known");
  await assert.rejects(failing("not found"), /not found/);
  await assert.rejects(failing("away"), /away/, "it is not there any more: it must not come back");
});

test("nobody is trusted to have heard of everything for longer than 4 s, whatever kept this process from noticing", () => {
  let now = 0;
  const freshness = new Freshness(3_600_000, () => now);
  freshness.listening();
  const kept = freshness.stamp();
  const fresh = (at: number) => {
    now = at;
    return freshness.isFresh(kept, ["p:1"]);
  };
  assert.ok(fresh(3_999));
  assert.ok(!fresh(4_000), "it stood still, say, and no heartbeat has been answered since");
  freshness.heard(2_000);
  assert.ok(fresh(5_999) && !fresh(6_000));
  freshness.heard(6_000);
  assert.ok(
    fresh(6_001),
    "it has been told of all that has happened meanwhile, and of nothing that concerns this",
  );
  freshness.deaf();
  assert.ok(!fresh(6_001));
  const anew = freshness.stamp();
  assert.ok(freshness.isFresh(anew, []), "what was loaded just now holds for half a second");
  now += 500;
  assert.ok(!freshness.isFresh(anew, []));
  freshness.listening();
  assert.ok(!freshness.isFresh(anew, ["p:1"]), "what was missed is not known");
});

test("what nobody tells of is right for as long as it may be kept", async (t) => {
  const { responses, freshness } = cache();
  let now = performance.now();
  t.mock.method(performance, "now", () => now);
  await responses.get("k", [], async () => response("a"));
  const loaded = now;
  for (const [ms, fresh] of [
    [59_999, true],
    [60_000, false],
  ] as const) {
    now = loaded + ms;
    freshness.heard(now);
    assert.equal(responses.lookup("k") !== undefined, fresh, `after ${ms} ms`);
  }
});

test("a load is told which changes it must have seen: those of its tags, and no others", async () => {
  const { responses, freshness } = cache();
  const seen: number[] = [];
  const load = async (epoch: number) => {
    seen.push(epoch);
    return response("a", ["p:1"]);
  };
  await responses.get("k", ["p:1"], load);
  const before = freshness.epoch;
  freshness.changed(["p:1"]);
  await responses.get("k", ["p:1"], load);
  await responses.get("other", ["p:2"], load);
  assert.deepEqual(seen, [before, before + 1, before]);
});

test("what is behind is served as stale and not kept", async () => {
  const { responses } = cache();
  const behind = async () => ({ ...response("behind"), behind: true });
  assert.equal(await text(responses.get("k", [], behind)), "stale behind");
  assert.equal(responses.lookup("k"), undefined);
  assert.equal(responses.lastKnown("k", Number.POSITIVE_INFINITY), undefined);
});

test("a product never goes backwards over all its addresses, whatever the readers have", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ address: fc.constantFrom("a", "b", "c"), write: fc.boolean(), lag: fc.nat(3) }), {
        maxLength: 20,
      }),
      async (steps) => {
        const { responses } = cache();
        let current = 1;
        let served = 0;
        for (const { address, write, lag } of steps) {
          if (write) current++;
          let reader = Math.max(1, current - lag);
          const { response: got } = await responses.get(address, [], async () => {
            const version = reader;
            reader = current; // asked again, it is the writer that answers
            return { ...response(String(version), ["p:1"]), product: { id: 1, version } };
          });
          assert.ok(Number(got.body) >= served, `${got.body} after ${served}`);
          served = Number(got.body);
        }
      },
    ),
  );
});

test("what is known is served for long while the database is away, and for five minutes while it is busy", async (t) => {
  const { responses, freshness } = cache();
  await responses.get("k", [], async () => response("a"));
  freshness.changed(["*"]);
  const loaded = performance.now();
  let now = loaded;
  t.mock.method(performance, "now", () => now);
  const failing = (message: string) => responses.get("k", [], () => Promise.reject(new Error(message)));
  for (const [seconds, known] of [
    [0, true],
    [299, true],
    [301, false],
    [86_400, false],
  ] as const) {
    now = loaded + seconds * 1_000;
    assert.equal(await text(failing("away")), "stale a");
    if (known) assert.equal(await text(failing("busy")), "stale a");
    else await assert.rejects(failing("busy"), /busy/);
    assert.equal(responses.lastKnown("k", 300_000) !== undefined, known);
  }
  await assert.rejects(failing("gone"), /gone/);
  assert.equal(responses.lastKnown("k", Number.POSITIVE_INFINITY), undefined);
});

test("what ends by itself, as a sale does, ends on a busy task too; while the database is away it is better than nothing", async (t) => {
  const { responses, freshness } = cache();
  const boundary = 1_800_000_000_000;
  t.mock.timers.enable({ apis: ["Date"], now: boundary - 1 });
  await responses.get("k", [], async () => ({ ...response("sale"), until: boundary }));
  freshness.changed(["*"]);
  const failing = (message: string) => responses.get("k", [], () => Promise.reject(new Error(message)));
  assert.equal(await text(failing("busy")), "stale sale");
  assert.ok(responses.lastKnown("k", 300_000));
  t.mock.timers.setTime(boundary);
  await assert.rejects(failing("busy"), /busy/);
  assert.equal(responses.lastKnown("k", 300_000), undefined);
  assert.equal(await text(failing("away")), "stale sale");
});

test("the cache stays within its bytes", async () => {
  const { responses } = cache(100_000);
  for (let i = 0; i < 100; i++) await responses.get(`k${i}`, [], async () => response("x".repeat(5_000)));
  assert.ok(responses.bytes > 50_000 && responses.bytes <= 100_000);
  assert.equal(responses.lookup("k0"), undefined);
  assert.ok(responses.lookup("k99"));
});

test("with no bytes nothing is kept, and flights are still shared", async () => {
  const { responses } = cache(0);
  const load = async () => response("a");
  const got = await Promise.all([text(responses.get("k", [], load)), text(responses.get("k", [], load))]);
  assert.deepEqual(got, ["miss a", "joined a"]);
  assert.equal(await text(responses.get("k", [], load)), "miss a");
});
