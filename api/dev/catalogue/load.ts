import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type pg from "pg";
import { from as copyFrom } from "pg-copy-streams";
import { UserError } from "../../../cli/user-error.ts";
import { applyListCurrency } from "../../src/database/database.ts";
import { Progress, step } from "../progress.ts";
import type { Category } from "./categories.ts";
import { type Availability, CURRENCIES, type SampleProduct, sampleCatalogue } from "./products.ts";

/** Indexes are built after the rows are in, which is several times faster than keeping them up: first those of what is given, … */
const GIVEN = ["products", "variants"];
/** … which is looked up by product while these are derived from it, and then those of what was derived. */
const DERIVED = ["category_products", "product_states", "listed_prices", "product_terms"];
const TABLES = [...GIVEN, ...DERIVED];
const ROWS_PER_CHUNK = 500;

/**
 * Fills an empty, migrated catalogue with sample products, in one transaction: until it ends, readers see the
 * catalogue as it was, and a Ctrl-C leaves it so.
 *
 * @param client a connection without a statement time-out, as the owner of the tables.
 * @param currency that lists are to be in. @default what the database has
 * @throws UserError when the sample products have no prices in the currency of lists
 */
export async function loadCatalogue(
  client: pg.Client,
  products: number,
  seed: number,
  currency?: string,
): Promise<void> {
  const catalogue = sampleCatalogue(seed);
  await client.query("BEGIN");
  try {
    await client.query("SET LOCAL maintenance_work_mem = '512MB'; SET LOCAL synchronous_commit = off");
    await client.query(
      `TRUNCATE ${TABLES.join(", ")}, product_tombstones, former_slugs, boundaries, search_lexemes, categories CASCADE`,
    );
    const listed = await listCurrency(client, currency);
    const restore = await dropIndexes(client);
    await client.query(
      "ALTER TABLE products DISABLE TRIGGER USER; ALTER TABLE variants DISABLE TRIGGER USER",
    );
    await insertCategories(client, catalogue.categories);
    await copy(client, "products", PRODUCT_COLUMNS, products, (index) =>
      productRow(index + 1, catalogue.product(index), listed),
    );
    await copy(client, "variants", VARIANT_COLUMNS, products, (index) =>
      variantRows(index + 1, catalogue.product(index)),
    );
    await client.query("SELECT setval(pg_get_serial_sequence('products', 'id'), $1)", [
      Math.max(products, 1),
    ]);
    await client.query("ALTER TABLE products ENABLE TRIGGER USER; ALTER TABLE variants ENABLE TRIGGER USER");
    await makeIndexes(client, "indexes of products and variants", restore.ofGiven);
    await step("derived tables and lexemes", () => client.query("SELECT catalog_rebuild()"));
    await makeIndexes(client, "indexes of what is derived", restore.others);
    await step("commit", () => client.query("COMMIT"));
  } catch (error) {
    await client.query("ROLLBACK").catch(() => {}); // the connection may be what failed
    throw error;
  }
  // Index-only scans need the visibility map, plans need statistics.
  await step("statistics", () =>
    client.query(`VACUUM (ANALYZE) ${[...TABLES, "search_lexemes", "categories"].join(", ")}`),
  );
}

/** The currency of lists, of a catalogue that is empty now. */
async function listCurrency(client: pg.Client, wanted: string | undefined): Promise<string> {
  await applyListCurrency(client, wanted);
  const { rows } = await client.query("SELECT value FROM settings WHERE name = 'list_currency'");
  const currency: string = rows[0].value;
  if (!CURRENCIES.includes(currency))
    throw new UserError(
      `The sample products have no prices in ${currency}, the currency of lists: set LIST_CURRENCY to one of ${CURRENCIES.join(", ")}.`,
    );
  return currency;
}

/** Drops every index and key of the tables, and returns the statements that make them again. */
async function dropIndexes(client: pg.Client): Promise<{ ofGiven: string[]; others: string[] }> {
  const { rows: keys } = await client.query(
    `SELECT conrelid::regclass::text AS table,
            format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS drop,
            format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) AS make,
            contype = 'f' AS foreign
     FROM pg_constraint WHERE conrelid = ANY ($1::regclass[]) AND contype IN ('p', 'u', 'f')
     ORDER BY contype = 'f' DESC, conname`,
    [TABLES],
  );
  const { rows: indexes } = await client.query(
    `SELECT indrelid::regclass::text AS table, format('DROP INDEX %s', indexrelid::regclass) AS drop,
            pg_get_indexdef(indexrelid) AS make
     FROM pg_index WHERE indrelid = ANY ($1::regclass[])
       AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u'))`,
    [TABLES],
  );
  for (const { drop } of [...keys, ...indexes]) await client.query(drop);
  // A foreign key needs the key that it refers to: keys, then indexes, then foreign keys.
  const own = [...keys.filter((key) => !key.foreign), ...indexes];
  const foreign = keys.filter((key) => key.foreign);
  const isGiven = ({ table }: { table: string }) => GIVEN.includes(table);
  const statements = (made: { make: string }[]) => made.map(({ make }) => make);
  return {
    ofGiven: statements(own.filter(isGiven)),
    others: statements([...own.filter((each) => !isGiven(each)), ...foreign]),
  };
}

async function makeIndexes(client: pg.Client, name: string, statements: readonly string[]): Promise<void> {
  const progress = new Progress(name, statements.length);
  for (const [done, statement] of statements.entries()) {
    progress.update(done);
    await client.query(statement);
  }
  progress.done();
}

async function insertCategories(client: pg.Client, categories: Category[]): Promise<void> {
  await client.query(
    `INSERT INTO categories (id, parent_id, name, position, path)
     SELECT id, parent, name, position, string_to_array(path, ' ')
     FROM unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::text[]) AS t (id, parent, name, position, path)`,
    [
      categories.map(({ id }) => id),
      categories.map(({ parentId }) => parentId),
      categories.map(({ name }) => name),
      categories.map(({ position }) => position),
      categories.map(({ path }) => path.join(" ")),
    ],
  );
  // The key to the parent is checked at the end of the transaction otherwise, and holds up ALTER TABLE until then.
  await client.query("SET CONSTRAINTS ALL IMMEDIATE");
}

async function copy(
  client: pg.Client,
  table: string,
  columns: string[],
  products: number,
  rowsOf: (index: number) => string,
): Promise<void> {
  const progress = new Progress(table, products);
  function* chunks(): Generator<string> {
    for (let first = 0; first < products; first += ROWS_PER_CHUNK) {
      const last = Math.min(first + ROWS_PER_CHUNK, products);
      let chunk = "";
      for (let index = first; index < last; index++) chunk += rowsOf(index);
      yield chunk;
      progress.update(last);
    }
  }
  const sink = client.query(copyFrom(`COPY ${table} (${columns.join(", ")}) FROM STDIN`));
  await pipeline(Readable.from(chunks(), { objectMode: true, highWaterMark: 2 }), sink);
  progress.done(sink.rowCount ?? products);
}

const PRODUCT_COLUMNS = [
  "id",
  "slug",
  "name",
  "brand",
  "description",
  "category_ids",
  "category_path",
  "attributes",
  "images",
  "price",
  "availability",
  "options",
  "created_at",
  "updated_at",
];

function productRow(id: number, product: SampleProduct, currency: string): string {
  const created = product.createdAt.toISOString();
  return row([
    String(id),
    product.slug,
    product.name,
    product.brand,
    product.description,
    array([product.category.id]),
    array(product.category.path),
    JSON.stringify(product.attributes),
    JSON.stringify(product.images),
    String(Math.min(...product.variants.map(({ prices }) => prices[currency]!))),
    bestAvailability(product),
    JSON.stringify(optionsOf(product)),
    created,
    created,
  ]);
}

const VARIANT_COLUMNS = ["sku", "product_id", "position", "gtin", "attributes", "prices", "availability"];

function variantRows(productId: number, { variants }: SampleProduct): string {
  return variants
    .map((variant, position) =>
      row([
        variant.sku,
        String(productId),
        String(position),
        variant.gtin,
        JSON.stringify(variant.attributes),
        JSON.stringify(variant.prices),
        variant.availability,
      ]),
    )
    .join("");
}

const BEST_FIRST: Availability[] = ["in_stock", "preorder", "out_of_stock", "discontinued"];

function bestAvailability({ variants }: SampleProduct): Availability {
  return BEST_FIRST.find((availability) =>
    variants.some((variant) => variant.availability === availability),
  )!;
}

/** Attribute → its values over the variants. */
function optionsOf({ variants }: SampleProduct): Record<string, string[]> {
  const options: Record<string, string[]> = {};
  for (const { attributes } of variants) {
    for (const [name, value] of Object.entries(attributes)) {
      options[name] ??= [];
      if (!options[name].includes(value)) options[name].push(value);
    }
  }
  return options;
}

/** COPY's text format: tabs between values, and backslashes before what would be taken for a separator. */
function row(values: string[]): string {
  return `${values.map((value) => value.replace(/[\\\t\n\r]/g, (c) => ESCAPES[c]!)).join("\t")}\n`;
}

const ESCAPES: Record<string, string> = { "\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r" };

/** Category ids hold letters, digits, hyphens and underscores only, so that nothing needs quotes. */
function array(ids: string[]): string {
  return `{${ids.join(",")}}`;
}

/** How many products the catalogue holds. */
export async function countProducts(client: pg.Client): Promise<number> {
  const { rows } = await client.query("SELECT count(*)::int AS products FROM products");
  return rows[0].products;
}
