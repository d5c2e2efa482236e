import { gtinMistake, isEmptyGtin } from "../catalog/gtin.ts";
import type { Transaction } from "../database/writer.ts";
import { Problem } from "../http/problem.ts";
import { gtinTaken } from "./batch.ts";
import { findByPaths, isPath, makePaths, pathMistake } from "./category-paths.ts";
import type { VariantState } from "./model.ts";
import { findGtins, findPaths, findProducts, findVariants, lockGtins } from "./store.ts";

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

export async function refuseForeignSkus(
  tx: Transaction,
  variants: readonly VariantState[],
  id: number | undefined,
): Promise<void> {
  const found = await findVariants(
    tx,
    variants.map(({ sku }) => sku),
    [],
  );
  const foreign = found.find(({ productId }) => productId !== id);
  if (foreign)
    throw new Problem("conflict", `variants: SKU ${foreign.sku} belongs to product ${foreign.productId}`);
}

/** The same rules as for a row of a batch. */
export async function refuseGtins(
  tx: Transaction,
  before: readonly VariantState[],
  after: readonly VariantState[],
  slug: string | undefined,
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
  const foreign = owners.find((owner) => owner.slug !== slug);
  if (foreign)
    throw new Problem("conflict", `variants: ${gtinTaken(foreign.gtin, foreign.sku, foreign.slug)}`);
}

export async function refuseTakenSlug(tx: Transaction, slug: string, id: number | undefined): Promise<void> {
  const taken = (await findProducts(tx, [], [slug])).find((product) => product.id !== id);
  if (taken) throw new Problem("conflict", `slug: ${slug} is that of product ${taken.id}`);
}
