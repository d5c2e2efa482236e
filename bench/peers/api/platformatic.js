// Platformatic DB on the catalogue's products, as its documentation sets it up: REST over every table, no authorisation rules.
// Prints its address. Environment: DATABASE_URL.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create } from "@platformatic/db";

const configuration = {
  server: { hostname: "127.0.0.1", port: 0, logger: { level: "error" } },
  db: {
    connectionString: process.env.DATABASE_URL,
    poolSize: 9, // as many as the API may use for reads
    include: { products: true, variants: true },
    graphql: false,
    openapi: true,
    events: false,
  },
  watch: false,
};
const folder = mkdtempSync(join(tmpdir(), "platformatic-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
process.on("SIGTERM", () => process.exit());
const { server } = configuration;
const app = await create(folder, configuration, { isEntrypoint: true, serverConfig: server });
await app.init();
await app.start({ listen: true });
process.stdout.write(`${app.getUrl()}\n`);
