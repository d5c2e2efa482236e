import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";

/** Longer than pg's own time-outs for connecting, which do not cover every step of it. */
const OPEN_MS = 6_000;

/**
 * Connects a client.
 *
 * @returns a promise that resolves when the connection is gone, whoever has ended it.
 * @throws when it does not stand within six seconds; nothing is left of it then.
 */
export async function openClient(client: pg.Client): Promise<{ ended: Promise<void> }> {
  const ended = new Promise<void>((resolve) => {
    client.once("end", resolve);
    // Errors of statements go to whoever sent them; this one is about the connection.
    client.on("error", () => resolve());
  });
  const timeout = new AbortController();
  const late = sleep(OPEN_MS, undefined, { signal: timeout.signal, ref: false }).then(() => {
    throw new Error(`no connection within ${OPEN_MS} ms`);
  });
  try {
    await Promise.race([client.connect(), late]);
    return { ended };
  } catch (error) {
    client.connection.stream.destroy();
    throw error;
  } finally {
    timeout.abort();
    late.catch(() => {});
  }
}

/**
 * Ends a connection for certain: with a goodbye, and by force when the other end does not take it in time. Every path by which
 * a client is given up leads here: pg alone would wait for a silent server without end.
 *
 * @param graceMs for statements that are still under way. @default 0 - what is under way fails
 */
export async function closeClient(client: pg.Client, graceMs = 0): Promise<void> {
  const { stream } = client.connection;
  const force = setTimeout(() => stream.destroy(), graceMs);
  await client.end().catch(() => {});
  clearTimeout(force);
}

/**
 * Ends what a client of a pool has begun, and gives it back.
 *
 * @param ms in which a server that is there has long done so
 */
export async function rollback(client: pg.PoolClient, ms: number): Promise<void> {
  try {
    await client.query({ text: "ROLLBACK", query_timeout: ms } as pg.QueryConfig);
    client.release();
  } catch {
    client.release(true);
  }
}
