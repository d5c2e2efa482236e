import { CANONICAL_LENGTH, tooLong } from "./address.ts";
import { Problem } from "./problem.ts";

type Value = string | number | boolean | readonly string[];

/** A query that passed validation: known parameters only, of the right types. */
export interface Query {
  readonly [name: string]: Value | undefined;
}

export interface Defaults {
  readonly [name: string]: Value;
}

/**
 * One spelling for each query, so that the caches on the way hold it once: parameters sorted, defaults left out, values of a
 * list sorted and each once. Encoded as `application/x-www-form-urlencoded` does.
 */
export function canonicalQuery(query: Query, defaults: Defaults = {}): string {
  const parts: string[] = [];
  for (const name of Object.keys(query).sort()) {
    const value = query[name];
    if (value === undefined || value === defaults[name]) continue;
    const values = typeof value === "object" ? [...new Set(value)].sort() : [value];
    for (const item of values) parts.push(`${encodeURIComponent(name)}=${encodeURIComponent(item)}`);
  }
  return parts.join("&");
}

/** @throws {Problem} uri-too-long */
export function canonicalTarget(path: string, query: Query, defaults?: Defaults): string {
  const text = canonicalQuery(query, defaults);
  const cursor = typeof query.cursor === "string" ? "cursor=".length + query.cursor.length : 0;
  const length = path.length + 1 + text.length - cursor;
  if (length > CANONICAL_LENGTH) throw tooLong(length, CANONICAL_LENGTH);
  return text === "" ? path : `${path}?${text}`;
}

/**
 * Refuses what no text in the catalogue can hold: NUL, which PostgreSQL cannot store, and halves of surrogate pairs, which
 * are no characters (and which encodeURIComponent refuses to write).
 */
export function assertText(values: Query): void {
  for (const [name, value] of Object.entries(values)) {
    for (const item of typeof value === "object" ? value : [value]) {
      if (typeof item === "string" && (item.includes("\0") || !item.isWellFormed())) {
        throw new Problem("invalid-request", `${name} contains a character that is not allowed`);
      }
    }
  }
}
