import { cp, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import pg from "pg";
import { MIGRATIONS, migrate } from "../api/src/migrate.ts";
import { command, integer, run } from "../cli/command.ts";
import { jsonOption } from "../cli/output.ts";
import { PostgresServer } from "../local/postgres/server.ts";
import { describeMachine } from "./api/machine.ts";
import { publish } from "./report.ts";

/** The last migration of version 0.1.0, whose tasks serve while the later ones are applied. */
const RELEASED = 4;
const MOST_WAIT_MS = 1_000;
const EVERY_MS = 10;

interface Applied {
  migration: string;
  seconds: number;
  /** The longest that a read, and a write, of another session took meanwhile; milliseconds. */
  read: number;
  write: number;
}

const bench = command("npm run bench:migrations --", {
  1: `a migration made somebody wait for more than ${MOST_WAIT_MS} ms`,
})
  .description(
    "Fills a catalogue of version 0.1.0 with prices in three currencies, applies the migrations since, and prints how long each " +
      "takes and how long it makes a read and a write of another session wait, who ask a hundred times a second. The report is " +
      "also written to bench/results/migrations.md.",
  )
  .option("--products <n>", "size of the catalogue", integer(1_000, 10_000_000), 1_000_000)
  .addOption(jsonOption)
  .action(async ({ products, json }) => {
    const folder = await mkdtemp(join(tmpdir(), "catalog-migrations-"));
    const server = await PostgresServer.start({
      user: "catalog",
      settings: { shared_buffers: "1GB", max_wal_size: "4GB" },
    });
    try {
      await server.createDatabase("catalog");
      const connectionString = server.connectionString("catalog");
      await fill(connectionString, await released(folder), products);
      const applied = await watched(connectionString);
      const report = { machine: describeMachine(), products, applied };
      await publish("migrations", json, report, toMarkdown(report));
      if (applied.some(({ read, write }) => Math.max(read, write) > MOST_WAIT_MS)) process.exitCode = 1;
    } finally {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    }
  });

/** A folder with the migrations of version 0.1.0 alone. */
async function released(folder: string): Promise<URL> {
  for (const name of (await readdir(MIGRATIONS)).toSorted().slice(0, RELEASED))
    await cp(new URL(name, MIGRATIONS), join(folder, name));
  return pathToFileURL(`${folder}/`);
}

/** In the columns of that version, which the sample catalogue of this one does not have any more; with prices in three currencies. */
async function fill(connectionString: string, directory: URL, products: number): Promise<void> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    await migrate(client, { directory });
    await client.query(`
      INSERT INTO categories (id, name, path) SELECT 'c' || n, 'Category ' || n, ARRAY['c' || n] FROM generate_series(0, 99) n`);
    await client.query(
      `INSERT INTO products (slug, name, brand, category_ids, category_path, attributes, price, availability)
       SELECT 'product-' || n, 'Product ' || n, 'Brand ' || n % 200, ARRAY['c' || n % 100], ARRAY['c' || n % 100],
         jsonb_build_object('colour', 'colour ' || n % 12), 100 + n % 90000, 'in_stock' FROM generate_series(1, $1::int) n`,
      [products],
    );
    await client.query(
      `INSERT INTO variants (sku, product_id, position, prices)
       SELECT 'sku-' || id || CASE position WHEN 0 THEN '' ELSE '-' || position END, id, position,
         jsonb_build_object('EUR', price + 500 * position, 'SEK', 11 * price, 'USD', price + 100)
       FROM products, generate_series(0, id::int % 3) position`,
    );
    await client.query("VACUUM ANALYZE");
  } finally {
    await client.end();
  }
}

async function watched(connectionString: string): Promise<Applied[]> {
  const clients = Array.from({ length: 3 }, () => new pg.Client({ connectionString }));
  await Promise.all(clients.map((client) => client.connect()));
  const [migrating, reading, writing] = clients as [pg.Client, pg.Client, pg.Client];
  const applied: Applied[] = [];
  let over = false;
  let began = performance.now();
  const probe = async (kind: "read" | "write", client: pg.Client, text: string) => {
    for (let number = 1; !over; number++) {
      const asked = performance.now();
      // As the API does: of two that wait for each other, PostgreSQL ends one, who tries again.
      const ask = (): Promise<unknown> =>
        client
          .query(text, [`sku-${1 + (number % 1_000)}`])
          .catch((error) => (error.code === "40P01" ? ask() : Promise.reject(error)));
      await ask();
      const waited = performance.now() - asked;
      const current = applied.at(-1);
      if (current) current[kind] = Math.max(current[kind], waited);
      await sleep(EVERY_MS);
    }
  };
  const probes = [
    probe(
      "read",
      reading,
      "SELECT p.name, v.prices FROM variants v JOIN products p ON p.id = v.product_id WHERE v.sku = $1",
    ),
    probe("write", writing, "UPDATE variants SET prices = prices || '{\"SEK\": 1}' WHERE sku = $1"),
  ];
  const end = () => {
    const current = applied.at(-1);
    if (current) current.seconds = (performance.now() - began) / 1_000;
    began = performance.now();
  };
  try {
    await migrate(migrating, {
      log: (line) => {
        end();
        applied.push({ migration: line.replace("migration ", ""), seconds: 0, read: 0, write: 0 });
      },
    });
    end();
  } finally {
    over = true;
    await Promise.allSettled(probes);
    await Promise.all(clients.map((client) => client.end()));
  }
  return applied;
}

function toMarkdown({
  machine,
  products,
  applied,
}: {
  machine: string;
  products: number;
  applied: Applied[];
}): string {
  return [
    `${products.toLocaleString("en")} products of version 0.1.0 with prices in three currencies. ${machine}.`,
    "",
    "| migration | takes s | longest read meanwhile, ms | longest write meanwhile, ms |",
    "|---|--:|--:|--:|",
    ...applied.map(
      ({ migration, seconds, read, write }) =>
        `| \`${migration}\` | ${seconds.toFixed(1)} | ${read.toFixed(0)} | ${write.toFixed(0)} |`,
    ),
    "",
  ].join("\n");
}

await run(bench);
