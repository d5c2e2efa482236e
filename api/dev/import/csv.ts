import { shown } from "../../src/writes/claims.ts";
import { Lines, TOO_LONG } from "./lines.ts";

/** A record of a delimited file, on which line it begins; or why there is none. */
export type CsvRecord = { line: number; cells: string[]; warning?: string } | { line: number; error: string };

/** A quoted value that is not closed after so many characters is taken for a quote mark too many. */
const LONGEST_VALUE = 200_000;

/** `="00123"` is how tools have a spreadsheet keep text as text. */
const TEXT_FORMULA = /^="((?:[^"]|"")*)"$/;
const withoutFormula = (cell: string): string =>
  cell.startsWith('="') ? cell.replace(TEXT_FORMULA, (_, text: string) => text.replaceAll('""', '"')) : cell;

/** A cell as the reader takes it back. */
export function quoted(cell: string): string {
  const text = TEXT_FORMULA.test(cell) ? `="${cell.replaceAll('"', '""')}"` : cell;
  return /[",\n\r]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

interface Read {
  cells: string[];
  /** Lines that the record takes. */
  span: number;
}

interface Broken {
  error: string;
  /** One line is lost to it for certain: the others that it took in are tried again, each as a row of its own. */
  span: 1;
  /** Lines that the error speaks of: one of them that is no row by itself is part of it, and not named again. */
  named: number;
}

/**
 * Reads RFC 4180 with any delimiter. A parser of whole files stops, or goes astray, at a quote mark in the wrong place: this one
 * refuses the line on which the broken record begins, and goes on with the next.
 */
export class CsvReader {
  readonly #lines: Lines;
  readonly #delimiter: string;
  /** Names for messages; also how many values a record has. @default whatever comes */
  columns: readonly string[] | undefined;
  /** Values that a record may have: behind the last column there may be others without a name. @default as many as columns */
  most = 0;

  constructor(text: AsyncGenerator<string>, delimiter: string) {
    this.#lines = new Lines(text);
    this.#delimiter = delimiter;
  }

  /** The first record; undefined when there is none. */
  async header(): Promise<CsvRecord | undefined> {
    return (await this.records().next()).value;
  }

  /** The records that are left, without those that are blank. */
  async *records(): AsyncGenerator<CsvRecord, undefined> {
    let namedUntil = 0;
    for (;;) {
      const text = this.#lines.peekNow() ?? (await this.#lines.peek());
      if (text === undefined) return;
      const line = this.#lines.number;
      if (this.#lines.isCut()) {
        this.#lines.take(1);
        yield { line, error: TOO_LONG };
        continue;
      }
      const read = text.includes('"')
        ? await this.#readQuoted()
        : { cells: text.split(this.#delimiter), span: 1 };
      const result = this.#checked(read);
      this.#lines.take(result.span);
      if ("cells" in result) {
        const { cells, span } = result;
        const warning = span > 1 ? this.#swallowed(cells, line + span - 1) : this.#shifted(read);
        if (cells.some((cell) => cell.trim() !== ""))
          yield { line, cells, ...(warning !== undefined && { warning }) };
      } else if (line > namedUntil) {
        namedUntil = line + result.named - 1;
        yield { line, error: result.error };
      }
    }
  }

  /** Where a value holds a delimiter, those behind it go into the next columns, and a blank one may stand behind the last. */
  #shifted(read: Read | Broken): string | undefined {
    const wanted = this.columns?.length ?? Number.POSITIVE_INFINITY;
    if ("error" in read || read.cells.length <= Math.max(wanted, this.most)) return undefined;
    return `there are ${read.cells.length} values for ${wanted} columns, the last of them blank: if a value holds ${JSON.stringify(this.#delimiter)}, put it between quote marks`;
  }

  /** A quote mark too many may make a row a part of the one before it, and nothing is wrong with the whole. */
  #swallowed(cells: readonly string[], last: number): string | undefined {
    const wanted = this.columns?.length ?? 0;
    const index = cells.findIndex((cell) =>
      cell.split("\n").some((line) => wanted > 1 && line.split(this.#delimiter).length >= wanted),
    );
    if (index < 0) return undefined;
    return `column ${this.#nameOf(index)} goes on to line ${last} between its quote marks, and a part of it looks like a row of its own: is there a quote mark too many?`;
  }

  /** Blank values behind the last column are a spreadsheet's doing. */
  #checked(read: Read | Broken): Read | Broken {
    if ("error" in read || !this.columns) return read;
    const wanted = this.columns.length;
    const { cells, span } = read;
    if (cells.length === wanted || cells.every((cell) => cell.trim() === "")) return read;
    if (cells.length > wanted && cells.slice(Math.max(wanted, this.most)).every((cell) => cell.trim() === ""))
      return { cells: cells.slice(0, this.most || wanted), span };
    const upTo = span > 1 ? ` (read to line ${this.#lines.number + span - 1})` : "";
    const values = cells.length === 1 ? "1 value" : `${cells.length} values`;
    return {
      error: `has ${values} for ${wanted} columns${upTo}, the last ${shown(cells.at(-1)!.trim())}: ${
        cells.length > wanted
          ? `put a value that holds ${JSON.stringify(this.#delimiter)} between quote marks`
          : "usually it was cut off, or goes on in the next line: put a value that holds a line break between quote marks"
      }`,
      span: 1,
      named: span,
    };
  }

  async #readQuoted(): Promise<Read | Broken> {
    const cells: string[] = [];
    let span = 1;
    let text = this.#lines.peekNow()!;
    let at = 0;
    const broken = (error: string): Broken => ({
      error: `column ${this.#nameOf(cells.length)}: ${error}`,
      span: 1,
      named: 1,
    });
    for (;;) {
      at = skipBlanks(text, at, this.#delimiter);
      if (text[at] !== '"') {
        const stop = text.indexOf(this.#delimiter, at);
        const cell = text.slice(at, stop < 0 ? text.length : stop).trimEnd();
        const value = withoutFormula(cell);
        if (value === cell && cell.includes('"')) return broken(inchMark(cell));
        cells.push(value);
        if (stop < 0) return { cells, span };
        at = stop + 1;
        continue;
      }
      let value = "";
      const began = text.slice(at, at + 40);
      at++;
      for (;;) {
        const quote = text.indexOf('"', at);
        if (quote < 0) {
          value += `${text.slice(at)}\n`;
          const next = value.length > LONGEST_VALUE ? undefined : await this.#lines.peek(span);
          if (next === undefined || this.#lines.isCut(span))
            return broken(
              `the quote mark before ${began.slice(1)}… is never closed: close it, or double it when it belongs to the text`,
            );
          text = next;
          span++;
          at = 0;
        } else if (text[quote + 1] === '"') {
          value += text.slice(at, quote + 1);
          at = quote + 2;
        } else {
          value += text.slice(at, quote);
          at = quote + 1;
          break;
        }
      }
      at = skipBlanks(text, at, this.#delimiter);
      if (at < text.length && text[at] !== this.#delimiter)
        return broken(
          `text goes on behind the closing quote mark (…"${text.slice(at, at + 20)}): double a quote mark that belongs to the text, as in "Lamp 15"" wide"`,
        );
      cells.push(withoutFormula(value));
      if (at >= text.length) return { cells, span };
      at++;
    }
  }

  #nameOf(index: number): string {
    return this.columns?.[index] ?? String(index + 1);
  }
}

function skipBlanks(text: string, from: number, delimiter: string): number {
  let at = from;
  while ((text[at] === " " || text[at] === "\t") && text[at] !== delimiter) at++;
  return at;
}

const inchMark = (cell: string): string => {
  const value = cell.trim();
  return `the quote mark inside ${value.slice(0, 60)} needs the value between quote marks, with this one doubled: "${value.slice(0, 60).replaceAll('"', '""')}"`;
};
