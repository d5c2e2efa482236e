import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import api from "../../api/package.json" with { type: "json" };
import { spawnGuarded } from "../../local/child.ts";
import { freePort } from "../../local/ports.ts";
import type { PostgresServer } from "../../local/postgres/server.ts";

const ROOT = join(import.meta.dirname, "../..");
export const PEERS = join(ROOT, "bench/peers/api");
/** What comes behind `node` in the image's command. */
export const START = api.scripts.start.split(" ").slice(1);
export const API_KEY = "bench-key-0123456789abcdef";

export interface Server {
  url: string;
  pid: number;
  /** Milliseconds from the start of the process to its first 200. */
  startMs: number;
  stop(): Promise<void>;
}

/**
 * The API as its image starts it, with one client's rate limit off.
 *
 * @param env `CACHE_MAX_MIB=0` switches the cache of responses off, so that every request asks the database.
 * @param args of Node. @default as in the image
 */
export async function startApi(
  database: PostgresServer,
  env: Record<string, string> = {},
  args: readonly string[] = START,
): Promise<Server> {
  const port = await freePort();
  const started = performance.now();
  const child = launch(process.execPath, args, join(ROOT, "api"), {
    HOST: "127.0.0.1",
    PORT: String(port),
    LOG_LEVEL: "error",
    DB_HOST: database.host,
    DB_PORT: String(database.port),
    DB_PASSWORD: database.password,
    DB_SSL: "disable",
    API_KEYS: API_KEY,
    RATE_LIMIT_PER_MINUTE: "0",
    METRICS_INTERVAL_SECONDS: "0",
    DRAIN_IDLE_SECONDS: "0",
    ...env,
  });
  const url = `http://127.0.0.1:${port}`;
  while (!(await fetch(`${url}/health`).catch(() => undefined))?.ok) {
    if (child.exitCode !== null) throw new Error("the API ended before it was ready; see its log above");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return { url, pid: child.pid!, startMs: performance.now() - started, stop: () => stop(child) };
}

/** A program that prints its address as its first line. */
export async function startPrinting(program: string, env: Record<string, string>): Promise<Server> {
  const started = performance.now();
  const child = launch(process.execPath, [program], join(program, ".."), env);
  let output = "";
  child.stdout!.on("data", (chunk) => (output += chunk));
  while (!output.includes("\n")) {
    if (child.exitCode !== null) throw new Error(`${program} ended before it was ready; see its log above`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const { port } = new URL(output.split("\n")[0]!);
  return {
    url: `http://127.0.0.1:${port}`,
    pid: child.pid!,
    startMs: performance.now() - started,
    stop: () => stop(child),
  };
}

function launch(
  program: string,
  args: readonly string[],
  cwd: string,
  env: Record<string, string>,
): ChildProcess {
  return spawnGuarded(program, args, {
    cwd,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, NODE_ENV: "production", ...env },
    stdio: ["ignore", "pipe", "inherit"],
    guard: { signal: "TERM" },
  });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), 10_000);
  await ended;
  clearTimeout(timer);
}
