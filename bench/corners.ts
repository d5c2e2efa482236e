import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { command, integer, run } from "../cli/command.ts";
import { jsonOption } from "../cli/output.ts";
import { describeMachine } from "./api/machine.ts";
import { type Corners, startCorners } from "./corners/catalogue.ts";
import { describePlan } from "./corners/plans.ts";
import { type Answered, type Corner, rank, type Size, toMarkdown } from "./corners/report.ts";
import { type CornerRequest, nextPage, requests } from "./corners/requests.ts";
import { readValues } from "./corners/values.ts";
import { publish } from "./report.ts";

const ROOT = join(import.meta.dirname, "..");
/** One list in so many is followed to its second page. */
const PAGED = 4;
/** Of each operation, so many of the slowest signatures are asked once more for their plans. */
const EXPLAINED = 5;

const bench = command("npm run bench:corners --")
  .description(
    "Looks for what is slow: sends random requests from the whole space of the OpenAPI document's parameters, one at a time, to " +
      "the API without its cache, with the catalogue in memory, and ranks what they have in common by how slow it was, with the " +
      "plans of the slowest. The first run fills a database in .postgres/. The report is also written to bench/results/corners.md.",
  )
  .option("--products <n...>", "sizes of the catalogue, one after the other (default: 1000000)", sizes)
  .option("--requests <n>", "how many are sent", integer(10, 1_000_000), 1_000)
  .option("--seed <n>", "another seed gives other requests", integer(0, 2 ** 31 - 1), 1)
  .option("--only <path>", "operations whose path begins so", "/v1/")
  .addOption(jsonOption)
  .action(async ({ products = [1_000_000], json, ...options }) => {
    await mkdir(join(ROOT, ".postgres"), { recursive: true, mode: 0o755 });
    const sizes: Size[] = [];
    for (const size of products) {
      const corners = await startCorners(size, join(ROOT, `.postgres/corners-${size}`));
      try {
        const operations = await search(corners, options);
        await explain(corners, operations);
        sizes.push({ products: size, operations });
      } finally {
        await corners.stop();
      }
    }
    const report = { machine: describeMachine(), ...options, sizes };
    await publish("corners", json, report, toMarkdown(report));
  });

/** Of an option that may be given several times, or with several values. */
function sizes(text: string, before: number[] = []): number[] {
  return [...before, integer(1_000, 10_000_000)(text)];
}

async function search(
  { app, client }: Corners,
  { requests: count, seed, only }: { requests: number; seed: number; only: string },
) {
  const document = (await app.inject("/openapi.json")).json();
  const made = requests(document, await readValues(client, seed), seed, only);
  const answered: Answered[] = [];
  const ask = async (request: CornerRequest): Promise<string> => {
    const started = performance.now();
    const { statusCode, body } = await app.inject(request.path);
    answered.push({ ...request, status: statusCode, ms: performance.now() - started });
    return body;
  };
  for (let number = 0; number < count; number++) {
    const request = made.next().value!;
    const next = nextPage(request, await ask(request));
    if (next && number % PAGED === 0) await ask(next);
    if (number % 100 === 0) await sleep(0); // Ctrl-C is heard
  }
  return rank(answered);
}

/** Adds to the slowest of each operation what PostgreSQL read for them. */
async function explain({ app, client, plans }: Corners, operations: { corners: Corner[] }[]): Promise<void> {
  await plans.start(client);
  for (const corner of operations.flatMap(({ corners }) => corners.slice(0, EXPLAINED))) {
    plans.take();
    await app.inject(corner.worst.path);
    corner.statements = plans
      .take()
      .toSorted((a, b) => b.rows - a.rows)
      .map(({ rows, plan }) => ({ rows, plan: describePlan(plan) }));
  }
}

await run(bench);
