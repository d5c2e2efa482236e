import { AVAILABILITIES, type Sale, type STATUSES } from "../catalog/vocabulary.ts";
import type { BulkRow } from "./schemas.ts";

export type Availability = (typeof AVAILABILITIES)[number];

export interface VariantState {
  sku: string;
  position: number;
  gtin: string | null;
  attributes: Record<string, string>;
  /** Currency → minor units. */
  prices: Record<string, number>;
  availability: Availability;
  /** Prices of a time; see vocabulary.ts. */
  sales: Sale[];
}

export interface ProductState {
  slug: string;
  name: string;
  brand: string;
  description: string;
  categories: string[];
  attributes: Record<string, string>;
  images: { url: string; alt?: string }[];
  status: (typeof STATUSES)[number];
  /** Shown from, and until; null: open. As `catalog_time()` writes them. */
  publishFrom: string | null;
  publishTo: string | null;
}

/** What a product row repeats of its variants, so that a list item is one row. */
export interface Rollup {
  price: number;
  availability: Availability;
  options: Record<string, string[]>;
}

export const VARIANT_DEFAULTS = {
  gtin: null,
  attributes: {},
  prices: {},
  availability: "in_stock",
  sales: [] as Sale[],
} as const;
export const PRODUCT_DEFAULTS = {
  description: "",
  categories: [],
  attributes: {},
  images: [],
  status: "published" as const,
  publishFrom: null,
  publishTo: null,
};

/** RFC 7396 on an object of plain values: null removes a member, null for the whole removes all. */
export function mergePatch<T>(
  target: Readonly<Record<string, T>>,
  patch: Readonly<Record<string, T | null>> | null | undefined,
): Record<string, T> {
  if (patch === undefined) return target;
  if (patch === null) return {};
  const merged = Object.entries({ ...target, ...patch }).filter(
    (entry): entry is [string, T] => entry[1] !== null,
  );
  return Object.fromEntries(merged);
}

/** Each member that a patch names replaces the target's, and null takes it back to its default. */
export function mergeMembers<T extends object>(target: T, patch: object, defaults: object): T {
  const known = defaults as Record<string, unknown>;
  const named = Object.entries(patch).filter(([, value]) => value !== undefined);
  return {
    ...target,
    ...Object.fromEntries(named.map(([name, value]) => [name, value === null ? known[name] : value])),
  };
}

/** A variant as a row of a batch leaves it. */
export function mergeVariant(before: VariantState, row: BulkRow): VariantState {
  const { product: _, attributes, prices, ...members } = row;
  return {
    ...mergeMembers(before, members, VARIANT_DEFAULTS),
    attributes: mergePatch(before.attributes, attributes),
    prices: mergePatch(before.prices, prices),
  };
}

/** A product as a patch of it leaves it. */
export function mergeProduct(before: ProductState, patch: NonNullable<BulkRow["product"]>): ProductState {
  const { attributes, ...members } = patch;
  return {
    ...mergeMembers(before, members, PRODUCT_DEFAULTS),
    attributes: mergePatch(before.attributes, attributes),
  };
}

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
