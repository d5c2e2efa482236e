/** What of a viewer's request is in the cache key, and what goes to the origin. */
import { randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Behaviour } from "../blueprint/index.ts";
import { appended, endToEnd, fieldText, type Headers, matchesWildcard } from "../headers.ts";

/** What CloudFront writes of itself into `Via`. */
export const VIA = "1.1 preview.cloudfront.net (CloudFront)";

/**
 * Headers that reach the origin whatever the policies say.
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RequestAndResponseBehaviorCustomOrigin.html
 */
const alwaysForwarded = [
  "cache-control",
  "content-length",
  "content-md5",
  "content-type",
  "date",
  "from",
  "if-match",
  "if-modified-since",
  "if-none-match",
  "if-range",
  "if-unmodified-since",
  "max-forwards",
  "pragma",
  "range",
  "warning",
];

/** The first behaviour whose pattern matches; the default one is last and matches all. */
export function chooseBehaviour(behaviours: Behaviour[], url: string): Behaviour {
  const [path] = splitUrl(url);
  return behaviours.find(({ pathPattern }) => {
    if (pathPattern === "*") return true;
    return matchesWildcard(pathPattern.startsWith("/") ? pathPattern : `/${pathPattern}`, path);
  })!;
}

/** The parts of the request that the cache policy puts into the key. */
export function keyHeaders({ cachePolicy }: Behaviour, request: IncomingMessage): Headers {
  const headers: Headers = {};
  for (const name of cachePolicy.headers) {
    const value = request.headers[name];
    if (value !== undefined) headers[name] = value;
  }
  if (cachePolicy.cookies === "all" && request.headers.cookie) headers.cookie = request.headers.cookie;
  if (cachePolicy.compression) {
    const encoding = normalisedEncoding(request);
    if (encoding) headers["accept-encoding"] = encoding;
  }
  return headers;
}

/** GET and HEAD share an object. CloudFront takes the query string as it is: another order is another object. */
export function cacheKey(behaviour: Behaviour, request: IncomingMessage, headers: Headers): string {
  const [path, query] = splitUrl(request.url!);
  const search = behaviour.cachePolicy.queryStrings === "all" ? query : "";
  return JSON.stringify([behaviour.pathPattern, path, search, headers]);
}

/** Accept-Encoding as CloudFront rewrites it: what it can compress, and nothing else. */
export function normalisedEncoding(request: IncomingMessage): string {
  const accepted = fieldText(request.headers["accept-encoding"]) ?? "";
  return ["br", "gzip"]
    .filter((name) => new RegExp(`\\b${name}\\b(?!\\s*;\\s*q=0(\\.0*)?\\s*(,|$))`).test(accepted))
    .join(",");
}

/** Path and query string for the origin: the query string only if a policy lets it through. */
export function originPath({ cachePolicy, originRequestPolicy }: Behaviour, url: string): string {
  const forwarded = cachePolicy.queryStrings === "all" || originRequestPolicy.queryStrings === "all";
  return forwarded ? url : splitUrl(url)[0];
}

/**
 * Headers for the origin: what the policies and CloudFront's own rules let through, and what the edge adds.
 *
 * @param own headers that the distribution adds for this origin.
 * @param host of the origin, unless a policy forwards the viewer's.
 */
export function originHeaders(
  behaviour: Behaviour,
  request: IncomingMessage,
  own: Headers,
  host: string,
): Headers {
  const { cachePolicy, originRequestPolicy: policy } = behaviour;
  const viewer = endToEnd(request.headers);
  const headers: Headers = { host, "user-agent": "Amazon CloudFront" };
  const names =
    typeof policy.headers === "string" && policy.headers !== "none"
      ? Object.keys(viewer).filter((name) => name !== "host" || policy.headers === "allViewer")
      : [
          ...alwaysForwarded,
          ...cachePolicy.headers,
          ...(Array.isArray(policy.headers) ? policy.headers : []),
        ];
  for (const name of names) if (viewer[name] !== undefined) headers[name] = viewer[name];
  if (request.method !== "GET" && request.method !== "HEAD" && viewer.authorization)
    headers.authorization = viewer.authorization;
  delete headers.cookie;
  if (viewer.cookie && (cachePolicy.cookies === "all" || policy.cookies === "all"))
    headers.cookie = viewer.cookie;
  delete headers["accept-encoding"];
  const encoding = cachePolicy.compression && normalisedEncoding(request);
  if (encoding) headers["accept-encoding"] = encoding;
  headers["x-forwarded-for"] = appended(
    viewer["x-forwarded-for"],
    request.socket.remoteAddress ?? "127.0.0.1",
  );
  headers.via = appended(viewer.via, VIA);
  headers["x-amz-cf-id"] = requestId();
  return Object.assign(headers, own);
}

export function requestId(): string {
  return randomBytes(41).toString("base64url");
}

function splitUrl(url: string): [string, string] {
  const at = url.indexOf("?");
  return at < 0 ? [url, ""] : [url.slice(0, at), url.slice(at + 1)];
}
