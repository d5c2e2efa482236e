import type { Values } from "./conditions.ts";
import type { Source } from "./filter.ts";
import type { Order } from "./order.ts";

/** The table with an index of the source in this order, its column of ids, and what leads to each part of the source in it. */
export function indexOf(source: Source, column: Order["column"], values: Values) {
  const each = (name: string, of: readonly string[]) =>
    of.map((value) => [`${name} = ${values.add(value, "text")}`]);
  if (column === "price")
    return { table: "listed_prices", id: "product_id", parts: each("list", listsOf(source, values)) };
  if (source.kind === "category")
    return { table: "category_products", id: "product_id", parts: each("category_id", source.values) };
  return {
    table: "products",
    id: "id",
    parts: source.kind === "brand" ? each("brand", source.values) : [[]],
  };
}

/** The names of the source in `listed_prices`. */
function listsOf({ kind, values: named }: Source, { lists }: Values): string[] {
  return kind === "all" ? [lists] : named.map((value) => `${lists}${kind === "brand" ? "b" : "c"}:${value}`);
}

/** Whether a row of `listed_prices` is of the source. */
export function inLists(source: Source, values: Values): string {
  const lists = listsOf(source, values);
  return lists.length === 1
    ? `list = ${values.add(lists[0], "text")}`
    : `list = ANY (${values.add(lists, "text[]")})`;
}
