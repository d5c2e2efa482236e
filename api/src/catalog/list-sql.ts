import { type Statement, statement } from "../database/connection.ts";
import { type Filter, hasPrices, hasTokens, type Sort, type Source, type Sourced } from "./filter.ts";
import { itemJson } from "./items.ts";

/**
 * The statements behind lists. Two shapes, so that each is fast with one plan for all values:
 *
 * - walk: products in the list's order from an index, each checked against what the index does not know, until the page is
 *   full. Right when many products match.
 * - match: all matching products from the GIN indexes, then the page among them. Right when few match.
 *
 * Counts stop at COUNT_LIMIT: an exact count(*) over a million rows costs 284 ms.
 */
export const COUNT_LIMIT = 10_000;
/** Candidates that a search ranks. */
const RANKED = 1_000;
const MAX_BIGINT = "9223372036854775807";
/** Larger than any name. */
const LAST_NAME = "\u{10FFFF}";
/** LIMIT is written out, since the plan depends on it; few values, since each is another statement to keep. */
const PAGE_SIZES = [21, 31, 51, 101];

export interface Query {
  statement: Statement;
  values: unknown[];
}

interface Order {
  column: "price" | "name_key" | "id";
  descending: boolean;
}

const ORDERS: Record<Exclude<Sort, "relevance">, Order> = {
  newest: { column: "id", descending: true },
  price: { column: "price", descending: false },
  "-price": { column: "price", descending: true },
  name: { column: "name_key", descending: false },
  "-name": { column: "name_key", descending: true },
};

/** A keyset position: the list goes on behind it. */
export interface After {
  key: string | number;
  id: number;
}

/** Which part of a list is asked for. */
export interface Page {
  /** @default the first one */
  after?: After | undefined;
  limit: number;
  /** The list currency, which the items' prices are in. */
  currency: string;
}

/**
 * What a page selects, in the order of {@link ItemRow}.
 *
 * @param key what the list is sorted by
 */
const itemColumns = (key: string, currency: string, values: Values): string =>
  `${itemJson(values.add(currency, "text"))}, p.id, ${key}`;

/** An item as JSON, and its position in the list. */
export type ItemRow = [json: string, id: number, key: string | number];

/** Statements with alternatives are not kept prepared: their number has no useful bound. */
const prepared = (filter: Filter, text: string): Statement =>
  filter.alternatives.length === 0 ? statement(text) : { name: "", text };

const rowsFor = (limit: number): number => PAGE_SIZES.find((size) => size > limit)!;

class Values {
  readonly list: unknown[] = [];
  /** @returns the placeholder */
  add(value: unknown, type: string): string {
    this.list.push(value);
    return `$${this.list.length}::${type}`;
  }
}

/** The page after a position, walked in order. */
export function walkQuery(
  { source, rest }: Sourced,
  sort: Exclude<Sort, "relevance">,
  { after, limit, currency }: Page,
): Query {
  const order = ORDERS[sort];
  const values = new Values();
  const viaCategory = source.kind === "category";
  const row = viaCategory ? "s" : "p";
  const id = viaCategory ? "s.product_id" : "p.id";
  const key = order.column === "id" ? id : `${row}.${order.column}`;
  const conditions: string[] = [];
  if (viaCategory) conditions.push(`s.category_id = ${values.add(source.value, "text")}`);
  if (source.kind === "brand") conditions.push(`p.brand = ${values.add(source.value, "text")}`);
  conditions.push(...keyset(order, key, id, startOf(order, rest, after), values));
  const checked = tokenConditions(rest, values);
  // In the order of prices a range is where the walk begins and ends; in any other it is one more check. A generic plan takes
  // every range to match 0.5 % of the rows, and would sort all that match.
  if (hasPrices(rest))
    (order.column === "price" ? conditions : checked).push(priceRange(`${row}.price`, rest, values));
  // IS TRUE keeps these from being looked up in an index: the rows are walked already.
  const checks = checked.map((condition) => `(${condition}) IS TRUE`);
  const from = viaCategory ? "category_products s JOIN products p ON p.id = s.product_id" : "products p";
  const text = `SELECT ${itemColumns(key, currency, values)} FROM ${from}
    WHERE ${[...conditions, ...checks].join(" AND ")} ${orderBy(order, key, id)} LIMIT ${rowsFor(limit)}`;
  return { statement: prepared(rest, text), values: values.list };
}

/** The page after a position, sorted out of all matches. */
export function matchQuery(
  { source, rest, filter }: Sourced,
  sort: Exclude<Sort, "relevance">,
  { after, limit, currency }: Page,
): Query {
  const order = ORDERS[sort];
  const values = new Values();
  const key = order.column === "id" ? "m.id" : "m.key";
  const from = matches(source, rest, filter, order.column, values);
  const position = keyset(order, key, "m.id", startOf(order, filter, after), values);
  const text = `WITH matches AS MATERIALIZED (${from}),
    page AS (SELECT * FROM matches m WHERE ${position.join(" AND ")} ${orderBy(order, key, "m.id")} LIMIT ${rowsFor(limit)})
    SELECT ${itemColumns(key, currency, values)} FROM page m JOIN products p ON p.id = m.id ${orderBy(order, key, "m.id")}`;
  return { statement: prepared(filter, text), values: values.list };
}

/** The page after a position, by rank, out of the first RANKED matches. */
export function rankedQuery(filter: Filter, { after, limit, currency }: Page): Query {
  const values = new Values();
  const search = values.add(filter.search, "tsquery");
  const where = matching(filter, values);
  const rank = values.add(after?.key ?? 2_147_483_647, "integer");
  const id = values.add(after?.id ?? 0, "bigint");
  // Weights of D, C, B, A; 1 divides by the logarithm of the document's length. Whole numbers, to compare exactly.
  const text = `WITH matches AS MATERIALIZED (SELECT p.id, p.search FROM products p WHERE ${where} LIMIT ${RANKED}),
    ranked AS (SELECT id, (ts_rank_cd('{0.05, 0.2, 0.4, 1.0}', search, ${search}, 1) * 1000000)::integer AS rank FROM matches),
    page AS (SELECT id, rank FROM ranked WHERE (rank, -id) < (${rank}, -${id}) ORDER BY rank DESC, id LIMIT ${rowsFor(limit)})
    SELECT ${itemColumns("m.rank", currency, values)} FROM page m JOIN products p ON p.id = m.id ORDER BY m.rank DESC, m.id`;
  return { statement: prepared(filter, text), values: values.list };
}

/** Ids and sort keys of all matches: from what knows of category and price alone, else from the GIN indexes. */
function matches(
  source: Source,
  rest: Filter,
  filter: Filter,
  column: Order["column"],
  values: Values,
): string {
  if (source.kind === "category" && !hasTokens(rest) && rest.search === undefined) {
    const category = `s.category_id = ${values.add(source.value, "text")}`;
    const price = hasPrices(rest) ? ` AND ${priceRange("s.price", rest, values)}` : "";
    const key = column === "id" ? "" : `, s.${column} AS key`;
    return `SELECT s.product_id AS id${key} FROM category_products s WHERE ${category}${price}`;
  }
  const key = column === "id" ? "" : `, p.${column} AS key`;
  return `SELECT p.id${key} FROM products p WHERE ${matching(filter, values)}`;
}

/** How many products match, up to COUNT_LIMIT + 1. */
export function countQuery({ source, rest, filter }: Sourced): Query {
  const values = new Values();
  if (hasTokens(rest) || rest.search !== undefined) {
    return counted(filter, `products p WHERE ${matching(filter, values)}`, values);
  }
  const conditions: string[] = [];
  if (source.kind === "category") conditions.push(`category_id = ${values.add(source.value, "text")}`);
  if (source.kind === "brand") conditions.push(`brand = ${values.add(source.value, "text")}`);
  if (hasPrices(rest)) conditions.push(priceRange("price", rest, values));
  const table = source.kind === "category" ? "category_products" : "products";
  return counted(
    rest,
    `${table} ${conditions.length > 0 ? `WHERE ${conditions.join(" AND ")}` : ""}`,
    values,
  );
}

function counted(filter: Filter, from: string, values: Values): Query {
  const text = `SELECT count(*) FROM (SELECT FROM ${from} LIMIT ${COUNT_LIMIT + 1}) t`;
  return { statement: prepared(filter, text), values: values.list };
}

/**
 * Each facet token of the first COUNT_LIMIT matches with its count; and, with no token, their number and price range.
 *
 * @param scan matches are so frequent that reading the table finds enough of them soon; the index would list them all first.
 */
export function facetQuery(filter: Filter, scan: boolean): Query {
  const values = new Values();
  const matchingAll = matching(filter, values);
  const conditions = scan && matchingAll ? `(${matchingAll}) IS TRUE` : matchingAll;
  const text = `WITH matches AS MATERIALIZED
      (SELECT p.facets, p.price FROM products p ${conditions ? `WHERE ${conditions}` : ""} LIMIT ${COUNT_LIMIT})
    (SELECT token, count(*), NULL::bigint, NULL::bigint FROM matches, unnest(facets) token
      GROUP BY token ORDER BY 2 DESC, 1 LIMIT 3000)
    UNION ALL SELECT NULL, count(*), min(price), max(price) FROM matches`;
  return { statement: prepared(filter, text), values: values.list };
}

function matching(filter: Filter, values: Values): string {
  const conditions = tokenConditions(filter, values);
  if (filter.search !== undefined) conditions.push(`p.search @@ ${values.add(filter.search, "tsquery")}`);
  if (hasPrices(filter)) conditions.push(priceRange("p.price", filter, values));
  return conditions.join(" AND ");
}

function tokenConditions({ required, alternatives }: Filter, values: Values): string[] {
  const conditions = alternatives.map((group) => `p.facets && ${values.add(group, "text[]")}`);
  if (required.length > 0) conditions.unshift(`p.facets @> ${values.add(required, "text[]")}`);
  return conditions;
}

function priceRange(column: string, { minPrice, maxPrice }: Filter, values: Values): string {
  const from = values.add(minPrice ?? 0, "bigint");
  return `${column} >= ${from} AND ${column} <= ${values.add(maxPrice ?? MAX_BIGINT, "bigint")}`;
}

/** Before the first item; for prices, at the edge of the wanted range, so that the walk begins there. */
function startOf({ column, descending }: Order, filter: Filter, after: After | undefined): After {
  if (after) return after;
  const id = descending ? Number.MAX_SAFE_INTEGER : 0;
  if (column === "price")
    return { key: descending ? (filter.maxPrice ?? MAX_BIGINT) : (filter.minPrice ?? 0), id };
  return { key: descending ? LAST_NAME : "", id };
}

function keyset(
  { column, descending }: Order,
  key: string,
  id: string,
  start: After,
  values: Values,
): string[] {
  const operator = descending ? "<" : ">";
  if (column === "id") return [`${id} ${operator} ${values.add(start.id, "bigint")}`];
  const type = column === "price" ? "bigint" : "text";
  const from = values.add(start.key, type);
  return [`(${key}, ${id}) ${operator} (${from}, ${values.add(start.id, "bigint")})`];
}

function orderBy({ column, descending }: Order, key: string, id: string): string {
  const direction = descending ? "DESC" : "ASC";
  return column === "id" ? `ORDER BY ${id} ${direction}` : `ORDER BY ${key} ${direction}, ${id} ${direction}`;
}
