import { statement } from "../database/connection.ts";
import type { ReadSession } from "../database/session.ts";
import { Problem } from "../http/problem.ts";
import { type Scope, Values, visible, withItem } from "./conditions.ts";
import { gtin14 } from "./gtin.ts";
import { itemJson } from "./items.ts";
import type { ItemRow } from "./list-sql.ts";
import type { ListQuery } from "./parameters.ts";

/** At most so many products are asked for by name at once: a page is not larger. */
export const LOOKED_UP = 100;

/** Products that are asked for by what they are called, and not by what they are like. */
export interface Lookup {
  ids: readonly number[];
  skus: readonly string[];
  gtins: readonly string[];
}

/** Parameters that do not go with a look-up: it finds what it names, or nothing. */
const OTHERS = [
  "category",
  "brand",
  "minPrice",
  "maxPrice",
  "availability",
  "attribute",
  "q",
  "cursor",
] as const;

/** @throws {Problem} when something else narrows the list, or too many are asked for */
export function lookupOf(query: ListQuery): Lookup | undefined {
  const { ids = "", sku = [], gtin = [] } = query;
  const numbers = ids === "" ? [] : [...new Set(ids.split(",").map(Number))];
  const lookup = { ids: numbers, skus: [...new Set(sku)], gtins: [...new Set(gtin.map(gtin14))] };
  const asked = lookup.ids.length + lookup.skus.length + lookup.gtins.length;
  if (asked === 0) return undefined;
  const other = OTHERS.find((name) => query[name] !== undefined) ?? (query.facets ? "facets" : undefined);
  if (other !== undefined)
    throw new Problem(
      "invalid-request",
      `${other} does not go with ids, sku and gtin: these name what they find`,
    );
  if (asked > LOOKED_UP)
    throw new Problem(
      "invalid-request",
      `ids, sku and gtin: ${asked} are asked for; at most ${LOOKED_UP} at once`,
    );
  return lookup;
}

/** The products that are there and shown, in the order of their ids. */
export async function loadLookup(database: ReadSession, lookup: Lookup, scope: Scope): Promise<ItemRow[]> {
  const values = new Values(scope);
  const wanted = `SELECT unnest(${values.add(lookup.ids, "bigint[]")})
    UNION SELECT product_id FROM variants WHERE sku = ANY (${values.add(lookup.skus, "text[]")})
    UNION SELECT product_id FROM variants WHERE lpad(gtin, 14, '0') = ANY (${values.add(lookup.gtins, "text[]")})`;
  const text = `SELECT ${itemJson(values)}, p.id, 0, ${values.until} FROM (${wanted}) w (id)${withItem("w.id", values)}
    WHERE ${visible(values)} ORDER BY p.id`;
  return (await database.read(statement(text), values.list)) as ItemRow[];
}
