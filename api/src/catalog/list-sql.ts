import { type Statement, statement } from "../database/connection.ts";
import {
  hashed,
  priceRange,
  type Scope,
  sortPrice,
  stateIfAsked,
  stateOf,
  termConditions,
  Values,
  withItem,
  withTerms,
} from "./conditions.ts";
import { asksPrices, type Filter, hasPrices, hasTerms, restOf, type Source } from "./filter.ts";
import { itemJson } from "./items.ts";
import {
  type After,
  between,
  type IndexedSort,
  keyset,
  ORDERS,
  type Order,
  orderBy,
  startOf,
} from "./order.ts";
import type { Estimate } from "./sampled-products.ts";
import { indexOf, inLists } from "./source-sql.ts";

/**
 * The statements behind lists. Each reads at most a number of rows that does not grow with the catalogue, whatever is asked for:
 * a LIMIT stands around what is read, before what is checked. Three shapes, of which the caller chooses (pages.ts):
 *
 * - walk: products in the list's order from an index, each checked against what the index does not know, until the page is
 *   full. Right when many products match.
 * - match: all products that have the wanted terms, or are in the range of prices, then the page among them. Right when few do.
 * - slice: a match of those that stand between two places of the order. Right in between: both places and terms are found by
 *   indexes, and only what has the terms and stands there is read.
 */

/** The most products that a walk looks at; few values, since each is another statement to keep. */
export const WALK_LIMITS = [1_000, 4_000] as const;
export type WalkLimit = (typeof WALK_LIMITS)[number];
/** The most candidates that a match looks at. */
export const MATCH_LIMIT = 10_000;
/** LIMIT is written out, since the plan depends on it; few values, since each is another statement to keep. */
const PAGE_SIZES = [21, 31, 51, 101];

export interface Query {
  statement: Statement;
  values: unknown[];
}

/** Which part of a list is asked for. */
export interface Page extends Scope {
  /** @default the first one */
  after?: After | undefined;
  limit: number;
}

/** An item as JSON, and its position in the list. */
export type ItemRow = [json: string, id: number, key: string | number];
/** Of a match; the last row has counts in place of an item. */
export type MatchRow = [...ItemRow, read: number | null, matches: number | null];

/** Statements with alternatives are not kept prepared: their number has no useful bound. */
export function prepared({ brands, availabilities, attributes }: Filter, text: string): Statement {
  const varied = brands.length > 1 || availabilities.length > 1 || attributes.size > 1;
  return varied || [...attributes.values()].some(({ length }) => length > 1)
    ? { name: "", text }
    : statement(text);
}

export const rowsFor = (limit: number): number => PAGE_SIZES.find((size) => size > limit)!;
export const where = (conditions: string[]): string =>
  conditions.length > 0 ? `WHERE ${conditions.join(" AND ")}` : "";

/** The page after a position, walked in order: looks at no more than `most` products. */
export function walkQuery(
  filter: Filter,
  source: Source,
  sort: IndexedSort,
  page: Page,
  most: WalkLimit = 4_000,
): Query {
  const values = new Values(page);
  const order = ORDERS[sort];
  const rest = restOf(filter, source);
  const walked = walkedRows(filter, source, order, page, most, values);
  const terms = termConditions(rest, values);
  const byPrice = order.column === "price";
  const state = byPrice ? stateOf("w.id", rest, values) : stateIfAsked("w.id", rest, values);
  const conditions = [...terms, ...state.conditions];
  // A product stands in the order of prices once for each of them.
  if (byPrice) conditions.push(`w.key = ${sortPrice(filter, values)}`);
  const found = `SELECT w.id, w.key FROM (${walked}) w${terms.length > 0 ? withTerms("w.id") : ""}${state.join}
    ${where(conditions)} ${orderBy(order, "w.key", "w.id")} LIMIT ${rowsFor(page.limit)}`;
  const text = `SELECT ${itemJson(values)}, m.id, m.key FROM (${found}) m${withItem("m.id", values)} ${orderBy(order, "m.key", "m.id")}`;
  return { statement: prepared(filter, text), values: values.list };
}

/** Where the last of the products stands that {@link walkQuery} looks at; no row when the list ends before. */
export function walkEndQuery(
  filter: Filter,
  source: Source,
  sort: IndexedSort,
  page: Page,
  most: WalkLimit,
): Query {
  const values = new Values(page);
  const walked = walkedRows(filter, source, ORDERS[sort], page, most, values);
  const text = `SELECT id, key FROM (${walked}) w OFFSET ${most - 1}`;
  return { statement: prepared(filter, text), values: values.list };
}

/**
 * Ids and keys of products in order, from the index that has the source in this order. Those of several brands are merged as they are
 * read: with an order and a limit of its own, none of them is read whole to be sorted.
 */
function walkedRows(
  filter: Filter,
  source: Source,
  order: Order,
  page: Page,
  most: WalkLimit,
  values: Values,
): string {
  const { table, id, parts } = indexOf(source, order.column, values);
  const key = order.column === "id" ? id : order.column;
  const within = keyset(order, key, id, startOf(order, filter, page.after), values);
  if (order.column === "price" && hasPrices(filter)) within.push(priceRange("price", filter, values));
  const inOrder = `${orderBy(order, "key", "id")} LIMIT ${most}`;
  const rows = parts.map(
    (part) => `SELECT ${id} AS id, ${key} AS key FROM ${table} ${where([...part, ...within])} ${inOrder}`,
  );
  return rows.length === 1 ? rows[0]! : `${rows.map((part) => `(${part})`).join(" UNION ALL ")} ${inOrder}`;
}

/** From where a match reads its candidates. */
export type Access = "terms" | "prices";

/** From where all matches are read with the fewest candidates; undefined: nothing leads to them. */
export function cheapest(
  filter: Filter,
  { terms, prices }: Estimate,
): { access: Access | undefined; reads: number } {
  if (asksPrices(filter) && (!hasTerms(filter) || prices < terms)) return { access: "prices", reads: prices };
  return { access: hasTerms(filter) ? "terms" : undefined, reads: terms };
}

const SORTED = { id: "t.product_id", name_key: "t.name_key" };

/** A part of an order, from where a page begins. */
export interface Slice {
  /** All that has the key of this place included. @default to the end */
  to: After | undefined;
  /**
   * Which of the conditions of words and tokens (`termParts`) the index is asked for. With several, PostgreSQL would expect so few rows that
   * it leaves out the index of the order.
   */
  lead: number;
}

/**
 * The page after a position, sorted out of all matches among the first candidates; and a row with the counts.
 *
 * @param limit the most candidates with which the page is right; one more is read.
 * @param slice by terms: only what stands there. @default all
 */
export function matchQuery(
  filter: Filter,
  source: Source,
  access: Access,
  limit: number,
  sort: IndexedSort,
  page: Page,
  slice?: Slice,
): Query {
  const order = ORDERS[sort];
  const values = new Values(page);
  const sorted = order.column === "price" ? sortPrice(filter, values) : SORTED[order.column];
  const { from, each, conditions } = slice
    ? sliced(filter, order, limit, startOf(order, filter, page.after), slice, values)
    : candidates(filter, source, access, limit, values, order.column);
  const key = order.column === "id" ? "m.id" : "m.key";
  const position = keyset(order, key, "m.id", startOf(order, filter, page.after), values);
  const text = `WITH candidates AS MATERIALIZED (${from}),
    matches AS MATERIALIZED (SELECT t.product_id AS id, ${sorted} AS key
      FROM ${each} ${where(conditions)}),
    page AS (SELECT * FROM matches m ${where(position)} ${orderBy(order, key, "m.id")} LIMIT ${rowsFor(page.limit)})
    (SELECT ${itemJson(values)}, m.id, m.key, NULL::bigint, NULL::bigint
      FROM page m${withItem("m.id", values)} ${orderBy(order, key, "m.id")})
    UNION ALL SELECT NULL, NULL, NULL, (SELECT count(*) FROM candidates), (SELECT count(*) FROM matches)`;
  return { statement: prepared(filter, text), values: values.list };
}

/**
 * The candidates for a match, how they are read each once as `t`, and what is left to be checked.
 *
 * @param sorted what they will be sorted by. @default nothing: they are counted
 * @param level looks at a sample of one product in 2^level; of prices, all are candidates
 */
export function candidates(
  filter: Filter,
  source: Source,
  access: Access,
  most: number,
  values: Values,
  sorted?: Order["column"],
  level = 0,
) {
  const limit = `LIMIT ${most + 1}`;
  if (access === "terms") {
    const terms = where(termConditions(filter, values, level));
    const state =
      sorted === "price"
        ? stateOf("t.product_id", filter, values)
        : stateIfAsked("t.product_id", filter, values);
    return {
      from: `SELECT t.product_id, t.name_key FROM product_terms t ${terms} ${limit}`,
      each: `candidates t${state.join}`,
      conditions: state.conditions,
    };
  }
  const range = [inLists(source, values), priceRange("price", filter, values)];
  const terms = termConditions(restOf(filter, source), values);
  const needsTerms = terms.length > 0 || sorted === "name_key";
  const state = stateOf(needsTerms ? "c.product_id" : "t.product_id", filter, values);
  return {
    from: `SELECT product_id FROM listed_prices ${where(range)} ${limit}`,
    each: `(SELECT DISTINCT product_id FROM candidates ${where(hashed("product_id", level))}) ${needsTerms ? `c${withTerms("c.product_id")}` : "t"}${state.join}`,
    conditions: [...terms, ...state.conditions],
  };
}

/** The same of those that have the terms in a slice of an order by names or ids. */
function sliced(
  filter: Filter,
  order: Order,
  most: number,
  from: After,
  { to, lead }: Slice,
  values: Values,
) {
  const key = order.column === "id" ? "t.product_id" : "t.name_key";
  const terms = termConditions(filter, values);
  const others = terms.toSpliced(lead, 1);
  const found = where([terms[lead]!, ...between(order, key, "t.product_id", from, to, values)]);
  const state = stateIfAsked("t.product_id", filter, values);
  return {
    from: `SELECT t.product_id, t.name_key, ${others.join(" AND ") || "true"} AS others FROM product_terms t ${found} LIMIT ${most + 1}`,
    each: `candidates t${state.join}`,
    conditions: ["t.others", ...state.conditions],
  };
}
