import { createReadStream } from "node:fs";
import { extname } from "node:path";
import { createInterface } from "node:readline";
import { CsvError, parse } from "csv-parse";
import { UserError } from "../../../cli/user-error.ts";
import type { RawRow } from "../../src/writes/rows.ts";

/** A row of the user's file, in the shape of the API's bulk route, and the line on which it ends. */
export interface FileRow {
  line: number;
  raw: RawRow;
}

/** Columns that hold several values, separated by "|". */
const LISTS = new Set(["product.categories", "product.images"]);
const MEMBERS =
  /^(sku|gtin|availability|prices\.[A-Z]{3}|attributes\..+|product\.(slug|name|brand|description|categories|images|attributes\..+))$/;

/**
 * Reads a catalogue row by row, so that its size does not matter.
 *
 * @throws {UserError} when the file cannot be read, its kind is not known, or its first line names unknown columns.
 */
export function readRows(file: string): AsyncIterable<FileRow> {
  const kind = extname(file).toLowerCase();
  if (kind === ".csv") return readCsv(file);
  if (kind === ".ndjson" || kind === ".jsonl") return readNdjson(file);
  throw new UserError(`${file}: the name must end in .csv, .ndjson or .jsonl`);
}

async function* readNdjson(file: string): AsyncGenerator<FileRow> {
  let line = 0;
  try {
    for await (const text of createInterface({
      input: createReadStream(file, "utf8"),
      crlfDelay: Infinity,
    })) {
      line++;
      if (text.trim() !== "") yield { line, raw: parseJson(text) };
    }
  } catch (error) {
    throw unreadable(file, error);
  }
}

function parseJson(text: string): RawRow {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    return { error: `is not valid JSON: ${(error as Error).message}` };
  }
}

async function* readCsv(file: string): AsyncGenerator<FileRow> {
  const input = createReadStream(file);
  const records = input.pipe(
    parse({ bom: true, info: true, relax_column_count: true, skip_empty_lines: true, trim: true }),
  );
  input.on("error", (error) => records.destroy(error));
  let columns: string[] | undefined;
  try {
    for await (const { record, info } of records as AsyncIterable<{
      record: string[];
      info: { lines: number };
    }>) {
      if (!columns) {
        columns = record;
        checkColumns(file, columns);
      } else if (record.length !== columns.length) {
        const error = `has ${record.length} values for ${columns.length} columns; put values that hold commas between quotes`;
        yield { line: info.lines, raw: { error } };
      } else {
        yield { line: info.lines, raw: toRow(columns, record) };
      }
    }
  } catch (error) {
    throw unreadable(file, error);
  }
}

function checkColumns(file: string, columns: string[]): void {
  const unknown = columns.filter((column) => !MEMBERS.test(column));
  if (unknown.length > 0) {
    throw new UserError(
      `${file}, line 1: unknown column ${unknown.map((column) => `"${column}"`).join(", ")}. Columns are: sku, gtin, ` +
        "availability, prices.EUR, attributes.NAME, product.slug, product.name, product.brand, product.description, " +
        "product.categories, product.images, product.attributes.NAME",
    );
  }
  if (!columns.includes("sku")) throw new UserError(`${file}, line 1: there must be a column "sku"`);
}

/** A column's name is the path of a member: "prices.EUR" becomes { prices: { EUR } }. An empty value is none. */
function toRow(columns: string[], record: string[]): RawRow {
  const row: Record<string, unknown> = {};
  for (const [index, column] of columns.entries()) {
    const text = record[index]!;
    if (text === "") continue;
    if (column.startsWith("prices.") && !/^\d+$/.test(text)) {
      return {
        error: `${column} must be a whole number of minor units, such as 12900 for 129.00: "${text}"`,
      };
    }
    const [name, ...parents] = splitPath(column).reverse();
    let parent = row;
    for (const step of parents.reverse()) {
      parent[step] ??= {};
      parent = parent[step] as Record<string, unknown>;
    }
    parent[name!] = toValue(column, text);
  }
  return { value: row };
}

/** An attribute's name may hold dots itself. */
function splitPath(column: string): string[] {
  const [, before, attribute] = /^((?:product\.)?attributes)\.(.+)$/.exec(column) ?? [];
  return attribute === undefined ? column.split(".") : [...before!.split("."), attribute];
}

function toValue(column: string, text: string): unknown {
  if (column.startsWith("prices.")) return Number(text);
  if (!LISTS.has(column)) return text;
  const items = text.split("|").map((item) => item.trim());
  return column === "product.images" ? items.map((url) => ({ url })) : items;
}

function unreadable(file: string, error: unknown): unknown {
  if (error instanceof CsvError) {
    return new UserError(`${file}, line ${error.lines}: ${error.message}`);
  }
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "ENOENT") return new UserError(`${file}: there is no such file`);
  return code ? new UserError(`${file}: ${message}`) : error;
}
