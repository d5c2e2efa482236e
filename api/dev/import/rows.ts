import { UserError } from "../../../cli/user-error.ts";
import { cleanText } from "../../src/catalog/text.ts";
import { shown } from "../../src/writes/claims.ts";
import { CsvReader } from "./csv.ts";
import { FEED_NAMES, readFeed } from "./feed.ts";
import type { Columns, Converter, FormatOptions } from "./formats/format.ts";
import { googleColumns, googleTable, isGoogle } from "./formats/google.ts";
import { meaningOf, ownFormat } from "./formats/own.ts";
import { isShopify, shopifyColumns, shopifyFormat } from "./formats/shopify.ts";
import { isWooCommerce, wooCommerceColumns, wooCommerceFormat } from "./formats/woocommerce.ts";
import { type FileRow, readJsonArray, readNdjson } from "./json.ts";
import type { Names } from "./naming.ts";
import type { Source } from "./source.ts";

/** Our own columns, a shop's export with columns of its own, or rows as the API takes them. */
export type FileKind = "table" | "export" | "json";

export interface Rows {
  /** What the file was taken for. */
  format: string;
  kind: FileKind;
  /** What the file calls the members of a row, where that is not as we do. */
  names: Names;
  rows: AsyncGenerator<FileRow>;
}

/** Reads a catalogue row by row, so that its size does not matter. The first character tells what kind of file it is. */
export async function readRows(source: Source, options: FormatOptions): Promise<Rows> {
  const text = () => source.text();
  const json = { kind: "json", names: new Map() } as const;
  if (source.first === "[") return { format: "a JSON list", ...json, rows: readJsonArray(text()) };
  if (source.first === "<") await refuseWebPage(source);
  if (source.first === "<")
    return { format: FEED, kind: "export", names: FEED_NAMES, rows: readFeed(text(), options) };
  if (source.first === "{") return { format: "JSON lines", ...json, rows: readNdjson(text()) };
  return readTable(source, options);
}

const FEED = "Google Merchant's product data, as a feed";

/** Its first element: a feed may have HTML in its descriptions. */
const WEB_PAGE = /^\s*(?:<\?xml[^>]*>\s*)?(?:<!--[\s\S]*?-->\s*)*<(?:!doctype\s+)?html\b/i;

async function refuseWebPage(source: Source): Promise<void> {
  const { value = "" } = await source.text().next();
  if (WEB_PAGE.test(value))
    throw new UserError(
      `${source.file} is a web page, so nothing was imported: usually a download for which one must be signed in.`,
    );
}

async function readTable(source: Source, options: FormatOptions): Promise<Rows> {
  const { delimiter, skip } = await delimiterOf(source);
  const reader = new CsvReader(source.text(), delimiter);
  if (skip) await reader.header();
  const header = await reader.header();
  if (!header) throw new UserError(`${source.file} is empty: there is nothing to import.`);
  if ("error" in header) throw new UserError(`${source.file}, line ${header.line}: ${header.error}.`);
  const names = header.cells.map(cleanText);
  const columns = names.slice(0, names.findLastIndex((name) => name !== "") + 1);
  reader.columns = columns;
  reader.most = names.length;
  const { converter, columns: foreign } = converterFor(columns, options);
  const unnamed = new Unnamed(names, options.map);
  const used = columns.map((column, index) =>
    foreign ? foreign.isUsed(index) : column !== "" && meaningOf(column, options) !== "",
  );
  const rows = convert(reader, converter, header.line, { foreign, unnamed, used });
  return {
    format: `${converter.name}, separated by ${NAMES[delimiter] ?? delimiter}`,
    kind: foreign ? "export" : "table",
    names: converter.names,
    rows,
  };
}

const NAMES: Record<string, string> = { ",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars" };

interface TableColumns {
  /** Of a format that is not ours: what nothing is made of is said at the end. */
  readonly foreign: Columns | undefined;
  readonly unnamed: Unnamed;
  /** Whether something is made of each. */
  readonly used: readonly boolean[];
}

async function* convert(
  reader: CsvReader,
  converter: Converter,
  line: number,
  { foreign, unnamed, used }: TableColumns,
): AsyncGenerator<FileRow> {
  for await (const record of reader.records()) {
    const error = "error" in record ? record.error : failedFormula(record.cells, reader.columns!, used);
    if ("error" in record || error !== undefined) yield { line: record.line, raw: { error: error! } };
    else {
      unnamed.look(record.cells, record.line);
      for (const row of converter.convert(record.cells, record.line))
        yield record.warning === undefined
          ? row
          : { ...row, warnings: [record.warning, ...(row.warnings ?? [])] };
    }
  }
  yield* converter.end?.() ?? [];
  const warnings = [...(foreign?.lost() ?? []), ...unnamed.warnings()];
  if (warnings.length > 0) yield { line, raw: undefined, warnings };
}

/** `#REF!`, `#NAME?`, `#N/A`; `#WERT!`, `#NV` and others in other languages. */
const FAILED_FORMULA = /^#(?:[\p{Lu}/0_]+[!?]|N\/A|NV|N\/D)$/u;

/** What a spreadsheet writes instead of a value says nothing of a product. */
function failedFormula(
  cells: readonly string[],
  columns: readonly string[],
  used: readonly boolean[],
): string | undefined {
  const index = cells.findIndex(
    (cell, column) => cell.startsWith("#") && used[column] && FAILED_FORMULA.test(cell.trim()),
  );
  if (index < 0) return undefined;
  return `column ${columns[index] || index + 1} is ${shown(cells[index])}, by which a spreadsheet says that a formula failed: mend it there`;
}

/** Columns without a name, which tables of spreadsheets and data frames have: what is in them is nobody's. */
class Unnamed {
  readonly #columns: readonly number[];
  /** Column → how many values it has, and the line of the first. */
  readonly #found = new Map<number, { values: number; line: number }>();

  /** @param map may say what they are, or that they are left out */
  constructor(names: readonly string[], map: FormatOptions["map"]) {
    const isKnown = map?.has("") || map?.has("*");
    this.#columns = isKnown ? [] : [...names.keys()].filter((index) => names[index] === "");
  }

  look(cells: readonly string[], line: number): void {
    for (const column of this.#columns) {
      if ((cells[column] ?? "").trim() === "") continue;
      const found = this.#found.get(column);
      if (found) found.values++;
      else this.#found.set(column, { values: 1, line });
    }
  }

  warnings(): string[] {
    return [...this.#found].map(
      ([column, { values, line }]) =>
        `column ${column + 1} has no name: its ${values} values, the first in line ${line}, were left out`,
    );
  }
}

/** The one that takes the header apart the most; a line `sep=;` says it itself, and is a spreadsheet's, not a row. */
async function delimiterOf(source: Source): Promise<{ delimiter: string; skip: boolean }> {
  const first = await firstRecord(source);
  const [, said] = /^"?sep=(.)"?$/i.exec(first) ?? [];
  if (said !== undefined) return { delimiter: said, skip: true };
  const plain = first.replace(/"(?:[^"]|"")*"/g, "");
  const counts = Object.keys(NAMES).map((delimiter) => [delimiter, plain.split(delimiter).length] as const);
  const [best] = counts.sort(([, a], [, b]) => b - a);
  return { delimiter: best![1] > 1 ? best![0] : ",", skip: false };
}

/** As far as is looked for the end of the header. */
const LONGEST_HEADER = 1_000_000;

/** A name between quote marks may go on in the next line; where a mark is never closed it is the first line. */
async function firstRecord(source: Source): Promise<string> {
  let text = "";
  let at = 0;
  let isQuoted = false;
  for await (const piece of source.text()) {
    text = (text + piece).trimStart();
    for (; at < text.length; at++) {
      const character = text[at];
      if (character === '"') isQuoted = !isQuoted;
      else if (!isQuoted && (character === "\n" || character === "\r")) return text.slice(0, at);
    }
    if (at > LONGEST_HEADER) break;
  }
  return isQuoted ? text.split(/[\r\n]/, 1)[0]! : text;
}

function converterFor(
  names: readonly string[],
  options: FormatOptions,
): { converter: Converter; columns?: Columns } {
  if (options.map) return { converter: ownFormat(names, options) };
  for (const { columnsOf, is, format } of FORMATS) {
    const columns = columnsOf(names);
    if (!is(columns)) continue;
    columns.refuseTwins(options.file);
    return { converter: format(columns, options), columns };
  }
  return { converter: ownFormat(names, options) };
}

const FORMATS = [
  { columnsOf: shopifyColumns, is: isShopify, format: shopifyFormat },
  { columnsOf: wooCommerceColumns, is: isWooCommerce, format: wooCommerceFormat },
  { columnsOf: googleColumns, is: isGoogle, format: googleTable },
];
