import { randomBytes } from "node:crypto";
import { subscribe } from "node:diagnostics_channel";
import type { IncomingMessage, ServerResponse } from "node:http";

/**
 * Traces of the requests served, sent to an OpenTelemetry collector as OTLP over HTTP with JSON. Loaded by server.ts, before
 * anything else, only when OTEL_EXPORTER_OTLP_ENDPOINT is set (`node --import` does the same for another entry point). It listens
 * to what Node and Fastify publish on diagnostics channels; the SDK would be a hundred packages for that.
 *
 * Read: OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_HEADERS (`a=b,c=d`), OTEL_SERVICE_NAME (or SERVICE_NAME),
 * OTEL_TRACES_SAMPLER_ARG (share of requests without a sampled parent; default 1). A caller's `traceparent` is followed
 * (https://www.w3.org/TR/trace-context/).
 */
const { env } = process;
const endpoint = endpointOrExit(env.OTEL_EXPORTER_OTLP_ENDPOINT ?? "");
const ratio = Number(env.OTEL_TRACES_SAMPLER_ARG ?? 1);
const headers = {
  "content-type": "application/json",
  ...Object.fromEntries(
    (env.OTEL_EXPORTER_OTLP_HEADERS ?? "").split(",").flatMap((pair) => {
      const [name = "", value] = pair.split("=");
      return value === undefined ? [] : [[name.trim(), decodeURIComponent(value.trim())]];
    }),
  ),
};
const resource = {
  attributes: attributes({ "service.name": env.OTEL_SERVICE_NAME ?? env.SERVICE_NAME ?? "catalog-api" }),
};

const FLUSH_MS = 5_000;
const BATCH = 512;
const QUEUE = 4 * BATCH;
const SERVER_SPAN = 2;
const STATUS_ERROR = 2;

interface Started {
  traceId: string;
  parentSpanId: string | undefined;
  at: bigint;
  route?: string;
}

const started = new WeakMap<IncomingMessage, Started>();
let queue: object[] = [];

subscribe("http.server.request.start", (message) => {
  const { request } = message as { request: IncomingMessage };
  const parent = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(
    String(request.headers.traceparent ?? ""),
  );
  const sampled = parent ? (Number.parseInt(parent[3]!, 16) & 1) === 1 : Math.random() < ratio;
  if (!sampled) return;
  started.set(request, {
    traceId: parent?.[1] ?? randomBytes(16).toString("hex"),
    parentSpanId: parent?.[2],
    at: BigInt(Date.now()) * 1_000_000n,
  });
});

// Answers out of the cache never come to a handler: their spans are named by the method alone.
subscribe("tracing:fastify.request.handler:start", (message) => {
  const { request, route } = message as { request: { raw: IncomingMessage }; route: { url: string } };
  const span = started.get(request.raw);
  if (span) span.route = route.url;
});

subscribe("http.server.response.finish", (message) => {
  const { request, response } = message as { request: IncomingMessage; response: ServerResponse };
  const span = started.get(request);
  if (!span) return;
  // The collector is too slow: what it cannot take is not kept.
  if (queue.length >= QUEUE) return;
  const { statusCode } = response;
  queue.push({
    traceId: span.traceId,
    spanId: randomBytes(8).toString("hex"),
    ...(span.parentSpanId && { parentSpanId: span.parentSpanId }),
    name: [request.method, span.route].filter(Boolean).join(" "),
    kind: SERVER_SPAN,
    startTimeUnixNano: String(span.at),
    endTimeUnixNano: String(BigInt(Date.now()) * 1_000_000n),
    attributes: attributes({
      "http.request.method": request.method ?? "",
      "http.response.status_code": statusCode,
      "url.path": (request.url ?? "").split("?")[0]!,
      ...(span.route && { "http.route": span.route }),
      ...(response.hasHeader("cache-status") && {
        "catalog.cache": String(response.getHeader("cache-status")),
      }),
    }),
    ...(statusCode >= 500 && { status: { code: STATUS_ERROR } }),
  });
  if (queue.length >= BATCH) void flush();
});

setInterval(() => void flush(), FLUSH_MS).unref();

let sending = false;

/** A collector that is away costs spans, never requests: one batch is under way at a time, and a full queue takes no more. */
async function flush(): Promise<void> {
  if (sending || queue.length === 0) return;
  sending = true;
  const spans = queue;
  queue = [];
  const body = JSON.stringify({
    resourceSpans: [{ resource, scopeSpans: [{ scope: { name: "catalog-api" }, spans }] }],
  });
  try {
    const response = await fetch(endpoint, {
      method: "POST",
      headers,
      body,
      signal: AbortSignal.timeout(10_000),
    });
    await response.arrayBuffer();
  } catch {
    // These spans are lost; the next batch is tried all the same.
  } finally {
    sending = false;
  }
}

function endpointOrExit(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && /^https?:$/.test(url.protocol)) return new URL(`${url.href.replace(/\/$/, "")}/v1/traces`);
  process.stderr.write(`OTEL_EXPORTER_OTLP_ENDPOINT=${text}: must be an http or https address\n`);
  process.exit(1);
}

function attributes(values: Record<string, string | number>): object[] {
  return Object.entries(values).map(([key, value]) => ({
    key,
    value: typeof value === "number" ? { intValue: value } : { stringValue: value },
  }));
}
