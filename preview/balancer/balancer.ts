/** The Application Load Balancer: a listener, its rules, and a proxy to the targets. */
import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import type { BalancerBlueprint } from "../blueprint/index.ts";
import type { StackClock } from "../clock.ts";
import type { EventLog } from "../event-log.ts";
import { appended, endToEnd, type Headers } from "../headers.ts";
import { close, listen } from "../listen.ts";
import { chooseAction, explainDefault, type RoutedRequest } from "./rules.ts";
import { type Target, TargetGroup } from "./target-group.ts";

/** Who answered a request: the listener, by a fixed response; the balancer, for want of an answer; or a target. */
export type BalancerResponse =
  | { by: "rule" }
  | { by: "balancer" | "nobody"; hadTarget: boolean }
  | { by: "target"; hadTarget: true; status: number; seconds: number };

export class Balancer {
  readonly blueprint: BalancerBlueprint;
  readonly targetGroup: TargetGroup;
  readonly #server: Server;
  inFlight = 0;
  /** Why the last request was not forwarded. */
  lastRefusal: string | undefined;
  /** Told of each answer. */
  onResponse: (answer: BalancerResponse) => void = () => {};

  constructor(blueprint: BalancerBlueprint, clock: StackClock, log: EventLog) {
    this.blueprint = blueprint;
    this.targetGroup = new TargetGroup(blueprint.targetGroup, blueprint.idleTimeout, clock, log);
    this.#server = createServer({ requestTimeout: 0, keepAliveTimeout: blueprint.idleTimeout * 1000 });
    this.#server.on("request", (request, response) => {
      this.inFlight++;
      response.on("close", () => this.inFlight--);
      this.#handle(request, response).catch(() => response.destroy());
    });
  }

  /** @param port 0 for a free one. @returns the port. */
  listen(port: number): Promise<number> {
    return listen(this.#server, port, "the load balancer");
  }

  async close(): Promise<void> {
    await close(this.#server);
    await this.targetGroup.close();
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const routed: RoutedRequest = {
      method: request.method!,
      url: request.url!,
      headers: request.headers,
      clientAddress: request.socket.remoteAddress ?? "127.0.0.1",
    };
    const action = chooseAction(this.blueprint, routed);
    if (action.kind === "fixed") {
      this.lastRefusal = explainDefault(this.blueprint, routed);
      request.resume();
      response.writeHead(action.status, { server: "awselb/2.0", "content-type": action.contentType });
      response.end(action.body);
      this.onResponse({ by: "rule" });
      return;
    }
    const target = this.targetGroup.choose();
    if (!target) {
      this.lastRefusal = `${this.targetGroup.blueprint.address} has no target to ask`;
      this.onResponse({ by: "balancer", hadTarget: false });
      return refuse(request, response, 503, "Service Temporarily Unavailable");
    }
    target.inFlight++;
    try {
      await this.#forward(target, request, response, routed.clientAddress);
    } finally {
      target.inFlight--;
      target.served++;
    }
  }

  async #forward(
    target: Target,
    request: IncomingMessage,
    response: ServerResponse,
    client: string,
  ): Promise<void> {
    const gone = new AbortController();
    response.on("close", () => response.writableFinished || gone.abort());
    const hasBody =
      request.headers["content-length"] !== undefined || request.headers["transfer-encoding"] !== undefined;
    const askedAt = performance.now();
    try {
      const answer = await target.pool.request({
        method: request.method! as "GET",
        path: request.url!,
        headers: this.#requestHeaders(request, client),
        body: hasBody ? request : null,
        signal: gone.signal,
      });
      const seconds = (performance.now() - askedAt) / 1000; // to the headers, as TargetResponseTime counts
      this.onResponse({ by: "target", hadTarget: true, status: answer.statusCode, seconds });
      response.writeHead(answer.statusCode, endToEnd(answer.headers));
      await pipeline(answer.body, response);
    } catch (error) {
      if (response.headersSent) {
        response.destroy(); // too late for another status: the client sees the answer break off
        return;
      }
      const left = response.destroyed; // the client went away
      this.onResponse({ by: left ? "nobody" : "balancer", hadTarget: true });
      if (left) return;
      const code = (error as NodeJS.ErrnoException).code;
      this.lastRefusal = `target ${target.id} failed: ${(error as Error).message}`;
      if (code === "UND_ERR_HEADERS_TIMEOUT" || code === "UND_ERR_CONNECT_TIMEOUT")
        return refuse(request, response, 504, "Gateway Time-out");
      refuse(request, response, 502, "Bad Gateway");
    }
  }

  #requestHeaders(request: IncomingMessage, client: string): Headers {
    const headers = endToEnd(request.headers);
    if (this.blueprint.dropInvalidHeaders) {
      for (const name in headers) if (!/^[a-z0-9-]+$/.test(name)) delete headers[name];
    }
    const port = this.blueprint.listener.port;
    headers["x-forwarded-for"] = appended(headers["x-forwarded-for"], client);
    headers["x-forwarded-proto"] = port === 443 ? "https" : "http";
    headers["x-forwarded-port"] = String(port);
    headers["x-amzn-trace-id"] ??= traceId();
    return headers;
  }
}

/** An answer of the balancer's own, in the form of AWS's. */
function refuse(request: IncomingMessage, response: ServerResponse, status: number, title: string): void {
  request.resume();
  const heading = `${status} ${title}`;
  const body = `<html>\r\n<head><title>${heading}</title></head>\r\n<body>\r\n<center><h1>${heading}</h1></center>\r\n</body>\r\n</html>\r\n`;
  response.writeHead(status, { server: "awselb/2.0", "content-type": "text/html" });
  response.end(body);
}

function traceId(): string {
  const seconds = Math.floor(Date.now() / 1000).toString(16);
  return `Root=1-${seconds}-${randomBytes(12).toString("hex")}`;
}
