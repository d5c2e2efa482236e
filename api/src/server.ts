import { enableCompileCache } from "node:module";

// Before anything else is loaded. On a read-only root nothing is stored, and what the image may have stored is used.
enableCompileCache();
if (process.env.OTEL_EXPORTER_OTLP_ENDPOINT) await import("./tracing.ts");
const { main } = await import("./main.ts");
await main();
