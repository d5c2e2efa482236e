import { isDeepStrictEqual } from "node:util";
import { gtin14 } from "../catalog/gtin.ts";
import type { Row } from "../database/connection.ts";
import { statement } from "../database/connection.ts";
import { sqlState } from "../database/errors.ts";
import type { Transaction } from "../database/writer.ts";
import type { ProductState, Rollup, VariantState } from "./model.ts";

/** Statements of the write path: each for any number of rows, which come as one JSON parameter. */

export interface StoredProduct extends ProductState {
  id: number;
  /** Categories with their ancestors. */
  path: string[];
  /** See {@link Rollup}. */
  options: Rollup["options"];
}

export const stateOf = ({ id: _, path: __, options: ___, ...state }: StoredProduct): ProductState => state;

export interface StoredVariant extends VariantState {
  productId: number;
}

/** Another transaction was in between; running this one anew resolves it. Bears PostgreSQL's code for that. */
export class WriteConflict extends Error {
  override name = "WriteConflict";
  readonly code = "40001";
}

/** Any number that no other advisory lock has; "gtin" in ASCII. */
export const GTIN_LOCK = 0x6774696e;
export const GTIN_LOCKS = 64;

const PRODUCT_COLUMNS = `id, slug, name, brand, description, array_to_json(category_ids), array_to_json(category_path),
  attributes, images, options, status, catalog_time(publish_from), catalog_time(publish_to)`;
const FIND_PRODUCTS = statement(
  `SELECT ${PRODUCT_COLUMNS} FROM products WHERE id = ANY ($1::bigint[]) OR slug = ANY ($2::text[])`,
);
/** In one order in every transaction, so that two of them never wait for each other in a circle. */
const LOCK_PRODUCTS = statement(
  "SELECT id FROM products WHERE id = ANY ($1::bigint[]) ORDER BY id FOR UPDATE",
);
const VARIANT_COLUMNS = "sku, product_id, position, gtin, attributes, prices, availability, schedule";
const FIND_VARIANTS = statement(
  `SELECT ${VARIANT_COLUMNS} FROM variants WHERE sku = ANY ($1::text[]) OR product_id = ANY ($2::bigint[])`,
);
/** Written as the index variants_gtin is. */
const FIND_GTINS = statement(`
  SELECT v.gtin, v.sku, p.id, p.slug FROM variants v JOIN products p ON p.id = v.product_id
  WHERE lpad(v.gtin, 14, '0') = ANY ($1::text[])`);
/**
 * Two transactions that give one GTIN to two products must see each other. A lock for each GTIN would fill the server's table of
 * locks, so they share some, taken in one order.
 */
const LOCK_GTINS = statement(`
  SELECT pg_advisory_xact_lock(${GTIN_LOCK}, place) FROM (SELECT DISTINCT hashtext(gtin) & ${GTIN_LOCKS - 1} AS place
    FROM unnest($1::text[]) gtin ORDER BY place) t`);
const FIND_PATHS = statement("SELECT id, array_to_json(path) FROM categories WHERE id = ANY ($1::text[])");
/** A category that is being moved is waited for, and cannot be moved before the products that go into it are there. */
const KEEP_PATHS = statement(
  "SELECT id, array_to_json(path) FROM categories WHERE id = ANY ($1::text[]) ORDER BY id FOR SHARE",
);

const PRODUCT_RECORD = `slug text, name text, brand text, description text, categories text[], path text[], attributes jsonb,
  images jsonb, price bigint, availability text, options jsonb, status text, "publishFrom" timestamptz, "publishTo" timestamptz`;
const INSERT_PRODUCTS = statement(`
  INSERT INTO products (slug, name, brand, description, category_ids, category_path, attributes, images, price, availability, options,
    status, publish_from, publish_to)
  SELECT slug, name, brand, description, categories, path, attributes, images, price, availability, options,
    status, "publishFrom", "publishTo"
  FROM jsonb_to_recordset($1::jsonb) AS r (${PRODUCT_RECORD}) ORDER BY slug
  ON CONFLICT (slug) DO NOTHING RETURNING id, slug`);
const UPDATE_PRODUCTS = statement(`
  UPDATE products p SET slug = r.slug, name = r.name, brand = r.brand, description = r.description,
    category_ids = r.categories, category_path = r.path, attributes = r.attributes, images = r.images, price = r.price,
    availability = r.availability, options = r.options, status = r.status, publish_from = r."publishFrom", publish_to = r."publishTo"
  FROM jsonb_to_recordset($1::jsonb) AS r (id bigint, ${PRODUCT_RECORD}) WHERE p.id = r.id`);
/** The lexemes of `products.search`, as migration 0002 derives them. */
const PREPARE_WORDS = statement(`
  INSERT INTO search_lexemes (word)
  SELECT DISTINCT word FROM jsonb_to_recordset($1::jsonb) AS r (name text, brand text, description text),
    unnest(ARRAY[name, brand, description]) AS value,
    unnest(tsvector_to_array(to_tsvector('public.catalog', catalog_search_text(value)))) AS word
  ORDER BY word
  ON CONFLICT DO NOTHING`);
const UPSERT_VARIANTS = statement(`
  INSERT INTO variants (${VARIANT_COLUMNS})
  SELECT sku, "productId", position, gtin, attributes, prices, availability, nullif(sales, '[]') FROM jsonb_to_recordset($1::jsonb)
    AS r (sku text, "productId" bigint, position integer, gtin text, attributes jsonb, prices jsonb, availability text, sales jsonb)
  ORDER BY sku
  ON CONFLICT (sku) DO UPDATE SET position = excluded.position, gtin = excluded.gtin, attributes = excluded.attributes,
    prices = excluded.prices, availability = excluded.availability, schedule = excluded.schedule
  WHERE variants.product_id = excluded.product_id
  RETURNING sku`);
const DELETE_VARIANTS = statement("DELETE FROM variants WHERE sku = ANY ($1::text[])");
const DELETE_PRODUCT = statement("DELETE FROM products WHERE id = $1::bigint");

export async function findProducts(
  tx: Transaction,
  ids: number[],
  slugs: string[],
): Promise<StoredProduct[]> {
  return (await tx.query(FIND_PRODUCTS, [ids, slugs])).map(toProduct);
}

export async function lockProducts(tx: Transaction, ids: number[]): Promise<void> {
  await tx.query(LOCK_PRODUCTS, [ids]);
}

/** The variants with these SKUs, and all variants of these products. */
export async function findVariants(
  tx: Transaction,
  skus: string[],
  products: number[],
): Promise<StoredVariant[]> {
  return (await tx.query(FIND_VARIANTS, [skus, products])).map(toVariant);
}

export interface StoredGtin {
  gtin: string;
  sku: string;
  product: { id: number; slug: string };
}

/** The variants that have these GTINs, in whatever length. */
export async function findGtins(tx: Transaction, gtins: string[]): Promise<StoredGtin[]> {
  if (gtins.length === 0) return [];
  const rows = await tx.query(FIND_GTINS, [gtins.map(gtin14)]);
  return rows.map(([gtin, sku, id, slug]) => ({ gtin, sku, product: { id, slug } }) as StoredGtin);
}

/** Until the transaction ends, nobody else gives these GTINs to a variant. */
export async function lockGtins(tx: Transaction, gtins: readonly string[]): Promise<void> {
  if (gtins.length > 0) await tx.query(LOCK_GTINS, [gtins.map(gtin14)]);
}

/**
 * Category → its path from the root; those that do not exist are missing.
 *
 * @param keep they stay where they are until the transaction ends
 */
export async function findPaths(
  tx: Transaction,
  ids: string[],
  keep: boolean,
): Promise<Map<string, string[]>> {
  if (ids.length === 0) return new Map();
  const rows = await tx.query(keep ? KEEP_PATHS : FIND_PATHS, [ids]);
  return new Map(rows.map(([id, path]) => [id as string, JSON.parse(path as string)]));
}

/**
 * Adds the words of what a transaction will write, all of them in one order: its later statements add none, so that two
 * transactions with the same new words wait for each other once at most, and never in a circle.
 */
export async function prepareWords(
  tx: Transaction,
  products: { stored: StoredProduct | undefined; record: ProductState }[],
): Promise<void> {
  const changed = products.filter(
    ({ stored, record: { name, brand, description } }) =>
      stored?.name !== name || stored.brand !== brand || stored.description !== description,
  );
  if (changed.length === 0) return;
  const texts = changed.map(({ record: { name, brand, description } }) => ({ name, brand, description }));
  await tx.query(PREPARE_WORDS, [JSON.stringify(texts)]);
}

/** @returns slug → id */
export async function insertProducts(
  tx: Transaction,
  products: (ProductState & Rollup & { path: string[] })[],
): Promise<Map<string, number>> {
  if (products.length === 0) return new Map();
  const rows = await tx.query(INSERT_PRODUCTS, [JSON.stringify(products)]);
  if (rows.length < products.length) throw new WriteConflict("a product with this slug was made meanwhile");
  return new Map(rows.map(([id, slug]) => [slug as string, id as number]));
}

/**
 * Writes what differs of the products themselves. What does not is left alone, be their variants changed: the database rolls
 * these up, with a new version, and `products` has ten indexes to write.
 */
export async function updateProducts(
  tx: Transaction,
  products: { stored: StoredProduct; record: ProductState & Rollup & { path: string[] } }[],
): Promise<void> {
  const differing = products.filter(({ stored, record }) => {
    const { price: _, availability: __, ...row } = record;
    return !isDeepStrictEqual(row, { ...stateOf(stored), path: stored.path, options: stored.options });
  });
  if (differing.length === 0) return;
  const rows = differing.map(({ stored, record }) => ({ ...record, id: stored.id }));
  await tx.query(UPDATE_PRODUCTS, [JSON.stringify(rows)]).catch((error) => {
    // "Unique violation": whoever has the slug had not committed when it was looked for.
    if (sqlState(error) === "23505")
      throw new WriteConflict("a product with this slug was made meanwhile", { cause: error });
    throw error;
  });
}

export async function upsertVariants(tx: Transaction, variants: StoredVariant[]): Promise<void> {
  if (variants.length === 0) return;
  const rows = await tx.query(UPSERT_VARIANTS, [JSON.stringify(variants)]);
  if (rows.length < variants.length) throw new WriteConflict("a variant with this SKU was made meanwhile");
}

export async function deleteVariants(tx: Transaction, skus: string[]): Promise<void> {
  if (skus.length > 0) await tx.query(DELETE_VARIANTS, [skus]);
}

export async function deleteProduct(tx: Transaction, id: number): Promise<void> {
  await tx.query(DELETE_PRODUCT, [id]);
}

function toProduct([
  id,
  slug,
  name,
  brand,
  description,
  categories,
  path,
  attributes,
  images,
  options,
  status,
  publishFrom,
  publishTo,
]: Row): StoredProduct {
  return {
    id: id as number,
    slug: slug as string,
    name: name as string,
    brand: brand as string,
    description: description as string,
    categories: JSON.parse(categories as string),
    path: JSON.parse(path as string),
    attributes: JSON.parse(attributes as string),
    images: JSON.parse(images as string),
    options: JSON.parse(options as string),
    status: status as StoredProduct["status"],
    publishFrom: publishFrom as string | null,
    publishTo: publishTo as string | null,
  };
}

function toVariant([
  sku,
  productId,
  position,
  gtin,
  attributes,
  prices,
  availability,
  schedule,
]: Row): StoredVariant {
  return {
    sku: sku as string,
    productId: productId as number,
    position: position as number,
    gtin: gtin as string | null,
    attributes: JSON.parse(attributes as string),
    prices: JSON.parse(prices as string),
    availability: availability as StoredVariant["availability"],
    sales: schedule === null ? [] : JSON.parse(schedule as string),
  };
}
