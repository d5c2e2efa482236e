import { statement } from "../database/connection.ts";
import type { Reads } from "../database/session.ts";
import { asksPrices, type Filter, isEmpty, restOf, type Source, sourceOf, tokenGroups } from "./filter.ts";

/** Products in the sample: enough to tell 1 % from 2 %, few enough to look through in a tenth of a millisecond. */
const SIZE = 4_096;
const MAX_LEVEL = 14;
const TTL_MS = 60_000;

const PRODUCTS = statement(
  "SELECT reltuples::bigint FROM pg_class WHERE oid = 'public.product_states'::regclass",
);
/** $1: whose prices hold. Of other currencies: {"SEK": [those that hold, those of all times]}. */
const rows = (condition: string) =>
  statement(`SELECT array_to_json(t.tokens), array_to_json(tsvector_to_array(t.search)),
    array_to_json(CASE WHEN s.schedule IS NULL THEN s.prices ELSE catalog_prices_at(s.prices, s.schedule, $1::timestamptz) END),
    array_to_json(CASE WHEN s.schedule IS NULL THEN s.prices ELSE catalog_all_prices(s.prices, s.schedule) END),
    array_to_json(s.availabilities),
    CASE WHEN s.other_prices IS NULL THEN '{}' ELSE (SELECT jsonb_object_agg(currency, jsonb_build_array(
      to_jsonb(catalog_prices_at(catalog_amounts(other -> 'prices'), other -> 'schedule', $1::timestamptz)), to_jsonb(catalog_all_prices(other))))
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
}

/**
 * A random sample of the catalogue in memory, which says how many products a filter may match. Statements are prepared for all
 * values, so PostgreSQL cannot know; what to walk, what to sort and what to count is chosen by this instead.
 */
export class Sample {
  readonly #database: Reads;
  #loaded: { promise: Promise<Rows>; at: number } | undefined;

  constructor(database: Reads) {
    this.#database = database;
  }

  async estimate(filter: Filter): Promise<Estimate> {
    return (await this.#rows()).estimate(filter);
  }

  /** How many products there may be that have one lexeme of each group. */
  async estimateLexemes(groups: readonly (readonly string[])[]): Promise<number> {
    return (await this.#rows()).estimateLexemes(groups);
  }

  async #rows(): Promise<Rows> {
    if (!this.#loaded || performance.now() - this.#loaded.at > TTL_MS) {
      this.#loaded = { promise: this.#load(), at: performance.now() };
    }
    const current = this.#loaded;
    try {
      return await current.promise;
    } catch (error) {
      if (this.#loaded === current) this.#loaded = undefined;
      throw error;
    }
  }

  async #load(): Promise<Rows> {
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
    return new Rows(
      found.map((row) => row.map((column) => JSON.parse(column as string)) as SampledProduct),
      2 ** level,
    );
  }
}

type SampledProduct = [
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
  [, , prices, listed, , others]: SampledProduct,
  { currency }: Filter,
): readonly [prices: number[], listed: number[]] =>
  currency === undefined ? [prices, listed] : (others[currency] ?? NO_PRICES);

class Rows {
  readonly #products: SampledProduct[];
  readonly #weight: number;
  /** Token or, after a space, lexeme → the products that have it. */
  readonly #having = new Map<string, number[]>();

  /** @param weight how many products of the catalogue one of these stands for. */
  constructor(products: SampledProduct[], weight: number) {
    this.#products = products;
    this.#weight = weight;
    for (const [index, [tokens, lexemes]] of products.entries()) {
      for (const term of [...tokens, ...lexemes.map((lexeme) => ` ${lexeme}`)]) {
        const known = this.#having.get(term);
        if (known) known.push(index);
        else this.#having.set(term, [index]);
      }
    }
  }

  estimate(filter: Filter): Estimate {
    const source = sourceOf(filter);
    const inSource = this.#withTerms(filterOf(source));
    const terms = isEmpty({ ...restOf(filter, source), availabilities: [] })
      ? inSource
      : this.#withTerms(filter);
    const { availabilities } = filter;
    const seen = this.#count(
      terms,
      (product) =>
        pricesIn(product, filter)[0].some((price) => isWithin(price, filter)) &&
        (availabilities.length === 0 ||
          availabilities.some((availability) => product[4].includes(availability))),
    );
    const priced = asksPrices(filter)
      ? this.#count(inSource, (product) =>
          pricesIn(product, filter)[1].some((price) => isWithin(price, filter)),
        )
      : inSource.count;
    const times = (count: number) => count * this.#weight;
    return {
      matches: times(seen),
      source: times(inSource.count),
      terms: times(terms.count),
      prices: times(priced),
      seen,
    };
  }

  estimateLexemes(groups: readonly (readonly string[])[]): number {
    return this.#withOneOf(groups.map((group) => group.map((lexeme) => ` ${lexeme}`))).count * this.#weight;
  }

  #withTerms(filter: Filter): Having {
    return this.#withOneOf([
      ...tokenGroups(filter),
      ...(filter.search?.groups ?? []).map((group) => group.map((lexeme) => ` ${lexeme}`)),
    ]);
  }

  #withOneOf(groups: readonly (readonly string[])[]): Having {
    const passed = new Uint8Array(this.#products.length);
    let count = this.#products.length;
    for (const [number, group] of groups.entries()) {
      count = 0;
      for (const term of group) {
        for (const index of this.#having.get(term) ?? []) {
          if (passed[index] !== number) continue;
          passed[index] = number + 1;
          count++;
        }
      }
    }
    return { passed, groups: groups.length, count };
  }

  #count({ passed, groups }: Having, fits: (product: SampledProduct) => boolean): number {
    let count = 0;
    for (let index = 0; index < passed.length; index++)
      if (passed[index] === groups && fits(this.#products[index]!)) count++;
    return count;
  }
}

/** The products of the sample that have one term of each group: how many groups each of them has passed. */
interface Having {
  passed: Uint8Array;
  groups: number;
  count: number;
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
function filterOf(source: Source): Filter {
  if (source.kind === "category") return { ...EMPTY, category: source.value };
  return source.kind === "brand" ? { ...EMPTY, brands: [source.value] } : EMPTY;
}
