import { Problem } from "../http/problem.ts";
import type { ListQuery } from "./parameters.ts";
import type { SORTS } from "./vocabulary.ts";

export type Sort = (typeof SORTS)[number];

/** What a list is made of, with the order still open. */
export interface Filter {
  category: string | undefined;
  /** Set when exactly one brand is asked for: its products can be walked in order. */
  brand: string | undefined;
  minPrice: number | undefined;
  maxPrice: number | undefined;
  /** Facet tokens that a product must all have; see catalog_facets() in the migrations. Category and brand are among them. */
  required: string[];
  /** Groups of facet tokens: a product must have one of each. */
  alternatives: string[][];
  /** A tsquery; undefined without `q`. */
  search: string | undefined;
}

/** Groups of alternatives that one query may have; each is another statement to plan. */
const MAX_ALTERNATIVES = 4;

export function toFilter(query: ListQuery, search: string | undefined): Filter {
  if (query.minPrice !== undefined && query.maxPrice !== undefined && query.minPrice > query.maxPrice) {
    throw new Problem("invalid-request", "minPrice must not be above maxPrice");
  }
  const groups: string[][] = [];
  const add = (tokens: string[] | undefined) => {
    if (tokens && tokens.length > 0) groups.push([...new Set(tokens)]);
  };
  add(query.category === undefined ? [] : [`c:${query.category}`]);
  add(query.brand?.map((brand) => `b:${brand}`));
  add(query.availability?.map((value) => `s:${value}`));
  for (const tokens of attributeGroups(query.attribute ?? []).values()) add(tokens);
  const alternatives = groups.filter((group) => group.length > 1);
  if (alternatives.length > MAX_ALTERNATIVES) {
    throw new Problem("invalid-request", `at most ${MAX_ALTERNATIVES} parameters may have several values`);
  }
  return {
    category: query.category,
    brand: query.brand && new Set(query.brand).size === 1 ? query.brand[0] : undefined,
    minPrice: query.minPrice,
    maxPrice: query.maxPrice,
    required: groups.filter((group) => group.length === 1).flat(),
    alternatives,
    search,
  };
}

/** `["size:S", "size:M", "colour:red"]` → the tokens by name. */
function attributeGroups(attributes: readonly string[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const attribute of attributes) {
    const name = attribute.slice(0, attribute.indexOf(":"));
    groups.set(name, [...(groups.get(name) ?? []), `a:${attribute}`]);
  }
  return groups;
}

/** Where the products of a list can be walked in its order, one index scan a page. */
export type Source =
  | { kind: "all"; value: undefined }
  | { kind: "brand"; value: string }
  | { kind: "category"; value: string };

/** A filter with the narrowest source for it, and what that leaves to be checked on each product. */
export interface Sourced {
  filter: Filter;
  source: Source;
  rest: Filter;
}

export function sourceOf(filter: Filter): Sourced {
  const { category, brand } = filter;
  if (category !== undefined) {
    return { filter, source: { kind: "category", value: category }, rest: without(filter, `c:${category}`) };
  }
  if (brand !== undefined) {
    return { filter, source: { kind: "brand", value: brand }, rest: without(filter, `b:${brand}`) };
  }
  return { filter, source: { kind: "all", value: undefined }, rest: filter };
}

const without = (filter: Filter, token: string): Filter => ({
  ...filter,
  required: filter.required.filter((item) => item !== token),
});

export const hasTokens = (filter: Filter): boolean =>
  filter.required.length > 0 || filter.alternatives.length > 0;

export const hasPrices = (filter: Filter): boolean =>
  filter.minPrice !== undefined || filter.maxPrice !== undefined;
