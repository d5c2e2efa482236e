import { statement } from "../database/connection.ts";
import type { Database } from "../database/database.ts";
import { type Filter, hasPrices } from "./filter.ts";

const STATISTICS = statement(`
  SELECT c.reltuples::bigint, array_to_json(s.most_common_elems::text::text[]), array_to_json(s.most_common_elem_freqs)
  FROM pg_class c LEFT JOIN pg_stats s ON s.schemaname = 'public' AND s.tablename = 'products' AND s.attname = 'facets'
  WHERE c.oid = 'public.products'::regclass`);

const TTL_MS = 300_000;
/** Statistics come from a sample and may be old. */
const SAFETY = 2;

interface Statistics {
  products: number;
  frequencies: Map<string, number>;
}

/**
 * How frequent facet tokens are, from what ANALYZE has gathered. An index lists all matches of "in stock" before the first ten
 * thousand of them can be counted; where statistics are sure that there are more, nothing needs to be counted.
 */
export class Frequencies {
  readonly #database: Database;
  #loaded: { promise: Promise<Statistics>; at: number } | undefined;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * A number of products that surely match, and which share of all this is. Of tokens with frequencies f and g, at least
   * f + g − 1 of all products have both, however they are related (Fréchet's bound).
   */
  async atLeast(filter: Filter): Promise<{ products: number; share: number }> {
    if (filter.search !== undefined || hasPrices(filter)) return { products: 0, share: 0 };
    const { products, frequencies } = await this.#statistics();
    const groups = [...filter.required.map((token) => [token]), ...filter.alternatives];
    const share = groups.reduce((sum, group) => {
      const frequency = Math.max(...group.map((token) => frequencies.get(token) ?? 0));
      return sum + frequency - 1;
    }, 1);
    const bound = Math.max(0, share) / SAFETY;
    return { products: Math.floor(products * bound), share: bound };
  }

  async #statistics(): Promise<Statistics> {
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

  async #load(): Promise<Statistics> {
    const [[products, elements, frequencies] = []] = await this.#database.read(STATISTICS, []);
    const tokens: string[] = JSON.parse((elements as string) ?? "[]");
    const values: number[] = JSON.parse((frequencies as string) ?? "[]");
    return {
      products: Math.max(0, products as number),
      frequencies: new Map(tokens.map((token, i) => [token, values[i]!])),
    };
  }
}
