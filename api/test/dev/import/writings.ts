import { gzipSync } from "node:zlib";
import fc from "fast-check";
import type { FileOf } from "./foreign-files.ts";

/** How a table is written down. */
export interface Writing {
  delimiter: string;
  lineBreak: string;
  quoteAll: boolean;
  /** Blank values behind the last column, as spreadsheets leave them. */
  trailing: number;
  blankLines: boolean;
  encoding: Encoding;
  gzip: boolean;
  /** A column without a name, with values. */
  unnamed: boolean;
}

/** As most files are. */
export const PLAIN: Writing = {
  delimiter: ",",
  lineBreak: "\n",
  quoteAll: false,
  trailing: 0,
  blankLines: false,
  encoding: "utf-8",
  gzip: false,
  unnamed: false,
};

export const ENCODINGS = {
  "utf-8": { option: undefined, mark: "", latin: false, bytes: (text: string) => Buffer.from(text) },
  "utf-8 with a mark": {
    option: undefined,
    mark: "\ufeff",
    latin: false,
    bytes: (text: string) => Buffer.from(text),
  },
  "utf-16le with a mark": {
    option: undefined,
    mark: "\ufeff",
    latin: false,
    bytes: (text: string) => Buffer.from(text, "utf16le"),
  },
  "utf-16be with a mark": {
    option: undefined,
    mark: "\ufeff",
    latin: false,
    bytes: (text: string) => Buffer.from(text, "utf16le").swap16(),
  },
  "utf-16le": {
    option: "utf-16le",
    mark: "",
    latin: false,
    bytes: (text: string) => Buffer.from(text, "utf16le"),
  },
  "windows-1252": {
    option: "windows-1252",
    mark: "",
    latin: true,
    bytes: (text: string) => Buffer.from(text, "latin1"),
  },
};
type Encoding = keyof typeof ENCODINGS;

export const writings: fc.Arbitrary<Writing> = fc.record({
  delimiter: fc.constantFrom(",", ";", "\t"),
  lineBreak: fc.constantFrom("\n", "\r\n"),
  quoteAll: fc.boolean(),
  trailing: fc.constantFrom(0, 0, 1, 3),
  blankLines: fc.boolean(),
  encoding: fc.constantFrom(...(Object.keys(ENCODINGS) as Encoding[])),
  gzip: fc.boolean(),
  unnamed: fc.boolean(),
});

/** The bytes of the file, and on which line each of its rows begins. */
export function write(file: FileOf, writing: Writing): { bytes: Buffer; lines: number[] } {
  const { delimiter, lineBreak, quoteAll, trailing, blankLines, unnamed } = writing;
  const quote = (cell: string) =>
    quoteAll || /["\n]/.test(cell) || cell.includes(delimiter) ? `"${cell.replaceAll('"', '""')}"` : cell;
  const record = (cells: string[]) => cells.map(quote).join(delimiter) + delimiter.repeat(trailing);
  const texts = [record([...(unnamed ? [""] : []), ...file.columns])];
  const lines: number[] = [];
  let line = 1 + texts[0]!.split("\n").length;
  for (const [index, row] of file.rows.entries()) {
    const text = record([...(unnamed ? [String(index)] : []), ...row.map((cell) => cell.text)]);
    lines.push(line);
    texts.push(text, ...(blankLines ? [delimiter.repeat(2)] : []));
    line += text.split("\n").length + (blankLines ? 1 : 0);
  }
  const { mark, bytes } = ENCODINGS[writing.encoding];
  const encoded = bytes(mark + texts.join(lineBreak) + lineBreak);
  return { bytes: writing.gzip ? gzipSync(encoded) : encoded, lines };
}
