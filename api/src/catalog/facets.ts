import type { Row } from "../database/read-pool.ts";
import type { CategoryTree } from "./categories.ts";

interface FacetValue {
  value: string;
  count: number;
}

/** Values shown for each facet, the most frequent ones. */
const VALUES = 20;
const ATTRIBUTES = 20;

/** The answer to `facetQuery` as the member `facets` of a list. */
export function facetsFrom(rows: Row[], tree: CategoryTree, currency: string) {
  const groups = new Map<string, FacetValue[]>([
    ["b", []],
    ["c", []],
    ["s", []],
  ]);
  let price: { min: number; max: number; currency: string } | null = null;
  for (const [token, count, min, max] of rows as [string | null, number, number | null, number | null][]) {
    if (token === null) {
      price = min === null ? null : { min, max: max!, currency };
      continue;
    }
    const { group, value } = parseToken(token);
    const values = groups.get(group) ?? [];
    groups.set(group, values);
    if (values.length < VALUES) values.push({ value, count });
  }
  const attributes = [...groups].filter(([group]) => group.startsWith("a:")).slice(0, ATTRIBUTES);
  return {
    brand: groups.get("b")!,
    category: groups.get("c")!.map(({ value, count }) => ({ id: value, name: tree.name(value), count })),
    availability: groups.get("s")!,
    attributes: Object.fromEntries(attributes.map(([group, values]) => [group.slice(2), values])),
    price,
  };
}

/** `a:colour:black` → group `a:colour`, value `black`; `b:Sony` → `b`, `Sony`. See catalog_facets() in the migrations. */
function parseToken(token: string): { group: string; value: string } {
  const end = token.startsWith("a:") ? token.indexOf(":", 2) : 1;
  return { group: token.slice(0, end), value: token.slice(end + 1) };
}
