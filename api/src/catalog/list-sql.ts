import { type Statement, statement } from "../database/connection.ts";
import {
  priceRange,
  type Scope,
  shown,
  sortPrice,
  stateIfAsked,
  stateOf,
  termConditions,
  Values,
  withItem,
  withTerms,
} from "./conditions.ts";
import { asksPrices, asksVariants, type Filter, hasPrices, restOf, type Source } from "./filter.ts";
import { itemJson } from "./items.ts";
import { type After, type IndexedSort, keyset, ORDERS, type Order, orderBy, startOf } from "./order.ts";
import { indexOf, inLists } from "./source-sql.ts";

/**
 * The statements behind lists. Each reads at most a number of rows that does not grow with the catalogue, whatever is asked for:
 * a LIMIT stands around what is read, before what is checked. Two shapes, of which the caller chooses (list.ts):
 *
 * - walk: products in the list's order from an index, each checked against what the index does not know, until the page is
 *   full. Right when many products match.
 * - match: all products that have the wanted terms, or are in the range of prices, then the page among them. Right when few do.
 */

/** Counts stop here: an exact count(*) over a million rows costs 284 ms. */
export const COUNT_LIMIT = 10_000;
/** The most products that a walk looks at; few values, since each is another statement to keep. */
export const WALK_LIMITS = [1_000, 4_000, 10_000] as const;
export type WalkLimit = (typeof WALK_LIMITS)[number];
/** The most candidates that a match looks at, */
export const MATCH_LIMIT = 10_000;
/**
 * … and where walking has not found a page either: where the order has to do with what is asked for. No more than before where
 * the state of each has to be looked up, and maybe its variants: a statement reads 30,000 rows in all.
 */
export const deepMatchOf = (filter: Filter, sort: IndexedSort): number =>
  asksVariants(filter) || asksPrices(filter) || ORDERS[sort].column === "price" ? MATCH_LIMIT : 30_000;
/** The most candidates of a search by relevance, and of a count: fewer where the state of each has to be looked up. */
export const candidatesOf = (filter: Filter): number => (asksVariants(filter) ? 5_000 : COUNT_LIMIT);
/** Candidates that a search ranks. */
export const RANKED = 1_000;
/** The rank of what is found by its SKU or GTIN: before all that has the words. */
const FIRST = 1_000_000_000;
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

const rowsFor = (limit: number): number => PAGE_SIZES.find((size) => size > limit)!;
export const where = (conditions: string[]): string =>
  conditions.length > 0 ? `WHERE ${conditions.join(" AND ")}` : "";

/** The page after a position, walked in order: looks at no more than `most` products. */
export function walkQuery(
  filter: Filter,
  source: Source,
  sort: IndexedSort,
  page: Page,
  most: WalkLimit = 10_000,
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

const SORTED = { id: "t.product_id", name_key: "t.name_key" };

/**
 * The page after a position, sorted out of all matches among the first candidates; and a row with the counts.
 *
 * @param limit the most candidates with which the page is right; one more is read.
 */
export function matchQuery(
  filter: Filter,
  source: Source,
  access: Access,
  limit: number,
  sort: IndexedSort,
  page: Page,
): Query {
  const order = ORDERS[sort];
  const values = new Values(page);
  const sorted = order.column === "price" ? sortPrice(filter, values) : SORTED[order.column];
  const { from, each, conditions } = candidates(filter, source, access, limit, values, order.column);
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

/** How many of the first candidates, and one more, were there to be read, and how many of them match. */
export function countQuery(filter: Filter, source: Source, access: Access, scope: Scope): Query {
  const values = new Values(scope);
  const { from, each, conditions } = candidates(filter, source, access, candidatesOf(filter), values);
  const text = `WITH candidates AS MATERIALIZED (${from})
    SELECT (SELECT count(*) FROM candidates), count(*)
    FROM ${each} ${where(conditions)}`;
  return { statement: prepared(filter, text), values: values.list };
}

/** @param level counts a sample of one in 2^level. */
export function sampledCountQuery(filter: Filter, level: number, scope: Scope): Query {
  const values = new Values(scope);
  const terms = where(termConditions(filter, values, level));
  const state = stateIfAsked("t.product_id", filter, values);
  const text = `SELECT count(*) FROM (SELECT t.product_id FROM product_terms t ${terms} LIMIT ${candidatesOf(filter)}) t${state.join}
    ${where(state.conditions)}`;
  return { statement: prepared(filter, text), values: values.list };
}

/**
 * The candidates for a match, how they are read each once as `t`, and what is left to be checked.
 *
 * @param sorted what they will be sorted by. @default nothing: they are counted
 */
function candidates(
  filter: Filter,
  source: Source,
  access: Access,
  most: number,
  values: Values,
  sorted?: Order["column"],
) {
  const limit = `LIMIT ${most + 1}`;
  if (access === "terms") {
    const terms = where(termConditions(filter, values));
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
    each: `(SELECT DISTINCT product_id FROM candidates) ${needsTerms ? `c${withTerms("c.product_id")}` : "t"}${state.join}`,
    conditions: [...terms, ...state.conditions],
  };
}

/** How many products a source has, up to COUNT_LIMIT + 1. */
export function sourceCountQuery(filter: Filter, source: Source, scope: Scope): Query {
  const values = new Values(scope);
  const { table, id, parts } = indexOf(source, "id", values);
  const condition = shown(`${table}.${id}`, values);
  const rows = parts.map((part) => `SELECT ${id} FROM ${table} ${where([...part, condition])}`);
  const text = `SELECT count(*) FROM (${rows.join(" UNION ALL ")} LIMIT ${COUNT_LIMIT + 1}) t`;
  return { statement: prepared(filter, text), values: values.list };
}

/**
 * The page after a position, by rank, out of the first RANKED matches; and a row with the counts. By terms, what is read is not
 * counted, so that reading ends with the last match that is ranked.
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
  const text = `WITH ${byPrices ? `candidates AS MATERIALIZED (${read.from}),` : ""}
    matches AS MATERIALIZED (
      SELECT t.product_id AS id, ${ranked} AS rank
      FROM ${read.each} ${where(read.conditions)} ${first} LIMIT ${RANKED}),
    page AS (SELECT id, rank FROM matches WHERE (rank, -id) < (${rank}, -${id}) ORDER BY rank DESC, id LIMIT ${rowsFor(page.limit)})
    (SELECT ${itemJson(values)}, m.id, m.rank, NULL::bigint, NULL::bigint
      FROM page m${withItem("m.id", values)} ORDER BY m.rank DESC, m.id)
    UNION ALL SELECT NULL, NULL, NULL, ${byPrices ? "(SELECT count(*) FROM candidates)" : "NULL"},
      (SELECT count(*) FROM matches)`;
  return { statement: prepared(filter, text), values: values.list };
}

/**
 * The first products with the words, as rows `t` that are read one by one, and what is left to be checked.
 *
 * @param isFound of those that have the text for their SKU or GTIN: they are read before, however many have the words
 */
function firstByTerms(filter: Filter, values: Values, level: number, isFound: string | undefined) {
  const terms = termConditions(filter, values, level);
  const { join, conditions } = stateIfAsked("t.product_id", filter, values);
  const read = (...also: string[]) =>
    `SELECT t.product_id, t.search FROM product_terms t ${where([...terms, ...also])}`;
  const rows = isFound ? `${read(isFound)} UNION ALL ${read(`NOT ${isFound}`)}` : read();
  const from = `${rows} LIMIT ${candidatesOf(filter)}`;
  return { from, each: `(${from}) t${join}`, conditions };
}
