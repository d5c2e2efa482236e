import { createReadStream } from "node:fs";
import { styleText } from "node:util";
import { UserError } from "../../cli/user-error.ts";
import { validateRows } from "../src/writes/rows.ts";
import { developmentSecret } from "./database.ts";
import { type FileRow, readRows } from "./import/rows.ts";
import { sendBatch } from "./import/send.ts";
import { count, Progress } from "./progress.ts";

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

export interface ImportOptions {
  /** Where the API is. */
  readonly url: string;
  /** A key that may write. @default the one of this checkout's own API */
  readonly key?: string;
  /** Check every row and write nothing. */
  readonly dryRun?: boolean;
  /** Print the result as JSON. */
  readonly json?: boolean;
}

/**
 * Imports a file through the API and prints what came of it.
 *
 * @returns how many rows were refused
 * @throws UserError for a file that cannot be read, and an API that does not take rows
 */
export async function importCatalogue(file: string, options: ImportOptions): Promise<number> {
  const { url, dryRun = false, json } = options;
  if (!URL.canParse(url))
    throw new UserError(`--url ${url}: must be an address such as https://shop.example.com`);
  const key = options.key ?? process.env.API_KEY ?? (await developmentSecret("api-key"));
  const summary = await importFile(file, dryRun ? undefined : { url, key });
  process.stdout.write(json ? `${JSON.stringify(summary)}\n` : describe(file, summary, dryRun));
  return summary.failed;
}

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
