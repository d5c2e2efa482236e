import assert from "node:assert/strict";
import { test } from "node:test";
import { type Loaded, ResponseCache } from "../src/cache/response-cache.ts";

const cache = (maxBytes = 1_000_000): ResponseCache => {
  const made = new ResponseCache({
    maxBytes,
    ttlMs: 60_000,
    mayServeStale: (error) => (error as Error).message === "away",
  });
  made.setCertain(true);
  return made;
};
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
  const responses = cache();
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

test("a write drops what bears its tags, and nothing else", async () => {
  const responses = cache();
  await responses.get("p1", ["p:1"], async () => response("1", ["p:1"]));
  await responses.get("p2", ["p:2"], async () => response("2", ["p:2"]));
  await responses.get("list", ["any"], async () => response("l"));
  responses.invalidate(["p:1", "c:x"]);
  assert.equal(responses.lookup("p1"), undefined);
  assert.ok(responses.lookup("p2"));
  assert.equal(responses.lookup("list"), undefined);
  responses.invalidate(["*"]);
  assert.equal(responses.lookup("p2"), undefined);
});

test("a load that began before a write is neither kept as fresh nor joined by who comes after it", async () => {
  const responses = cache();
  const old = Promise.withResolvers<Loaded>();
  const first = responses.get("k", ["p:1"], () => old.promise);
  responses.invalidate(["p:1"]);
  const second = text(responses.get("k", ["p:1"], async () => response("new", ["p:1"])));
  assert.equal(await second, "miss new");
  old.resolve(response("old", ["p:1"]));
  assert.equal(await text(first), "miss old");
  assert.equal(await text(responses.get("k", ["p:1"], async () => response("newer", ["p:1"]))), "hit new");
});

test("what was known is served while the database is away, and only then", async () => {
  const responses = cache();
  await responses.get("k", [], async () => response("known"));
  responses.invalidate(["*"]);
  const failing = (message: string) => responses.get("k", [], async () => Promise.reject(new Error(message)));
  assert.equal(await text(failing("away")), "stale known");
  await assert.rejects(failing("not found"), /not found/);
  await assert.rejects(failing("away"), /away/, "it is not there any more: it must not come back");
});

test("a load is told when a write was so recent that a replica may not have it", async () => {
  const responses = new ResponseCache({ maxBytes: 1_000, ttlMs: 60_000, mayServeStale: () => false });
  const seen: boolean[] = [];
  const load = async (fresh: boolean) => {
    seen.push(fresh);
    return response("a", ["p:1"]);
  };
  await responses.get("k", ["p:1"], load);
  responses.invalidate(["p:1"]);
  await responses.get("k", ["p:1"], load);
  await responses.get("other", ["p:2"], load);
  assert.deepEqual(seen, [false, true, false]);
});

test("the cache stays within its bytes", async () => {
  const responses = cache(100_000);
  for (let i = 0; i < 100; i++) await responses.get(`k${i}`, [], async () => response("x".repeat(5_000)));
  assert.ok(responses.bytes > 50_000 && responses.bytes <= 100_000);
  assert.equal(responses.lookup("k0"), undefined);
  assert.ok(responses.lookup("k99"));
});

test("with no bytes nothing is kept, and flights are still shared", async () => {
  const responses = cache(0);
  const load = async () => response("a");
  const got = await Promise.all([text(responses.get("k", [], load)), text(responses.get("k", [], load))]);
  assert.deepEqual(got, ["miss a", "joined a"]);
  assert.equal(await text(responses.get("k", [], load)), "miss a");
});
