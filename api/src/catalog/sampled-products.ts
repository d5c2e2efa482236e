import { asksPrices, type Filter, isEmpty, restOf, type Source, sourcesOf, termParts } from "./filter.ts";
import type { After, Order } from "./order.ts";

/** How many products there may be; each a multiple of what one product of the sample stands for. */
export interface Estimate {
  /** That match the filter. */
  matches: number;
  /** From where fewest products are walked: the narrowest of `sourcesOf`, */
  from: Source;
  /** … and how many these are. */
  source: number;
  /** That have its tokens and words, whatever their prices and availability are. */
  terms: number;
  /** That are in its source and, at some time, in its range of prices in its currency: as they stand in `listed_prices`. */
  prices: number;
  /** Products of the sample that match: what the estimate of the matches is worth. */
  seen: number;
  /** That a walk comes upon before the first match. */
  ahead: number;
}

/** In which order, and from where, the source is looked through for matches. */
export interface Walk {
  order: Order;
  /** @default from the beginning */
  after?: After | undefined;
}

/** Up to where a list is read, and how much that may be. */
export interface ExpectedSlice {
  /** Undefined: to the end. */
  to: After | undefined;
  /** The condition of words and tokens (`termParts`) that fewest products fulfil, by which the index finds what is read: */
  lead: number;
  /** so many in all, */
  found: number;
  /** of which so many stand there, */
  reads: number;
  /** … as do so many products of the catalogue. */
  places: number;
}

export type SampledProduct = [
  id: number,
  nameKey: string,
  tokens: string[],
  lexemes: string[],
  prices: number[],
  /** Those of all times. */
  listed: number[],
  availabilities: string[],
  /** By currency, those that hold and those of all times. */
  others: Record<string, [prices: number[], listed: number[]]>,
];

const NO_PRICES: readonly [prices: number[], listed: number[]] = [[], []];

/** In the currency of the filter: those that hold, and those of all times. */
const pricesIn = (
  [, , , , prices, listed, , others]: SampledProduct,
  { currency }: Filter,
): readonly [prices: number[], listed: number[]] =>
  currency === undefined ? [prices, listed] : (others[currency] ?? NO_PRICES);

/** The products of the sample, in memory. */
export class SampledProducts {
  readonly #products: SampledProduct[] = [];
  readonly #weight: number;
  /** Token or, after a space, lexeme → the products that have it. */
  readonly #having = new Map<string, number[]>();

  /** @param weight how many products of the catalogue one of these stands for. */
  constructor(weight: number) {
    this.#weight = weight;
  }

  add(product: SampledProduct): void {
    const index = this.#products.push(product) - 1;
    const [, , tokens, lexemes] = product;
    for (const term of [...tokens, ...lexemes.map((lexeme) => ` ${lexeme}`)]) {
      const known = this.#having.get(term);
      if (known) known.push(index);
      else this.#having.set(term, [index]);
    }
  }

  get isEmpty(): boolean {
    return this.#products.length === 0;
  }

  estimate(filter: Filter, walk?: Walk): Estimate {
    const [{ source, inSource }] = sourcesOf(filter)
      .map((source) => ({ source, inSource: this.#withTerms(filterOf(source)) }))
      .sort((a, b) => a.inSource.length - b.inSource.length) as [
      { source: Source; inSource: readonly SampledProduct[] },
    ];
    const terms = isEmpty({ ...restOf(filter, source), availabilities: [] })
      ? inSource
      : this.#withTerms(filter);
    const matches = terms.filter((product) => hasState(product, filter));
    const priced = asksPrices(filter)
      ? inSource.filter((product) => pricesIn(product, filter)[1].some((price) => isWithin(price, filter)))
      : inSource;
    const times = (count: number) => count * this.#weight;
    return {
      matches: times(matches.length),
      from: source,
      source: times(inSource.length),
      terms: times(terms.length),
      prices: times(priced.length),
      seen: matches.length,
      ahead: walk
        ? times(aheadOf(walk, filter, walk.order.column === "price" ? priced : inSource, matches))
        : 0,
    };
  }

  /**
   * As much of the order as a page needs: up to the product with which so many matches are expected, or as many as may be read.
   *
   * @param wanted matches
   * @param most products that may be read
   */
  slice(filter: Filter, { order, after }: Walk, wanted: number, most: number): ExpectedSlice {
    const keyOf = keyIn(order, filter);
    const isBefore = comesBefore(order);
    const left = (products: readonly SampledProduct[]) =>
      after ? products.filter((product) => isBefore(after.key, keyOf(product))) : products;
    const parts = termParts(filter).map((groups) => this.#withOneOf(groups));
    const least = parts.reduce((least, { length }) => Math.min(least, length), Number.POSITIVE_INFINITY);
    const lead = parts.findIndex(({ length }) => length === least);
    const matching = new Set(this.#withTerms(filter).filter((product) => hasState(product, filter)));
    let [matches, reads] = [0, 0];
    const last = left(parts[lead]!)
      .toSorted((a, b) => (isBefore(keyOf(a), keyOf(b)) ? -1 : 1))
      .find((product) => {
        reads += this.#weight;
        if (matching.has(product)) matches += this.#weight;
        return matches >= wanted || reads + this.#weight > most;
      });
    const to = last && { key: keyOf(last), id: last[0] };
    const within = left(this.#products).filter((product) => !to || !isBefore(to.key, keyOf(product)));
    return { to, lead, found: least * this.#weight, reads, places: within.length * this.#weight };
  }

  estimateLexemes(groups: readonly (readonly string[])[]): number {
    return this.#withOneOf(groups.map((group) => group.map((lexeme) => ` ${lexeme}`))).length * this.#weight;
  }

  #withTerms(filter: Filter): readonly SampledProduct[] {
    return this.#withOneOf(termParts(filter).flat());
  }

  /** The products that have one term of each group. */
  #withOneOf(groups: readonly (readonly string[])[]): readonly SampledProduct[] {
    if (groups.length === 0) return this.#products;
    // Of each product, how many groups it has passed.
    const passed = new Uint8Array(this.#products.length);
    let last: number[] = [];
    for (const [number, group] of groups.entries()) {
      last = [];
      for (const term of group) {
        for (const index of this.#having.get(term) ?? []) {
          if (passed[index] !== number) continue;
          passed[index] = number + 1;
          last.push(index);
        }
      }
    }
    return last.map((index) => this.#products[index]!);
  }
}

/** How many products of the source the order has before the first match; all of them where there is none. */
function aheadOf(
  { order, after }: Walk,
  filter: Filter,
  source: readonly SampledProduct[],
  matches: readonly SampledProduct[],
): number {
  const keyOf = keyIn(order, filter);
  const isBefore = comesBefore(order);
  const left = (products: readonly SampledProduct[]) =>
    after ? products.map(keyOf).filter((key) => isBefore(after.key, key)) : products.map(keyOf);
  const [first, ...others] = left(matches);
  const keys = left(source);
  if (first === undefined) return keys.length;
  const nearest = others.reduce((best, key) => (isBefore(key, best) ? key : best), first);
  return keys.filter((key) => isBefore(key, nearest)).length;
}

/** What a product is sorted by. */
function keyIn({ column }: Order, filter: Filter): (product: SampledProduct) => string | number {
  if (column === "id") return ([id]) => id;
  if (column === "name_key") return ([, nameKey]) => nameKey;
  return (product) =>
    pricesIn(product, filter)[0].find((price) => isWithin(price, filter)) ?? Number.POSITIVE_INFINITY;
}

const comesBefore =
  ({ descending }: Order) =>
  (a: string | number, b: string | number): boolean =>
    descending ? isLess(b, a) : isLess(a, b);

/** Texts as COLLATE "C" has them, by code points: JavaScript compares the halves of what is above U+FFFF, which are below U+E000. */
function isLess(a: string | number, b: string | number): boolean {
  if (typeof a === "number" || typeof b === "number") return a < b;
  let at = 0;
  while (at < a.length && a.charCodeAt(at) === b.charCodeAt(at)) at++;
  // Behind the end of a text, NaN: nothing is less than it, nor it than anything.
  return at === a.length ? a.length < b.length : place(a.charCodeAt(at)) < place(b.charCodeAt(at));
}

const place = (unit: number): number => (unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit);

/** Whether the prices that hold and the availability are those that the filter asks for. */
const hasState = (product: SampledProduct, filter: Filter): boolean =>
  pricesIn(product, filter)[0].some((price) => isWithin(price, filter)) &&
  (filter.availabilities.length === 0 ||
    filter.availabilities.some((availability) => product[6].includes(availability)));

const isWithin = (price: number, { minPrice = 0, maxPrice = Number.POSITIVE_INFINITY }: Filter): boolean =>
  price >= minPrice && price <= maxPrice;

const EMPTY: Filter = {
  category: undefined,
  brands: [],
  availabilities: [],
  attributes: new Map(),
  minPrice: undefined,
  maxPrice: undefined,
  currency: undefined,
  search: undefined,
};

/** The source as a filter. */
function filterOf({ kind, values }: Source): Filter {
  return kind === "category" ? { ...EMPTY, category: values[0] } : { ...EMPTY, brands: values };
}
