import { createReadStream } from "node:fs";
import { styleText } from "node:util";
import { validateRows } from "../src/writes/rows.ts";
import { readArguments, runCommand, UserError } from "./command.ts";
import { developmentSecret } from "./database.ts";
import { type FileRow, readRows } from "./import/rows.ts";
import { sendBatch } from "./import/send.ts";
import { count, Progress } from "./progress.ts";

const USAGE = `Usage: npm run import -- FILE [--url URL] [--key KEY] [--dry-run] [--json]

Imports a catalogue of your own through the API: every row is a variant with its SKU, and says what its product is.
What is the same already is not written again, so that an import may be repeated.

FILE is .ndjson (one row of PUT /v1/products:bulk a line) or .csv, whose first line names members by their path:
  sku, gtin, availability, prices.EUR, attributes.size, product.slug, product.name, product.brand,
  product.description, product.categories, product.images, product.attributes.material
Prices are whole numbers of minor units (12900 for 129.00); several categories or images are separated by "|".

  --url URL    where the API is (default: API_URL, else http://127.0.0.1:3000)
  --key KEY    a key that may write (default: API_KEY, else the one of npm run api in this checkout)
  --dry-run    check every row and write nothing; needs no API
  --json       print the result as JSON
  --help       this text

Exit code 1 when a row was refused; the others are imported all the same.`;

const BATCH = 1_000;
const ERRORS_SHOWN = 50;

interface Summary {
  rows: number;
  created: number;
  updated: number;
  unchanged: number;
  failed: number;
  errors: { line: number; message: string }[];
}

await runCommand(async () => {
  const { values, positionals } = readArguments(USAGE, {
    url: { type: "string", default: process.env.API_URL || "http://127.0.0.1:3000" },
    key: { type: "string" },
    "dry-run": { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  });
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0) throw new UserError(`Name one file.\n\n${USAGE}`);
  if (!URL.canParse(values.url))
    throw new UserError(`--url ${values.url}: must be an address such as https://shop.example.com`);
  const key = values.key ?? process.env.API_KEY ?? (await developmentSecret("api-key"));
  const summary = await importFile(file, values["dry-run"] ? undefined : { url: values.url, key });
  process.stdout.write(
    values.json ? `${JSON.stringify(summary)}\n` : describe(file, summary, values["dry-run"]),
  );
  if (summary.failed > 0) process.exitCode = 1;
});

/** @param target undefined: check only. */
async function importFile(file: string, target: { url: string; key: string } | undefined): Promise<Summary> {
  const summary: Summary = { rows: 0, created: 0, updated: 0, unchanged: 0, failed: 0, errors: [] };
  const progress = new Progress("rows", (await countLines(file)) || 1);
  let batch: FileRow[] = [];
  const flush = async () => {
    if (batch.length > 0) await importBatch(batch, target, summary);
    batch = [];
    progress.update(summary.rows);
  };
  for await (const row of readRows(file)) {
    batch.push(row);
    if (batch.length === BATCH) await flush();
  }
  await flush();
  progress.done(summary.rows);
  return summary;
}

async function importBatch(
  batch: FileRow[],
  target: { url: string; key: string } | undefined,
  summary: Summary,
) {
  const fail = (line: number, message: string) => {
    summary.failed++;
    summary.errors.push({ line, message });
  };
  // The API's own check, before anything is sent: it needs no API, and a wrong row costs no request.
  const checked = validateRows(batch.map(({ raw }) => raw));
  const valid = checked.filter((row) => row.row !== undefined);
  for (const row of checked)
    if (row.row === undefined) fail(batch[row.index]!.line, row.error ?? "is not valid");
  summary.rows += batch.length;
  if (!target || valid.length === 0) return;
  const result = await sendBatch(
    target.url,
    target.key,
    valid.map(({ row }) => row),
  );
  summary.created += result.created;
  summary.updated += result.updated;
  summary.unchanged += result.unchanged;
  for (const { row, status, error } of result.results) {
    if (status === "failed") fail(batch[valid[row]!.index]!.line, error ?? "was refused");
  }
}

/** For the progress bar only; a line break between quotes counts as one too. */
async function countLines(file: string): Promise<number> {
  let lines = 0;
  try {
    for await (const chunk of createReadStream(file)) {
      for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) lines++;
    }
  } catch {} // readRows says what is wrong with the file
  return lines;
}

function describe(file: string, summary: Summary, dryRun: boolean): string {
  const red = (text: string) => styleText("red", text, { stream: process.stdout });
  const lines = summary.errors
    .slice(0, ERRORS_SHOWN)
    .map(({ line, message }) => `${red(`${file}, line ${line}:`)} ${message}`);
  if (summary.errors.length > ERRORS_SHOWN) {
    lines.push(`and ${count(summary.errors.length - ERRORS_SHOWN)} more; --json lists all of them`);
  }
  const { rows, created, updated, unchanged, failed } = summary;
  lines.push(
    dryRun
      ? `${count(rows)} rows checked, ${count(failed)} refused; nothing was written.`
      : `${count(rows)} rows: ${count(created)} created, ${count(updated)} updated, ${count(unchanged)} unchanged, ${count(failed)} refused.`,
  );
  return `${lines.join("\n")}\n`;
}
