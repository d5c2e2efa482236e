/** A response in the edge's cache: how long it is fresh, and for how long after that it may still be served. */
import CachePolicy from "http-cache-semantics";
import type { CachePolicy as TtlPolicy } from "../blueprint/index.ts";
import { fieldText, type Headers } from "../headers.ts";

export interface OriginResponse {
  status: number;
  headers: Headers;
  body: Buffer;
}

/** Error statuses that CloudFront caches whether or not the origin says so; see `errorSeconds`. */
const alwaysCachedErrors = new Set([404, 414, 500, 501, 502, 503, 504]);
const DEFAULT_ERROR_SECONDS = 10;
/** The edge keeps an object that may not be served any more for a revalidation, but not for ever. */
const LONGEST_STALE_SECONDS = 86_400;

const representationHeaders = new Set(["etag", "content-encoding", "content-length", "content-type", "vary"]);

export class StoredResponse {
  readonly status: number;
  readonly body: Buffer;
  readonly #policy: CachePolicy;
  readonly #ttl: TtlPolicy;
  readonly #directives: Map<string, string>;
  readonly #hasLifetime: boolean;
  /** Set for an error that is cached: the moment until which it is. */
  readonly #errorUntil: number | undefined;

  private constructor(
    response: { status: number; headers: Headers; body: Buffer },
    policy: CachePolicy,
    ttl: TtlPolicy,
    errorSeconds?: number,
  ) {
    this.status = response.status;
    this.body = response.body;
    this.#policy = policy;
    this.#ttl = ttl;
    this.#directives = parseDirectives(fieldText(response.headers["cache-control"]) ?? "");
    this.#hasLifetime =
      response.headers["cache-control"] !== undefined || response.headers.expires !== undefined;
    this.#errorUntil = errorSeconds === undefined ? undefined : Date.now() + errorSeconds * 1000;
  }

  /** @param keyHeaders those of the request that are in the cache key: CloudFront varies by no others. */
  static of(
    response: OriginResponse,
    keyHeaders: Headers,
    ttl: TtlPolicy,
    errorSeconds?: number,
  ): StoredResponse {
    const policy = new CachePolicy(
      { method: "GET", url: "/", headers: flat(keyHeaders) },
      { status: response.status, headers: flat(response.headers) },
      { shared: true, cacheHeuristic: 0, immutableMinTimeToLive: 0 },
    );
    return new StoredResponse(response, policy, ttl, errorSeconds);
  }

  /** Whether it may be kept at all: it is fresh for a while, or can be revalidated. */
  get storable(): boolean {
    if (this.#errorUntil !== undefined) return this.#errorUntil > Date.now();
    if (this.#ttl.maxTtl === 0) return false;
    if (this.lifetime === 0 && !this.#policy.storable()) return false;
    const stale = Math.max(this.#seconds("stale-while-revalidate"), this.#seconds("stale-if-error"));
    const { etag, "last-modified": lastModified } = this.headers();
    return this.lifetime + stale > 0 || etag !== undefined || lastModified !== undefined;
  }

  /** Seconds of freshness: the origin's word within the policy's bounds, or the policy's default. */
  get lifetime(): number {
    const { minTtl, defaultTtl, maxTtl } = this.#ttl;
    if (!this.#hasLifetime) return defaultTtl;
    return Math.min(maxTtl, Math.max(minTtl, this.#policy.maxAge()));
  }

  get age(): number {
    return this.#policy.age();
  }

  get fresh(): boolean {
    return this.#errorUntil === undefined ? this.age < this.lifetime : Date.now() < this.#errorUntil;
  }

  /** RFC 5861 §3. */
  get servableWhileRevalidating(): boolean {
    return (
      this.#errorUntil === undefined && this.age < this.lifetime + this.#seconds("stale-while-revalidate")
    );
  }

  /**
   * RFC 5861 §4. Without the directive CloudFront serves an expired object while the origin fails, unless the origin
   * forbids it.
   */
  get servableOnError(): boolean {
    if (this.#errorUntil !== undefined) return false;
    if (this.#directives.has("stale-if-error"))
      return this.age < this.lifetime + this.#seconds("stale-if-error");
    const forbidden = ["must-revalidate", "proxy-revalidate", "no-cache"];
    return (
      !forbidden.some((directive) => this.#directives.has(directive)) && this.#seconds("s-maxage", 1) > 0
    );
  }

  /** Seconds for which it is of any use in the cache. */
  get usefulSeconds(): number {
    const stale = Math.max(
      this.#seconds("stale-while-revalidate"),
      this.#seconds("stale-if-error", LONGEST_STALE_SECONDS),
    );
    return this.#errorUntil === undefined ? this.lifetime + stale : (this.#errorUntil - Date.now()) / 1000;
  }

  headers(): Headers {
    return { ...this.#policy.responseHeaders() };
  }

  /** Headers that ask the origin whether it is still current. */
  revalidationHeaders(keyHeaders: Headers): Headers {
    const { "if-none-match": etag, "if-modified-since": date } = this.#policy.revalidationHeaders({
      method: "GET",
      url: "/",
      headers: flat(keyHeaders),
    });
    return { ...(etag && { "if-none-match": etag }), ...(date && { "if-modified-since": date }) };
  }

  /** The same object after the origin's 304, fresh again. */
  revalidated(headers: Headers, keyHeaders: Headers): StoredResponse {
    const request = { method: "GET", url: "/", headers: flat(this.revalidationHeaders(keyHeaders)) };
    // The origin speaks of its own representation; the one here may be its compressed form.
    const own = Object.entries(this.headers()).filter(([name]) => representationHeaders.has(name));
    const answer = { status: 304, headers: flat({ ...headers, ...Object.fromEntries(own) }) };
    const { policy } = this.#policy.revalidatedPolicy(request, answer);
    const response = { status: this.status, headers: { ...policy.responseHeaders() }, body: this.body };
    return new StoredResponse(response, policy, this.#ttl);
  }

  /** What it weighs in the cache; headers are a small part. */
  get bytes(): number {
    return this.body.length + 1000;
  }

  #seconds(directive: string, otherwise = 0): number {
    const value = this.#directives.get(directive);
    return value === undefined ? otherwise : Number.parseInt(value, 10) || 0;
  }
}

/**
 * Seconds for which the edge caches an error, undefined when it does not. What the distribution says is a minimum.
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/HTTPStatusCodes.html
 */
export function errorSeconds(response: OriginResponse, configured: Map<number, number>): number | undefined {
  const directives = parseDirectives(fieldText(response.headers["cache-control"]) ?? "");
  const lifetime = Number(directives.get("s-maxage") ?? directives.get("max-age"));
  if (alwaysCachedErrors.has(response.status))
    return Math.max(configured.get(response.status) ?? DEFAULT_ERROR_SECONDS, lifetime || 0);
  return lifetime > 0 ? lifetime : undefined;
}

function parseDirectives(field: string): Map<string, string> {
  const directives = new Map<string, string>();
  for (const part of field.toLowerCase().split(",")) {
    const [name = "", value = ""] = part.trim().split("=");
    if (name) directives.set(name, value.replaceAll('"', ""));
  }
  return directives;
}

function flat(headers: Headers): CachePolicy.Headers {
  return headers as CachePolicy.Headers;
}
