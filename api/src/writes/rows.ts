import { Ajv, type ErrorObject } from "ajv";
import { Problem } from "../http/problem.ts";
import type { GivenRow } from "./bulk.ts";
import { BULK_ROWS, BulkRow } from "./schemas.ts";

/** A row as it came: parsed JSON, or the reason why it is none. */
export type RawRow = { value: unknown } | { error: string };

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

const ajv = new Ajv({ strict: false });
let validate: ReturnType<Ajv["compile"]> | undefined;

/** Checks each row by itself, so that one mistake does not fail the others. */
export function validateRows(raw: RawRow[]): GivenRow[] {
  if (raw.length === 0) throw new Problem("invalid-request", "the batch has no rows");
  validate ??= ajv.compile(BulkRow);
  return raw.map((row, index) => {
    if ("error" in row) return { index, row: undefined, error: row.error };
    if (!validate!(row.value)) return { index, row: undefined, error: describe(validate!.errors) };
    return { index, row: row.value as GivenRow["row"] };
  });
}

function describe(errors: ErrorObject[] | null | undefined): string {
  const [first] = errors ?? [];
  const detail = first?.params.additionalProperty ?? first?.params.allowedValues;
  const where = first?.instancePath ? `${first.instancePath.slice(1).replaceAll("/", ".")} ` : "";
  return `${where}${first?.message ?? "is not valid"}${detail === undefined ? "" : `: ${detail}`}`.slice(
    0,
    300,
  );
}
