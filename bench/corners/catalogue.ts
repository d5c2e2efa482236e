import pg from "pg";
import { countProducts, loadCatalogue } from "../../api/dev/catalogue/load.ts";
import { buildApp } from "../../api/src/app.ts";
import { readConfig } from "../../api/src/config.ts";
import { migrate } from "../../api/src/migrate.ts";
import { PostgresServer } from "../../local/postgres/server.ts";
import { PLAN_SETTINGS, PlanLog } from "./plans.ts";

export const API_KEY = "corners-key-0123456789";

/** A catalogue of a size, with the API in this process and a log of what PostgreSQL does for it. */
export interface Corners {
  app: Awaited<ReturnType<typeof buildApp>>;
  server: PostgresServer;
  client: pg.Client;
  plans: PlanLog;
  stop(): Promise<void>;
}

/** @param dataFolder kept, and filled only once. @default a temporary one */
export async function startCorners(products: number, dataFolder?: string): Promise<Corners> {
  const plans = new PlanLog();
  const server = await PostgresServer.start({
    ...(dataFolder === undefined ? {} : { dataFolder }),
    user: "catalog",
    settings: { ...PLAN_SETTINGS, shared_buffers: products > 200_000 ? "1GB" : "256MB", max_wal_size: "4GB" },
  });
  const client = new pg.Client({ connectionString: server.connectionString("catalog") });
  try {
    await server.createDatabase("catalog");
    await client.connect();
    await plans.stop(client);
    await fill(server.connectionString("catalog"), products);
    if (dataFolder !== undefined) await warm(client);
    // No response is cached, none is refused: each request is asked of the database.
    const app = await buildApp(
      readConfig({
        DB_HOST: server.host,
        DB_PORT: String(server.port),
        DB_USER: server.user,
        DB_PASSWORD: server.password,
        DB_SSL: "disable",
        DB_STATEMENT_TIMEOUT_MS: "60000",
        LOG_LEVEL: "silent",
        METRICS_INTERVAL_SECONDS: "0",
        CACHE_MAX_MIB: "0",
        MAX_EVENT_LOOP_UTILIZATION: "0",
        RATE_LIMIT_PER_MINUTE: "0",
        API_KEYS: API_KEY,
      }),
    );
    await app.ready();
    while ((await app.inject("/v1/products?limit=1")).statusCode !== 200)
      await new Promise((r) => setTimeout(r, 100));
    const stop = async () => {
      await app.close();
      await client.end();
      await server.stop();
    };
    return { app, server, client, plans, stop };
  } catch (error) {
    await client.end().catch(() => {});
    await server.stop();
    throw error;
  }
}

async function fill(connectionString: string, products: number): Promise<void> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    await migrate(client);
    if ((await countProducts(client)) !== products) await loadCatalogue(client, products, 1);
    const { rowCount } = await client.query("SELECT FROM product_states WHERE schedule IS NOT NULL LIMIT 1");
    if (rowCount === 0) await client.query(SALES);
  } finally {
    await client.end();
  }
}

/** What a kept folder holds is read from the disk once: what a request takes shall not depend on who asked before. */
async function warm(client: pg.Client): Promise<void> {
  await client.query("CREATE EXTENSION IF NOT EXISTS pg_prewarm");
  await client.query(
    `SELECT sum(pg_prewarm(oid, 'read')) FROM pg_class
     WHERE relnamespace IN ('public'::regnamespace, 'pg_toast'::regnamespace) AND relkind IN ('r', 'i', 't')`,
  );
}

const sale = (from: string, to: string, percent: number): string =>
  `jsonb_build_object('from', '${from}', 'to', '${to}',
    'prices', (SELECT jsonb_object_agg(currency, greatest(1, amount::bigint * ${percent} / 100))
      FROM jsonb_each_text(prices) AS p (currency, amount)))`;

/** One product in twenty has a sale on, one in twenty will have two: prices in time are found by other ways than those that stay. */
const SALES = `
  UPDATE variants SET schedule = CASE product_id % 20
    WHEN 0 THEN jsonb_build_array(${sale("2020-01-01T00:00:00Z", "2099-01-01T00:00:00Z", 80)})
    ELSE jsonb_build_array(${sale("2097-01-01T00:00:00Z", "2097-02-01T00:00:00Z", 90)},
      ${sale("2098-01-01T00:00:00Z", "2099-01-01T00:00:00Z", 70)}) END
  WHERE product_id % 20 IN (0, 1)`;
