import { type Scope, stateOf, termConditions, Values, variantConditions, withProduct } from "./conditions.ts";
import { asksVariants, type Filter, type Group } from "./filter.ts";
import { prepared, type Query, where } from "./list-sql.ts";

/**
 * The most products of which facets are counted; where more match, a sample that is expected to be no larger. Fewer where
 * something is asked of variants, since these have to be looked at one by one.
 */
export const facetedOf = (filter: Filter): number => (asksVariants(filter) ? 500 : 2_000);
/** Chance has its way with samples, and estimates may be old: this is not exceeded. */
const READ_LIMIT = 4_000;
const TOKENS = 3_000;

export type FacetRow = [token: string | null, count: number, min: number | null, max: number | null];

/**
 * The tokens of what matches with their counts, `s:<availability>` among them; and, with no token, how many match and the range
 * of their prices. A token counts as often as filtering by it as well would find products: where the filter asks something of
 * variants, only what those variants have is counted.
 *
 * @param level counts a sample of one match in 2^level.
 * @param group the group whose tokens are wanted; undefined: all of them.
 */
export function facetQuery(filter: Filter, level: number, group: Group | undefined, scope: Scope): Query {
  const values = new Values(scope);
  const terms = where(termConditions(filter, values, level));
  const state = stateOf("t.product_id", filter, values);
  const matches = `WITH matches AS MATERIALIZED (
      SELECT t.product_id AS id, t.tokens, s.availabilities, ${values.prices} AS prices, ${wholly(filter)} AS wholly
      FROM (SELECT t.product_id, t.tokens FROM product_terms t ${terms} LIMIT ${READ_LIMIT}) t${state.join}
        ${where(state.conditions)})`;
  const tokens = [...whole(group, values), ...(asksVariants(filter) ? inPart(group, filter, values) : [])];
  const counted = `(SELECT token, count(*), NULL::bigint, NULL::bigint FROM (${tokens.join(" UNION ALL ")}) counted
      GROUP BY token ORDER BY 2 DESC, 1 LIMIT ${TOKENS}) UNION ALL `;
  const text = `${matches} ${tokens.length > 0 ? counted : ""}
    SELECT NULL, count(*), min(prices[1]), max(prices[cardinality(prices)]) FROM matches`;
  return { statement: prepared(filter, text), values: values.list };
}

/** Whether any variant of a match is as good as all of them together, so that each of its tokens counts. */
function wholly(filter: Filter): string {
  if (!asksVariants(filter)) return "true";
  const alike = "s.schedule IS NULL AND cardinality(s.prices) = 1 AND cardinality(s.availabilities) = 1";
  return filter.attributes.size > 0 ? "s.variants = 1" : `(s.variants = 1 OR ${alike})`;
}

const ATTRIBUTE = "attribute:";

/** Tokens of the matches that count wholly. */
function whole(group: Group | undefined, values: Values): string[] {
  const of = (condition: string) =>
    `SELECT token FROM matches, unnest(tokens) AS token WHERE wholly AND ${condition}`;
  const availabilities =
    "SELECT 's:' || availability AS token FROM matches, unnest(availabilities) AS availability WHERE wholly";
  if (group === undefined) return [of("NOT starts_with(token, '~')"), availabilities];
  if (group === "price") return [];
  if (group === "availability") return [availabilities];
  const begin = group === "brand" ? "b:" : `a:${group.slice(ATTRIBUTE.length)}:`;
  return [of(`starts_with(token, ${values.add(begin, "text")})`)];
}

/** Of the other matches: what is the product's own, and what those variants have that the filter lets through. */
function inPart(group: Group | undefined, filter: Filter, values: Values): string[] {
  if (group === "price") return [];
  const own = "SELECT token FROM matches, unnest(tokens) AS token WHERE NOT wholly AND token ~ '^[bc]:'";
  if (group === "brand") return [own];
  const variants = `matches m CROSS JOIN LATERAL (SELECT * FROM variants WHERE product_id = m.id OFFSET 0) v`;
  const passing = `NOT m.wholly AND ${variantConditions(filter, values).join(" AND ")}`;
  const availabilities = `SELECT token FROM (
    SELECT DISTINCT m.id, 's:' || v.availability AS token FROM ${variants} WHERE ${passing}) t`;
  if (group === "availability") return [availabilities];
  const named = group ? `AND key = ${values.add(group.slice(ATTRIBUTE.length), "text")}` : "";
  const attributes = `SELECT token FROM (
    SELECT m.id, 'a:' || key || ':' || value AS token FROM matches m${withProduct("m.id")}, jsonb_each_text(p.attributes)
      WHERE NOT m.wholly ${named}
    UNION SELECT m.id, 'a:' || key || ':' || value FROM ${variants}, jsonb_each_text(v.attributes)
      WHERE ${passing} ${named}) t`;
  return group === undefined ? [own, availabilities, attributes] : [attributes];
}
