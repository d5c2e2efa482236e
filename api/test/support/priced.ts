import type { TestContext } from "node:test";
import fc from "fast-check";

/** Random products with prices in several currencies, always and of a time, and what a variant costs when. */

/** Every variant has a price in the first one, the list currency; in the others some have. */
export const CURRENCIES = ["EUR", "SEK", "JPY", "KWD"];
export const BRANDS = ["Acme", "Élan", "SEK:b"];
export const SIZES = ["S", "M", "L"];
export const AVAILABILITIES = ["in_stock", "preorder", "out_of_stock"];
export const PRICES = [0, 100, 250, 999];
export const PATHS: Record<string, string[]> = {
  headphones: ["electronics", "audio", "headphones"],
  phones: ["electronics", "phones"],
  books: ["books"],
};

/** Seconds from the beginning of the tasks' clock. */
interface Sale {
  from: number | null;
  to: number | null;
  prices: Record<string, number>;
}

export interface Variant {
  sku: string;
  size: string;
  availability: string;
  prices: Record<string, number>;
  sales: Sale[];
}

export interface Product {
  slug: string;
  brand: string;
  leaf: string;
  variants: Variant[];
}

const BEGIN = Date.parse("2027-03-01T12:00:00.000Z");
export const at = (seconds: number) => new Date(BEGIN + seconds * 1_000).toISOString();
export const setClock = (t: TestContext, seconds: number) => {
  t.mock.timers.reset();
  t.mock.timers.enable({ apis: ["Date"], now: BEGIN + seconds * 1_000 });
};

const pricesIn = (currencies: string[], always: boolean) =>
  fc.record(
    Object.fromEntries(currencies.map((currency) => [currency, fc.constantFrom(...PRICES)])),
    always ? {} : { requiredKeys: [] },
  ) as fc.Arbitrary<Record<string, number>>;
const seconds = fc.option(fc.integer({ min: 0, max: 9 }));
const sale: fc.Arbitrary<Sale> = fc
  .record({
    from: seconds,
    to: seconds,
    // Mostly in one currency alone: each must be looked at by itself.
    prices: fc.oneof(...CURRENCIES.map((currency) => pricesIn([currency], true)), pricesIn(CURRENCIES, true)),
  })
  .filter(({ from, to }) => from === null || to === null || from < to);
const variant = fc.record({
  size: fc.constantFrom(...SIZES),
  availability: fc.constantFrom(...AVAILABILITIES),
  listed: pricesIn(["EUR"], true),
  others: fc.oneof(
    pricesIn(CURRENCIES.slice(1, 3), true),
    pricesIn(CURRENCIES.slice(1, 3), false),
    fc.constant({}),
  ),
  sales: fc.array(sale, { maxLength: 2 }),
});
export const madeOf = fc.record({
  brand: fc.constantFrom(...BRANDS),
  leaf: fc.constantFrom(...Object.keys(PATHS)),
  variants: fc.array(variant, { minLength: 1, maxLength: 3 }),
});
type Made = typeof madeOf extends fc.Arbitrary<infer T> ? T : never;

export const productOf = ({ brand, leaf, variants }: Made, slug: string): Product => ({
  slug,
  brand,
  leaf,
  variants: variants.map(({ size, availability, listed, others, sales }, index) => ({
    sku: `${slug}-${index}`,
    size,
    availability,
    prices: { ...listed, ...others },
    sales,
  })),
});

export const rowsOf = ({ slug, brand, leaf, variants }: Product) =>
  variants.map(({ sku, size, availability, prices, sales }) => ({
    sku,
    availability,
    attributes: { size },
    // A price that is not there any more is taken away.
    prices: { ...Object.fromEntries(CURRENCIES.slice(1).map((currency) => [currency, null])), ...prices },
    sales: sales.map((each) => ({
      ...(each.from !== null && { from: at(each.from) }),
      ...(each.to !== null && { to: at(each.to) }),
      prices: each.prices,
    })),
    product: { slug, name: slug, brand, categories: [leaf] },
  }));

/** What a variant costs at a second; undefined: it has no price in the currency then. */
export const priceAt = ({ prices, sales }: Variant, currency: string, second: number): number | undefined =>
  sales.find(
    ({ from, to, prices }) =>
      prices[currency] !== undefined && (from ?? -Infinity) <= second && second < (to ?? Infinity),
  )?.prices[currency] ?? prices[currency];
