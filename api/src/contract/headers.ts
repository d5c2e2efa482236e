/** Header fields of answers, as components of the document. */
const header = (description: string, schema: object, required = true) => ({ description, required, schema });
const text = { type: "string" };

/** By their names. */
export const HEADERS: Record<string, ReturnType<typeof header>> = {
  ETag: header("Strong validator of this representation (RFC 9110, 8.8.3)", {
    ...text,
    examples: ['"12.kX3bZk0u5lQ0aT1c"'],
  }),
  "Cache-Control": header("How long browsers and shared caches may keep the answer (RFC 9111)", text),
  "Content-Location": header("The canonical address of what is in the answer (RFC 9110, 8.7)", text),
  Location: header("The address of what is new, or has moved", text),
  "Cache-Status": header("How this API's own cache has handled the request (RFC 9211)", text),
  Link: header('The next page, with rel="next"; missing on the last page (RFC 8288)', text, false),
  "X-Request-Id": header("As in the logs; the one of the request when it had one", text),
  "Retry-After": header("Seconds to wait before the next attempt", { type: "string", pattern: "^[0-9]+$" }),
  "WWW-Authenticate": header('Bearer; with error="invalid_token" when a key was sent (RFC 6750)', text),
  Accept: header("Media types that the operation takes", text, false),
  "Accept-Patch": header("Media types that PATCH takes (RFC 5789)", text, false),
  "Accept-Encoding": header("Content codings that are undone", text, false),
  Allow: header("Methods that the address has", text, false),
  "Idempotency-Replayed": header(
    "true: the answer is that of an earlier request with this key",
    { type: "string", enum: ["true"] },
    false,
  ),
};

/** As components of the document, by the names of `componentOf`. */
export const HEADER_COMPONENTS = {
  ...HEADERS,
  OptionalETag: { ...HEADERS.ETag!, required: false },
  "OptionalRetry-After": { ...HEADERS["Retry-After"]!, required: false },
};

/** @param name as the routes have it: with a question mark where the header is not always there */
export const componentOf = (name: string): string =>
  name.endsWith("?") ? `Optional${name.slice(0, -1)}` : name;

export const READ_HEADERS = [
  "ETag",
  "Cache-Control",
  "Content-Location",
  "Cache-Status",
  "X-Request-Id",
] as const;
export const PLAIN_HEADERS = ["Cache-Control", "X-Request-Id"] as const;
/** Of reads that nobody keeps, and that may be answered by a reader that is behind all the same. */
export const UNCACHED_HEADERS = [...PLAIN_HEADERS, "Cache-Status"] as const;

export function problemHeaders(status: number): string[] {
  const own: Record<number, string[]> = {
    401: ["WWW-Authenticate"],
    // Of an Idempotency-Key whose first request is not through.
    409: ["Retry-After?"],
    415: ["Accept", "Accept-Patch", "Accept-Encoding"],
    429: ["Retry-After"],
    501: ["Allow"],
    503: ["Retry-After"],
  };
  return [...PLAIN_HEADERS, ...(own[status] ?? [])];
}

/** Header fields of requests. */
export const REQUEST_HEADERS: Record<string, object> = {
  "If-Match": {
    ...text,
    description: "ETags of which one must be the current one, or * for any (RFC 9110, 13.1.1); otherwise 412",
  },
  "If-None-Match": {
    ...text,
    description:
      "ETags of which none must be the current one, or * for none at all (RFC 9110, 13.1.2); otherwise 304 to a read, 412 to a write",
  },
  "Idempotency-Key": {
    ...text,
    pattern: "^[\\x21-\\x7e]{1,255}$",
    description:
      "A name for this request: a repeat with it gets the first answer, and nothing is written twice",
  },
};
