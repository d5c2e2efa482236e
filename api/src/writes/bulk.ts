import { isDeepStrictEqual } from "node:util";
import type { Transaction } from "../database/writer.ts";
import { PRODUCT_DEFAULTS, type ProductState, rollUp, VARIANT_DEFAULTS, type VariantState } from "./model.ts";
import type { BulkRow } from "./schemas.ts";
import {
  findPaths,
  findProducts,
  findVariants,
  insertProducts,
  lockProducts,
  type StoredProduct,
  type StoredVariant,
  updateProducts,
  upsertVariants,
  WriteConflict,
} from "./store.ts";

/** A row of the batch; `error` when it was refused before the database was asked. */
export interface GivenRow {
  index: number;
  row: BulkRow | undefined;
  error?: string;
}

export interface RowResult {
  /** Its place in the batch, from 0. */
  row: number;
  sku?: string;
  status: "created" | "updated" | "unchanged" | "failed";
  product?: number;
  error?: string;
}

export interface BulkOutcome {
  results: RowResult[];
  /** Cache tags of what was written. */
  tags: string[];
}

/** A product as this batch leaves it. */
interface Draft {
  /** Undefined: it is new. */
  stored: StoredProduct | undefined;
  state: ProductState;
  variants: Map<string, VariantState>;
  changedSkus: Set<string>;
  changed: boolean;
}

/** What the rows are about, as the database has it. */
interface Known {
  products: StoredProduct[];
  variants: StoredVariant[];
  paths: Map<string, string[]>;
}

/**
 * Upserts variants by SKU, with what their rows say of the products. What is already as the row wants it is only read: it is
 * neither locked nor written. What is not is locked, read again and compared again, since somebody else may have been faster.
 */
export async function upsertBatch(
  tx: Transaction,
  given: GivenRow[],
  currency: string,
): Promise<BulkOutcome> {
  const glance = compare(given, await read(tx, given), currency);
  const changing = [...glance.drafts].filter(({ changed }) => changed);
  if (changing.length === 0) return { results: withProducts(glance, new Map()), tags: [] };
  const ids = changing.flatMap(({ stored }) => (stored ? [stored.id] : []));
  if (ids.length > 0) await lockProducts(tx, ids);
  const locked = compare(given, await read(tx, given, ids), currency);
  for (const { stored, changed } of locked.drafts) {
    if (changed && stored && !ids.includes(stored.id))
      throw new WriteConflict(`product ${stored.id} changed meanwhile`);
  }
  return write(tx, locked, currency);
}

/** @param complete products of which all variants are wanted, to roll them up. */
async function read(tx: Transaction, given: GivenRow[], complete: number[] = []): Promise<Known> {
  const rows = given.flatMap(({ row }) => (row ? [row] : []));
  const variants = await findVariants(
    tx,
    rows.map(({ sku }) => sku),
    complete,
  );
  const slugs = rows.flatMap(({ product }) => (product ? [product.slug] : []));
  const products = await findProducts(tx, [...new Set(variants.map(({ productId }) => productId))], slugs);
  const categories = rows.flatMap(({ product }) => product?.categories ?? []);
  return { products, variants, paths: await findPaths(tx, [...new Set(categories)]) };
}

interface Comparison {
  drafts: Set<Draft>;
  results: (RowResult & { draft?: Draft })[];
  paths: Map<string, string[]>;
}

function compare(given: GivenRow[], known: Known, currency: string): Comparison {
  const drafts = draftsOf(known);
  const bySlug = new Map([...drafts].map((draft) => [draft.state.slug, draft]));
  const bySku = new Map(
    [...drafts].flatMap((draft) => [...draft.variants.keys()].map((sku) => [sku, draft])),
  );
  const seen = new Set<string>();
  const results = given.map(({ index, row, error }): RowResult & { draft?: Draft } => {
    const failed = (message: string): RowResult => ({
      row: index,
      ...(row && { sku: row.sku }),
      status: "failed",
      error: message,
    });
    if (!row) return failed(error ?? "is not valid");
    if (seen.has(row.sku)) return failed("this SKU stands in the batch already");
    seen.add(row.sku);
    const of = bySku.get(row.sku);
    const draft = of ?? (row.product && bySlug.get(row.product.slug)) ?? newDraft(row);
    if (typeof draft === "string") return failed(draft);
    const mistake = mistakeIn(row, of, draft, known.paths, currency);
    if (mistake) return failed(mistake);
    const status = apply(row, draft);
    drafts.add(draft);
    bySlug.set(draft.state.slug, draft);
    return { row: index, sku: row.sku, status, draft };
  });
  return { drafts, results, paths: known.paths };
}

function draftsOf({ products, variants }: Known): Set<Draft> {
  const drafts = new Map<number, Draft>();
  for (const stored of products) {
    const { id, path, ...state } = stored;
    drafts.set(id, { stored, state, variants: new Map(), changedSkus: new Set(), changed: false });
  }
  for (const { productId, ...variant } of variants) drafts.get(productId)?.variants.set(variant.sku, variant);
  return new Set(drafts.values());
}

/** A product that does not exist yet, or why there cannot be one. */
function newDraft({ product }: BulkRow): Draft | string {
  if (!product) return "this SKU is new: product is needed";
  const { slug, name, brand } = product;
  if (name === undefined || brand === undefined)
    return `product ${slug} is new: product.name and product.brand are needed`;
  const state = { ...PRODUCT_DEFAULTS, slug, name, brand };
  return { stored: undefined, state, variants: new Map(), changedSkus: new Set(), changed: true };
}

function mistakeIn(
  row: BulkRow,
  of: Draft | undefined,
  draft: Draft,
  paths: Map<string, string[]>,
  currency: string,
): string | undefined {
  if (of && row.product && row.product.slug !== of.state.slug)
    return `this SKU belongs to product ${of.state.slug}`;
  if (!draft.variants.has(row.sku) && !row.prices) return "this SKU is new: prices are needed";
  if (row.prices && row.prices[currency] === undefined)
    return `prices: ${currency} is needed, the currency of lists`;
  const missing = row.product?.categories?.find((id) => !paths.has(id));
  return missing === undefined ? undefined : `product.categories: there is no category ${missing}`;
}

/** Brings the draft to what the row says, and says whether that changed anything. */
function apply({ sku, product, ...members }: BulkRow, draft: Draft): RowResult["status"] {
  const before = draft.variants.get(sku);
  const last = Math.max(-1, ...[...draft.variants.values()].map(({ position }) => position));
  const after = { ...VARIANT_DEFAULTS, position: last + 1, ...before, ...members, sku } as VariantState;
  const state = { ...draft.state, ...product };
  const variantDiffers = !isDeepStrictEqual(before, after);
  const productDiffers = !isDeepStrictEqual(draft.state, state);
  draft.variants.set(sku, after);
  draft.state = state;
  if (variantDiffers) draft.changedSkus.add(sku);
  if (variantDiffers || productDiffers) draft.changed = true;
  if (!before) return "created";
  return variantDiffers || productDiffers ? "updated" : "unchanged";
}

async function write(tx: Transaction, comparison: Comparison, currency: string): Promise<BulkOutcome> {
  const changed = [...comparison.drafts].filter((draft) => draft.changed);
  const records = changed.map((draft) => ({
    draft,
    record: {
      ...draft.state,
      ...rollUp([...draft.variants.values()], currency),
      path: pathOf(draft, comparison.paths),
    },
  }));
  const ids = await insertProducts(
    tx,
    records.flatMap(({ draft, record }) => (draft.stored ? [] : [record])),
  );
  await updateProducts(
    tx,
    records.flatMap(({ draft, record }) => (draft.stored ? [{ ...record, id: draft.stored.id }] : [])),
  );
  await upsertVariants(
    tx,
    changed.flatMap((draft) => {
      const productId = draft.stored?.id ?? ids.get(draft.state.slug)!;
      return [...draft.changedSkus].map((sku) => ({ ...draft.variants.get(sku)!, productId }));
    }),
  );
  const tags = records.flatMap(({ draft, record }) => [
    `p:${draft.stored?.id ?? ids.get(draft.state.slug)}`,
    ...[...record.path, ...(draft.stored?.path ?? [])].map((id) => `c:${id}`),
  ]);
  return { results: withProducts(comparison, ids), tags: [...new Set(tags)] };
}

/** Unless the batch has changed the categories, the path is what it was: they are not all read. */
function pathOf({ stored, state }: Draft, paths: Map<string, string[]>): string[] {
  if (stored && isDeepStrictEqual(stored.categories, state.categories)) return stored.path;
  return [...new Set(state.categories.flatMap((id) => paths.get(id)!))];
}

function withProducts({ results }: Comparison, ids: Map<string, number>): RowResult[] {
  return results.map(({ draft, ...result }) => {
    const product = draft && (draft.stored?.id ?? ids.get(draft.state.slug));
    return product === undefined ? result : { ...result, product };
  });
}
