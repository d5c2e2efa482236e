/** moto_server: an emulation of AWS's control plane, on a free port of 127.0.0.1. */
import { setTimeout as delay } from "node:timers/promises";
import { killGroup, spawnGuarded } from "../../local/child.ts";
import { freePort } from "../../local/ports.ts";

/** A slow machine with other work imports moto in about ten seconds. */
const START_TIMEOUT_MS = 90_000;

export interface Moto {
  readonly port: number;
  stop(): Promise<void>;
}

export interface MotoOptions {
  readonly executable: string;
  /** What `runningCount` of an ECS service says. moto runs no tasks. @default 2 */
  readonly runningTasks?: number;
}

/** Starts moto_server and waits until it answers. @throws Error with moto's last words when it does not start */
export async function startMoto({ executable, runningTasks = 2 }: MotoOptions): Promise<Moto> {
  // moto_server cannot tell which port it took when asked for port 0.
  const port = await freePort();
  const child = spawnGuarded(executable, ["-H", "127.0.0.1", "-p", String(port)], {
    env: { ...process.env, MOTO_ECS_SERVICE_RUNNING: String(runningTasks) },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let lastWords = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    lastWords = (lastWords + chunk.toString()).slice(-2000);
  });
  const stop = () => killGroup(child);
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!(await answers(port))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      await stop();
      throw new Error(`moto_server did not start: ${lastWords.trim().split("\n").at(-1) ?? "no output"}`);
    }
    await delay(200);
  }
  return { port, stop };
}

async function answers(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/moto-api/`)).ok;
  } catch {
    return false;
  }
}
