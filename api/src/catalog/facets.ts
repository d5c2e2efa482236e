import type { CategoryTree } from "./categories.ts";
import { type FacetRow, TOKENS } from "./facet-sql.ts";
import type { Group } from "./filter.ts";

interface FacetValue {
  value: string;
  count: number;
}

/** One answer to `facetQuery`. */
export interface CountedFacets {
  /** The group that was counted, without its own filter; undefined: all that the filter does not use. */
  group: Group | undefined;
  rows: FacetRow[];
  /** One product counts for so many. */
  weight: number;
}

/** Attributes shown, the most frequent ones. */
const ATTRIBUTES = 20;

/**
 * The member `facets` of a list.
 *
 * @param used the groups that the filter uses; each is counted by itself.
 * @param limit values shown of each facet, the most frequent ones.
 */
export function facetsFrom(
  counted: CountedFacets[],
  used: readonly Group[],
  tree: CategoryTree,
  currency: string,
  limit: number,
) {
  const groups = new Map<string, FacetValue[]>();
  /** Groups of which rare values may not be known. */
  const cutOff = new Set<string>();
  let price: { min: number; max: number; currency: string } | null = null;
  for (const { group, rows, weight } of counted) {
    for (const [token, count, min, max] of rows) {
      if (token === null) {
        if ((group === "price") === used.includes("price") && (group === "price" || group === undefined))
          price = min === null ? null : { min, max: max!, currency };
        continue;
      }
      const parsed = parseToken(token);
      if (group === undefined ? used.includes(parsed.group) : parsed.group !== group) continue;
      const values = groups.get(parsed.group) ?? [];
      groups.set(parsed.group, values);
      values.push({ value: parsed.value, count: count * weight });
      if (isCut(rows)) cutOff.add(parsed.group);
    }
  }
  const attributes = [...groups].filter(([group]) => group.startsWith(ATTRIBUTE));
  const first = (group: string) => (groups.get(group) ?? []).slice(0, limit);
  const shown = attributes.slice(0, ATTRIBUTES);
  return {
    brand: first("brand"),
    category: first("category").map(({ value, count }) => ({ id: value, name: tree.name(value), count })),
    availability: first("availability"),
    attributes: Object.fromEntries(shown.map(([group]) => [group.slice(ATTRIBUTE.length), first(group)])),
    price,
    exact: counted.every(({ weight }) => weight === 1),
    cut: [
      ...[...groups]
        .filter(([name, values]) => values.length > limit || cutOff.has(name))
        .map(([name]) => named(name)),
      ...(attributes.length > ATTRIBUTES ||
      counted.some(({ group, rows }) => group === undefined && isCut(rows))
        ? ["attributes"]
        : []),
    ],
  };
}

/** Whether there were more tokens than are read; the last row has none. */
const isCut = (rows: FacetRow[]): boolean => rows.length - 1 > TOKENS;

const ATTRIBUTE = "attribute:";
const GROUPS: Record<string, Group | "category"> = { b: "brand", c: "category", s: "availability" };

/** As the member is called in the answer. */
const named = (group: string): string =>
  group.startsWith(ATTRIBUTE) ? `attributes.${group.slice(ATTRIBUTE.length)}` : group;

/** `a:colour:black` → group `attribute:colour`, value `black`; `b:Sony` → `brand`, `Sony`. */
function parseToken(token: string): { group: Group; value: string } {
  if (!token.startsWith("a:")) return { group: GROUPS[token[0]!] as Group, value: token.slice(2) };
  const end = token.indexOf(":", 2);
  return { group: `${ATTRIBUTE}${token.slice(2, end)}`, value: token.slice(end + 1) };
}
