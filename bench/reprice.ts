import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { command, integer, run } from "../cli/command.ts";
import { jsonOption } from "../cli/output.ts";
import { API_KEY, type Server, startApi } from "./api/contenders.ts";
import { cpuOf, cpuOfTree, describeMachine } from "./api/machine.ts";
import { BEHIND_BALANCER, type Seen, Shoppers } from "./api/shoppers.ts";
import { startCorners } from "./corners/catalogue.ts";
import { publish } from "./report.ts";

const ROOT = join(import.meta.dirname, "..");
/** The most that one request may hold. */
const BATCH = 1_000;
/** For 100,000 rows. */
const MOST_SECONDS = 60;
/** Batches are due evenly over so much of that time: the last must have its answer before the end. */
const SPREAD = 0.95;
const MOST_RATIO = 2;
/** Of each batch, so many products are asked for before it and as soon as it is answered. */
const LOOKED_AT = 3;

interface Row {
  sku: string;
  product: number;
  price: number;
}

/** What repricing took. */
interface Repriced {
  seconds: number;
  /** Of it, those in which a batch was being written. */
  writing: number;
  /** Milliseconds of CPU for each row, with what the readers cost meanwhile: PostgreSQL's, and the API's. */
  cpuMs: number;
  apiMs: number;
  /** Products that were asked for after their batch, and those of them that still cost what they did. */
  looked: number;
  stale: number;
}

interface Report extends Repriced {
  machine: string;
  products: number;
  rows: number;
  rate: number;
  atOnce: boolean;
  quiet: Seen;
  during: Seen;
}

const bench = command("npm run bench:reprice --", {
  1: `it took more than ${MOST_SECONDS} s for 100,000 rows, readers' p99 was more than ${MOST_RATIO} times what it was, or an answer was stale`,
})
  .description(
    "A sale begins: changes the price of many variants by batches, evenly over a minute for 100,000 or one right after the " +
      "other, while shoppers go on reading. Prints how long " +
      "it takes, what a row costs PostgreSQL, what the shoppers see before and meanwhile, and whether a changed product is seen " +
      "as changed at once. The report is also written to bench/results/reprice.md. Linux only: it reads /proc.",
  )
  .option("--products <n>", "size of the catalogue", integer(1_000, 10_000_000), 1_000_000)
  .option("--rows <n>", "prices that change", integer(BATCH, 1_000_000), 100_000)
  .option("--rate <n>", "requests a second of all shoppers", integer(1, 1_000), 50)
  .option("--at-once", "each batch as soon as the last is answered", false)
  .addOption(jsonOption)
  .action(async ({ products, rows, rate, atOnce, json }) => {
    await mkdir(join(ROOT, ".postgres"), { recursive: true, mode: 0o755 });
    const corners = await startCorners(products, join(ROOT, `.postgres/corners-${products}`));
    try {
      const changes = await chooseRows(corners.client, rows);
      const api = await startApi(corners.server, BEHIND_BALANCER);
      try {
        const shoppers = new Shoppers(api.url, products, rate);
        await shoppers.until(sleep(5_000));
        const quiet = await shoppers.until(sleep(30_000));
        const repricing = reprice(
          api,
          changes,
          corners.server.pid!,
          atOnce ? 0 : SPREAD * secondsFor(changes.length),
        );
        const [during, repriced] = await Promise.all([shoppers.until(repricing), repricing]);
        const machine = describeMachine();
        const asked = { products, rows: changes.length, rate, atOnce };
        const report: Report = { machine, ...asked, quiet, during, ...repriced };
        await publish("reprice", json, report, toMarkdown(report));
        if (!holds(report)) process.exitCode = 1;
      } finally {
        await api.stop();
      }
    } finally {
      await corners.stop();
    }
  });

/** What so many rows may take. */
const secondsFor = (rows: number): number => (MOST_SECONDS * rows) / 100_000;

const holds = ({ rows, seconds, quiet, during, stale }: Report): boolean =>
  seconds <= secondsFor(rows) && during.p99 <= MOST_RATIO * quiet.p99 && stale === 0;

/** Some at random, each a cent dearer than it is. */
async function chooseRows(client: pg.Client, count: number): Promise<Row[]> {
  const { rows } = await client.query<Row>(
    `SELECT sku, product_id::int AS product, (prices ->> 'EUR')::int + 1 AS price FROM variants ORDER BY md5(sku) LIMIT $1`,
    [count],
  );
  return rows;
}

/** @param seconds over which the batches are due evenly; 0: each as soon as the last is answered */
async function reprice(
  { url, pid }: Server,
  rows: readonly Row[],
  database: number,
  seconds: number,
): Promise<Repriced> {
  const began = { at: performance.now(), database: cpuOfTree(database), api: cpuOf(pid) };
  let [looked, stale, writing] = [0, 0, 0];
  for (let from = 0; from < rows.length; from += BATCH) {
    await sleep(Math.max(0, began.at + (1_000 * seconds * from) / rows.length - performance.now()));
    const batch = rows.slice(from, from + BATCH);
    const seen = batch.slice(0, LOOKED_AT);
    // So that the cache has what is going to be wrong.
    await Promise.all(seen.map(({ product }) => fetch(`${url}/v1/products/${product}`)));
    const sent = performance.now();
    const answer = await fetch(`${url}/v1/products:bulk`, {
      method: "PUT",
      headers: { "content-type": "application/x-ndjson", "x-api-key": API_KEY },
      body: batch.map(({ sku, price }) => `${JSON.stringify({ sku, prices: { EUR: price } })}\n`).join(""),
    });
    const { updated } = (await answer.json()) as { updated?: number };
    writing += performance.now() - sent;
    if (updated !== batch.length)
      throw new Error(`a batch of ${batch.length} answered ${answer.status}, and updated ${updated}`);
    for (const { product, sku, price } of seen) {
      looked++;
      if ((await priceOf(url, product, sku)) !== price) stale++;
    }
  }
  return {
    seconds: (performance.now() - began.at) / 1_000,
    writing: writing / 1_000,
    cpuMs: (cpuOfTree(database) - began.database) / 1_000 / rows.length,
    apiMs: (cpuOf(pid) - began.api) / 1_000 / rows.length,
    looked,
    stale,
  };
}

async function priceOf(url: string, product: number, sku: string): Promise<number | undefined> {
  const answer = await fetch(`${url}/v1/products/${product}`);
  const { variants } = (await answer.json()) as { variants?: { sku: string; prices: { EUR: number } }[] };
  return variants?.find((variant) => variant.sku === sku)?.prices.EUR;
}

function toMarkdown({
  machine,
  products,
  rows,
  rate,
  atOnce,
  seconds,
  writing,
  cpuMs,
  apiMs,
  quiet,
  during,
  looked,
  stale,
}: Report): string {
  const whole = (value: number) => value.toLocaleString("en");
  return [
    `${whole(products)} products, ${whole(rows)} prices in batches of ${whole(BATCH)}, ${atOnce ? "one right after the other" : "evenly over the time"}, ${rate} requests/s of shoppers. ${machine}.`,
    "",
    "| | wanted | measured |",
    "|---|--:|--:|",
    `| time | ≤ ${secondsFor(rows)} s | ${seconds.toFixed(1)} s |`,
    `| of it, a batch was being written | | ${writing.toFixed(1)} s |`,
    `| PostgreSQL's CPU for each row, readers included | | ${cpuMs.toFixed(2)} ms |`,
    `| the API's CPU for each row, readers included | | ${apiMs.toFixed(2)} ms |`,
    `| shoppers' p50 before, meanwhile | | ${quiet.p50.toFixed(1)}, ${during.p50.toFixed(1)} ms |`,
    `| shoppers' p99 before, meanwhile | ≤ ${MOST_RATIO} × | ${quiet.p99.toFixed(1)}, ${during.p99.toFixed(1)} ms |`,
    `| refused, meanwhile | | ${during.refused} of ${during.requests} |`,
    `| stale answers of changed products | 0 | ${stale} of ${looked} |`,
    "",
  ].join("\n");
}

await run(bench);
