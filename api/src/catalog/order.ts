import type { Values } from "./conditions.ts";
import type { Filter, Sort } from "./filter.ts";

/** The orders of lists, and where in one a page begins. */

const MAX_BIGINT = "9223372036854775807";
/** Larger than any name. */
const LAST_NAME = "\u{10FFFF}";

export type IndexedSort = Exclude<Sort, "relevance">;

export interface Order {
  column: "price" | "name_key" | "id";
  descending: boolean;
}

export const ORDERS: Record<IndexedSort, Order> = {
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

/** Before the first item; for prices, at the edge of the wanted range, so that the walk begins there. */
export function startOf({ column, descending }: Order, filter: Filter, after: After | undefined): After {
  if (after) return after;
  const id = descending ? Number.MAX_SAFE_INTEGER : 0;
  if (column === "price")
    return { key: descending ? (filter.maxPrice ?? MAX_BIGINT) : (filter.minPrice ?? 0), id };
  return { key: descending ? LAST_NAME : "", id };
}

export function keyset(
  { column, descending }: Order,
  key: string,
  id: string,
  start: After,
  values: Values,
): string[] {
  const operator = descending ? "<" : ">";
  if (column === "id") return [`${id} ${operator} ${values.add(start.id, "bigint")}`];
  const from = values.add(start.key, column === "price" ? "bigint" : "text");
  return [`(${key}, ${id}) ${operator} (${from}, ${values.add(start.id, "bigint")})`];
}

/**
 * From behind a place up to the key of another, which includes all products of that name. The first name is there twice: with the id,
 * for others of that name, and without, since the planner takes two bounds of one column for a range.
 *
 * @param to undefined: to the end
 */
export function between(
  order: Order,
  key: string,
  id: string,
  from: After,
  to: After | undefined,
  values: Values,
): string[] {
  const { column, descending } = order;
  const [starts, ends] = descending ? ["<=", ">="] : [">=", "<="];
  const behind = keyset(order, key, id, from, values);
  if (column === "id") return [...behind, `${id} ${ends} ${values.add(to?.id ?? 0, "bigint")}`];
  const last = to?.key ?? (descending ? "" : LAST_NAME);
  return [
    ...behind,
    `${key} ${starts} ${values.add(from.key, "text")}`,
    `${key} ${ends} ${values.add(last, "text")}`,
  ];
}

/** Where a list goes on behind all that has the key of a place. */
export const behindAll = ({ column, descending }: Order, { key, id }: After): After =>
  column === "id" ? { key, id } : { key, id: descending ? 0 : Number.MAX_SAFE_INTEGER };

export function orderBy({ column, descending }: Order, key: string, id: string): string {
  const direction = descending ? "DESC" : "ASC";
  return column === "id" ? `ORDER BY ${id} ${direction}` : `ORDER BY ${key} ${direction}, ${id} ${direction}`;
}
