import { UserError } from "../../../cli/user-error.ts";
import { cleanText } from "../../src/catalog/text.ts";
import { CsvReader } from "./csv.ts";
import type { Converter, FormatOptions } from "./formats/format.ts";
import { ownFormat } from "./formats/own.ts";
import { type FileRow, readJsonArray, readNdjson } from "./json.ts";
import type { Source } from "./source.ts";

export interface Rows {
  /** What the file was taken for. */
  format: string;
  rows: AsyncGenerator<FileRow>;
}

/** Reads a catalogue row by row, so that its size does not matter. The first character tells what kind of file it is. */
export async function readRows(source: Source, options: FormatOptions): Promise<Rows> {
  if (source.first === "[") return { format: "a JSON list", rows: readJsonArray(source.text()) };
  if (source.first === "{") return { format: "JSON lines", rows: readNdjson(source.text()) };
  return readTable(source, options);
}

async function readTable(source: Source, options: FormatOptions): Promise<Rows> {
  const { delimiter, skip } = await delimiterOf(source);
  const reader = new CsvReader(source.text(), delimiter);
  if (skip) await reader.header();
  const header = await reader.header();
  if (!header) throw new UserError(`${source.file} is empty: there is nothing to import.`);
  if ("error" in header) throw new UserError(`${source.file}, line ${header.line}: ${header.error}.`);
  const columns = header.cells.map(cleanText);
  while (columns.at(-1) === "") columns.pop();
  reader.columns = columns;
  const converter = converterFor(columns, options);
  return { format: `${converter.name}, separated by ${NAMES[delimiter]}`, rows: convert(reader, converter) };
}

const NAMES: Record<string, string> = { ",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars" };

async function* convert(reader: CsvReader, converter: Converter): AsyncGenerator<FileRow> {
  for await (const record of reader.records()) {
    if ("error" in record) yield { line: record.line, raw: { error: record.error } };
    else
      for (const row of converter.convert(record.cells, record.line))
        yield record.warning === undefined
          ? row
          : { ...row, warnings: [record.warning, ...(row.warnings ?? [])] };
  }
  yield* converter.end?.() ?? [];
}

/** The one that takes the first line apart the most; a line `sep=;` says it itself, and is a spreadsheet's, not a row. */
async function delimiterOf(source: Source): Promise<{ delimiter: string; skip: boolean }> {
  const first = await firstLine(source);
  const [, said] = /^"?sep=(.)"?$/i.exec(first) ?? [];
  if (said !== undefined) return { delimiter: said, skip: true };
  const plain = first.replace(/"(?:[^"]|"")*"/g, "");
  const counts = Object.keys(NAMES).map((delimiter) => [delimiter, plain.split(delimiter).length] as const);
  const [best] = counts.sort(([, a], [, b]) => b - a);
  return { delimiter: best![1] > 1 ? best![0] : ",", skip: false };
}

async function firstLine(source: Source): Promise<string> {
  let text = "";
  for await (const piece of source.text()) {
    text += piece;
    const [line, rest] = text.trimStart().split(/\r\n|\n|\r/, 2);
    if (rest !== undefined || text.length > 1_000_000) return line!;
  }
  return text.trim();
}

function converterFor(columns: readonly string[], options: FormatOptions): Converter {
  return ownFormat(columns, options);
}
