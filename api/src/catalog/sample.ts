import { statement } from "../database/connection.ts";
import type { Reads } from "../database/session.ts";
import { mapYielding } from "../yielding.ts";
import { MAX_LEVEL } from "./conditions.ts";
import type { Filter } from "./filter.ts";
import {
  type Estimate,
  type ExpectedSlice,
  type SampledProduct,
  SampledProducts,
  type Walk,
} from "./sampled-products.ts";

/** Products in the sample: enough to tell 1 % from 2 %, few enough to look through in a tenth of a millisecond. */
const SIZE = 4_096;
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

/**
 * A random sample of the catalogue in memory, which says how many products a filter may match. Statements are prepared for all
 * values, so PostgreSQL cannot know; what to walk, what to sort and what to count is chosen by this instead.
 */
export class Sample {
  readonly #database: Reads;
  #rows: { current: SampledProducts; at: number } | undefined;
  #loading: Promise<SampledProducts> | undefined;

  constructor(database: Reads) {
    this.#database = database;
  }

  async estimate(filter: Filter, walk?: Walk): Promise<Estimate> {
    return (await this.load()).estimate(filter, walk);
  }

  /** See {@link SampledProducts.slice}. */
  async slice(filter: Filter, walk: Walk, wanted: number, most: number): Promise<ExpectedSlice> {
    return (await this.load()).slice(filter, walk, wanted, most);
  }

  /** How many products there may be that have one lexeme of each group. */
  async estimateLexemes(groups: readonly (readonly string[])[]): Promise<number> {
    return (await this.load()).estimateLexemes(groups);
  }

  /** Waits for the first one only: an old sample is as good while the next is loaded. Nothing is no sample of what comes. */
  async load(): Promise<SampledProducts> {
    const known = this.#rows;
    if (known && !known.current.isEmpty) {
      if (performance.now() - known.at > TTL_MS) this.#refresh().catch(() => {});
      return known.current;
    }
    return this.#refresh();
  }

  #refresh(): Promise<SampledProducts> {
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

  async #read(): Promise<SampledProducts> {
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
    const rows = new SampledProducts(2 ** level);
    await mapYielding(found, (row) => {
      const [id, ...texts] = row as [number, ...string[]];
      rows.add([id, ...texts.map((text) => JSON.parse(text))] as SampledProduct);
    });
    return rows;
  }
}
