// Platformatic DB on the catalogue's products, as its documentation sets it up: REST over every table, no authorisation rules.
// Prints its address. Environment: DATABASE_URL.
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create } from "@platformatic/db";

const app = await create(mkdtempSync(join(tmpdir(), "platformatic-")), {
  server: { hostname: "127.0.0.1", port: 0, logger: { level: "error" } },
  db: {
    connectionString: process.env.DATABASE_URL,
    poolSize: 9, // as many as the API may use for reads
    include: { products: true },
    graphql: false,
    openapi: true,
    events: false,
  },
  watch: false,
});
await app.init?.();
await app.start({ listen: true });
process.stdout.write(`${app.getUrl?.() ?? app.url}\n`);
