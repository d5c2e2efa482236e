import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { UserError } from "../../../cli/user-error.ts";
import { suggestEncoding, Utf8Check } from "./encoding.ts";

/** A text file that was looked through once, so that nothing is written of one that cannot be read to its end. */
export interface Source {
  file: string;
  encoding: string;
  /** Line breaks in it; for progress. */
  lines: number;
  /** Its first character that is no blank: what kind of file it is. */
  first: string;
  /** Decoded, in pieces of some ten thousand characters. */
  text(): AsyncGenerator<string>;
}

const GZIP = Buffer.from([0x1f, 0x8b]);
const PACKED = "packed otherwise than by gzip: unpack it first";
/** Files that a merchandiser may have in hand and that are no text, by how they begin. */
const NO_TEXT: [Buffer, string][] = [
  [Buffer.from("PK\x03\x04"), "a spreadsheet or zip archive: save it as CSV (UTF-8)"],
  [GZIP, "zipped twice: unzip it once"],
  [Buffer.from("BZh"), PACKED],
  [Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), PACKED], // Zstandard
  [Buffer.from("\xfd7zXZ", "latin1"), PACKED],
  [Buffer.from("7z\xbc\xaf", "latin1"), PACKED],
  [Buffer.from("Rar!"), PACKED],
  [Buffer.from("{\\rtf"), "a text document: save the table as CSV (UTF-8)"],
  [Buffer.from("\x89PNG", "latin1"), "a picture: export the catalogue as CSV"],
  [Buffer.from([0xff, 0xd8, 0xff]), "a picture: export the catalogue as CSV"],
  [Buffer.from([0xd0, 0xcf, 0x11, 0xe0]), "an old spreadsheet (.xls): save it as CSV (UTF-8)"],
  [Buffer.from("%PDF"), "a PDF: export the catalogue as CSV"],
];

/**
 * Looks the whole file through: whether its bytes are text in the encoding, and how many lines it has.
 *
 * @param encoding a label of the WHATWG Encoding Standard; undefined: UTF-8, or UTF-16 where a byte order mark says so
 * @throws UserError when the file cannot be read, is empty, or has bytes that are no text, with line and column
 */
export async function openSource(file: string, encoding: string | undefined): Promise<Source> {
  const head = await readHead(file);
  if (head.length === 0) throw new UserError(`${file} is empty: there is nothing to import.`);
  const zipped = head.equals(GZIP);
  const start = await firstBytes(file, zipped);
  for (const [magic, what] of NO_TEXT)
    if (start.subarray(0, magic.length).equals(magic)) throw new UserError(`${file} is ${what}.`);
  const label = encodingOf(start, encoding);
  const text = () => decode(file, zipped, label);
  if (label === "utf-8") refuseWide(file, start.subarray(0, 1_024));
  const { lines, first } = await lookThrough(file, zipped, label, start);
  if (first === "") throw new UserError(`${file} is empty: there is nothing to import.`);
  return { file, encoding: label, lines, first, text };
}

async function readHead(file: string): Promise<Buffer> {
  try {
    const handle = await open(file);
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(GZIP.length), 0, GZIP.length, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw unreadable(file, error);
  }
}

async function firstBytes(file: string, zipped: boolean): Promise<Buffer> {
  for await (const chunk of bytes(file, zipped)) return chunk;
  return Buffer.alloc(0);
}

/** A byte order mark goes before what was asked for, as in browsers. */
function encodingOf(head: Buffer, asked: string | undefined): string {
  if (head[0] === 0xff && head[1] === 0xfe) return "utf-16le";
  if (head[0] === 0xfe && head[1] === 0xff) return "utf-16be";
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return "utf-8";
  try {
    return new TextDecoder(asked ?? "utf-8").encoding;
  } catch {
    throw new UserError(
      `--encoding ${asked}: there is no such encoding. Common ones are utf-8, utf-16le, windows-1252 (Western Europe), windows-1250 (Central Europe), windows-1251 (Cyrillic), iso-8859-15, macintosh, shift_jis.`,
    );
  }
}

async function lookThrough(file: string, zipped: boolean, label: string, start: Buffer) {
  const utf8 = label === "utf-8" ? new Utf8Check() : undefined;
  const decoder = new TextDecoder(label, { fatal: utf8 === undefined });
  let lines = 0;
  let first = "";
  for await (const chunk of bytes(file, zipped)) {
    const misfit = utf8?.add(chunk);
    if (misfit) throw notUtf8(file, misfit, start);
    if (utf8) {
      for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) lines++;
      if (first === "") first = decoder.decode(chunk, { stream: true }).trimStart().slice(0, 1);
      continue;
    }
    const text = decodeOrRefuse(file, label, decoder, chunk, lines);
    lines += text.split("\n").length - 1;
    if (first === "") first = text.trimStart().slice(0, 1);
  }
  const misfit = utf8?.end();
  if (misfit) throw notUtf8(file, misfit, start);
  if (!utf8) decodeOrRefuse(file, label, decoder, undefined, lines);
  return { lines, first };
}

/** UTF-16 without a byte order mark is UTF-8 with a NUL beside each letter of English: no text has that. */
function refuseWide(file: string, start: Buffer): void {
  const { encoding, reads } = suggestEncoding(start, start);
  if (!encoding.startsWith("utf-16")) return;
  throw new UserError(
    `${file}, line 1: every other byte is NUL, so nothing was imported. Read as ${encoding}, the file begins: ${reads.split(/\r|\n/)[0]}\n` +
      `If that is right, add --encoding ${encoding}; otherwise export the file again as UTF-8.`,
  );
}

function notUtf8(
  file: string,
  { line, column, byte, context }: ReturnType<Utf8Check["end"]> & object,
  start: Buffer,
): UserError {
  const { encoding, reads } = suggestEncoding(start, context);
  const hex = byte.toString(16).toUpperCase().padStart(2, "0");
  return new UserError(
    `${file}, line ${line}, column ${column}: byte ${hex} is no UTF-8, so nothing was imported. Read as ${encoding}, the line is: ${reads}\n` +
      `If that is right, add --encoding ${encoding}; otherwise export the file again as UTF-8.`,
  );
}

function decodeOrRefuse(
  file: string,
  label: string,
  decoder: TextDecoder,
  chunk: Buffer | undefined,
  lines: number,
): string {
  try {
    return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
  } catch {
    const { line, column } = placeOf(label, chunk ?? Buffer.alloc(0), lines);
    throw new UserError(
      `${file}, line ${line}, column ${column}: the bytes are no ${label}, so nothing was imported. Choose another --encoding, or export the file again as UTF-8.`,
    );
  }
}

/** How much of the chunk can be decoded, by halving. */
function placeOf(label: string, chunk: Buffer, lines: number): { line: number; column: number } {
  let good = 0;
  let bad = chunk.length;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    try {
      new TextDecoder(label, { fatal: true }).decode(chunk.subarray(0, middle), { stream: true });
      good = middle;
    } catch {
      bad = middle;
    }
  }
  const before = new TextDecoder(label).decode(chunk.subarray(0, good)).split("\n");
  return { line: lines + before.length, column: [...before.at(-1)!].length + 1 };
}

async function* decode(file: string, zipped: boolean, label: string): AsyncGenerator<string> {
  const decoder = new TextDecoder(label, { fatal: true });
  for await (const chunk of bytes(file, zipped)) yield decoder.decode(chunk, { stream: true });
  yield decoder.decode();
}

async function* bytes(file: string, zipped: boolean): AsyncGenerator<Buffer> {
  const input = createReadStream(file);
  let stream: Readable = input;
  if (zipped) {
    const gunzip = createGunzip();
    input.on("error", (error) => gunzip.destroy(error));
    stream = input.pipe(gunzip);
  }
  try {
    for await (const chunk of stream) yield chunk as Buffer;
  } catch (error) {
    throw unreadable(file, error);
  } finally {
    input.destroy();
  }
}

function unreadable(file: string, error: unknown): unknown {
  const { code = "", message } = error as NodeJS.ErrnoException;
  if (code === "ENOENT") return new UserError(`${file}: there is no such file.`);
  if (code === "EISDIR") return new UserError(`${file} is a folder: name a file in it.`);
  if (code.startsWith("Z_"))
    return new UserError(`${file} is damaged: it cannot be unzipped to its end (${message}).`);
  return code ? new UserError(`${file} cannot be read: ${message}.`) : error;
}
