import { Ajv } from "ajv";
import { explain } from "../catalog/explain.ts";
import { gtinMistake, isEmptyGtin } from "../catalog/gtin.ts";
import { cleanValue } from "../catalog/text.ts";
import { Problem } from "../http/problem.ts";
import { BULK_ROWS, BulkRow } from "./schemas.ts";

/** A row as it came: parsed JSON, or the reason why it is none. */
export type RawRow = { value: unknown } | { error: string };

/** A row of the batch; `error` when it was refused before the database was asked. */
export interface GivenRow {
  index: number;
  row: BulkRow | undefined;
  error?: string;
  /** What was taken otherwise than it was given. */
  warnings?: string[];
}

const tooMany = (): Problem =>
  new Problem("content-too-large", `a batch has at most ${BULK_ROWS.toLocaleString("en")} rows`);

/**
 * Newline-delimited JSON, row by row as it arrives. A line that is no JSON is one row's mistake, not the batch's.
 *
 * @throws {Problem} when there are too many bytes or rows, or bytes that are no UTF-8.
 */
export async function readNdjson(input: NodeJS.ReadableStream, maxBytes: number): Promise<RawRow[]> {
  const rows: RawRow[] = [];
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let bytes = 0;
  let rest = "";
  const take = (text: string, last: boolean): void => {
    const lines = (rest + text).split("\n");
    rest = last ? "" : lines.pop()!;
    for (const line of lines) {
      if (line.trim() === "") continue;
      if (rows.length === BULK_ROWS) throw tooMany();
      rows.push(parseLine(line));
    }
  };
  try {
    for await (const chunk of input) {
      bytes += (chunk as Buffer).length;
      if (bytes > maxBytes)
        throw new Problem("content-too-large", `a batch has at most ${maxBytes / 1_048_576} MiB`);
      take(decoder.decode(chunk as Buffer, { stream: true }), false);
    }
    take(decoder.decode(), true);
  } catch (error) {
    if (error instanceof TypeError)
      throw new Problem("invalid-request", "the body is not valid UTF-8", { cause: error });
    throw error;
  }
  return rows;
}

function parseLine(line: string): RawRow {
  try {
    return { value: JSON.parse(line) };
  } catch {
    return { error: "is not valid JSON" };
  }
}

/** `{"rows": […]}` */
export function fromJson(body: unknown): RawRow[] {
  const rows = (body as { rows?: unknown } | null)?.rows;
  if (!Array.isArray(rows) || Object.keys(body as object).length !== 1) {
    throw new Problem(
      "invalid-request",
      'the body must be {"rows": [ … ]}, or one row a line as application/x-ndjson',
    );
  }
  if (rows.length > BULK_ROWS) throw tooMany();
  return rows.map((value) => ({ value }));
}

const ajv = new Ajv({ strict: false, verbose: true });
let validate: ReturnType<Ajv["compile"]> | undefined;

/** Checks each row by itself, so that one mistake does not fail the others. Texts are kept as `cleanText` makes them. */
export function validateRows(raw: RawRow[]): GivenRow[] {
  if (raw.length === 0) throw new Problem("invalid-request", "the batch has no rows");
  return raw.map((row, index) =>
    "error" in row ? { index, row: undefined, error: row.error } : check(row.value, index),
  );
}

function check(given: unknown, index: number): GivenRow {
  const { value, mistake } = cleanValue(given);
  if (mistake !== undefined) return { index, row: undefined, error: mistake };
  const warnings = emptyGtin(value);
  const error = mistakenGtin(value) ?? schemaMistake(value);
  if (error !== undefined) return { index, row: undefined, error };
  return { index, row: value as BulkRow, ...(warnings && { warnings }) };
}

/** A GTIN of zeros is none. */
function emptyGtin(value: unknown): string[] | undefined {
  const row = value as { gtin?: unknown } | null;
  if (typeof row?.gtin !== "string" || !isEmptyGtin(row.gtin)) return undefined;
  const warning = `gtin ${row.gtin} is taken as none: it is all zeros`;
  row.gtin = null;
  return [warning];
}

function mistakenGtin(value: unknown): string | undefined {
  const gtin = (value as { gtin?: unknown } | null)?.gtin;
  if (typeof gtin !== "string" || gtin === "") return undefined;
  const mistake = gtinMistake(gtin);
  return mistake === undefined ? undefined : `gtin ${JSON.stringify(gtin)} ${mistake}`;
}

function schemaMistake(value: unknown): string | undefined {
  validate ??= ajv.compile(BulkRow);
  return validate(value) ? undefined : explain(validate.errors, "the row");
}
