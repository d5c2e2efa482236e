/** The edge's way to the load balancer. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { Pool } from "undici";
import type { Behaviour, EdgeBlueprint } from "../blueprint/index.ts";
import type { EventLog } from "../event-log.ts";
import { endToEnd, type Headers } from "../headers.ts";
import type { Meter } from "../meter.ts";
import { originHeaders, originPath } from "./request.ts";
import type { OriginResponse } from "./stored-response.ts";

/** Failures of the origin are counted, and told at most this often. */
const REPORT_EVERY_MS = 2000;

export class OriginClient {
  readonly #blueprint: EdgeBlueprint;
  readonly #pool: Pool;
  readonly #host: string;
  readonly #meter: Meter;
  readonly #log: EventLog;
  #failures = 0;
  #reportedAt = Number.NEGATIVE_INFINITY;

  constructor(blueprint: EdgeBlueprint, url: string, meter: Meter, log: EventLog) {
    this.#blueprint = blueprint;
    this.#meter = meter;
    this.#log = log;
    this.#host = new URL(url).host;
    const { readTimeout, connectionTimeout } = blueprint.origin;
    this.#pool = new Pool(url, {
      connections: null, // an edge location opens as many as it needs
      pipelining: 1,
      connectTimeout: connectionTimeout * 1000,
      headersTimeout: readTimeout * 1000,
      bodyTimeout: readTimeout * 1000,
    });
  }

  close(): Promise<void> {
    return this.#pool.destroy().catch(() => {});
  }

  /** Asks for something that will be cached: always by GET, whole, and on the cache's own conditions. */
  async fetch(behaviour: Behaviour, request: IncomingMessage, conditions: Headers): Promise<OriginResponse> {
    const headers = originHeaders(behaviour, request, this.#blueprint.origin.headers, this.#host);
    for (const name of viewersOwn) delete headers[name];
    this.#meter.recordOriginRequest();
    try {
      const answer = await this.#pool.request({
        method: "GET",
        path: originPath(behaviour, request.url!),
        headers: { ...headers, ...conditions },
      });
      const body = Buffer.from(await answer.body.arrayBuffer());
      this.#watch(answer.statusCode, request);
      return { status: answer.statusCode, headers: endToEnd(answer.headers), body };
    } catch (error) {
      const status = isTimeout(error) ? 504 : 502;
      this.#watch(status, request);
      return errorPage(status);
    }
  }

  /**
   * Passes a request that is not cached through to the origin and its answer back.
   *
   * @param decorate takes the answer's headers and returns what the viewer gets.
   * @returns false when the origin did not answer and nothing has been sent to the viewer.
   */
  async pass(
    behaviour: Behaviour,
    request: IncomingMessage,
    response: ServerResponse,
    decorate: (headers: Headers) => Headers,
  ): Promise<boolean> {
    const gone = new AbortController();
    response.on("close", () => response.writableFinished || gone.abort());
    const hasBody =
      request.headers["content-length"] !== undefined || request.headers["transfer-encoding"] !== undefined;
    this.#meter.recordOriginRequest();
    try {
      const answer = await this.#pool.request({
        method: request.method as "GET",
        path: originPath(behaviour, request.url!),
        headers: originHeaders(behaviour, request, this.#blueprint.origin.headers, this.#host),
        body: hasBody ? request : null,
        signal: gone.signal,
      });
      this.#watch(answer.statusCode, request);
      for (const [name, value] of Object.entries(decorate(endToEnd(answer.headers))))
        if (value !== undefined) response.setHeader(name, value);
      response.writeHead(answer.statusCode);
      await pipeline(answer.body, response);
      return true;
    } catch {
      if (response.destroyed) return true;
      if (!response.headersSent) this.#watch(502, request);
      return false;
    }
  }

  #watch(status: number, request: IncomingMessage): void {
    if (status < 500) return;
    this.#failures++;
    if (performance.now() - this.#reportedAt < REPORT_EVERY_MS) return;
    const times = this.#failures === 1 ? "" : ` (${this.#failures} failures since the last report)`;
    this.#log.write(
      "edge.originError",
      "warn",
      this.#blueprint.address,
      `The origin answered ${status} to ${request.method} ${request.url?.split("?")[0]}${times}.`,
      { detail: { status, failures: this.#failures } },
    );
    this.#failures = 0;
    this.#reportedAt = performance.now();
  }
}

/** Conditions and ranges of one viewer's own, which must not decide what the cache gets. */
const viewersOwn = [
  "cache-control",
  "content-length",
  "if-match",
  "if-modified-since",
  "if-none-match",
  "if-range",
  "if-unmodified-since",
  "pragma",
  "range",
];

function isTimeout(error: unknown): boolean {
  return String((error as NodeJS.ErrnoException).code).endsWith("_TIMEOUT");
}

function errorPage(status: number): OriginResponse {
  const body = Buffer.from(`<html><body><h1>${status} ERROR</h1></body></html>\n`);
  return { status, headers: { server: "CloudFront", "content-type": "text/html" }, body };
}
