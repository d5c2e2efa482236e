import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { PostgresServer } from "../../../local/postgres/server.ts";
import { loadCatalogue } from "../../dev/catalogue/load.ts";
import { sampleCatalogue } from "../../dev/catalogue/products.ts";
import { migrate } from "../../src/migrate.ts";

const PRODUCTS = 400;
let server: PostgresServer;
let client: pg.Client;

before(async () => {
  server = await PostgresServer.start({ user: "catalog" });
  await server.createDatabase("catalog");
  client = new pg.Client({ connectionString: server.connectionString("catalog") });
  await client.connect();
  await migrate(client);
});
after(async () => {
  await client?.end();
  await server?.stop();
});

/** Every index, key and enabled trigger of the schema, as text that can be compared. */
async function structure(): Promise<string[]> {
  const { rows } = await client.query(`
    SELECT pg_get_indexdef(indexrelid) AS line FROM pg_index WHERE indrelid::regclass::text !~ '^pg_'
    UNION ALL SELECT conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT tgname || ' ' || tgenabled::text FROM pg_trigger WHERE NOT tgisinternal ORDER BY line`);
  return rows.map(({ line }) => line);
}

async function value(sql: string): Promise<unknown> {
  const { rows } = await client.query({ text: sql, rowMode: "array" });
  return rows[0]?.[0];
}

test("a load that fails leaves the catalogue and its indexes as they were", async () => {
  const expected = await structure();
  await client.query(
    "CREATE FUNCTION refuse() RETURNS void LANGUAGE plpgsql AS $$ BEGIN RAISE 'refused'; END $$",
  );
  await client.query(
    "ALTER FUNCTION catalog_rebuild RENAME TO catalog_rebuild_kept; ALTER FUNCTION refuse RENAME TO catalog_rebuild",
  );
  await assert.rejects(loadCatalogue(client, 10, 1), /refused/);
  await client.query(
    "DROP FUNCTION catalog_rebuild; ALTER FUNCTION catalog_rebuild_kept RENAME TO catalog_rebuild",
  );
  assert.deepEqual(await structure(), expected);
  assert.equal(await value("SELECT count(*)::int FROM products"), 0);
});

test("a load fills every table, and puts back each index, key and trigger", async () => {
  const expected = await structure();
  await loadCatalogue(client, PRODUCTS, 1);
  assert.deepEqual(await structure(), expected);
  const { product, categories } = sampleCatalogue(1);
  const samples = Array.from({ length: PRODUCTS }, (_, index) => product(index));
  assert.equal(await value("SELECT count(*)::int FROM products"), PRODUCTS);
  assert.equal(await value("SELECT count(*)::int FROM categories"), categories.length);
  assert.equal(
    await value("SELECT count(*)::int FROM variants"),
    samples.reduce((sum, { variants }) => sum + variants.length, 0),
  );
  assert.equal(
    await value("SELECT count(*)::int FROM category_products"),
    samples.reduce((sum, { category }) => sum + category.path.length, 0),
  );
  const sample = samples[41]!;
  const { rows } = await client.query(
    "SELECT name, category_path, attributes, images, price::int FROM products WHERE id = 42",
  );
  assert.deepEqual(rows, [
    {
      name: sample.name,
      category_path: sample.category.path,
      attributes: sample.attributes,
      images: sample.images,
      price: Math.min(...sample.variants.map(({ prices }) => prices.EUR!)),
    },
  ]);
  assert.ok(
    Number(await value("SELECT products FROM search_lexemes ORDER BY products DESC LIMIT 1")) > PRODUCTS / 20,
  );
});

test("what the load derives is what the triggers would have derived", async () => {
  const digest = (table: string, columns: string) =>
    `SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM (SELECT ${columns} FROM ${table}) t`;
  const derived = async () =>
    Promise.all(
      [
        digest("category_products", "*"),
        digest("listed_prices", "*"),
        digest("product_terms", "product_id, ARRAY(SELECT unnest(tokens) ORDER BY 1), search, name_key"),
        digest("product_states", "product_id, prices, availabilities, variants, schedule, other_prices"),
        digest("search_lexemes", "word"),
      ].map(value),
    );
  const loaded = await derived();
  await client.query("CREATE TEMPORARY TABLE kept AS SELECT * FROM products");
  await client.query("CREATE TEMPORARY TABLE kept_variants AS SELECT * FROM variants");
  await client.query(
    "TRUNCATE products, variants, category_products, product_states, listed_prices, product_terms, search_lexemes",
  );
  const columns =
    "id, slug, name, brand, description, category_ids, category_path, attributes, images, price, availability, options";
  await client.query(`INSERT INTO products (${columns}) SELECT ${columns} FROM kept`);
  await client.query("INSERT INTO variants SELECT * FROM kept_variants");
  assert.deepEqual(await derived(), loaded);
});

test("a product can be added after a load", async () => {
  await loadCatalogue(client, 10, 1);
  const id = await value(
    "INSERT INTO products (slug, name, brand, price, availability) VALUES ('one-more', 'One more', 'B', 1, 'in_stock') RETURNING id::int",
  );
  assert.equal(id, 11);
});

test("lists are in the currency that is asked for, of those that sample products have", async () => {
  await loadCatalogue(client, 10, 1, "SEK");
  const { variants } = sampleCatalogue(1).product(4);
  const lowest = Math.min(...variants.map(({ prices }) => prices.SEK!));
  assert.equal(await value("SELECT price::int FROM products WHERE id = 5"), lowest);
  assert.equal(await value("SELECT prices[1]::int FROM product_states WHERE product_id = 5"), lowest);
  await assert.rejects(
    loadCatalogue(client, 10, 1, "GBP"),
    /no prices in GBP, the currency of lists: set LIST_CURRENCY to one of EUR, SEK, USD\.$/,
  );
  assert.equal(await value("SELECT value FROM settings WHERE name = 'list_currency'"), "SEK");
  assert.equal(await value("SELECT count(*)::int FROM products"), 10);
});

test("the command refuses a full catalogue, replaces it when told to, and reports on standard error", async () => {
  const run = async (...args: string[]) => {
    const { port, user, password } = server;
    const child = spawn(
      process.execPath,
      [fileURLToPath(new URL("../../../bin/catalog.js", import.meta.url)), "seed", ...args],
      {
        env: {
          ...process.env,
          DB_HOST: "127.0.0.1",
          DB_PORT: String(port),
          DB_USER: user,
          DB_PASSWORD: password,
          DB_SSL: "disable",
          LIST_CURRENCY: "USD",
        },
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    const [stdout, stderr, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, "exit"),
    ]);
    return { code, stdout, stderr };
  };
  const refused = await run("--products", "5");
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /^The catalogue holds \d+ products already\. Add --replace/);
  const replaced = await run("--products", "25", "--replace");
  assert.equal(replaced.code, 0, replaced.stderr);
  assert.match(replaced.stdout, /^25 products are in database catalog at 127\.0\.0\.1:\d+\.\n$/);
  assert.match(replaced.stderr, /✓ products: 25 in /);
  assert.equal(await value("SELECT count(*)::int FROM products"), 25);
  assert.equal(await value("SELECT value FROM settings WHERE name = 'list_currency'"), "USD");
  const mistaken = await run("--products", "many");
  assert.deepEqual(
    [mistaken.code, mistaken.stderr],
    [
      1,
      "Option '--products <n>' argument 'many' is invalid. Choose a whole number from 1 to 10000000. See bin/catalog seed --help.\n",
    ],
  );
});
