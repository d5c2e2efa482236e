import { isDeepStrictEqual } from "node:util";
import type { Refusal } from "./limits.ts";
import type { ProductState, VariantState } from "./model.ts";

/** What an API key may write: prices of what is there, the catalogue without the prices of what is there, or all of it. */
export const SCOPES = ["prices", "catalogue", "all"] as const;
export type Scope = (typeof SCOPES)[number];

/** What holds for a write, whatever it is about. */
export interface WriteRules {
  /** The list currency. */
  currency: string;
  /** Of the key that the request came with. */
  scope: Scope;
}

/** What a write makes of something; undefined: it is not there before, or not any more. */
export type Step<T> = readonly [before: T | undefined, after: T | undefined];

const withoutPrices = ({ prices: _, sales: __, ...variant }: VariantState) => variant;
const pricesOf = ({ prices, sales }: VariantState) => ({ prices, sales });

/** What becomes of each variant. Of stored ones, the product that they belong to does not count. */
export function stepsOf(
  before: readonly VariantState[],
  after: readonly VariantState[],
): Step<VariantState>[] {
  const [was, is] = [bySku(before), bySku(after)];
  return [...new Set([...was.keys(), ...is.keys()])].map((sku) => [was.get(sku), is.get(sku)]);
}

const bySku = (variants: readonly (VariantState & { productId?: number })[]): Map<string, VariantState> =>
  new Map(variants.map(({ productId: _, ...variant }) => [variant.sku, variant]));

/** Why a key of this scope may not write this; undefined: it may. What stays as it is, any key may send. */
export function beyondScope(
  scope: Scope,
  product: Step<ProductState>,
  variants: readonly Step<VariantState>[],
): Refusal | undefined {
  if (scope === "all") return undefined;
  const changed = scope === "prices" ? differing(...product) : undefined;
  if (changed !== undefined || (scope === "prices" && !product[0]))
    return {
      member: changed === undefined ? "product" : `product.${changed}`,
      error:
        "the API key may change prices and sales alone (scope prices), and this changes the product: leave its members out, or use a key of scope catalogue or all",
    };
  for (const [before, after] of variants) {
    const sku = (after ?? before)!.sku;
    if (scope === "prices" && !(before && after))
      return {
        member: "sku",
        error: `the API key may change prices and sales alone (scope prices), and this ${after ? "makes" : "removes"} SKU ${sku}: use a key of scope catalogue or all`,
      };
    if (!before || !after) continue;
    const other = differing(withoutPrices(before), withoutPrices(after));
    if (scope === "prices" && other !== undefined)
      return {
        member: other,
        error: `the API key may change prices and sales alone (scope prices), and this changes other members of SKU ${sku}: leave them out, or use a key of scope catalogue or all`,
      };
    const price = differing(pricesOf(before), pricesOf(after));
    if (scope === "catalogue" && price !== undefined)
      return {
        member: price,
        error: `the API key may not change the prices and sales of what is there (scope catalogue), and this changes those of SKU ${sku}: leave them out, or use a key of scope prices or all`,
      };
  }
  return undefined;
}

/** The first member of two states that is not the same. */
const differing = <T extends object>(before: T | undefined, after: T | undefined): string | undefined =>
  before &&
  after &&
  Object.keys(after).find((name) => !isDeepStrictEqual(before[name as keyof T], after[name as keyof T]));
