import { statement } from "../database/connection.ts";
import type { Reads } from "../database/session.ts";
import { mapYielding } from "../yielding.ts";
import { asksPrices, type Filter, isEmpty, restOf, type Source, sourceOf, tokenGroups } from "./filter.ts";
import type { After, Order } from "./order.ts";

/** Products in the sample: enough to tell 1 % from 2 %, few enough to look through in a tenth of a millisecond. */
const SIZE = 4_096;
const MAX_LEVEL = 14;
const TTL_MS = 60_000;

const PRODUCTS = statement(
  "SELECT reltuples::bigint FROM pg_class WHERE oid = 'public.product_states'::regclass",
);
/** $1: whose prices hold. Of other currencies: {"SEK": [those that hold, those of all times]}. Functions are called for sales alone: there are few. */
const rows = (condition: string) =>
  statement(`SELECT t.product_id, to_json(t.name_key), array_to_json(t.tokens), array_to_json(tsvector_to_array(t.search)),
    array_to_json(CASE WHEN s.schedule IS NULL THEN s.prices ELSE catalog_prices_at(s.prices, s.schedule, $1::timestamptz) END),
    array_to_json(CASE WHEN s.schedule IS NULL THEN s.prices ELSE catalog_all_prices(s.prices, s.schedule) END),
    array_to_json(s.availabilities),
    CASE WHEN s.other_prices IS NULL THEN '{}' ELSE (SELECT jsonb_object_agg(currency, CASE
      WHEN other ? 'schedule' THEN jsonb_build_array(
        to_jsonb(catalog_prices_at(catalog_amounts(other -> 'prices'), other -> 'schedule', $1::timestamptz)), to_jsonb(catalog_all_prices(other)))
      ELSE jsonb_build_array(other -> 'prices', other -> 'prices') END)
      FROM jsonb_each(s.other_prices) AS o (currency, other)) END FROM product_terms t JOIN product_states s ON s.product_id = t.product_id
    ${condition} LIMIT ${2 * SIZE}`);
const ALL_ROWS = rows("");
const LEVEL_ROWS = rows("WHERE t.tokens @> $2::text[]");

/** How many products there may be; each a multiple of what one product of the sample stands for. */
export interface Estimate {
  /** That match the filter. */
  matches: number;
  /** That are in its source, see `sourceOf`. */
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

/**
 * A random sample of the catalogue in memory, which says how many products a filter may match. Statements are prepared for all
 * values, so PostgreSQL cannot know; what to walk, what to sort and what to count is chosen by this instead.
 */
export class Sample {
  readonly #database: Reads;
  #rows: { current: Rows; at: number } | undefined;
  #loading: Promise<Rows> | undefined;

  constructor(database: Reads) {
    this.#database = database;
  }

  async estimate(filter: Filter, walk?: Walk): Promise<Estimate> {
    return (await this.load()).estimate(filter, walk);
  }

  /** How many products there may be that have one lexeme of each group. */
  async estimateLexemes(groups: readonly (readonly string[])[]): Promise<number> {
    return (await this.load()).estimateLexemes(groups);
  }

  /** Waits for the first one only: an old sample is as good while the next is loaded. Nothing is no sample of what comes. */
  async load(): Promise<Rows> {
    const known = this.#rows;
    if (known && !known.current.isEmpty) {
      if (performance.now() - known.at > TTL_MS) this.#refresh().catch(() => {});
      return known.current;
    }
    return this.#refresh();
  }

  #refresh(): Promise<Rows> {
    this.#loading ??= this.#read()
      .then((current) => {
        this.#rows = { current, at: performance.now() };
        return current;
      })
      .finally(() => {
        this.#loading = undefined;
      });
    return this.#loading;
  }

  async #read(): Promise<Rows> {
    const [[products] = [0]] = await this.#database.read(PRODUCTS, [], { slow: true });
    const level = Math.min(
      MAX_LEVEL,
      Math.max(0, Math.ceil(Math.log2(Math.max(1, products as number) / SIZE))),
    );
    const now = new Date().toISOString();
    const found =
      level === 0
        ? await this.#database.read(ALL_ROWS, [now], { slow: true })
        : await this.#database.read(LEVEL_ROWS, [now, [`~${level}`]], { slow: true });
    const rows = new Rows(2 ** level);
    await mapYielding(found, (row) => {
      const [id, ...texts] = row as [number, ...string[]];
      rows.add([id, ...texts.map((text) => JSON.parse(text))] as SampledProduct);
    });
    return rows;
  }
}

type SampledProduct = [
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

class Rows {
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
    const source = sourceOf(filter);
    const inSource = this.#withTerms(filterOf(source));
    const terms = isEmpty({ ...restOf(filter, source), availabilities: [] })
      ? inSource
      : this.#withTerms(filter);
    const { availabilities } = filter;
    const matches = terms.filter((product) => {
      const [, , , , , , offered] = product;
      return (
        pricesIn(product, filter)[0].some((price) => isWithin(price, filter)) &&
        (availabilities.length === 0 || availabilities.some((availability) => offered.includes(availability)))
      );
    });
    const priced = asksPrices(filter)
      ? inSource.filter((product) => pricesIn(product, filter)[1].some((price) => isWithin(price, filter)))
      : inSource;
    const times = (count: number) => count * this.#weight;
    return {
      matches: times(matches.length),
      source: times(inSource.length),
      terms: times(terms.length),
      prices: times(priced.length),
      seen: matches.length,
      ahead: walk
        ? times(aheadOf(walk, filter, walk.order.column === "price" ? priced : inSource, matches))
        : 0,
    };
  }

  estimateLexemes(groups: readonly (readonly string[])[]): number {
    return this.#withOneOf(groups.map((group) => group.map((lexeme) => ` ${lexeme}`))).length * this.#weight;
  }

  #withTerms(filter: Filter): readonly SampledProduct[] {
    return this.#withOneOf([
      ...tokenGroups(filter),
      ...(filter.search?.groups ?? []).map((group) => group.map((lexeme) => ` ${lexeme}`)),
    ]);
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
  const keyOf = (product: SampledProduct): string | number => {
    if (order.column === "price")
      return (
        pricesIn(product, filter)[0].find((price) => isWithin(price, filter)) ?? Number.POSITIVE_INFINITY
      );
    return order.column === "id" ? product[0] : product[1];
  };
  const isBefore = (a: string | number, b: string | number) => (order.descending ? a > b : a < b);
  const left = (products: readonly SampledProduct[]) =>
    after ? products.map(keyOf).filter((key) => isBefore(after.key, key)) : products.map(keyOf);
  const [first, ...others] = left(matches);
  const keys = left(source);
  if (first === undefined) return keys.length;
  const nearest = others.reduce((best, key) => (isBefore(key, best) ? key : best), first);
  return keys.filter((key) => isBefore(key, nearest)).length;
}

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
