import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { Agent, request } from "node:http";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { type PostgresOptions, PostgresServer } from "../../../local/postgres/server.ts";
import { until } from "../../../test/support/until.ts";
import { migrate } from "../../src/migrate.ts";
import { exchange } from "./raw-http.ts";

/**
 * Tasks as they run in production: `node src/server.ts` as a process of its own, told everything by the variables of its task
 * definition. Faults are made from outside: by signals, by the database, by the network.
 */

const SERVER = fileURLToPath(new URL("../../src/server.ts", import.meta.url));
/** A mutant of the code in the test's own process is in its tasks as well (faults/mutants.ts). */
const { MUTANT } = process.env;
const IMPORTED = MUTANT ? [`--import=${new URL("./mutants/hook.ts", import.meta.url)}`] : [];
export const KEY = "fault-test-key-0123456789";

export interface Reply {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
  /** The body parsed as JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of many shapes
  readonly json: any;
}

export interface Sending {
  method?: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
  /** Sends KEY. */
  key?: boolean;
}

export interface Task {
  child: ChildProcess;
  /** @throws before the task has said where it listens. */
  readonly port: number;
  /** All that it has written so far. */
  output(): string;
  /** Its log lines, parsed. */
  // biome-ignore lint/suspicious/noExplicitAny: log lines have many shapes
  log(): any[];
  send(path: string, sending?: Sending): Promise<Reply>;
  /** Sends bytes as they are and reads until the connection is closed. */
  exchange(bytes: string | Buffer): Promise<string>;
  /** The status of /health; 0 when nothing answers. */
  health(): Promise<number>;
  exit(): Promise<number | null>;
}

/** What the tests of one file have started, to be stopped at its end. */
export class Fleet {
  readonly #children: ChildProcess[] = [];
  readonly #agent = new Agent({ keepAlive: true, maxFreeSockets: 64 });
  readonly #stops: (() => Promise<unknown>)[] = [];

  /** A server with the empty database `catalog`. */
  async database(options: PostgresOptions = {}): Promise<PostgresServer> {
    const server = await PostgresServer.start({ user: "catalog", ...options });
    this.#stops.push(() => server.stop());
    await server.createDatabase("catalog");
    return server;
  }

  /** A connection of the test's own. */
  async client(server: PostgresServer): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: server.connectionString("catalog") });
    client.on("error", () => {});
    await client.connect();
    this.#stops.unshift(() => client.end().catch(() => {}));
    return client;
  }

  /** A server with a few products, and a connection of the test's own. */
  async filled(): Promise<{ server: PostgresServer; client: pg.Client }> {
    const server = await this.database();
    const client = await this.client(server);
    await fill(client);
    return { server, client };
  }

  /** Starts a task and waits until it listens; not until it is healthy. */
  async start(server: PostgresServer, env: Record<string, string | undefined> = {}): Promise<Task> {
    const task = this.spawn({ ...databaseVariables(server), ...env });
    await until(() => /Server listening at/.test(task.output()) || task.child.exitCode !== null);
    assert.equal(task.child.exitCode, null, task.output());
    return task;
  }

  /** Starts a task and waits until it is healthy and hears of changes. */
  async healthy(server: PostgresServer, env: Record<string, string | undefined> = {}): Promise<Task> {
    const task = await this.start(server, env);
    await until(async () => {
      assert.equal(task.child.exitCode, null, task.output());
      const { status, body } = await task.send("/health");
      return status === 200 && !body.includes('"down"');
    });
    return task;
  }

  spawn(env: Record<string, string | undefined>): Task {
    const child = spawn(process.execPath, [...IMPORTED, SERVER], {
      // Nothing of the machine's own settings: a task has none.
      env: {
        PATH: process.env.PATH,
        ...(MUTANT && { MUTANT }),
        NODE_ENV: "production",
        HOST: "127.0.0.1",
        PORT: "0",
        METRICS_INTERVAL_SECONDS: "0",
        // A machine that is busy with other tests must not look like an overloaded task.
        MAX_EVENT_LOOP_UTILIZATION: "0",
        ...env,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#children.push(child);
    let output = "";
    for (const stream of [child.stdout!, child.stderr!]) {
      stream.setEncoding("utf8").on("data", (chunk) => {
        output += chunk;
      });
    }
    const closed = once(child, "close");
    const send = (path: string, sending: Sending = {}) => this.#send(task.port, path, sending);
    const task: Task = {
      child,
      get port() {
        return Number(/Server listening at http:\/\/127\.0\.0\.1:(\d+)/.exec(output)![1]);
      },
      output: () => output,
      log: () =>
        output
          .split("\n")
          .filter((line) => line.startsWith("{"))
          .map((line) => JSON.parse(line)),
      send,
      exchange: (bytes) => exchange(task.port, bytes),
      health: () =>
        send("/health").then(
          ({ status }) => status,
          () => 0,
        ),
      exit: async () => {
        const [code] = await closed;
        return code;
      },
    };
    return task;
  }

  #send(port: number, path: string, { method = "GET", headers = {}, body, key }: Sending): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const sent = request({
        host: "127.0.0.1",
        port,
        path,
        method,
        agent: this.#agent,
        headers: {
          ...(key ? { authorization: `Bearer ${KEY}` } : {}),
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...headers,
        },
      });
      sent.setTimeout(60_000, () => sent.destroy(new Error(`no answer to ${method} ${path}`)));
      sent.on("error", reject);
      sent.on("response", (response) => {
        text(response).then(
          (content) =>
            resolve({
              status: response.statusCode!,
              headers: response.headers,
              body: content,
              get json() {
                return JSON.parse(content);
              },
            }),
          reject,
        );
      });
      sent.end(body);
    });
  }

  async stop(): Promise<void> {
    this.#agent.destroy();
    for (const child of this.#children) child.kill("SIGKILL");
    for (const stop of this.#stops) await stop();
  }
}

/** The variables by which a task finds its database, and the key that may write. */
export function databaseVariables(server: PostgresServer): Record<string, string> {
  return {
    DB_HOST: server.host,
    DB_PORT: String(server.port),
    DB_NAME: "catalog",
    DB_USER: server.user,
    DB_PASSWORD: server.password,
    DB_SSL: "disable",
    API_KEYS: KEY,
  };
}

/** Migrates, and adds as many products as named: `product-0`, `product-1`, … all named "Fine Lamp <i>". */
export async function fill(client: pg.Client, products = 3): Promise<void> {
  await migrate(client);
  await client.query(`INSERT INTO categories (id, name, path) VALUES ('lamps', 'Lamps', '{lamps}')`);
  await client.query(
    `INSERT INTO products (slug, name, brand, category_ids, category_path, price, availability)
     SELECT 'product-' || i, 'Fine Lamp ' || i, 'Acme', '{lamps}', '{lamps}', 100 * i, 'in_stock'
     FROM generate_series(0, $1 - 1) i`,
    [products],
  );
  await client.query(
    `INSERT INTO variants (sku, product_id, prices) SELECT slug, id, jsonb_build_object('EUR', price) FROM products`,
  );
  await client.query("ANALYZE");
}

export const rename = (task: Task, slug: string, name: string): Promise<Reply> =>
  task.send(`/v1/products/${slug}`, {
    method: "PATCH",
    key: true,
    headers: { "if-match": "*" },
    body: JSON.stringify({ name }),
  });

/** What every refusal of this API looks like: problem details of a stable type, and nothing of the server's inside. */
export function assertProblem(reply: Reply, where: string, status?: number): void {
  const seen = `${where} → ${reply.status} ${reply.body.slice(0, 300)}`;
  if (status !== undefined) assert.equal(reply.status, status, seen);
  assert.match(String(reply.headers["content-type"]), /^application\/problem\+json/, seen);
  assert.equal(reply.headers["cache-control"], "no-store", seen);
  assert.match(reply.json.type, /^\/problems\/[a-z-]+$/, seen);
  assert.equal(reply.json.status, reply.status, seen);
  if (reply.status === 503 || reply.status === 429)
    assert.ok(Number(reply.headers["retry-after"]) > 0, `no Retry-After: ${seen}`);
  assertNothingInside(reply.body, seen);
}

export function assertNothingInside(answer: string, where: string): void {
  // What a refusal quotes of the request is nothing of the inside.
  const body = answer.replaceAll(/\\"(?:[^"\\]|\\[^"])*(?:\\"|…)/g, "");
  assert.doesNotMatch(body, /node_modules|\.ts:\d+|(?:\n|\\n)\s+at /, `a stack trace: ${where}`);
  assert.doesNotMatch(
    body,
    /\bSELECT\b.*\bFROM\b|\bINSERT INTO\b|category_products|syntax error|pg_catalog|SQLSTATE/,
    `SQL text: ${where}`,
  );
}

/**
 * Runs the work again and again, so many times at once, until it is stopped.
 *
 * To be held by `await using`: it ends with its test, whatever becomes of that.
 *
 * @returns `until`, which waits for a condition and throws at once when the work does, and `stop`, which says how often it ran.
 */
export function load(concurrency: number, work: (i: number) => Promise<unknown>) {
  let stopped = false;
  let done = 0;
  const workers = Array.from({ length: concurrency }, async (_, worker) => {
    for (let i = worker; !stopped; i += concurrency) {
      await work(i);
      done++;
    }
  });
  const all = Promise.all(workers);
  const failed = all.then(
    () => new Promise<never>(() => {}),
    (error) => {
      stopped = true;
      throw error;
    },
  );
  failed.catch(() => {});
  return {
    until: (condition: () => boolean | Promise<boolean>) => Promise.race([until(condition), failed]),
    stop: async (): Promise<number> => {
      stopped = true;
      await all;
      return done;
    },
    async [Symbol.asyncDispose]() {
      stopped = true;
      await all.catch(() => {});
    },
  };
}
