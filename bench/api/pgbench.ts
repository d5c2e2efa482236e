import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { VOCABULARY } from "../../api/dev/catalogue/vocabulary/index.ts";
import { sourceOf, toFilter } from "../../api/src/catalog/filter.ts";
import { walkQuery } from "../../api/src/catalog/list-sql.ts";
import { productQuery } from "../../api/src/catalog/product.ts";
import type { PostgresServer } from "../../local/postgres/server.ts";
import { DISTINCT_PRODUCTS } from "./requests.ts";

const run = promisify(execFile);

/** PostgreSQL's own load generator is in Debian's package postgresql-contrib, and in none of npm's. */
export async function hasPgbench(): Promise<boolean> {
  return run("pgbench", ["--version"]).then(
    () => true,
    () => false,
  );
}

/** Scripts for pgbench with the very statements of the API. */
export async function writeScripts(
  folder: string,
  products: number,
): Promise<{ product: string[]; list: string[] }> {
  const product = join(folder, "product.sql");
  const scope = { now: new Date(), currency: "EUR" };
  const one = productQuery("1", scope);
  const id = one.values.indexOf("1");
  const byId = one.statement.text.replace(/\$(\d+)/g, (_, place) =>
    Number(place) === id + 1 ? ":id" : literal(one.values[Number(place) - 1]),
  );
  // As many products as the servers are asked for: more would be read from the disk.
  const distinct = Math.min(products, DISTINCT_PRODUCTS);
  await writeFile(
    product,
    `\\set id random(1, ${distinct}) * ${Math.floor(products / distinct)}\n${oneLine(byId)};\n`,
  );
  // pgbench has no text variables: one script for each of some brands.
  const brands = Object.values(VOCABULARY).map(({ brands: [first] }) => first!);
  const list = await Promise.all(
    [...new Set(brands)].map(async (brand, number) => {
      const list = { brand: [brand], limit: 20, count: false, facets: false, facetValues: 20 };
      const filter = toFilter(list, undefined);
      const page = { ...scope, limit: 20 };
      const { statement, values } = walkQuery(filter, sourceOf(filter), "price", page);
      const text = statement.text.replace(/\$(\d+)/g, (_, place) => literal(values[Number(place) - 1]));
      const file = join(folder, `list-${number}.sql`);
      await writeFile(file, `${oneLine(text)};\n`);
      return file;
    }),
  );
  return { product: [product], list };
}

const oneLine = (sql: string): string => sql.replace(/\s+/g, " ").trim();

function literal(value: unknown): string {
  const text = Array.isArray(value) ? `{${value.map((item) => `"${item}"`).join(",")}}` : String(value);
  return `'${text.replaceAll("'", "''")}'`;
}

/** Runs the scripts, each as likely, over prepared statements. */
export async function pgbench(
  server: PostgresServer,
  scripts: string[],
  seconds: number,
): Promise<{ transactions: number; seconds: number; latencyMs: number }> {
  const started = performance.now();
  const { stdout } = await run(
    "pgbench",
    [
      ...["-n", "-M", "prepared", "-c", "8", "-j", "1", "-T", String(Math.max(1, Math.round(seconds)))],
      ...["-h", server.host, "-p", String(server.port), "-U", server.user],
      ...scripts.flatMap((file) => ["-f", file]),
      "catalog",
    ],
    {
      env: {
        ...process.env,
        PGPASSWORD: server.password,
        PGOPTIONS: "-c plan_cache_mode=force_generic_plan -c jit=off",
      },
    },
  );
  const transactions = Number(/actually processed: (\d+)/.exec(stdout)?.[1]);
  const latencyMs = Number(/latency average = ([\d.]+) ms/.exec(stdout)?.[1]);
  return { transactions, seconds: (performance.now() - started) / 1000, latencyMs };
}
