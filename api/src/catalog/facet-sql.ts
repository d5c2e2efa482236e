import {
  alike,
  hashed,
  MAX_LEVEL,
  priceRange,
  type Scope,
  stateOf,
  termConditions,
  Values,
  variantConditions,
  withProduct,
  withTerms,
} from "./conditions.ts";
import { asksPrices, asksVariants, type Filter, type Group, restOf, type Source } from "./filter.ts";
import { type Access, prepared, type Query, where } from "./list-sql.ts";
import type { Estimate } from "./sampled-products.ts";
import { inLists } from "./source-sql.ts";

/**
 * The most products of which facets are counted; where more match, a sample that is expected to be no larger. Fewer where
 * something is asked of variants, since these have to be looked at one by one.
 */
const facetedOf = (filter: Filter): number => (byVariant(filter) ? 500 : 1_000);
/** Whether some variants of a product may count and others not. */
const byVariant = (filter: Filter): boolean => asksVariants(filter) || filter.currency !== undefined;
/** Products that are expected to be read for them: prices and availability are checked on each, and let few through. */
const EXPECTED = 1_500;
/** Chance has its way with samples, and estimates may be old: with more than this, a smaller sample is taken. */
const READ_LIMIT = 2_400;
/** The most prices in the range that are looked through, to take a sample of their products. */
const PRICES = 4_000;
/** The most frequent tokens; the rest is cut. */
export const TOKENS = 3_000;

/** The last row has no token, and the counts of products. */
export type FacetRow = [
  token: string | null,
  count: number,
  min: number | null,
  max: number | null,
  whole: boolean | null,
];

/** Of which products facets are counted. */
export interface FacetPlan {
  access: Access;
  /** Whose prices are read. */
  source: Source;
  /** A sample of one match in 2^level. */
  level: number;
}

/** The largest sample that may be read for a filter. */
export function facetPlan(filter: Filter, { matches, terms, prices, from }: Estimate): FacetPlan {
  const byPrices = asksPrices(filter) && prices < terms && prices <= PRICES;
  const share = Math.max((byPrices ? prices : terms) / EXPECTED, matches / facetedOf(filter));
  const level = Math.min(MAX_LEVEL, Math.max(0, Math.ceil(Math.log2(share))));
  return { access: byPrices ? "prices" : "terms", source: from, level };
}

/** What to do where there was more to read than the estimate said; undefined: nothing that is smaller. */
export function smallerPlan(filter: Filter, estimate: Estimate, plan: FacetPlan): FacetPlan | undefined {
  // A sample of the prices says nothing of how many products have the terms.
  if (plan.access === "prices") return facetPlan(filter, { ...estimate, prices: Number.POSITIVE_INFINITY });
  return plan.level < MAX_LEVEL ? { ...plan, level: plan.level + 1 } : undefined;
}

/**
 * The tokens of what matches with their counts, `s:<availability>` among them; and, with no token, how many match, the range
 * of their prices, and whether all that was to be read was read. A token counts as often as filtering by it as well would find
 * products: where the filter asks something of variants, only what those variants have is counted.
 *
 * @param group the group whose tokens are wanted; undefined: all of them.
 */
export function facetQuery(filter: Filter, plan: FacetPlan, group: Group | undefined, scope: Scope): Query {
  const values = new Values(scope);
  const { from, each, whole: readAll, conditions } = candidates(filter, plan, values);
  const state = stateOf("t.product_id", filter, values);
  const matches = `WITH ${from}, matches AS MATERIALIZED (
      SELECT t.product_id AS id, t.tokens, s.availabilities, s.current AS prices, ${wholly(filter, values)} AS wholly
      FROM ${each}${state.join} ${where([...conditions, ...state.conditions])})`;
  const tokens = [...whole(group, values), ...(byVariant(filter) ? inPart(group, filter, values) : [])];
  const counted = `(SELECT token, count(*), NULL::bigint, NULL::bigint, NULL::boolean
      FROM (${tokens.join(" UNION ALL ")}) counted
      GROUP BY token ORDER BY 2 DESC, 1 LIMIT ${TOKENS + 1}) UNION ALL `;
  const text = `${matches} ${tokens.length > 0 ? counted : ""}
    SELECT NULL, count(*), min(prices[1]), max(prices[cardinality(prices)]), ${readAll} FROM matches`;
  return { statement: prepared(filter, text), values: values.list };
}

/** The products that are read, how each is read as `t`, what is left to be checked, and whether the limits held none back. */
function candidates(filter: Filter, { access, source, level }: FacetPlan, values: Values) {
  if (access === "terms") {
    const terms = where(termConditions(filter, values, level));
    return {
      from: `candidates AS MATERIALIZED (
        SELECT t.product_id, t.tokens FROM product_terms t ${terms} LIMIT ${READ_LIMIT + 1})`,
      each: "candidates t",
      conditions: [],
      whole: `(SELECT count(*) FROM candidates) <= ${READ_LIMIT}`,
    };
  }
  const range = [inLists(source, values), priceRange("price", filter, values)];
  return {
    from: `in_range AS MATERIALIZED (SELECT product_id FROM listed_prices ${where(range)} LIMIT ${PRICES + 1}),
      candidates AS MATERIALIZED (SELECT DISTINCT product_id FROM in_range ${where(hashed("product_id", level))} LIMIT ${READ_LIMIT + 1})`,
    each: `candidates c${withTerms("c.product_id")}`,
    conditions: termConditions(restOf(filter, source), values),
    whole: `(SELECT count(*) FROM in_range) <= ${PRICES} AND (SELECT count(*) FROM candidates) <= ${READ_LIMIT}`,
  };
}

/** Whether any variant of a match is as good as all of them together, so that each of its tokens counts. */
function wholly(filter: Filter, values: Values): string {
  if (!byVariant(filter)) return "true";
  if (!asksVariants(filter)) return "s.priced = s.variants";
  return filter.attributes.size > 0 ? "s.variants = 1" : `(s.variants = 1 OR ${alike(values)})`;
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
