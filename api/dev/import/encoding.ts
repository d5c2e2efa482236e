import { isUtf8 } from "node:buffer";

/** Bytes that no text of the encoding has, and where: lines and columns count from 1, columns in characters. */
export interface Misfit {
  line: number;
  column: number;
  byte: number;
  /** The line as bytes, as far as it was at hand. */
  context: Buffer;
}

/** Checks UTF-8 as it streams by. TextDecoder only says that something is wrong, not where. */
export class Utf8Check {
  #carry: Buffer = Buffer.alloc(0);
  #lines = 0;
  #column = 0;

  /** @returns the first misfit in what has come so far */
  add(chunk: Buffer): Misfit | undefined {
    const whole = this.#carry.length > 0 ? Buffer.concat([this.#carry, chunk]) : chunk;
    const cut = whole.length - unfinished(whole);
    this.#carry = Buffer.from(whole.subarray(cut));
    return this.#check(whole.subarray(0, cut));
  }

  end(): Misfit | undefined {
    return this.#carry.length > 0 ? this.#misfit(this.#carry, 0) : undefined;
  }

  #check(bytes: Buffer): Misfit | undefined {
    if (!isUtf8(bytes)) return this.#misfit(bytes, firstMisfit(bytes));
    this.#pass(bytes);
    return undefined;
  }

  #pass(bytes: Buffer): void {
    const lastBreak = bytes.lastIndexOf(10);
    if (lastBreak >= 0) {
      this.#column = 0;
      for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) this.#lines++;
    }
    this.#column += characters(bytes.subarray(lastBreak + 1));
  }

  #misfit(bytes: Buffer, at: number): Misfit {
    this.#pass(bytes.subarray(0, at));
    const start = bytes.lastIndexOf(10, at - 1 < 0 ? 0 : at - 1) + 1;
    const stop = bytes.indexOf(10, at);
    return {
      line: this.#lines + 1,
      column: this.#column + 1,
      byte: bytes[at]!,
      context: bytes.subarray(at === 0 ? 0 : start, stop < 0 ? bytes.length : stop),
    };
  }
}

/** How many bytes at the end begin a character that is not whole yet. */
function unfinished(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return lengthOf(byte) > back ? back : 0;
  }
  return 0;
}

/** Of the character that begins with this byte; 1 for a byte that begins none. */
const lengthOf = (byte: number): number => (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1);

function firstMisfit(bytes: Buffer): number {
  let at = 0;
  while (at < bytes.length) {
    const length = lengthOf(bytes[at]!);
    if (bytes[at]! >= 0x80 && (length === 1 || !isUtf8(bytes.subarray(at, at + length)))) return at;
    at += length;
  }
  return at;
}

function characters(bytes: Buffer): number {
  let count = 0;
  for (const byte of bytes) if ((byte & 0xc0) !== 0x80) count++;
  return count;
}

/**
 * What the file may be instead of UTF-8, and how the line reads then.
 *
 * @param start of the file: only there does UTF-16 begin at a certain byte
 */
export function suggestEncoding(start: Buffer, line: Buffer): { encoding: string; reads: string } {
  const zeros = [0, 0];
  for (const [index, byte] of start.subarray(0, 1_024).entries()) if (byte === 0) zeros[index % 2]!++;
  const isWide = zeros[0]! + zeros[1]! > Math.min(start.length, 1_024) / 4;
  // Most letters of most files are ASCII: their zero is the second byte in little-endian order.
  const encoding = !isWide ? "windows-1252" : zeros[1]! >= zeros[0]! ? "utf-16le" : "utf-16be";
  const reads = new TextDecoder(encoding).decode(isWide ? start.subarray(0, 200) : line).trim();
  return { encoding, reads: reads.length > 100 ? `${reads.slice(0, 100).toWellFormed()}…` : reads };
}
