import { gtinMistake, isEmptyGtin } from "../catalog/gtin.ts";
import type { Transaction } from "../database/writer.ts";
import { Problem } from "../http/problem.ts";
import { gtinTaken } from "./batch.ts";
import { findByPaths, isPath, makePaths, pathMistake } from "./category-paths.ts";
import type { VariantState } from "./model.ts";
import { findGtins, findPaths, findProducts, findVariants, lockGtins, WriteConflict } from "./store.ts";

/** Categories by id, and with all above them; those that only a path of names leads to are made. */
export async function placesOf(
  tx: Transaction,
  given: string[],
): Promise<{ categories: string[]; path: string[]; isNew: boolean }> {
  const nowhere = given.find((reference) => isPath(reference) && pathMistake(reference) !== undefined);
  if (nowhere !== undefined)
    throw new Problem("unprocessable-content", `categories: ${nowhere} ${pathMistake(nowhere)}`);
  const named = given.filter(isPath);
  const found = await findByPaths(tx, named);
  const made = found.size < new Set(named).size ? await makePaths(tx, named) : found;
  const categories = [...new Set(given.map((reference) => made.get(reference)?.id ?? reference))];
  const paths = await findPaths(tx, categories, true);
  const missing = categories.find((id) => !paths.has(id));
  if (missing !== undefined)
    throw new Problem("unprocessable-content", `categories: there is no category ${missing}`);
  return {
    categories,
    path: [...new Set(categories.flatMap((id) => paths.get(id)!))],
    isNew: made !== found,
  };
}

/** What is to be saved: as which product, and in place of what; nothing, when it is to be made. */
export interface Saving {
  slug: string;
  stored: { id: number; slug: string } | undefined;
}

export async function refuseForeignSkus(
  tx: Transaction,
  variants: readonly VariantState[],
  saving: Saving,
): Promise<void> {
  const found = await findVariants(
    tx,
    variants.map(({ sku }) => sku),
    [],
  );
  const foreign = found.find(({ productId }) => productId !== saving.stored?.id);
  if (!foreign) return;
  const [owner] = await findProducts(tx, [foreign.productId], []);
  if (!owner) throw new WriteConflict(`the product that had SKU ${foreign.sku} was removed meanwhile`);
  refuseOwner(saving, owner.slug, `variants: SKU ${foreign.sku} belongs to product ${foreign.productId}`);
}

/** The same rules as for a row of a batch. */
export async function refuseGtins(
  tx: Transaction,
  before: readonly VariantState[],
  after: readonly VariantState[],
  saving: Saving,
): Promise<void> {
  const known = new Map(before.map(({ sku, gtin }) => [sku, gtin]));
  const given = after.flatMap(({ sku, gtin }) =>
    gtin !== null && gtin !== known.get(sku) ? [{ sku, gtin }] : [],
  );
  for (const { gtin } of given) {
    const mistake = isEmptyGtin(gtin) ? "is all zeros: send null for none" : gtinMistake(gtin);
    if (mistake !== undefined)
      throw new Problem("unprocessable-content", `variants: gtin ${JSON.stringify(gtin)} ${mistake}`);
  }
  await lockGtins(
    tx,
    given.map(({ gtin }) => gtin),
  );
  const owners = await findGtins(
    tx,
    given.map(({ gtin }) => gtin),
  );
  const foreign = owners.find(({ product }) => product.id !== saving.stored?.id);
  if (!foreign) return;
  const { gtin, sku, product } = foreign;
  refuseOwner(saving, product.slug, `variants: ${gtinTaken(gtin, sku, product.slug)}`);
}

export async function refuseTakenSlug(tx: Transaction, saving: Saving): Promise<void> {
  const taken = (await findProducts(tx, [], [saving.slug])).find(
    (product) => product.id !== saving.stored?.id,
  );
  if (taken) refuseOwner(saving, taken.slug, `slug: ${saving.slug} is that of product ${taken.id}`);
}

/**
 * Refuses what is another product's. Where the owner is the very product that is to be made, somebody has made it since it was
 * looked for, and may have removed it by now: the transaction looks again, and is told by its preconditions (RFC 9110, 13.1.2).
 */
function refuseOwner({ slug, stored }: Saving, owner: string, detail: string): never {
  if (!stored && owner === slug) throw new WriteConflict(`product ${slug} was made meanwhile`);
  throw new Problem("conflict", detail);
}
