import { spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { setInterval as every } from "node:timers";
import pg from "pg";
import { migrate } from "../api/src/migrate.ts";
import { command, integer, run } from "../cli/command.ts";
import { jsonOption } from "../cli/output.ts";
import { PostgresServer } from "../local/postgres/server.ts";
import { API_KEY, startApi } from "./api/contenders.ts";
import { describeMachine, residentMiB } from "./api/machine.ts";
import { publish } from "./report.ts";

/** What the importer's process may need above what it has when it starts to read, whatever the size of the file. */
const MOST_ABOVE_START_MIB = 200;
const SAMPLE_MS = 250;
/** Resident memory is taken as that of the start when the process has loaded its code and not read much of the file. */
const START_MS = 2_000;

const bench = command("npm run bench:import --", {
  1: `the importer needed more than ${MOST_ABOVE_START_MIB} MiB above its start, or a row was not imported`,
})
  .description(
    "Imports a file of a million rows into an empty catalogue through the real API, a process of its own, and prints the most " +
      "resident memory of the importer above that of its start, the time, and what the import said. Every row is compared with " +
      "all before it. The report is also written to bench/results/import.md. Linux only: it reads /proc.",
  )
  .option("--rows <n>", "how many", integer(1_000, 100_000_000), 1_000_000)
  .addOption(jsonOption)
  .action(async ({ rows, json }) => {
    const folder = await mkdtemp(join(tmpdir(), "catalog-bench-import-"));
    const database = await PostgresServer.start({ user: "catalog" });
    try {
      const file = join(folder, "rows.csv");
      await pipeline(() => lines(rows), createWriteStream(file));
      await prepare(database);
      const api = await startApi(database);
      try {
        const figures = await measure(file, api.url);
        await publish("import", json, figures, toMarkdown(rows, figures));
        if (figures.aboveStartMiB > MOST_ABOVE_START_MIB || figures.summary.created !== rows)
          process.exitCode = 1;
      } finally {
        await api.stop();
      }
    } finally {
      await database.stop();
      await rm(folder, { recursive: true });
    }
  });

/** Four variants a product, each with attributes and a GTIN. */
function* lines(rows: number): Generator<string> {
  yield "sku,gtin,prices.EUR,prices.SEK,attributes.size,product.slug,product.name,product.brand,product.description,product.categories\n";
  for (let row = 0; row < rows; row++) {
    const product = row >> 2;
    yield `SKU-${row},${gtin(row)},${100 + (row % 9_000)},${1_000 + (row % 90_000)},${row & 3},product-${product},Product ${product},Brand ${product % 500},Made of material ${product % 97}.,Home > Room ${product % 40}\n`;
  }
}

/** A GTIN-13 in the range for use inside a company. */
function gtin(number: number): string {
  const digits = `20${String(number).padStart(10, "0")}`;
  const sum = [...digits].reduce(
    (total, digit, place) => total + Number(digit) * (place % 2 === 0 ? 1 : 3),
    0,
  );
  return `${digits}${(10 - (sum % 10)) % 10}`;
}

async function prepare(database: PostgresServer): Promise<void> {
  await database.createDatabase("catalog");
  const client = new pg.Client({ connectionString: database.connectionString("catalog") });
  await client.connect();
  try {
    await migrate(client);
  } finally {
    await client.end();
  }
}

interface Figures {
  startMiB: number;
  mostMiB: number;
  aboveStartMiB: number;
  seconds: number;
  summary: Record<string, unknown>;
}

async function measure(file: string, url: string): Promise<Figures> {
  const began = performance.now();
  const verb = join(import.meta.dirname, "../bin/catalog.ts");
  const child = spawn(process.execPath, [verb, "import", file, "--json", "--url", url, "--key", API_KEY], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const samples: { ms: number; mib: number }[] = [];
  const timer = every(() => {
    const mib = residentMiB(child.pid!);
    if (mib > 0) samples.push({ ms: performance.now() - began, mib });
  }, SAMPLE_MS);
  let output = "";
  child.stdout.on("data", (chunk) => {
    output += chunk;
  });
  await once(child, "close");
  clearInterval(timer);
  const { errors: _, warnings: __, ...summary } = JSON.parse(output) as Record<string, unknown>;
  const startMiB = samples.findLast(({ ms }) => ms <= START_MS)?.mib ?? samples[0]?.mib ?? 0;
  const mostMiB = Math.max(...samples.map(({ mib }) => mib));
  return {
    startMiB: Math.round(startMiB),
    mostMiB: Math.round(mostMiB),
    aboveStartMiB: Math.round(mostMiB - startMiB),
    seconds: Math.round((performance.now() - began) / 1_000),
    summary,
  };
}

const toMarkdown = (
  rows: number,
  { startMiB, mostMiB, aboveStartMiB, seconds, summary }: Figures,
): string => `# Import

${rows.toLocaleString("en")} rows into an empty catalogue, on ${describeMachine()}.

| | |
|---|--:|
| resident memory of the importer at its start, MiB | ${startMiB} |
| most of it, MiB | ${mostMiB} |
| above its start, MiB (wanted: at most ${MOST_ABOVE_START_MIB}) | ${aboveStartMiB} |
| time, s | ${seconds} |

The import said: ${JSON.stringify(summary)}
`;

await run(bench);
