import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import type { World } from "./world.ts";

/** What happens, on one of the tasks where it happens to a task. All of it is over when it returns, or at `heal`. */
export const FAULTS: Record<string, (world: World, i: number) => Promise<unknown>> = {
  cut: async ({ networks }, i) => {
    networks[i]!.cut();
    await sleep(300);
    networks[i]!.mend();
  },
  "reader cut": async ({ readerNetworks }, i) => {
    readerNetworks[i]!.cut();
    await sleep(1_500);
    readerNetworks[i]!.mend();
  },
  "silent notifications": async ({ networks }, i) => networks[i]!.silence("LISTEN catalog"),
  "silent connections": async ({ networks }, i) => networks[i]!.silence(""),
  "silent connections to the reader": async ({ readerNetworks }, i) => readerNetworks[i]!.silence(""),
  "slow network": async ({ networks }, i) => {
    networks[i]!.pause();
    await sleep(500);
    networks[i]!.resume();
  },
  "replica stands still": async (world) => {
    world.paused = true;
    await sleep(3_000);
    world.paused = false;
  },
  "backends ended": ({ client }) =>
    client.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'catalog-api' AND random() < 0.5",
    ),
  "answer to COMMIT lost": async ({ networks }, i) => networks[i]!.cutOn("COMMIT"),
  "database stands still": async ({ server }) => {
    await server.pause();
    await sleep(800);
    await server.resume();
  },
  "database stands still for long": async ({ server }) => {
    await server.pause();
    await sleep(4_000);
    await server.resume();
  },
  "writer closed for writing": async ({ client }) => {
    await client.query("ALTER SYSTEM SET default_transaction_read_only = on");
    await client.query("SELECT pg_reload_conf()");
    await sleep(1_500);
    await client.query("ALTER SYSTEM RESET default_transaction_read_only");
    await client.query("SELECT pg_reload_conf()");
  },
  "disk full": async ({ client }) => {
    await client.query("UPDATE watch.disk SET full_ = true");
    await sleep(1_000);
    await client.query("UPDATE watch.disk SET full_ = false");
  },
  "connections exhausted": async ({ server, client }) => {
    const taken: pg.Client[] = [];
    const take = async () => {
      for (;;) {
        const another = new pg.Client({ connectionString: server.connectionString("catalog") });
        another.on("error", () => {});
        try {
          await another.connect();
          taken.push(another);
        } catch {
          return;
        }
      }
    };
    await take();
    await client.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'catalog-api' AND random() < 0.7",
    );
    await take();
    await sleep(2_000);
    for (const one of taken) await one.end();
  },
  "a row is held": async ({ server }, i) => {
    const holder = new pg.Client({ connectionString: server.connectionString("catalog") });
    holder.on("error", () => {});
    await holder.connect();
    await holder.query(`BEGIN; SELECT FROM products WHERE slug = 'product-${i}' FOR UPDATE`);
    await sleep(2_500);
    await holder.end();
  },
  "old keys": ({ client }) =>
    client.query(
      "INSERT INTO idempotency_keys (client, key, fingerprint, status, body, created_at) SELECT 'former', gen_random_uuid(), '', 200, '', now() - interval '25 hours' FROM generate_series(1, 50)",
    ),
  "clock jumps": async ({ tasks }, i) => tasks[i]!.child.kill("SIGWINCH"),
  "task stands still": async ({ tasks }, i) => {
    tasks[i]!.child.kill("SIGSTOP");
    await sleep(1_000);
    tasks[i]!.child.kill("SIGCONT");
  },
};

/** Beside the others where there are minutes. */
export const LONG_FAULTS: typeof FAULTS = {
  "task stands still for forty seconds": async ({ tasks }, i) => {
    tasks[i]!.child.kill("SIGSTOP");
    await sleep(40_000);
    tasks[i]!.child.kill("SIGCONT");
  },
};
