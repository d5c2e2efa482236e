import { enableCompileCache } from "node:module";

// Before anything else is loaded. On a read-only root nothing is stored, and what the image may have stored is used.
enableCompileCache();
const { OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, OTEL_SDK_DISABLED } = process.env;
const collector = OTEL_EXPORTER_OTLP_ENDPOINT || OTEL_EXPORTER_OTLP_TRACES_ENDPOINT;
const tracing = collector && OTEL_SDK_DISABLED !== "true" ? await import("./tracing.ts") : undefined;
const { main } = await import("./main.ts");
await main(tracing?.stopTracing);
