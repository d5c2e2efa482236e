import { isDeepStrictEqual } from "node:util";
import { gtin14 } from "../catalog/gtin.ts";
import type { Transaction } from "../database/writer.ts";
import { mapYielding } from "../yielding.ts";
import { Batch, type Draft, type Known, madeSlugs } from "./batch.ts";
import { findByPaths, isPath, makePaths, reserveCategories } from "./category-paths.ts";
import { rollUp } from "./model.ts";
import { recentTags, tagsOf } from "./recent.ts";
import type { GivenRow } from "./rows.ts";
import type { BulkRow } from "./schemas.ts";
import type { WriteRules } from "./scope.ts";
import {
  findGtins,
  findPaths,
  findProducts,
  findVariants,
  insertProducts,
  lockGtins,
  lockProducts,
  prepareWords,
  updateProducts,
  upsertVariants,
  WriteConflict,
} from "./store.ts";

export interface RowResult {
  /** Its place in the batch, from 0. */
  row: number;
  sku?: string;
  status: "created" | "updated" | "unchanged" | "failed";
  product?: number;
  /** That product's; made from its name where no row gives one. */
  slug?: string;
  error?: string;
  /** The path to the member that the error is about. */
  member?: string;
  /** What was taken otherwise than it was given. */
  warnings?: string[];
}

export interface BulkOutcome {
  results: RowResult[];
  /** Cache tags of what was written, or of what was found to be so already and may have become so just now. */
  tags: string[];
}

/**
 * Upserts variants by SKU, with what their rows say of the products. What is already as the row wants it is only read: it is
 * neither locked nor written. What is not is locked, read again and compared again, since somebody else may have been faster.
 *
 * @throws {WriteConflict} where, after that, there is more to write than was locked
 */
export async function upsertBatch(
  tx: Transaction,
  given: GivenRow[],
  rules: WriteRules,
): Promise<BulkOutcome> {
  const known = await read(tx, given);
  const glance = await compare(given, known, rules);
  const changing = [...glance.drafts].filter(({ changed }) => changed);
  if (changing.length === 0) {
    const results = withProducts(glance, new Map());
    return { results, tags: await recentTags(tx, { ids: idsOf(results) }) };
  }
  const ids = changing.flatMap(({ stored }) => (stored ? [stored.id] : []));
  const isReserved = await reserveCategories(tx, [
    ...known.paths.keys(),
    ...changing.flatMap(({ state }) => state.categories.filter(isPath)),
  ]);
  if (ids.length > 0) await lockProducts(tx, ids);
  await lockGtins(tx, known.newGtins);
  const settled = await read(tx, given, ids);
  const locked = await compare(given, settled, rules);
  const gtins = new Set(known.newGtins);
  const unlocked = settled.newGtins.find((gtin) => !gtins.has(gtin));
  if (unlocked !== undefined) throw new WriteConflict(`gtin ${unlocked} was taken away meanwhile`);
  for (const { stored, state, changed } of locked.drafts) {
    if (!changed) continue;
    if (stored && !ids.includes(stored.id)) throw new WriteConflict(`product ${stored.id} changed meanwhile`);
    const unreserved = state.categories.find((id) => !stored?.categories.includes(id) && !isReserved(id));
    if (unreserved !== undefined) throw new WriteConflict(`category ${unreserved} changed meanwhile`);
  }
  return write(tx, locked, rules.currency);
}

interface Reading extends Known {
  /** GTINs that rows give to variants that have others or none: somebody else may have them. */
  newGtins: string[];
  /** SKUs of which rows take their GTINs away. */
  released: string[];
}

/** @param complete products of which all variants are wanted, to roll them up. */
async function read(tx: Transaction, given: GivenRow[], complete: number[] = []): Promise<Reading> {
  const rows = given.flatMap(({ row }) => (row ? [row] : []));
  const variants = await findVariants(
    tx,
    rows.map(({ sku }) => sku),
    complete,
  );
  const products = await findProducts(
    tx,
    [...new Set(variants.map(({ productId }) => productId))],
    rows.flatMap(slugsOf),
  );
  const categories = [...new Set(rows.flatMap(({ product }) => product?.categories ?? []))];
  const places = await findByPaths(tx, categories.filter(isPath));
  const paths = await findPaths(
    tx,
    categories.filter((id) => !isPath(id)),
    false,
  );
  for (const { id, path } of places.values()) paths.set(id, path);
  const stored = new Map(variants.map(({ sku, gtin }) => [sku, gtin]));
  const newGtins = rows.flatMap(({ sku, gtin }) => (gtin && gtin !== stored.get(sku) ? gtin : []));
  const released = rows.flatMap(({ sku, gtin }) => {
    const before = stored.get(sku);
    return before && gtin !== undefined && gtin14(gtin ?? "") !== gtin14(before) ? sku : [];
  });
  return {
    products,
    variants,
    gtins: await findGtins(tx, newGtins),
    newGtins,
    released,
    paths,
    places: new Map([...places].map(([given, { id }]) => [given, id])),
  };
}

/** Where the row's product may be, unless its SKU says so. */
function slugsOf({ sku, product }: BulkRow): string[] {
  if (!product) return [];
  if (product.slug !== undefined) return [product.slug];
  return product.name === undefined ? [] : madeSlugs(product.name, sku);
}

interface Comparison {
  drafts: Set<Draft>;
  results: (RowResult & { draft?: Draft })[];
  paths: Map<string, string[]>;
}

/**
 * In whatever order rows pass GTINs on to each other, as they do when a column that was shifted is put right: those that the batch
 * takes away are free from its beginning, unless the row that does so is refused.
 */
async function compare(given: GivenRow[], known: Reading, rules: WriteRules): Promise<Comparison> {
  let released = new Set(known.released);
  for (let round = 1; ; round++) {
    const comparison = await compareOnce(given, known, rules, released);
    const refused = new Set(
      comparison.results.flatMap(({ status, sku }) => (status === "failed" && sku ? sku : [])),
    );
    if (released.isDisjointFrom(refused)) return comparison;
    // A chain of refusals would take a round for each.
    released = round === 1 ? released.difference(refused) : new Set();
  }
}

async function compareOnce(
  given: GivenRow[],
  known: Known,
  rules: WriteRules,
  released: ReadonlySet<string>,
): Promise<Comparison> {
  const batch = new Batch(known, rules, released);
  const results = await mapYielding(
    given,
    ({ index, row, error, member, warnings }): Comparison["results"][0] => {
      const said = { row: index, ...(row && { sku: row.sku }), ...(warnings && { warnings }) };
      const outcome = row
        ? batch.take(row, index)
        : { error: error ?? "is not valid", ...(member !== undefined && { member }) };
      return "error" in outcome ? { ...said, status: "failed", ...outcome } : { ...said, ...outcome };
    },
  );
  return { drafts: batch.drafts, results, paths: known.paths };
}

async function write(tx: Transaction, comparison: Comparison, currency: string): Promise<BulkOutcome> {
  const changed = [...comparison.drafts].filter((draft) => draft.changed);
  const treeChanged = await makeCategories(tx, changed, comparison.paths);
  const records = await mapYielding(changed, (draft) => ({
    draft,
    record: {
      ...draft.state,
      ...rollUp([...draft.variants.values()], currency),
      path: pathOf(draft, comparison.paths),
    },
  }));
  await prepareWords(
    tx,
    records.map(({ draft, record }) => ({ stored: draft.stored, record })),
  );
  const ids = await insertProducts(
    tx,
    records.flatMap(({ draft, record }) => (draft.stored ? [] : [record])),
  );
  await updateProducts(
    tx,
    records.flatMap(({ draft: { stored }, record }) => (stored ? [{ stored, record }] : [])),
  );
  await upsertVariants(
    tx,
    changed.flatMap((draft) => {
      const productId = draft.stored?.id ?? ids.get(draft.state.slug)!;
      return [...draft.changedSkus].map((sku) => ({ ...draft.variants.get(sku)!, productId }));
    }),
  );
  const written = records.flatMap(({ draft, record }) =>
    tagsOf(draft.stored?.id ?? ids.get(draft.state.slug)!, [...record.path, ...(draft.stored?.path ?? [])]),
  );
  const results = withProducts(comparison, ids);
  const unchanged = idsOf(results.filter(({ status }) => status === "unchanged"));
  return {
    results,
    tags: [
      ...(treeChanged ? ["*"] : []),
      ...new Set([...written, ...(await recentTags(tx, { ids: unchanged }))]),
    ],
  };
}

const idsOf = (results: readonly RowResult[]): number[] => [
  ...new Set(results.flatMap(({ product }) => product ?? [])),
];

/**
 * Of the rows that are written: what a refused one would need is not made.
 *
 * @returns whether there is a new category
 */
async function makeCategories(
  tx: Transaction,
  drafts: Draft[],
  paths: Map<string, string[]>,
): Promise<boolean> {
  const wanted = [...new Set(drafts.flatMap(({ state }) => state.categories.filter(isPath)))];
  const made = await makePaths(tx, wanted);
  for (const { id, path } of made.values()) paths.set(id, path);
  for (const draft of drafts) {
    if (!draft.state.categories.some(isPath)) continue;
    const categories = draft.state.categories.map((given) => made.get(given)?.id ?? given);
    draft.state = { ...draft.state, categories: [...new Set(categories)] };
  }
  return made.size > 0;
}

/** Unless the batch has changed the categories, the path is what it was: they are not all read. */
function pathOf({ stored, state }: Draft, paths: Map<string, string[]>): string[] {
  if (stored && isDeepStrictEqual(stored.categories, state.categories)) return stored.path;
  return [...new Set(state.categories.flatMap((id) => paths.get(id)!))];
}

function withProducts({ results }: Comparison, ids: Map<string, number>): RowResult[] {
  return results.map(({ draft, ...result }) => {
    const product = draft && (draft.stored?.id ?? ids.get(draft.state.slug));
    return product === undefined ? result : { ...result, product, slug: draft!.state.slug };
  });
}
