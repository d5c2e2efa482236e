import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import type { World } from "./world.ts";

const TABLES = [
  "products",
  "variants",
  "product_states",
  "product_terms",
  "search_lexemes",
  "category_products",
  "listed_prices",
  "catalog_position",
  "idempotency_keys",
  "boundaries",
];
const LOCKS = ["ACCESS EXCLUSIVE", "SHARE ROW EXCLUSIVE"];

/** Somebody holds a lock for as long as something takes. */
async function held({ server }: World, lock: string, meanwhile: () => Promise<unknown>): Promise<void> {
  const holder = new pg.Client({ connectionString: server.connectionString("catalog") });
  holder.on("error", () => {});
  await holder.connect();
  try {
    await holder.query(`BEGIN; ${lock}`);
    await meanwhile();
  } finally {
    await holder.end();
  }
}

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
  "answers do not come": async ({ networks, readerNetworks }, i) => {
    const network = (i ? networks : readerNetworks)[i]!;
    network.pause("answers");
    await sleep(1_500);
    network.resume();
  },
  "replica stands still and is gone": async (world, i) => {
    world.paused = true;
    await sleep(1_000);
    world.readerNetworks[i]!.cut();
    await sleep(1_500);
    world.readerNetworks[i]!.mend();
    world.paused = false;
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
  "answers to COMMIT lost unheard": async ({ networks }, i) => {
    networks[i]!.silence("LISTEN catalog");
    for (let times = 0; times < 8; times++) {
      networks[i]!.cutOn("COMMIT");
      await sleep(250);
    }
  },
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
  // Whoever connects from now on finds the new one.
  "former writer lives on": async ({ client, server, networks }) => {
    await client.query(`ALTER ROLE ${server.user} SET default_transaction_read_only = off`);
    await client.query("ALTER SYSTEM SET default_transaction_read_only = on");
    await client.query("SELECT pg_reload_conf()");
    for (const network of networks) network.deafen();
    await sleep(7_000);
    await client.query("ALTER SYSTEM RESET default_transaction_read_only");
    await client.query("SELECT pg_reload_conf()");
    await client.query(
      `BEGIN READ WRITE; ALTER ROLE ${server.user} RESET default_transaction_read_only; COMMIT`,
    );
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
  // A batch that forgot old keys itself would keep them to itself for as long as it waits.
  "a row is held while keys expire": (world, i) =>
    held(world, `SELECT FROM products WHERE slug = 'product-${i}' FOR UPDATE`, async () => {
      await world.client.query(
        "INSERT INTO idempotency_keys (client, key, fingerprint, status, body, created_at) SELECT 'former', gen_random_uuid(), '', 200, '', now() - interval '25 hours' FROM generate_series(1, 50)",
      );
      await sleep(3_500);
    }),
  "categories are held": (world) =>
    held(world, "LOCK TABLE categories IN ACCESS EXCLUSIVE MODE", () => sleep(2_500)),
  "a table is held": (world, i) =>
    held(world, `LOCK TABLE ${TABLES[world.turn++ % TABLES.length]} IN ${LOCKS[i]} MODE`, () => sleep(2_500)),
  // Nobody waits for who reads, until somebody waits for them to end.
  "who reads is waited for": async (world) => {
    let waiting: Promise<void> | undefined;
    await held(world, "SELECT FROM products LIMIT 1", async () => {
      waiting = held(world, "LOCK TABLE products IN ACCESS EXCLUSIVE MODE", async () => {});
      await sleep(1_500);
    });
    await waiting;
  },
  // Of a transaction that nobody is connected for.
  "a prepared transaction holds a row": async ({ client, turn }, i) => {
    const name = `${i}-${turn}`;
    await client.query(
      `BEGIN; SELECT FROM products WHERE slug = 'product-${i}' FOR UPDATE; PREPARE TRANSACTION '${name}'`,
    );
    await sleep(2_500);
    await client.query(`ROLLBACK PREPARED '${name}'`);
  },
  "slow COMMIT": async ({ client }) => {
    await client.query("UPDATE watch.commits SET slow = true");
    await sleep(2_000);
    await client.query("UPDATE watch.commits SET slow = false");
  },
  "a connection stands still": async ({ client }) => {
    const { rows } = await client.query(
      "SELECT pid FROM pg_stat_activity WHERE application_name = 'catalog-api' ORDER BY random() LIMIT 1",
    );
    for (const { pid } of rows) process.kill(pid, "SIGSTOP");
    await sleep(4_000);
    for (const { pid } of rows) process.kill(pid, "SIGCONT");
  },
  "clock jumps": async ({ tasks }, i) => tasks[i]!.child.kill("SIGWINCH"),
  "task stands still": async ({ tasks }, i) => {
    tasks[i]!.child.kill("SIGSTOP");
    await sleep(1_000);
    tasks[i]!.child.kill("SIGCONT");
  },
};

/** Beside the others where there are minutes. */
export const LONG_FAULTS: typeof FAULTS = {
  "replica stands still for half a minute": async (world) => {
    world.paused = true;
    await sleep(30_000);
    world.paused = false;
  },
  "task stands still for forty seconds": async ({ tasks }, i) => {
    tasks[i]!.child.kill("SIGSTOP");
    await sleep(40_000);
    tasks[i]!.child.kill("SIGCONT");
  },
};
