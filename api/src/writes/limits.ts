import type { ProductState, VariantState } from "./model.ts";
import { neverShown } from "./publication.ts";

/**
 * What a product may have at most, whichever way it came in: counts of members, and bytes of what a PUT of it would send, as JSON
 * in UTF-8. A client's JSON of it, with what GET adds, fits into a body even with every character escaped.
 */
export const LIMITS = {
  attributes: 50,
  prices: 30,
  categories: 20,
  images: 30,
  variants: 200,
  // What its prices are worked out from takes variants × sales × times of them.
  sales: 1_000,
  saleTimes: 50,
  bytes: 1_048_576,
} as const;

/** Variants and states are never changed in place, so each is measured once, however many rows of a batch are about its product. */
const measured = new WeakMap<object, number>();

function bytesOf(part: object): number {
  const known = measured.get(part) ?? Buffer.byteLength(JSON.stringify(part));
  measured.set(part, known);
  return known;
}

/** Why a write is refused. */
export interface Refusal {
  /** One sentence that says what to change. */
  error: string;
  /** The path to the member that it is about, as a row of a batch has it; undefined: it is about the whole. */
  member?: string;
}

/** Why a product cannot be as a whole, mostly since it is too large; undefined: it can. */
export function excessOf(state: ProductState, variants: readonly VariantState[]): Refusal | undefined {
  const over = (member: string, name: string, count: number, limit: number): Refusal[] =>
    count > limit
      ? [{ member, error: `${name}: there would be ${count} of them; a product has at most ${limit}` }]
      : [];
  const [excess] = [
    ...over("product.attributes", "attributes", Object.keys(state.attributes).length, LIMITS.attributes),
    ...over("product.categories", "categories", state.categories.length, LIMITS.categories),
    ...over("product.images", "images", state.images.length, LIMITS.images),
    ...over("sku", "variants", variants.length, LIMITS.variants),
    ...variants.flatMap(({ sku, attributes, prices }) => [
      ...over("attributes", `attributes of ${sku}`, Object.keys(attributes).length, LIMITS.attributes),
      ...over("prices", `prices of ${sku}`, Object.keys(prices).length, LIMITS.prices),
    ]),
  ];
  if (excess !== undefined) return excess;
  const hidden = neverShown(state);
  if (hidden !== undefined) return { member: "product.publishTo", error: hidden };
  const sales = variants.flatMap((variant) => variant.sales);
  if (sales.length > LIMITS.sales)
    return {
      member: "sales",
      error: `sales: there would be ${sales.length.toLocaleString("en")} of them in all variants; a product has at most ${LIMITS.sales.toLocaleString("en")}`,
    };
  const times = new Set(sales.flatMap(({ from, to }) => [from, to]));
  if (times.size > LIMITS.saleTimes)
    return {
      member: "sales",
      error: `sales: they would begin and end at ${times.size} different times; those of a product have at most ${LIMITS.saleTimes}: let them begin and end together`,
    };
  const bytes = variants.reduce((sum, variant) => sum + bytesOf(variant), bytesOf(state));
  return bytes > LIMITS.bytes
    ? {
        error: `the product would have ${bytes.toLocaleString("en")} bytes as JSON; it has at most ${LIMITS.bytes.toLocaleString("en")}`,
      }
    : undefined;
}
