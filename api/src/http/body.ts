import type { IncomingMessage } from "node:http";
import { promisify } from "node:util";
import { brotliDecompress, constants, gunzip, type ZlibOptions, zstdDecompress } from "node:zlib";
import { type JsonFault, parseJson } from "./json.ts";
import { MAX_ERRORS, Problem } from "./problem.ts";

/** Bodies of every operation that takes one: the largest product and the largest batch fit. */
export const BODY_BYTES = 8 * 1_048_576;

const LIMITS = { maxOutputLength: BODY_BYTES, rejectGarbageAfterEnd: true };
/** It may have several members (RFC 1952, section 2.2), of which all but the first are garbage to Node's own option. */
async function gunzipAll(bytes: Buffer): Promise<Buffer> {
  const { maxOutputLength } = LIMITS;
  const { buffer, engine } = await gunzipWithInfo(bytes, { maxOutputLength, info: true });
  if (engine.bytesWritten < bytes.length) throw new Error("there is something behind the last member");
  return buffer;
}
const gunzipWithInfo = promisify(gunzip) as unknown as (
  bytes: Buffer,
  options: ZlibOptions,
) => Promise<{ buffer: Buffer; engine: { bytesWritten: number } }>;
/** RFC 9659: no window above 8 MiB. */
const WINDOW = { params: { [constants.ZSTD_d_windowLogMax]: 23 } };
/** Content codings that are undone (RFC 9110, section 8.4.1; RFC 7932; RFC 8878). */
const DECODERS = {
  gzip: gunzipAll,
  "x-gzip": gunzipAll,
  br: (bytes: Buffer) => promisify(brotliDecompress)(bytes, LIMITS),
  zstd: (bytes: Buffer) => promisify(zstdDecompress)(bytes, { ...LIMITS, ...WINDOW }),
} as const;
export type Coding = keyof typeof DECODERS;
export const ACCEPT_ENCODING = "gzip, br, zstd";

/** @returns undefined for none. @throws {Problem} unsupported-media-type */
export function contentCoding(header: string | undefined): Coding | undefined {
  const codings = (header ?? "")
    .toLowerCase()
    .split(",")
    .map((coding) => coding.trim());
  const [coding, ...more] = codings.filter((each) => each !== "" && each !== "identity");
  if (coding === undefined) return undefined;
  if (more.length > 0 || !Object.hasOwn(DECODERS, coding)) {
    throw new Problem(
      "unsupported-media-type",
      `Content-Encoding: ${header!.slice(0, 100)} cannot be undone; send the body as it is, or in one of ${ACCEPT_ENCODING}`,
      { headers: { "accept-encoding": ACCEPT_ENCODING } },
    );
  }
  return coding as Coding;
}

export const tooLarge = (): Problem =>
  new Problem(
    "content-too-large",
    `a body has at most ${BODY_BYTES / 1_048_576} MiB, before and after decompression`,
  );

/** Requests whose bodies are being read → what ends that early. */
const readings = new WeakMap<IncomingMessage, (reason: Problem) => void>();
const refusals = new WeakMap<IncomingMessage, Problem>();

/** Ends the reading of a body that will not come to its end, whether it has begun or not. */
export function refuseBody(request: IncomingMessage, reason: Problem): void {
  refusals.set(request, reason);
  readings.get(request)?.(reason);
}

/**
 * Reads a body to its end, undoes its content coding, and decodes it: as UTF-8 (RFC 8259, section 8.1), or not at all.
 *
 * @throws {Problem} when it is too large, is not what its headers say, or is no UTF-8.
 */
export async function readText(request: IncomingMessage, coding: Coding | undefined): Promise<string> {
  const bytes = await readBytes(request);
  const plain = coding === undefined ? bytes : await decompress(bytes, coding);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(plain);
  } catch (error) {
    throw new Problem(
      "invalid-request",
      "the body is not valid UTF-8: was it written in another encoding, such as Latin-1 or Windows-1252?",
      { cause: error },
    );
  }
}

function readBytes(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  return new Promise<Buffer>((resolve, reject) => {
    const fail = (error: Error): void => {
      request.off("data", take);
      request.pause();
      reject(error);
    };
    const take = (chunk: Buffer): void => {
      length += chunk.length;
      if (length > BODY_BYTES) fail(tooLarge());
      else chunks.push(chunk);
    };
    const refusal = refusals.get(request);
    if (refusal) {
      reject(refusal);
      return;
    }
    readings.set(request, fail);
    request.on("data", take);
    request.on("end", () => resolve(Buffer.concat(chunks, length)));
    // Node's word for a client that went away inside its body: nobody reads this answer.
    request.on("error", (cause) =>
      fail(new Problem("invalid-request", "the body ended before it was whole", { cause })),
    );
  }).finally(() => readings.delete(request));
}

async function decompress(bytes: Buffer, coding: Coding): Promise<Buffer> {
  try {
    return await DECODERS[coding](bytes);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") throw tooLarge();
    throw new Problem(
      "invalid-request",
      `the body is not in the coding that Content-Encoding names: ${coding}`,
      {
        cause: error,
      },
    );
  }
}

/** A body that is one JSON value. @throws {Problem} naming the places that are wrong. */
export function decodeJson(text: string): unknown {
  const { value, faults } = parseBody(text);
  if (faults.length > 0) throw faultyBody(faults);
  return value;
}

/** @throws {Problem} when the body is no JSON. */
export function parseBody(text: string): { value: unknown; faults: JsonFault[] } {
  try {
    return parseJson(text);
  } catch (error) {
    throw new Problem("invalid-request", "the body is not valid JSON", { cause: error });
  }
}

export function faultyBody(faults: readonly JsonFault[]): Problem {
  const errors = faults.slice(0, MAX_ERRORS).map(({ path, message }) => ({
    at: ["body", ...path].join("/").slice(0, 200),
    message,
  }));
  const [first] = errors;
  return new Problem("invalid-request", `${first!.at} ${first!.message}`, { extensions: { errors } });
}
