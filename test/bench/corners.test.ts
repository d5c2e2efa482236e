import assert from "node:assert/strict";
import { test } from "node:test";
import { API_KEY, startCorners } from "../../bench/corners/catalogue.ts";
import { describePlan } from "../../bench/corners/plans.ts";
import { type CornerRequest, nextPage, requests } from "../../bench/corners/requests.ts";
import { readValues } from "../../bench/corners/values.ts";

const REQUESTS = 400;
/** One with the worst of thousands of requests of several seeds: many brands, a price, and another order. */
const SEED = 103;
/** One list in so many is followed to its second page. */
const PAGED = 4;
/** Rows that one statement may read, whatever is asked for and however large the catalogue is. */
const MOST_ROWS = 30_000;
/** Entries that its bitmaps are made of, which a LIMIT does not bound: see api/test/properties/entries.test.ts. */
const MOST_ENTRIES = 36_000;

for (const products of [25_000, 100_000]) {
  test(`of ${products.toLocaleString("en")} products no statement of a read or of a sale reads more than ${MOST_ROWS.toLocaleString("en")} rows or ${MOST_ENTRIES.toLocaleString("en")} entries of bitmaps`, async () => {
    const { app, client, plans, stop } = await startCorners(products);
    try {
      const document = (await app.inject("/openapi.json")).json();
      const corners = requests(document, await readValues(client, SEED), SEED);
      await plans.start(client);
      plans.take();
      const seen: { rows: number; entries: number; path: string; text: string; plan: string }[] = [];
      let answered = 0;
      const ask = async ({ path }: CornerRequest): Promise<string> => {
        const { statusCode, body } = await app.inject(path);
        if (statusCode === 200) answered++;
        assert.ok(statusCode < 500, `${path} answered ${statusCode}`);
        for (const { text, plan, ...read } of plans.take())
          seen.push({ ...read, path, text, plan: describePlan(plan) });
        return body;
      };
      for (let number = 0; number < REQUESTS; number++) {
        const request = corners.next().value!;
        const next = nextPage(request, await ask(request));
        if (next && number % PAGED === 0) await ask(next);
      }
      // A sale begins: a thousand prices at once.
      const { rows: variants } = await client.query(
        "SELECT sku, (prices ->> 'EUR')::int + 1 AS price FROM variants ORDER BY md5(sku) LIMIT 1000",
      );
      plans.take();
      const repriced = await app.inject({
        method: "PUT",
        url: "/v1/products:bulk",
        headers: { "x-api-key": API_KEY },
        payload: { rows: variants.map(({ sku, price }) => ({ sku, prices: { EUR: price } })) },
      });
      assert.equal(repriced.json().updated, variants.length, repriced.body.slice(0, 300));
      for (const { text, plan, ...read } of plans.take())
        seen.push({ ...read, path: "a batch of prices", text, plan: describePlan(plan) });
      // What is refused reads nothing, and proves nothing.
      assert.ok(answered > 0.8 * REQUESTS, `only ${answered} of ${REQUESTS} requests were answered with 200`);
      for (const [what, most] of [
        ["rows", MOST_ROWS],
        ["entries", MOST_ENTRIES],
      ] as const) {
        const worst = seen.reduce((worst, each) => (each[what] > worst[what] ? each : worst));
        assert.ok(
          worst[what] <= most,
          `${worst.path} reads ${worst[what]} ${what}:\n${worst.text}\n${worst.plan}`,
        );
      }
    } finally {
      await stop();
    }
  });
}
