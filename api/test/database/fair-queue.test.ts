import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { FairQueue, type Waiting } from "../../src/database/fair-queue.ts";

const CONNECTIONS = 2;

interface Job extends Waiting {
  ms: number;
}

interface Client {
  name: string;
  /** How long each of its statements takes. */
  ms: number;
  /** Statements that it has open at once: each is sent anew when it was answered. */
  open: number;
  /** How long after an answer it sends the next. @default 0 */
  thinks?: number;
}

/** Plays a pool of connections, millisecond by millisecond. @returns what was answered, with how long it waited. */
function play(clients: Client[], forMs: number) {
  let now = 0;
  const queue = new FairQueue<Job>({ length: 2_000, now: () => now });
  const answered: (Job & { waited: number })[] = [];
  const running: { until: number; end: () => void; job: Job }[] = [];
  const sends: { at: number; client: Client }[] = clients.flatMap((client) =>
    Array.from({ length: client.open }, () => ({ at: 0, client })),
  );
  const fill = () => {
    while (running.length < CONNECTIONS) {
      const job = queue.shift(CONNECTIONS - running.length);
      if (!job) return;
      running.push({ until: now + job.ms, end: queue.begin(job), job });
      answered.push({ ...job, waited: now - job.queuedAt });
    }
  };
  for (; now < forMs; now++) {
    for (const run of running.filter(({ until }) => until <= now)) {
      running.splice(running.indexOf(run), 1);
      run.end();
      const client = clients.find(({ name }) => name === run.job.client)!;
      sends.push({ at: now + (client.thinks ?? 0), client });
    }
    for (const send of sends.filter(({ at }) => at <= now)) {
      sends.splice(sends.indexOf(send), 1);
      queue.push({
        client: send.client.name,
        kind: `of ${send.client.ms} ms`,
        queuedAt: now,
        ms: send.client.ms,
      });
    }
    fill();
  }
  return answered;
}

const attackers = (count: number, ms: number): Client[] =>
  Array.from({ length: count }, (_, i) => ({ name: `attacker ${i}`, ms, open: 1 }));

for (const [what, attack] of [
  ["fifty clients", attackers(50, 200)],
  ["one client over fifty connections", [{ name: "attacker", ms: 200, open: 50 }]],
] as const) {
  test(`${what} that send nothing but what is costly leave a connection to a light one`, () => {
    const light: Client = { name: "light", ms: 10, open: 1, thinks: 990 };
    const answered = play([...attack, light], 120_000);
    const waits = answered.filter(({ client }) => client === "light").map(({ waited }) => waited);
    assert.ok(waits.length > 100, `the light client was answered ${waits.length} times`);
    // Until it is known what their kind costs, it waits for one statement at most that is being answered.
    assert.ok(Math.max(...waits) <= 200, `it waited for ${Math.max(...waits)} ms`);
    const later = answered.filter(({ client, queuedAt }) => client === "light" && queuedAt > 1_000);
    assert.deepEqual(new Set(later.map(({ waited }) => waited)), new Set([0]));
    const heavy = answered.filter(({ client }) => client !== "light");
    assert.ok(heavy.length >= 0.95 * (120_000 / 200), "the other connection is all theirs");
  });
}

test("a client that is alone has all connections", () => {
  const answered = play([{ name: "only", ms: 100, open: 10 }], 60_000);
  assert.ok(answered.length >= (CONNECTIONS * 60_000) / (100 + 1) - 10, `${answered.length} answers`);
});

test("clients that all ask for as much share evenly what is not kept free for a lighter one", () => {
  const answered = play(
    Array.from({ length: 8 }, (_, i) => ({ name: `client ${i}`, ms: 40 + i, open: 3 })),
    60_000,
  );
  const busy = answered.reduce((sum, { ms }) => sum + ms, 0);
  assert.ok(busy > 0.99 * (CONNECTIONS - 1) * 60_000, `the connections were busy for ${busy} ms`);
  const used = [...Map.groupBy(answered, ({ client }) => client).values()].map((own) =>
    own.reduce((sum, { ms }) => sum + ms, 0),
  );
  assert.ok(Math.max(...used) < 1.1 * Math.min(...used), `they used ${used}`);
});

test("the task's own statements are never held back, and make nobody else wait who is alone", () => {
  const own: Client = { name: "", ms: 300, open: 1, thinks: 700 };
  const answered = play([{ name: "only", ms: 100, open: 10 }, own], 60_000);
  const waits = answered.filter(({ client }) => client === "").map(({ waited }) => waited);
  assert.ok(waits.length > 40);
  assert.ok(Math.max(...waits) <= 100, `the task waited for ${Math.max(...waits)} ms`);
  const busy = answered.reduce((sum, { ms }) => sum + ms, 0);
  assert.ok(busy > 0.97 * CONNECTIONS * 60_000, `the connections were busy for ${busy} ms`);
});

test("whatever is pushed leaves once, each client's own in its order", () => {
  const action = fc.oneof(
    { weight: 4, arbitrary: fc.record({ push: fc.constantFrom("", "a", "b", "c") }) },
    { weight: 2, arbitrary: fc.constant("shift" as const) },
    { weight: 1, arbitrary: fc.constant("expire" as const) },
    { weight: 2, arbitrary: fc.record({ pass: fc.integer({ min: 0, max: 5_000 }) }) },
  );
  fc.assert(
    fc.property(fc.array(action, { maxLength: 200 }), fc.integer({ min: 1, max: 20 }), (actions, length) => {
      let now = 0;
      const queue = new FairQueue<Job>({ length, now: () => now });
      const left: Job[] = [];
      let pushed = 0;
      for (const each of actions) {
        if (each === "expire") left.push(...queue.takeBefore(now - 2_000));
        else if (each === "shift") {
          const job = queue.shift(1);
          if (!job) continue;
          const end = queue.begin(job);
          now += 400;
          end();
          left.push(job);
        } else if ("pass" in each) now += each.pass;
        else {
          const refused = queue.push({ client: each.push, kind: "", queuedAt: now, ms: pushed++ });
          if (refused) left.push(refused);
          assert.ok(queue.length <= length);
        }
      }
      assert.equal(left.length + queue.length, pushed);
      left.push(...queue.takeBefore(Number.POSITIVE_INFINITY));
      assert.equal(queue.length, 0);
      assert.deepEqual(
        left.map(({ ms }) => ms).toSorted((a, b) => a - b),
        Array.from({ length: pushed }, (_, i) => i),
      );
    }),
  );
});

test("where too many wait, the last of the longest line leaves, and not whoever comes", () => {
  const queue = new FairQueue<Job>({ length: 3 });
  const push = (client: string, ms: number) => queue.push({ client, kind: "", queuedAt: 0, ms });
  assert.equal(push("one", 1), undefined);
  for (const ms of [2, 3]) assert.equal(push("many", ms), undefined);
  assert.equal(push("another", 4)?.ms, 3);
  assert.equal(push("many", 5)?.ms, 5);
});
