/** What a proxy does to headers (RFC 9110 §7.6.1). */
import type { IncomingHttpHeaders } from "node:http";

export interface Headers {
  [name: string]: string | string[] | undefined;
}

const hopByHop = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** A copy without the fields that are meant for one connection only. */
export function endToEnd(headers: Headers | IncomingHttpHeaders): Headers {
  const listed = String(headers.connection ?? "")
    .toLowerCase()
    .split(/\s*,\s*/);
  const copy: Headers = {};
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined && !hopByHop.has(name) && !listed.includes(name)) copy[name] = value;
  }
  return copy;
}

/** The field with a value added at the end of its list. */
export function appended(value: string | string[] | undefined, addition: string): string {
  return value === undefined ? addition : `${value}, ${addition}`;
}

/** A field as one text. */
export function fieldText(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(", ") : value;
}

const wildcardCache = new Map<string, RegExp>();

/** Matches AWS's wildcards: `*` any characters, `?` one. */
export function matchesWildcard(pattern: string, text: string, ignoreCase = false): boolean {
  const key = `${ignoreCase}${pattern}`;
  let expression = wildcardCache.get(key);
  if (!expression) {
    const source = pattern
      .replace(/[.+^${}()|[\]\\]/g, "\\$&")
      .replace(/\*/g, ".*")
      .replace(/\?/g, ".");
    expression = new RegExp(`^${source}$`, ignoreCase ? "is" : "s");
    wildcardCache.set(key, expression);
  }
  return expression.test(text);
}
