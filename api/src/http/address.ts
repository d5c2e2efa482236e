import { Problem } from "./problem.ts";

/** Of a request's first line and header fields together. */
export const HEADER_BYTES = 16_384;
/** Of a request's address, and of a canonical one with its cursor: every address that this API makes is one that it takes. */
export const ADDRESS_LENGTH = 4_096;
/** Of a canonical address without a cursor; with the longest one it is below ADDRESS_LENGTH. */
export const CANONICAL_LENGTH = 3_072;

export const tooLong = (length: number, limit: number): Problem =>
  new Problem(
    "uri-too-long",
    `the address has ${length} characters${limit === CANONICAL_LENGTH ? " when all that needs it is percent-encoded" : ""}; at most ${limit} are possible`,
  );

/**
 * Refuses what is no URI (RFC 3986): anything but printable ASCII, a fragment, which the router takes for a query, and
 * percent-encodings that stand for no text in UTF-8. Decoded leniently, they would be searched for as something else.
 *
 * @throws {Problem} invalid-request
 */
export function refuseUndecodable(address: string): void {
  try {
    if (/^[\x21\x22\x24-\x7e]*$/.test(address)) {
      if (address.includes("%")) decodeURIComponent(address);
      return;
    }
  } catch {}
  throw new Problem(
    "invalid-request",
    "the address is not percent-encoded UTF-8: encode each byte of a character as %XX, % itself as %25, and # as %23",
  );
}
