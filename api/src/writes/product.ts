import { isDeepStrictEqual } from "node:util";
import { isId } from "../catalog/product.ts";
import { statement } from "../database/connection.ts";
import type { Transaction } from "../database/writer.ts";
import { ofVersion, type Preconditions, requireMet } from "../http/preconditions.ts";
import { Problem } from "../http/problem.ts";
import { reserveCategories } from "./category-paths.ts";
import { excessOf } from "./limits.ts";
import {
  mergeProduct,
  PRODUCT_DEFAULTS,
  type ProductState,
  rollUp,
  VARIANT_DEFAULTS,
  type VariantState,
} from "./model.ts";
import { placesOf, refuseForeignSkus, refuseGtins, refuseTakenSlug } from "./product-checks.ts";
import { publicationMistake, spelledPublication } from "./publication.ts";
import { recentTags, tagsOf } from "./recent.ts";
import { saleMistake, spelledSales } from "./sales.ts";
import type { ProductInput, ProductPatch } from "./schemas.ts";
import { beyondScope, stepsOf, type WriteRules } from "./scope.ts";
import {
  deleteProduct,
  deleteVariants,
  findProducts,
  findVariants,
  insertProducts,
  prepareWords,
  type StoredProduct,
  stateOf,
  updateProducts,
  upsertVariants,
  WriteConflict,
} from "./store.ts";

export interface Saved {
  id: number;
  created: boolean;
  /** Cache tags of what was written, or of what was found to be so already and may have become so just now. */
  tags: string[];
}

const LOCK_BY_ID = statement("SELECT id FROM products WHERE id = $1::bigint FOR UPDATE");
const LOCK_BY_SLUG = statement("SELECT id FROM products WHERE slug = $1::text FOR UPDATE");
/** Asked for when the lock is there: whoever had it before may have changed the version. */
const VERSION = statement("SELECT version FROM product_states WHERE product_id = $1::bigint");

/** Replaces a product, or makes one when the request says `If-None-Match: *`. */
export async function putProduct(
  tx: Transaction,
  reference: string,
  input: ProductInput,
  preconditions: Preconditions,
  rules: WriteRules,
): Promise<Saved> {
  const { variants, ...members } = input;
  const state = { ...PRODUCT_DEFAULTS, ...members };
  await reserveCategories(tx, state.categories);
  const current = await lock(tx, reference);
  requireProduct(reference, current, preconditions);
  if (!current && preconditions.ifNoneMatch !== undefined) {
    if (isId(reference))
      throw new Problem(
        "not-found",
        `there is no product ${reference}; a new one is made at the address of its slug`,
      );
    if (input.slug !== reference)
      throw new Problem("unprocessable-content", `slug: must be that of the address, ${reference}`);
    return save(tx, undefined, state, [], toVariants(variants, []), rules);
  }
  const stored = await requireExpected(
    tx,
    reference,
    current,
    preconditions,
    "; send If-None-Match: * to make it",
  );
  const before = await findVariants(tx, [], [stored.id]);
  return save(tx, stored, state, before, toVariants(variants, before), rules);
}

/** Changes the members that the patch names (RFC 7396: null takes a member back to its default). */
export async function patchProduct(
  tx: Transaction,
  reference: string,
  patch: ProductPatch,
  preconditions: Preconditions,
  rules: WriteRules,
): Promise<Saved> {
  const { categories } = patch.categories === undefined ? await glance(tx, reference) : patch;
  await reserveCategories(tx, categories ?? []);
  const stored = await requireExpected(tx, reference, await lock(tx, reference), preconditions);
  if (patch.categories === undefined && !isDeepStrictEqual(stored.categories, categories))
    throw new WriteConflict(`product ${stored.id} was filed elsewhere meanwhile`);
  const { variants, ...members } = patch;
  const state = mergeProduct(stateOf(stored), members);
  const before = await findVariants(tx, [], [stored.id]);
  return save(tx, stored, state, before, variants ? toVariants(variants, before) : before, rules);
}

/** @returns the cache tags of what was written. */
export async function removeProduct(
  tx: Transaction,
  reference: string,
  preconditions: Preconditions,
): Promise<string[]> {
  const { id, path } = await requireExpected(tx, reference, await lock(tx, reference), preconditions);
  await deleteProduct(tx, id);
  return tagsOf(id, path);
}

/** The product as it is before it is locked; without categories when there is none. */
async function glance(
  tx: Transaction,
  reference: string,
): Promise<Partial<Pick<ProductState, "categories">>> {
  const [found] = await (isId(reference)
    ? findProducts(tx, [Number(reference)], [])
    : findProducts(tx, [], [reference]));
  return found ?? {};
}

interface Lock {
  id: number;
  version: number;
}

async function lock(tx: Transaction, reference: string): Promise<Lock | undefined> {
  const [row] = await tx.query(isId(reference) ? LOCK_BY_ID : LOCK_BY_SLUG, [reference]);
  if (!row) return undefined;
  const [[version] = []] = await tx.query(VERSION, [row[0]]);
  return { id: row[0] as number, version: version as number };
}

/** @throws {Problem} precondition-failed */
const requireProduct = (reference: string, current: Lock | undefined, preconditions: Preconditions): void =>
  requireMet(`product ${reference}`, preconditions, current && ofVersion(current.version));

/** @param otherwise what to do when there is no such product, as the end of a sentence. */
async function requireExpected(
  tx: Transaction,
  reference: string,
  current: Lock | undefined,
  preconditions: Preconditions,
  otherwise = "",
): Promise<StoredProduct> {
  requireProduct(reference, current, preconditions);
  if (!current)
    throw new Problem("not-found", `there is no product ${reference}${isId(reference) ? "" : otherwise}`);
  if (preconditions.ifMatch === undefined) {
    throw new Problem(
      "precondition-required",
      "send If-Match with the ETag of the product as you have read it, or If-Match: * to change it whatever it is",
    );
  }
  return (await findProducts(tx, [current.id], []))[0]!;
}

/** In the order given; a variant that stays is left untouched unless something of it differs. */
function toVariants(inputs: ProductInput["variants"], before: readonly VariantState[]): VariantState[] {
  const seen = new Set<string>();
  return inputs.map((input, position) => {
    const mistake = saleMistake(input.sales ?? []);
    if (mistake !== undefined)
      throw new Problem("unprocessable-content", `variants: sales of ${input.sku} ${mistake}`);
    if (seen.has(input.sku))
      throw new Problem("unprocessable-content", `variants: SKU ${input.sku} stands there twice`);
    seen.add(input.sku);
    const known = before.find(({ sku }) => sku === input.sku);
    return {
      ...VARIANT_DEFAULTS,
      ...known,
      gtin: null,
      attributes: {},
      availability: "in_stock",
      ...input,
      sales: spelledSales(input.sales ?? []),
      position,
    };
  });
}

async function save(
  tx: Transaction,
  stored: StoredProduct | undefined,
  given: ProductState,
  before: readonly (VariantState & { productId: number })[],
  after: readonly VariantState[],
  { currency, scope }: WriteRules,
): Promise<Saved> {
  const time = publicationMistake(given);
  if (time !== undefined) throw new Problem("unprocessable-content", time);
  const wanted = spelledPublication(given);
  const excess = excessOf(wanted, after);
  if (excess !== undefined) throw new Problem("unprocessable-content", excess.error);
  const { categories, path, isNew } = await placesOf(tx, wanted.categories);
  const state = { ...wanted, categories };
  const beyond = beyondScope(scope, [stored && stateOf(stored), state], stepsOf(before, after));
  if (beyond !== undefined) throw new Problem("forbidden", beyond.error);
  for (const { sku, prices } of after) {
    if (prices[currency] === undefined) {
      throw new Problem(
        "unprocessable-content",
        `variants: ${sku} needs a price in ${currency}, the currency of lists`,
      );
    }
  }
  const saving = { slug: state.slug, stored };
  await refuseForeignSkus(tx, after, saving);
  await refuseGtins(tx, before, after, saving);
  if (stored && sameProduct(stored, state) && sameVariants(before, after))
    return { id: stored.id, created: false, tags: await recentTags(tx, { ids: [stored.id] }) };
  await refuseTakenSlug(tx, saving);
  const record = { ...state, path, ...rollUp(after, currency) };
  await prepareWords(tx, [{ stored, record }]);
  const id = stored?.id ?? (await insertProducts(tx, [record])).get(state.slug)!;
  if (stored) await updateProducts(tx, [{ stored, record }]);
  const kept = new Set(after.map(({ sku }) => sku));
  await deleteVariants(
    tx,
    before.flatMap(({ sku }) => (kept.has(sku) ? [] : [sku])),
  );
  await upsertVariants(
    tx,
    after.map((variant) => ({ ...variant, productId: id })),
  );
  const tags = [...tagsOf(id, path), ...tagsOf(id, stored?.path ?? [])];
  return { id, created: !stored, tags: isNew ? ["*", ...tags] : tags };
}

const sameProduct = (stored: StoredProduct, state: ProductState): boolean =>
  isDeepStrictEqual(stateOf(stored), state);

const sameVariants = (before: readonly VariantState[], after: readonly VariantState[]): boolean =>
  stepsOf(before, after).every(([was, is]) => isDeepStrictEqual(was, is));
