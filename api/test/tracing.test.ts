import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { after, before, test } from "node:test";
import type { PostgresServer } from "../../local/postgres/server.ts";
import { Fleet, fill } from "./support/tasks.ts";

const fleet = new Fleet();
let database: PostgresServer;
before(async () => {
  database = await fleet.database();
  await fill(await fleet.client(database));
});
after(() => fleet.stop());

const start = (env: Record<string, string>) => fleet.healthy(database, env);

interface Span {
  name: string;
  kind: number;
  traceId: string;
  spanId: string;
  parentSpanId: string;
  attributes: { key: string; value: Record<string, unknown> }[];
}
const attribute = ({ attributes }: Span, name: string) =>
  Object.values(attributes.find(({ key }) => key === name)?.value ?? {})[0];

/** A collector that keeps what it is sent. */
const collectors: Server[] = [];
after(() => {
  for (const collector of collectors) collector.close();
});

async function startCollector(receive: (body: Buffer, headers: IncomingHttpHeaders) => void) {
  const collector = createServer(async (incoming, outgoing) => {
    assert.equal(incoming.url, "/v1/traces");
    receive(await buffer(incoming), incoming.headers);
    outgoing.setHeader("content-type", incoming.headers["content-type"] ?? "").end();
  }).listen(0, "127.0.0.1");
  collectors.push(collector);
  await once(collector, "listening");
  const { port } = collector.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, stop: () => collector.close() };
}

test("with a collector each sampled request is a span of its caller's trace, and each query a span of the request", async () => {
  const received: Span[] = [];
  const resources: Span[] = [];
  const collector = await startCollector((body, headers) => {
    assert.equal(headers["x-tenant"], "shop");
    for (const { resource, scopeSpans } of JSON.parse(body.toString()).resourceSpans) {
      resources.push(resource);
      for (const { spans } of scopeSpans) received.push(...spans);
    }
  });
  const task = await start({
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
    OTEL_EXPORTER_OTLP_HEADERS: "x-tenant=shop",
    OTEL_TRACES_SAMPLER: "parentbased_traceidratio",
    OTEL_TRACES_SAMPLER_ARG: "0",
    OTEL_RESOURCE_ATTRIBUTES: "deployment.environment.name=test",
    OTEL_BSP_SCHEDULE_DELAY: "50",
  });
  const traceId = "0af7651916cd43dd8448eb211c80319c";
  await task.send("/v1/products/product-1", {
    headers: { traceparent: `00-${traceId}-b7ad6b7169203331-01` },
  });
  task.child.kill("SIGINT");
  assert.equal(await task.exit(), 0);
  assert.ok(
    received.every((span) => span.traceId === traceId),
    "what is not sampled is not sent",
  );
  const SERVER = 2;
  const [request, ...others] = received.filter(({ kind }) => kind === SERVER);
  assert.equal(others.length, 0);
  assert.equal(request!.name, "GET /v1/products/:product");
  assert.equal(request!.parentSpanId, "b7ad6b7169203331");
  assert.equal(attribute(request!, "http.response.status_code"), 200);
  const queries = received.filter(({ kind }) => kind !== SERVER);
  assert.ok(queries.length > 0, "the database's part is seen");
  for (const query of queries) {
    assert.equal(query.parentSpanId, request!.spanId);
    assert.match(String(attribute(query, "db.system.name") ?? attribute(query, "db.system")), /^postgres/);
  }
  assert.equal(attribute(resources[0]!, "service.name"), "catalog-api");
  assert.equal(attribute(resources[0]!, "deployment.environment.name"), "test");
  collector.stop();
});

test("a collector is spoken to by OTLP's own default, and may be away", async () => {
  const types: unknown[] = [];
  const collector = await startCollector((_, headers) => types.push(headers["content-type"]));
  const task = await start({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${collector.url}/v1/traces` });
  task.child.kill("SIGINT");
  assert.equal(await task.exit(), 0);
  assert.deepEqual([...new Set(types)], ["application/x-protobuf"]);
  collector.stop();
  const alone = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
  alone.child.kill("SIGINT");
  assert.equal(await alone.exit(), 0);
});

test("without a collector, or with the SDK switched off, nothing of OpenTelemetry is loaded", async () => {
  const probe = `data:text/javascript,${encodeURIComponent(`
    import { registerHooks } from "node:module";
    import { writeSync } from "node:fs";
    let loaded = 0;
    registerHooks({ resolve: (specifier, context, next) => {
      if (specifier.startsWith("@opentelemetry/")) loaded++;
      return next(specifier, context);
    } });
    process.on("exit", () => writeSync(2, "loaded: " + loaded + "."));`)}`;
  for (const [env, some] of [
    [{}, false],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:1", OTEL_SDK_DISABLED: "true" }, false],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:1" }, true],
  ] as const) {
    const task = await start({ ...env, NODE_OPTIONS: `--import=${probe}` });
    task.child.kill("SIGINT");
    await task.exit();
    const [, loaded] = /loaded: (\d+)\./.exec(task.output())!;
    assert.equal(Number(loaded) > 0, some);
  }
});

for (const address of ["collector:4317", "ftp://collector", "x"]) {
  test(`OTEL_EXPORTER_OTLP_ENDPOINT=${address} is one line and exit code 1`, async () => {
    const task = fleet.spawn({ OTEL_EXPORTER_OTLP_ENDPOINT: address });
    assert.equal(await task.exit(), 1);
    assert.equal(task.output(), `OTEL_EXPORTER_OTLP_ENDPOINT=${address}: must be an http or https address\n`);
  });
}
