import { type Scope, stateOf, termConditions, Values, variantConditions, withProduct } from "./conditions.ts";
import { asksVariants, type Filter } from "./filter.ts";
import { prepared, type Query, where } from "./list-sql.ts";

/** The most products of which facets are counted; where more match, a sample that is expected to be no larger. */
export const FACETED = 2_000;
/** Chance has its way with samples, and estimates may be old: this is not exceeded. */
const READ_LIMIT = 2 * FACETED;
const TOKENS = 3_000;

export type FacetRow = [token: string | null, count: number, min: number | null, max: number | null];

/**
 * The tokens of what matches with their counts, `s:<availability>` among them; and, with no token, how many match and the range
 * of their prices. A token counts as often as filtering by it as well would find products: where the filter asks something of
 * variants, only what those variants have is counted.
 *
 * @param level counts a sample of one match in 2^level.
 * @param begin what the wanted tokens begin with; undefined: all of them.
 */
export function facetQuery(filter: Filter, level: number, begin: string | undefined, scope: Scope): Query {
  const values = new Values(scope);
  const terms = where(termConditions(filter, values, level));
  const state = stateOf("t.product_id", filter, values);
  const wanted =
    begin === undefined ? "NOT starts_with(token, '~')" : `starts_with(token, ${values.add(begin, "text")})`;
  const text = `WITH matches AS MATERIALIZED (
      SELECT t.product_id AS id, t.tokens, s.availabilities, ${values.prices} AS prices, ${wholly(filter)} AS wholly
      FROM (SELECT t.product_id, t.tokens FROM product_terms t ${terms} LIMIT ${READ_LIMIT}) t${state.join}
        ${where(state.conditions)}),
    counted AS (
      SELECT token FROM matches, unnest(tokens) AS token WHERE wholly
      UNION ALL SELECT 's:' || availability FROM matches, unnest(availabilities) AS availability WHERE wholly
      ${asksVariants(filter) ? inPart(filter, values) : ""})
    (SELECT token, count(*), NULL::bigint, NULL::bigint FROM counted WHERE ${wanted} GROUP BY token ORDER BY 2 DESC, 1 LIMIT ${TOKENS})
    UNION ALL SELECT NULL, count(*), min(prices[1]), max(prices[cardinality(prices)]) FROM matches`;
  return { statement: prepared(filter, text), values: values.list };
}

/** Whether any variant of a match is as good as all of them together, so that each of its tokens counts. */
function wholly(filter: Filter): string {
  if (!asksVariants(filter)) return "true";
  const alike = "s.schedule IS NULL AND cardinality(s.prices) = 1 AND cardinality(s.availabilities) = 1";
  return filter.attributes.size > 0 ? "s.variants = 1" : `(s.variants = 1 OR ${alike})`;
}

/** Of the other matches: what is the product's own, and what those variants have that the filter lets through. */
function inPart(filter: Filter, values: Values): string {
  return `UNION ALL SELECT token FROM matches, unnest(tokens) AS token WHERE NOT wholly AND token ~ '^[bc]:'
    UNION ALL SELECT token FROM (
      SELECT m.id, 'a:' || key || ':' || value AS token
      FROM matches m${withProduct("m.id")}, jsonb_each_text(p.attributes) WHERE NOT m.wholly
      UNION
      SELECT m.id, has.token FROM matches m CROSS JOIN LATERAL (SELECT * FROM variants WHERE product_id = m.id OFFSET 0) v, LATERAL (
        SELECT 's:' || v.availability AS token
        UNION ALL SELECT 'a:' || key || ':' || value FROM jsonb_each_text(v.attributes)) has
      WHERE NOT m.wholly AND ${variantConditions(filter, values).join(" AND ")}) own`;
}
