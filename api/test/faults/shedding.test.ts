import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { PostgresServer } from "../../../local/postgres/server.ts";
import { until } from "../../../test/support/until.ts";
import { unique } from "../support/api.ts";
import { assertProblem, Fleet, load, type Reply, type Task } from "../support/tasks.ts";

const fleet = new Fleet();
let server: PostgresServer;

before(async () => {
  ({ server } = await fleet.filled());
});
after(() => fleet.stop());

const LIMIT = 5;
/** A costly request that no cache has the answer of. */
const search = (task: Task, forwarded?: string): Promise<Reply> =>
  task.send(`/v1/suggest?q=${unique()}`, { headers: forwarded ? { "x-forwarded-for": forwarded } : {} });

async function spend(task: Task, forwarded: (i: number) => string | undefined): Promise<number[]> {
  const statuses = [];
  for (let i = 0; i < LIMIT + 3; i++) {
    const reply = await search(task, forwarded(i));
    if (reply.status !== 200) {
      assertProblem(reply, "beyond the limit", 429);
      assert.equal(reply.json.type, "/problems/too-many-requests");
    }
    statuses.push(reply.status);
  }
  return statuses;
}
const LIMITED = [...Array(LIMIT).fill(200), 429, 429, 429];
const FREE = Array(LIMIT + 3).fill(200);

test("what one client may ask of a costly route is limited; X-Forwarded-For of somebody unknown is not believed", async () => {
  const untrusting = await fleet.healthy(server, { RATE_LIMIT_PER_MINUTE: String(LIMIT) });
  assert.deepEqual(await spend(untrusting, (i) => `203.0.113.${i}`), LIMITED);
  assert.equal((await untrusting.send(`/v1/products?brand=${unique()}`)).status, 200, "no costly route");
  untrusting.child.kill("SIGKILL");
  const elsewhere = await fleet.healthy(server, {
    RATE_LIMIT_PER_MINUTE: String(LIMIT),
    TRUST_PROXY: "10.0.0.0/8,fd00::/8",
  });
  assert.deepEqual(await spend(elsewhere, (i) => `203.0.113.${i}, 198.51.100.1`), LIMITED);
  elsewhere.child.kill("SIGKILL");
});

test("what has to be looked through counts by whatever name it is asked for; what an index has does not", async () => {
  const task = await fleet.healthy(server, {
    RATE_LIMIT_PER_MINUTE: "1",
    TRUST_PROXY: "127.0.0.1",
    TRUST_PROXY_HOPS: "1",
  });
  const filters = [
    "brand=a",
    "minPrice=1",
    "availability=in_stock",
    "attribute=size:L",
    "q=word",
    "sort=price",
    "facets=true",
  ];
  /** What an index has in order: a category or a brand alone, with prices where the order is theirs. */
  const indexed = (chosen: string[], sort: boolean) =>
    chosen.every((each) => each === "brand=a" || each === "sort=price" || (sort && each === "minPrice=1"));
  for (let choice = 0; choice < 2 ** filters.length; choice++) {
    const chosen = filters.filter((_, i) => choice & (2 ** i));
    const client = `2001:db8:0:${choice.toString(16)}`;
    const ask = async (number: number) =>
      (
        await task.send(`/v1/products?${[...chosen, `limit=${number}`].join("&")}`, {
          // Every address of a network is the same client.
          headers: { "x-forwarded-for": `${client}::${number}` },
        })
      ).status;
    const statuses = [await ask(1), await ask(2)];
    const costly = !indexed(chosen, chosen.includes("sort=price"));
    assert.deepEqual(statuses, [200, costly ? 429 : 200], chosen.join("&"));
  }
  task.child.kill("SIGKILL");
});

test("behind the balancer and the CDN each viewer counts for itself; what a viewer writes in front does not count", async () => {
  const task = await fleet.healthy(server, {
    RATE_LIMIT_PER_MINUTE: String(LIMIT),
    TRUST_PROXY: "10.0.0.0/8,127.0.0.0/8",
  });
  assert.deepEqual(await spend(task, (i) => `203.0.113.${i}, 198.51.100.1`), FREE, "eight viewers");
  assert.deepEqual(
    await spend(task, (i) => `203.0.113.99, 198.51.100.${i}`),
    LIMITED,
    "one viewer over eight edges",
  );
  assert.deepEqual(
    await spend(task, (i) => `192.0.2.${i}, 10.0.0.${i}, 203.0.113.99, 198.51.100.1`),
    Array(LIMIT + 3).fill(429),
    "the same viewer, who writes addresses in front",
  );
  assert.deepEqual(
    await spend(task, (i) => `${i}, junk", 2001:db8::1, 198.51.100.1`),
    LIMITED,
    "IPv6 viewer, junk in front",
  );
  task.child.kill("SIGKILL");
});

test("with one proxy in front the address that it has added counts", async () => {
  const task = await fleet.healthy(server, {
    RATE_LIMIT_PER_MINUTE: String(LIMIT),
    TRUST_PROXY: "127.0.0.1",
    TRUST_PROXY_HOPS: "1",
  });
  assert.deepEqual(await spend(task, (i) => `192.0.2.${i}, 203.0.113.7`), LIMITED);
  assert.deepEqual(await spend(task, (i) => `203.0.113.${100 + i}`), FREE);
  task.child.kill("SIGKILL");
});

test("a busy task refuses what it would have to work for, goes on with what it knows, and recovers by itself", async () => {
  const task = await fleet.healthy(server, {
    MAX_EVENT_LOOP_UTILIZATION: "0.3",
    CACHE_TTL_SECONDS: "1",
    RATE_LIMIT_PER_MINUTE: "0",
  });
  const cold = () => task.send(`/v1/products?brand=${unique()}`);
  const known = ["/v1/products", "/v1/products/product-0"];
  await until(async () => (await cold()).status === 200);
  for (const path of known) await until(async () => (await task.send(path)).status === 200);
  // Known answers keep it busy; they expire meanwhile, and are served all the same.
  const outcomes = new Set<string>();
  await using busy = load(16, async (i) => {
    const { status, headers, body } = await task.send(known[i % known.length]!);
    assert.equal(status, 200, body);
    outcomes.add(String(headers["cache-status"]));
  });
  let refused: Reply | undefined;
  await busy.until(async () => {
    const reply = await cold();
    if (reply.status !== 200) refused = reply;
    return refused !== undefined && [...outcomes].some((outcome) => outcome.endsWith("stale"));
  });
  assertProblem(refused!, "under pressure", 503);
  assert.equal(refused!.json.type, "/problems/overloaded");
  assert.equal(
    (await task.send("/health")).status,
    200,
    "the balancer must not take a busy task for a broken one",
  );
  await busy.stop();
  await until(async () => (await cold()).status === 200);
  assert.match(String((await task.send(known[0]!)).headers["cache-status"]), /hit$|stored$/);
});
