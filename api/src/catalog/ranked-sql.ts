import { stateIfAsked, termConditions, Values, withItem } from "./conditions.ts";
import type { Filter, Source } from "./filter.ts";
import { itemJson } from "./items.ts";
import {
  type Access,
  candidates,
  MATCH_LIMIT,
  type Page,
  prepared,
  type Query,
  rowsFor,
  where,
} from "./list-sql.ts";

/** Candidates that a search ranks: all that have the words, where these are no more. */
export const RANKED = 5_000;
/** The rank of what is found by its SKU or GTIN: before all that has the words. */
const FIRST = 1_000_000_000;

/**
 * The page after a position, by rank, out of the first RANKED matches; and a row with the counts. By terms, the first RANKED products
 * are looked at, and one more is read.
 *
 * @param level by terms, out of a sample of one in 2^level: an index finds all that has a word before the first of it is read.
 */
export function rankedQuery(
  filter: Filter,
  source: Source,
  access: Access,
  page: Page,
  level: number,
): Query {
  const values = new Values(page);
  const { tsquery, products } = filter.search!;
  // Weights of D, C, B, A; 1 divides by the logarithm of the document's length. Whole numbers, to compare exactly.
  const byWords = `(ts_rank_cd('{0.05, 0.2, 0.4, 1.0}', t.search, ${values.add(tsquery, "tsquery")}, 1) * 1000000)::integer`;
  const isFound = products && `t.product_id = ANY (${values.add(products, "bigint[]")})`;
  const ranked = isFound ? `CASE WHEN ${isFound} THEN ${FIRST} ELSE ${byWords} END` : byWords;
  const rank = values.add(page.after?.key ?? 2_147_483_647, "integer");
  const id = values.add(page.after?.id ?? 0, "bigint");
  const byPrices = access === "prices";
  const read = byPrices
    ? candidates(filter, source, access, MATCH_LIMIT, values)
    : firstByTerms(filter, values, level, isFound);
  const first = byPrices && isFound ? `ORDER BY ${isFound} DESC` : "";
  const text = `WITH candidates AS MATERIALIZED (${read.from}),
    matches AS MATERIALIZED (
      SELECT t.product_id AS id, ${ranked} AS rank
      FROM ${read.each} ${where(read.conditions)} ${first} LIMIT ${RANKED}),
    page AS (SELECT id, rank FROM matches WHERE (rank, -id) < (${rank}, -${id}) ORDER BY rank DESC, id LIMIT ${rowsFor(page.limit)})
    (SELECT ${itemJson(values)}, m.id, m.rank, NULL::bigint, NULL::bigint
      FROM page m${withItem("m.id", values)} ORDER BY m.rank DESC, m.id)
    UNION ALL SELECT NULL, NULL, NULL, (SELECT count(*) FROM candidates), (SELECT count(*) FROM matches)`;
  return { statement: prepared(filter, text), values: values.list };
}

/**
 * The first products with the words, how they are read as `t`, and what is left to be checked.
 *
 * @param isFound of those that have the text for their SKU or GTIN: they are read before, however many have the words, and no sample
 *   lacks them
 */
function firstByTerms(filter: Filter, values: Values, level: number, isFound: string | undefined) {
  const { join, conditions } = stateIfAsked("t.product_id", filter, values);
  const { products: _, ...search } = filter.search!;
  const read = (conditions: string[]) =>
    `SELECT t.product_id, t.search FROM product_terms t ${where(conditions)}`;
  const byWords = termConditions({ ...filter, search }, values, level);
  const rows = isFound
    ? `${read([isFound, ...termConditions(filter, values)])} UNION ALL ${read([...byWords, `NOT ${isFound}`])}`
    : read(byWords);
  return { from: `${rows} LIMIT ${RANKED + 1}`, each: `candidates t${join}`, conditions };
}
