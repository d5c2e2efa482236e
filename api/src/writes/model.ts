import { AVAILABILITIES } from "../catalog/vocabulary.ts";

export type Availability = (typeof AVAILABILITIES)[number];

export interface VariantState {
  sku: string;
  position: number;
  gtin: string | null;
  attributes: Record<string, string>;
  /** Currency → minor units. */
  prices: Record<string, number>;
  availability: Availability;
}

export interface ProductState {
  slug: string;
  name: string;
  brand: string;
  description: string;
  categories: string[];
  attributes: Record<string, string>;
  images: { url: string; alt?: string }[];
}

/** What a product row repeats of its variants, so that a list item is one row. */
export interface Rollup {
  price: number;
  availability: Availability;
  options: Record<string, string[]>;
}

export const VARIANT_DEFAULTS = { gtin: null, attributes: {}, availability: "in_stock" } as const;
export const PRODUCT_DEFAULTS = { description: "", categories: [], attributes: {}, images: [] };

/** @param variants at least one, each with a price in the list currency. */
export function rollUp(variants: readonly VariantState[], currency: string): Rollup {
  const ordered = [...variants].sort((a, b) => a.position - b.position || (a.sku < b.sku ? -1 : 1));
  // No plain object while it is filled: `constructor` is a name like any other.
  const options = new Map<string, string[]>();
  for (const { attributes } of ordered) {
    for (const [name, value] of Object.entries(attributes)) {
      const values = options.get(name) ?? [];
      if (!values.includes(value)) options.set(name, [...values, value]);
    }
  }
  return {
    price: Math.min(...ordered.map(({ prices }) => prices[currency]!)),
    // The best one: they are listed in that order.
    availability: AVAILABILITIES.find((value) => ordered.some(({ availability }) => availability === value))!,
    options: Object.fromEntries(options),
  };
}
