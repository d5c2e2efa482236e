/** The CloudFront distribution: behaviours, cache, request collapsing, and the way to the origin. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { LRUCache } from "lru-cache";
import type { Behaviour, EdgeBlueprint } from "../blueprint/index.ts";
import type { EventLog } from "../event-log.ts";
import { fieldText, type Headers } from "../headers.ts";
import { close, listen } from "../listen.ts";
import type { EdgeResult, Meter } from "../meter.ts";
import { compressed } from "./compression.ts";
import { OriginClient } from "./origin.ts";
import { cacheKey, chooseBehaviour, keyHeaders, normalisedEncoding, requestId, VIA } from "./request.ts";
import { errorSeconds, StoredResponse } from "./stored-response.ts";

/** What a request in flight gets to finish when the edge closes. */
const GRACE_MS = 5000;
const CACHE_BYTES = 128 * 1024 * 1024;

/** What is to be fetched from the origin, and what is known of it already. */
interface Trip {
  readonly behaviour: Behaviour;
  readonly request: IncomingMessage;
  readonly key: string;
  /** The request headers that the key depends on. */
  readonly varying: Headers;
  readonly cached: StoredResponse | undefined;
}

/** What one trip to the origin came to. `shared` when those who waited for it may have it too. */
interface Fetched {
  stored: StoredResponse;
  shared: boolean;
  xCache: string;
  result: EdgeResult;
}

/** Told before the answer is sent: the end of a short one is counted at once. */
interface Outcome {
  result: EdgeResult;
}

export class Edge {
  readonly blueprint: EdgeBlueprint;
  readonly #server: Server;
  readonly #meter: Meter;
  readonly #log: EventLog;
  readonly #cache = new LRUCache<string, StoredResponse>({
    maxSize: CACHE_BYTES,
    sizeCalculation: (stored) => stored.bytes,
  });
  /** One trip per key: whoever asks for the same meanwhile waits for it. */
  readonly #underWay = new Map<string, Promise<Fetched>>();
  readonly #origin: OriginClient;
  inFlight = 0;

  /** @param originUrl where the load balancer listens here. */
  constructor(blueprint: EdgeBlueprint, originUrl: string, meter: Meter, log: EventLog) {
    this.blueprint = blueprint;
    this.#meter = meter;
    this.#log = log;
    this.#origin = new OriginClient(blueprint, originUrl, meter, log);
    this.#server = createServer({ requestTimeout: 0 });
    this.#server.on("request", (request, response) => {
      this.inFlight++;
      response.on("close", () => this.inFlight--);
      this.#handle(request, response).catch(() => response.destroy());
    });
  }

  get objects(): number {
    return this.#cache.size;
  }

  get bytes(): number {
    return this.#cache.calculatedSize;
  }

  /** @param port 0 for a free one. @returns the port. */
  listen(port: number): Promise<number> {
    return listen(this.#server, port, "the edge");
  }

  flush(): void {
    const objects = this.#cache.size;
    this.#cache.clear();
    this.#log.write(
      "edge.flushed",
      "warn",
      this.blueprint.address,
      `The cache was emptied of ${objects} objects.`,
    );
  }

  async close(): Promise<void> {
    await close(this.#server, GRACE_MS);
    await this.#origin.close();
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const arrived = performance.now();
    const behaviour = chooseBehaviour(this.blueprint.behaviours, request.url!);
    const outcome: Outcome = { result: "miss" };
    response.on("close", () => {
      const shed = response.statusCode === 503 && response.hasHeader("retry-after");
      this.#meter.record(response.statusCode, performance.now() - arrived, outcome.result, shed);
    });
    const method = request.method!;
    if (!behaviour.allowedMethods.has(method)) {
      outcome.result = "error";
      request.resume();
      return this.#refuse(
        behaviour,
        response,
        403,
        "This distribution is not configured to allow the HTTP request method.",
      );
    }
    if (behaviour.cachePolicy.maxTtl > 0 && behaviour.cachedMethods.has(method)) {
      return this.#fromCache(behaviour, request, response, outcome);
    }
    const sent = await this.#origin.pass(behaviour, request, response, (headers) =>
      this.#decorate(behaviour, headers, "Miss from cloudfront"),
    );
    if (sent) return;
    outcome.result = "error";
    this.#refuse(behaviour, response, 502, "CloudFront could not connect to the origin.");
  }

  async #fromCache(
    behaviour: Behaviour,
    request: IncomingMessage,
    response: ServerResponse,
    outcome: Outcome,
  ): Promise<void> {
    request.resume();
    const varying = keyHeaders(behaviour, request);
    const key = cacheKey(behaviour, request, varying);
    const cached = this.#cache.get(key);
    const trip = { behaviour, request, key, varying, cached };
    if (cached?.fresh) {
      const xCache = cached.status < 400 ? "Hit from cloudfront" : "Error from cloudfront";
      outcome.result = "hit";
      return this.#send(behaviour, request, response, cached, xCache, true);
    }
    if (cached?.servableWhileRevalidating) {
      void this.#fetchOnce(trip);
      outcome.result = "stale";
      return this.#send(behaviour, request, response, cached, "Hit from cloudfront", true);
    }
    const { stored, xCache, result } = await this.#fetchShared(trip);
    outcome.result = result;
    this.#send(behaviour, request, response, stored, xCache, result !== "miss");
  }

  /** Joins the trip under way, unless its result was for its first asker alone. */
  async #fetchShared(trip: Trip): Promise<Fetched> {
    const underWay = this.#underWay.get(trip.key);
    if (!underWay) return this.#fetchOnce(trip);
    const fetched = await underWay;
    return fetched.shared ? fetched : this.#fetch(trip);
  }

  #fetchOnce(trip: Trip): Promise<Fetched> {
    const before = this.#underWay.get(trip.key);
    if (before) return before;
    const fetching = this.#fetch(trip).finally(() => this.#underWay.delete(trip.key));
    this.#underWay.set(trip.key, fetching);
    return fetching;
  }

  async #fetch({ behaviour, request, key, varying, cached }: Trip): Promise<Fetched> {
    const conditions = cached?.revalidationHeaders(varying) ?? {};
    const answer = await this.#origin.fetch(behaviour, request, conditions);
    if (answer.status === 304 && cached) {
      const stored = cached.revalidated(answer.headers, varying);
      this.#store(key, stored);
      return { stored, shared: true, xCache: "RefreshHit from cloudfront", result: "hit" };
    }
    if (answer.status >= 500 && cached?.servableOnError)
      return { stored: cached, shared: true, xCache: "Hit from cloudfront", result: "stale" };
    const isError = answer.status >= 400;
    const response = behaviour.compress ? await compressed(answer, normalisedEncoding(request)) : answer;
    const seconds = isError ? errorSeconds(answer, this.blueprint.errorCaching) : undefined;
    const stored = StoredResponse.of(
      response,
      varying,
      behaviour.cachePolicy,
      isError ? (seconds ?? 0) : undefined,
    );
    if (stored.storable) this.#store(key, stored);
    const xCache = isError ? "Error from cloudfront" : "Miss from cloudfront";
    return { stored, shared: stored.storable, xCache, result: "miss" };
  }

  #store(key: string, stored: StoredResponse): void {
    this.#cache.set(key, stored, { ttl: Math.max(1, stored.usefulSeconds * 1000) });
  }

  #send(
    behaviour: Behaviour,
    request: IncomingMessage,
    response: ServerResponse,
    stored: StoredResponse,
    xCache: string,
    fromCache: boolean,
  ): void {
    const headers = this.#decorate(behaviour, stored.headers(), xCache);
    if (fromCache) headers.age = String(Math.floor(stored.age));
    else delete headers.age;
    if (stored.status === 200 && isUnchanged(request, headers)) {
      delete headers["content-length"];
      delete headers["content-type"];
      response.writeHead(304, headers);
      response.end();
      return;
    }
    headers["content-length"] = String(stored.body.length);
    response.writeHead(stored.status, headers);
    response.end(request.method === "HEAD" ? undefined : stored.body);
  }

  /** Adds what CloudFront adds to each answer, and the headers of the behaviour's policy. */
  #decorate(behaviour: Behaviour, headers: Headers, xCache: string): Headers {
    for (const { name, value, override } of behaviour.responseHeaders) {
      if (override || headers[name] === undefined) headers[name] = value;
    }
    headers["x-cache"] = xCache;
    headers.via = VIA;
    headers["x-amz-cf-pop"] = "preview";
    headers["x-amz-cf-id"] = requestId();
    return headers;
  }

  #refuse(behaviour: Behaviour, response: ServerResponse, status: number, reason: string): void {
    if (response.headersSent) return void response.destroy();
    const body = `<html><body><h1>${status} ERROR</h1><p>The request could not be satisfied. ${reason}</p></body></html>\n`;
    const headers = { server: "CloudFront", "content-type": "text/html", "cache-control": "no-store" };
    response.writeHead(status, this.#decorate(behaviour, headers, "Error from cloudfront"));
    response.end(body);
  }
}

/** RFC 9110 §13.1.2: compared weakly, and `If-None-Match` before any date. */
function isUnchanged(request: IncomingMessage, headers: Headers): boolean {
  const ifNoneMatch = request.headers["if-none-match"];
  if (ifNoneMatch !== undefined) {
    const weak = (tag: string) => tag.trim().replace(/^W\//, "");
    const etag = fieldText(headers.etag);
    return (
      ifNoneMatch.trim() === "*" ||
      (etag !== undefined && ifNoneMatch.split(",").some((tag) => weak(tag) === weak(etag)))
    );
  }
  const since = Date.parse(request.headers["if-modified-since"] ?? "");
  const modified = Date.parse(fieldText(headers["last-modified"]) ?? "");
  return modified <= since; // false when either is missing
}
