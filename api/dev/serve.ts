import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { styleText } from "node:util";
import { guard } from "../../local/postgres/guard.ts";
import { migrate } from "../src/migrate.ts";
import { countProducts, loadCatalogue } from "./catalogue/load.ts";
import { readArguments, readInteger, runCommand, UserError } from "./command.ts";
import { connect, type DevelopmentDatabase, developmentSecret, openDatabase } from "./database.ts";

const USAGE = `Usage: npm run api -- [--port N] [--products N]

Starts PostgreSQL and the API on this machine, with a sample catalogue when there is none yet. Ctrl-C stops both.
Without DB_HOST the database is the one of this checkout (.postgres/); every other variable of api/README.md works
here too.

  --port N       where the API listens on 127.0.0.1 (default: PORT, else 3000)
  --products N   size of the sample catalogue on the first start (default 20000)
  --help         this text`;

const API = fileURLToPath(new URL("..", import.meta.url));

await runCommand(async () => {
  const { values } = readArguments(USAGE, {
    port: { type: "string", default: process.env.PORT || "3000" },
    products: { type: "string", default: "20000" },
  });
  const port = readInteger("--port", values.port, 1, 65_535);
  const products = readInteger("--products", values.products, 1, 10_000_000);
  await assertFree(port);
  const stopped = stopRequest();
  const database = await openDatabase();
  try {
    await prepare(database, products);
    const apiKey = process.env.API_KEYS?.split(",")[0] || (await developmentSecret("api-key"));
    const api = startApi({ ...database.env, PORT: String(port), API_KEYS: process.env.API_KEYS || apiKey });
    const release = guard(api.pid!, undefined);
    const ended = once(api, "exit");
    const ready = await Promise.race([
      waitForHealth(port),
      ended.then(() => false),
      stopped.then(() => false),
    ]);
    if (ready) process.stdout.write(welcome(port, apiKey));
    await Promise.race([stopped, ended]);
    if (api.exitCode === null && api.signalCode === null) api.kill("SIGTERM");
    const [code, signal] = await ended;
    release();
    if (code !== 0)
      throw new UserError(`The API ended with ${signal ?? `exit code ${code}`}; its log above says why.`);
  } finally {
    await database.stop();
  }
});

/** Fulfilled by the first Ctrl-C or SIGTERM; a second one ends the program at once. */
function stopRequest(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  return promise;
}

async function assertFree(port: number): Promise<void> {
  const probe = createServer().listen(port, "127.0.0.1");
  try {
    await once(probe, "listening");
  } catch {
    throw new UserError(
      `Port ${port} is taken. Stop what listens there, or choose another: npm run api -- --port 3001`,
    );
  }
  probe.close();
  await once(probe, "close");
}

async function prepare(database: DevelopmentDatabase, products: number): Promise<void> {
  const client = await connect(database.env);
  try {
    await migrate(client, { log: (line) => process.stderr.write(`${line}\n`) });
    // A database that somebody named is theirs: only the checkout's own is filled unasked.
    if (database.env.DB_HOST && (await countProducts(client)) === 0) await loadCatalogue(client, products, 1);
  } finally {
    await client.end();
  }
}

/**
 * The command of the image, in a session of its own, so that a Ctrl-C reaches this program only and the database
 * outlives the API's last requests.
 */
function startApi(env: Record<string, string>): ChildProcess {
  return spawn(process.execPath, ["src/server.ts"], {
    cwd: API,
    // No balancer has to notice first that this task goes away.
    env: { HOST: "127.0.0.1", DRAIN_IDLE_SECONDS: "0", ...process.env, ...env },
    stdio: ["ignore", "inherit", "inherit"],
    detached: true,
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
  API key     ${apiKey}   (for writes; npm run import takes it by itself)

`;
}
