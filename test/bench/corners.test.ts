import assert from "node:assert/strict";
import { test } from "node:test";
import { Random } from "../../api/dev/catalogue/random.ts";
import { API_KEY, type Corners, startCorners } from "../../bench/corners/catalogue.ts";
import { hostileRequests } from "../../bench/corners/hostile.ts";
import { describePlan } from "../../bench/corners/plans.ts";
import { type CornerRequest, nextPage, requests } from "../../bench/corners/requests.ts";
import { readValues } from "../../bench/corners/values.ts";

const REQUESTS = 300;
/** One with the worst of thousands of requests of several seeds: many brands, a price, and another order. */
const SEED = 103;
/** One list in so many is followed to its second page. */
const PAGED = 4;
/** Requests that are made to be slow: some of each kind. */
const HOSTILE = 114;
const ATTEMPTS = 10;
/** What may be read, whatever is asked for and however large the catalogue is. */
const MOST = {
  /** By one statement. */
  rows: 30_000,
  /** Entries that its bitmaps are made of, which a LIMIT does not bound: see api/test/properties/entries.test.ts. Fifty cost as much as a row. */
  entries: 60_000,
  /** By all statements of a request together. */
  "rows in all": 32_000,
};

interface Read {
  what: keyof typeof MOST;
  count: number;
  path: string;
  details: string;
}

/** Asks, and notes what is read most for it. */
async function read({ app, plans }: Corners, path: string, options: object = {}) {
  const ask = () => {
    plans.take();
    return app.inject({ url: path, headers: { "x-api-key": API_KEY }, ...options });
  };
  let answer = await ask();
  // On a busy machine, what has waited for two seconds is refused.
  for (let attempt = 1; answer.statusCode === 503 && attempt < ATTEMPTS; attempt++) answer = await ask();
  assert.ok(answer.statusCode < 500, `${path} answered ${answer.statusCode}`);
  const executed = plans.take();
  const reads: Read[] = executed.flatMap(({ rows, entries, text, plan }) => {
    const details = `${text}\n${describePlan(plan)}`;
    return [
      { what: "rows", count: rows, path, details },
      { what: "entries", count: entries, path, details },
    ];
  });
  const all = executed.reduce((sum, { rows }) => sum + rows, 0);
  reads.push({ what: "rows in all", count: all, path, details: `${executed.length} statements` });
  return { answer, reads };
}

for (const products of [25_000, 100_000]) {
  test(`of ${products.toLocaleString("en")} products no read and no sale reads more than a bound`, async () => {
    const corners = await startCorners(products);
    const { app, client, plans, stop } = corners;
    try {
      const seen: Read[] = [];
      let answered = 0;
      const ask = async ({ path }: CornerRequest): Promise<string> => {
        const { answer, reads } = await read(corners, path);
        if (answer.statusCode === 200) answered++;
        seen.push(...reads);
        return answer.body;
      };
      const values = await readValues(client, SEED);
      const random = requests((await app.inject("/openapi.json")).json(), values, SEED);
      const hostile = hostileRequests(new Random(SEED), values, app.catalog().cursors);
      await plans.start(client);
      for (let number = 0; number < REQUESTS; number++) {
        const request = random.next().value!;
        const next = nextPage(request, await ask(request));
        if (next && number % PAGED === 0) await ask(next);
      }
      for (let number = 0; number < HOSTILE; number++) await ask(hostile.next().value!);
      // What is refused reads nothing, and proves nothing.
      assert.ok(answered > 0.8 * (REQUESTS + HOSTILE), `only ${answered} requests were answered with 200`);
      const repriced = await reprice(corners);
      seen.push(...repriced.filter(({ what }) => what !== "rows in all"));
      for (const [what, most] of Object.entries(MOST)) {
        const worst = seen
          .filter((each) => each.what === what)
          .reduce((worst, each) => (each.count > worst.count ? each : worst));
        assert.ok(worst.count <= most, `${worst.path} reads ${worst.count} ${what}:\n${worst.details}`);
      }
    } finally {
      await stop();
    }
  });
}

/** A sale begins: a thousand prices at once. */
async function reprice(corners: Corners): Promise<Read[]> {
  const { rows } = await corners.client.query<{ sku: string; price: number }>(
    "SELECT sku, (prices ->> 'EUR')::int + 1 AS price FROM variants ORDER BY md5(sku) LIMIT 1000",
  );
  const { answer, reads } = await read(corners, "/v1/products:bulk", {
    method: "PUT",
    payload: { rows: rows.map(({ sku, price }) => ({ sku, prices: { EUR: price } })) },
  });
  assert.equal(answer.json().updated, rows.length, answer.body.slice(0, 300));
  return reads;
}
