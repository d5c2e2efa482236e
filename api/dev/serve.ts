import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { styleText } from "node:util";
import { UserError } from "../../cli/user-error.ts";
import { spawnGuarded } from "../../local/child.ts";
import { readConfig } from "../src/config.ts";
import { countProducts, loadCatalogue } from "./catalogue/load.ts";
import { connect, type DevelopmentDatabase, developmentSecret, withDatabase } from "./database.ts";

const API = fileURLToPath(new URL("..", import.meta.url));

/**
 * Starts PostgreSQL, where DB_HOST names none, and the API, and keeps both until `signal` aborts.
 *
 * @param port on 127.0.0.1
 * @param products size of the sample catalogue, for a database of this checkout that holds none yet
 * @throws UserError when the port is taken, the database does not answer, or the API ends by itself
 */
export async function serve(port: number, products: number, signal: AbortSignal): Promise<void> {
  await assertFree(port);
  const stopped = once(signal, "abort");
  await withDatabase(async (database) => {
    const login = { user: "catalog_api_v1", password: await developmentSecret("api-password") };
    await setUp(database, login);
    await fill(database, products);
    const apiKey = process.env.API_KEYS?.split(",")[0] || (await developmentSecret("api-key"));
    const api = startContainer("src/server.ts", {
      ...database.env,
      DB_USER: login.user,
      DB_PASSWORD: login.password,
      DB_SCHEMA: "wait",
      PORT: String(port),
      API_KEYS: process.env.API_KEYS || apiKey,
    });
    const ended = once(api, "exit");
    const ready = await Promise.race([
      waitForHealth(port),
      ended.then(() => false),
      stopped.then(() => false),
    ]);
    if (ready) process.stdout.write(welcome(port, apiKey));
    await Promise.race([stopped, ended]);
    if (api.exitCode === null && api.signalCode === null) api.kill("SIGTERM");
    const [code, killedBy] = await ended;
    if (code !== 0)
      throw new UserError(`The API ended with ${killedBy ?? `exit code ${code}`}; its log above says why.`);
  });
}

async function assertFree(port: number): Promise<void> {
  const probe = createServer().listen(port, "127.0.0.1");
  try {
    await once(probe, "listening");
  } catch {
    throw new UserError(
      `Port ${port} is taken. Stop what listens there, or choose another: bin/catalog api --port 3001`,
    );
  }
  probe.close();
  await once(probe, "close");
}

/** The task's first container, as in AWS: as the owner it sees to the schema and to the API's login, and ends. */
async function setUp(
  database: DevelopmentDatabase,
  { user, password }: { user: string; password: string },
): Promise<void> {
  const container = startContainer("src/setup/main.ts", {
    ...database.env,
    API_DB_USER: user,
    API_DB_PASSWORD: password,
  });
  const [code] = await once(container, "exit");
  if (code !== 0) throw new UserError("The database could not be set up; the log above says why.");
}

/** A database that somebody named is theirs: only the checkout's own is filled unasked. */
async function fill(database: DevelopmentDatabase, products: number): Promise<void> {
  const client = await connect(database.env);
  try {
    if (database.env.DB_HOST && (await countProducts(client)) === 0)
      await loadCatalogue(client, products, 1, readConfig().listCurrency);
  } finally {
    await client.end();
  }
}

/** A container of the task. A Ctrl-C does not reach it, so that the database outlives its last requests. */
function startContainer(program: string, env: Record<string, string>): ChildProcess {
  return spawnGuarded(process.execPath, [program], {
    cwd: API,
    // No balancer has to notice first that this task goes away.
    env: { HOST: "127.0.0.1", DRAIN_IDLE_SECONDS: "0", ...process.env, ...env },
    stdio: ["ignore", "inherit", "inherit"],
    guard: { signal: "TERM" },
  });
}

async function waitForHealth(port: number): Promise<boolean> {
  for (;;) {
    const response = await fetch(`http://127.0.0.1:${port}/health`).catch(() => undefined);
    if (response?.ok) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function welcome(port: number, apiKey: string): string {
  const base = `http://127.0.0.1:${port}`;
  const bold = (text: string) => styleText("bold", text, { stream: process.stdout });
  return `
${bold("The catalogue API is up.")} Ctrl-C stops it.

  products    ${base}/v1/products
  search      ${base}/v1/search?q=wireless+headphones
  reference   ${base}/docs
  API key     ${apiKey}   (for writes; bin/catalog import takes it by itself)

`;
}
