import { Problem } from "./problem.ts";

/** The preconditions of a request as it sent them; undefined: not sent. */
export interface Preconditions {
  readonly ifMatch: string | undefined;
  readonly ifNoneMatch: string | undefined;
}

type Headers = Readonly<Record<string, string | string[] | undefined>>;

export const preconditionsOf = (headers: Headers): Preconditions => ({
  ifMatch: headers["if-match"] as string | undefined,
  ifNoneMatch: headers["if-none-match"] as string | undefined,
});

/** How an entity tag of the request is compared with what is there. */
type Matches = (tag: string) => boolean;

/**
 * The preconditions in the order of RFC 9110, section 13.2.2. There is no Last-Modified, so those with dates do not count
 * (sections 13.1.3 and 13.1.4), and no ranges.
 *
 * @param current undefined: there is no current representation.
 */
export function evaluate(
  { ifMatch, ifNoneMatch }: Preconditions,
  current: Current | undefined,
): "met" | "if-match" | "if-none-match" {
  if (ifMatch !== undefined && !listed(ifMatch, current?.strong)) return "if-match";
  if (ifNoneMatch !== undefined && listed(ifNoneMatch, current?.weak)) return "if-none-match";
  return "met";
}

const isAny = (header: string): boolean => header.trim() === "*";

function listed(header: string, matches: Matches | undefined): boolean {
  if (matches === undefined) return false;
  return isAny(header) || (entityTags(header)?.some(matches) ?? false);
}

/** RFC 9110, sections 8.8.3 and 5.6.1: elements of a list may be empty. */
const TAG = '(?:W/)?"[\\x21\\x23-\\x7e\\x80-\\xff]*"';
const TAGS = new RegExp(`^[ \\t,]*(?:${TAG}[ \\t]*(?:,[ \\t,]*|$))*$`);

/** `W/"a", "b"` → its entity tags; undefined: it is no list of them. */
const entityTags = (header: string): string[] | undefined =>
  TAGS.test(header) ? (header.match(new RegExp(TAG, "g")) ?? []) : undefined;

/** The representation that a write finds, as far as preconditions ask. */
export interface Current {
  strong: Matches;
  weak: Matches;
}

/**
 * For writes.
 *
 * @param what is to be written, such as "product 7", for the sentence.
 * @param current undefined: there is none.
 * @throws {Problem} precondition-failed, naming the condition that does not hold, or that cannot be read: a write is not done on a guess.
 */
export function requireMet(what: string, preconditions: Preconditions, current: Current | undefined): void {
  for (const [name, header] of [
    ["If-Match", preconditions.ifMatch],
    ["If-None-Match", preconditions.ifNoneMatch],
  ] as const)
    if (header !== undefined && !isAny(header) && entityTags(header) === undefined)
      throw new Problem(
        "precondition-failed",
        `${name}: ${header.slice(0, 100)} is neither * nor a list of ETags, each with its quotes`,
      );
  const outcome = evaluate(preconditions, current);
  if (outcome === "met") return;
  const detail =
    outcome === "if-match"
      ? current
        ? `If-Match: ${what} has changed since it was read; read it again`
        : `If-Match: ${what} does not exist`
      : preconditions.ifNoneMatch?.trim() === "*"
        ? `If-None-Match: ${what} exists already`
        : `If-None-Match: ${what} is as the request has it`;
  throw new Problem("precondition-failed", detail);
}

const opaque = (tag: string): string => (tag.startsWith("W/") ? tag.slice(2) : tag);

/** For a representation with this strong validator: section 8.8.3.2. */
const ofRepresentation = (etag: string | undefined): Current => ({
  strong: (tag: string) => tag === etag,
  weak: (tag: string) => opaque(tag) === etag,
});

/** For what is to be changed: the `W/` that CloudFront puts before a validator when it compresses is let pass. */
const forWrite = (matches: Matches): Current => {
  const issued: Matches = (tag) => matches(opaque(tag));
  return { strong: issued, weak: issued };
};

/** For a product that is to be changed: whether a tag was issued for this version, in whatever selection of fields. */
export const ofVersion = (version: number): Current =>
  forWrite((tag) => tag.slice(1, -1).split(".")[0] === String(version));

/** For what is to be changed and has no version: whether a tag is that of what GET answers now. */
export const ofEtag = (etag: string): Current => forWrite((tag) => tag === etag);

/**
 * For reads.
 *
 * @param etag undefined: the representation has no validator.
 * @returns whether it is to be sent; false: 304, the client has it.
 * @throws {Problem} precondition-failed
 */
export function isWanted(headers: Headers, etag: string | undefined): boolean {
  const { "if-none-match": ifNoneMatch, "if-match": ifMatch } = headers;
  if (ifMatch === undefined && ifNoneMatch === undefined) return true;
  const outcome = evaluate(preconditionsOf(headers), ofRepresentation(etag));
  if (outcome === "if-match")
    throw new Problem(
      "precondition-failed",
      "If-Match: what is here has another ETag than the request names",
    );
  return outcome === "met";
}
