import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import type { FastifyInstance } from "fastify";
import pg from "pg";
import { PostgresServer } from "../../../local/postgres/server.ts";
import { until } from "../../../test/support/until.ts";
import { buildApp } from "../../src/app.ts";
import { readConfig } from "../../src/config.ts";
import { migrate } from "../../src/migrate.ts";
import { prepareRoles } from "../../src/setup/roles.ts";
import { responseChecker } from "./response-checker.ts";

export const API_KEY = "test-key-0123456789";
export const OTHER_KEY = "other-key-0123456789";

/** What the API logs in by. */
export const LOGIN = { name: "catalog_api_v1", password: "password-of-the-api" };

export interface CallOptions {
  headers?: Record<string, string>;
  body?: unknown;
  /** Sends API_KEY. */
  key?: boolean;
}

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | number | undefined>;
  text: string;
  /** The body parsed as JSON; undefined when there is none. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of many shapes
  json: any;
}

/** The real application over a real database of its own. */
export interface TestApi {
  app: FastifyInstance;
  server: PostgresServer;
  /** A connection of the test's own to the same database. */
  client: pg.Client;
  env: Record<string, string>;
  /** Sends a request without a socket, and checks the answer against the OpenAPI document. */
  call(method: string, url: string, options?: CallOptions): Promise<Answer>;
  get(url: string, headers?: Record<string, string>): Promise<Answer>;
  /** Another task on the same database; closed with this one at the latest. */
  another(overrides?: Record<string, string>): Promise<TestApi>;
  close(): Promise<void>;
}

/** @param overrides environment variables beside those of the database. */
export async function startApi(overrides: Record<string, string> = {}): Promise<TestApi> {
  // Nothing of it stays when a part of it does not start.
  await using starting = new AsyncDisposableStack();
  const server = await PostgresServer.start({ user: "catalog" });
  starting.defer(() => server.stop());
  await server.createDatabase("catalog");
  const client = new pg.Client({ connectionString: server.connectionString("catalog") });
  client.on("error", () => {});
  starting.defer(() => client.end().catch(() => {}));
  await client.connect();
  await migrate(client);
  await prepareRoles(client, LOGIN);
  await addCategories(client);
  const env = {
    DB_HOST: server.host,
    DB_PORT: String(server.port),
    // As in AWS: the API is not the owner of its database.
    DB_USER: LOGIN.name,
    DB_PASSWORD: LOGIN.password,
    DB_SCHEMA: "wait",
    DB_SSL: "disable",
    API_KEYS: `${API_KEY},${OTHER_KEY}`,
    LOG_LEVEL: "silent",
    METRICS_INTERVAL_SECONDS: "0",
    MAX_EVENT_LOOP_UTILIZATION: "0",
    RATE_LIMIT_PER_MINUTE: "0",
    ...overrides,
  };
  const api = await task(server, client, env);
  starting.defer(() => api.close());
  const resources = starting.move();
  return {
    ...api,
    another: async (more) => {
      const other = await api.another(more);
      resources.defer(() => other.close());
      return other;
    },
    close: () => resources.disposeAsync(),
  };
}

async function task(
  server: PostgresServer,
  client: pg.Client,
  env: Record<string, string>,
): Promise<TestApi> {
  const app = await buildApp(readConfig(env));
  await app.ready();
  const ready = until(
    () => app.isReady() && app.database.state.read === "up" && app.database.state.notifications === "up",
  );
  await ready.catch(async (error) => {
    await app.close();
    throw error;
  });
  const check = responseChecker(app);
  const call = async (method: string, url: string, options: CallOptions = {}): Promise<Answer> => {
    const headers: Record<string, string> = {
      ...(options.key ? { authorization: `Bearer ${API_KEY}` } : {}),
      ...options.headers,
    };
    const response = await app.inject({
      method: method as "GET",
      url,
      headers,
      ...(options.body === undefined ? {} : { payload: options.body as object }),
    });
    const text = response.body;
    const isJson = /json/.test(String(response.headers["content-type"]));
    const answer = {
      status: response.statusCode,
      headers: response.headers as Answer["headers"],
      text,
      json: isJson && text !== "" ? JSON.parse(text) : undefined,
    };
    check(method, url, answer);
    return answer;
  };
  return {
    app,
    server,
    client,
    env,
    call,
    get: (url, headers) => call("GET", url, { headers: headers ?? {} }),
    another: (overrides) => task(server, client, { ...env, ...overrides }),
    close: () => app.close(),
  };
}

/** electronics › audio › (headphones, speakers), electronics › phones, books */
async function addCategories(client: pg.Client): Promise<void> {
  await client.query(`INSERT INTO categories (id, parent_id, name, position, path) VALUES
    ('electronics', NULL, 'Electronics', 0, '{electronics}'),
    ('audio', 'electronics', 'Audio', 0, '{electronics,audio}'),
    ('headphones', 'audio', 'Headphones', 0, '{electronics,audio,headphones}'),
    ('speakers', 'audio', 'Speakers', 1, '{electronics,audio,speakers}'),
    ('phones', 'electronics', 'Phones', 1, '{electronics,phones}'),
    ('books', NULL, 'Books', 1, '{books}')`);
}

export interface SampleProduct {
  slug: string;
  name?: string;
  brand?: string;
  description?: string;
  categories?: string[];
  attributes?: Record<string, string>;
  price?: number;
  availability?: string;
  variantAttributes?: Record<string, string>;
}

/** A row of a bulk upsert that makes a product with one variant. */
export function row({
  price = 1_000,
  availability = "in_stock",
  variantAttributes = {},
  ...product
}: SampleProduct) {
  return {
    sku: `SKU-${product.slug}`,
    prices: { EUR: price },
    availability,
    attributes: variantAttributes,
    product: { name: product.slug, brand: "Acme", ...product },
  };
}

export const addProducts = (api: TestApi, products: SampleProduct[]): Promise<void> =>
  writeRows(api, products.map(row));

/** Writes rows of variants, all or none. */
export async function writeRows(api: TestApi, rows: object[]): Promise<void> {
  const answer = await api.call("PUT", "/v1/products:bulk?atomic=true", { key: true, body: { rows } });
  assert.equal(answer.status, 200, answer.text);
}

/** How often a facet's values are there, by value, in one order. */
export const countsOf = (values: { value?: string; id?: string; count: number }[] = []) =>
  Object.fromEntries(values.map(({ value, id, count }) => [value ?? id!, count] as const).toSorted());

/** One more connection of the tables' owner, which may be ended from elsewhere. */
export async function connectOwner({ server }: Pick<TestApi, "server">): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: server.connectionString("catalog") });
  client.on("error", () => {});
  await client.connect();
  return client;
}

/** All pages of a list. */
export async function allPages(
  api: TestApi,
  url: string,
): Promise<{ pages: number; items: { id: number; slug: string }[] }> {
  const items = [];
  let cursor: string | null = null;
  let pages = 0;
  do {
    const { status, json, text } = await api.get(
      cursor === null ? url : `${url}${url.includes("?") ? "&" : "?"}cursor=${cursor}`,
    );
    assert.equal(status, 200, text);
    items.push(...json.items);
    cursor = json.nextCursor;
    pages++;
    assert.ok(pages < 1_000, "paging does not end");
  } while (cursor !== null);
  return { pages, items };
}

/**
 * An answer that does not say that it is stale, as it may while the writer takes a second for a word, nor that the database has too
 * much to do.
 */
export async function unmarked<T extends Pick<Answer, "status" | "headers">>(
  ask: () => Promise<T>,
): Promise<T> {
  let answer: T | undefined;
  await until(async () => {
    answer = await ask();
    return !/stale/.test(String(answer.headers["cache-status"])) && answer.status !== 503;
  });
  return answer!;
}

/** Does the work while changes are counted and nobody is told of them. */
export async function untold(client: pg.Client, work: () => Promise<unknown>): Promise<void> {
  const { rows } = await client.query("SELECT pg_get_functiondef('catalog_notify'::regproc) AS source");
  await client.query(
    "CREATE OR REPLACE FUNCTION catalog_notify(tags text[]) RETURNS void LANGUAGE sql AS 'SELECT catalog_count()'",
  );
  try {
    await work();
  } finally {
    await client.query(rows[0].source);
  }
}

/** Never a number, which no slug may be, and one in three hundred would be. */
export const unique = (): string => {
  const value = randomBytes(6).toString("hex");
  return /^\d+$/.test(value) ? unique() : value;
};
