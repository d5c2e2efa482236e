/**
 * Traces by OpenTelemetry's SDK, loaded by server.ts before anything else, and only when a collector's address is set: without
 * one neither start-up nor a request pays for them. The collector, sampler, propagators and attributes are set by OpenTelemetry's
 * own variables (https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/).
 */
import { subscribe } from "node:diagnostics_channel";
import { register } from "node:module";
import { context } from "@opentelemetry/api";
import { getRPCMetadata } from "@opentelemetry/core";
import { HttpInstrumentation } from "@opentelemetry/instrumentation-http";
import { PgInstrumentation } from "@opentelemetry/instrumentation-pg";
import { NodeSDK } from "@opentelemetry/sdk-node";

const { env } = process;
for (const name of ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"]) {
  const address = env[name];
  if (!address || (URL.canParse(address) && /^https?:$/.test(new URL(address).protocol))) continue;
  process.stderr.write(`${name}=${address}: must be an http or https address\n`);
  process.exit(1);
}
env.OTEL_SERVICE_NAME ||= env.SERVICE_NAME || "catalog-api";
// Metrics and logs go to CloudWatch by standard output, unless somebody asks for them here too.
env.OTEL_METRICS_EXPORTER ||= "none";
env.OTEL_LOGS_EXPORTER ||= "none";

// pg is imported, not required: its instrumentation needs the loader's hook.
register("@opentelemetry/instrumentation/hook.mjs", import.meta.url);

const sdk = new NodeSDK({
  instrumentations: [
    new HttpInstrumentation(),
    // Not the connecting: the pool does that, for nobody's request.
    new PgInstrumentation({ requireParentSpan: true, ignoreConnectSpans: true }),
  ],
});
sdk.start();

// Fastify knows the route's pattern, which names the span. Answers out of the cache never come to a handler.
subscribe("tracing:fastify.request.handler:start", (message) => {
  const { route } = message as { route: { url: string } };
  const metadata = getRPCMetadata(context.active());
  if (metadata) metadata.route = route.url;
});

/** Sends what is still waiting. A collector that is away costs spans, never the way out. */
export const stopTracing = (): Promise<void> => sdk.shutdown().catch(() => {});
