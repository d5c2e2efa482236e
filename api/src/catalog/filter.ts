import { Problem } from "../http/problem.ts";
import type { ListQuery } from "./parameters.ts";
import type { SORTS } from "./vocabulary.ts";

export type Sort = (typeof SORTS)[number];

/** What a list is made of, with the order still open. */
export interface Filter {
  category: string | undefined;
  /** Any of them; none: all. */
  brands: readonly string[];
  availabilities: readonly string[];
  /** Name → values, of which a product has any; it has one of each name. */
  attributes: ReadonlyMap<string, readonly string[]>;
  minPrice: number | undefined;
  maxPrice: number | undefined;
  /** That a product has a price in now; undefined: the list currency, in which each has one. */
  currency: string | undefined;
  /** What is searched for; undefined without `q`. */
  search: Search | undefined;
}

export interface Search {
  /** Lexemes: one of each group must occur. */
  groups: readonly (readonly string[])[];
  tsquery: string;
  /** Products that are found whatever their words: by SKU, GTIN, or a name that begins with stop words alone. */
  products?: readonly number[];
}

/** A part of a filter that can be taken away: facets of a group are counted as if it were not there. */
export type Group = "brand" | "availability" | "price" | `attribute:${string}`;

/** Parameters of one request that may have several values; each is another statement to plan. */
const MAX_ALTERNATIVES = 4;

/** @throws {Problem} when the parameters contradict each other. */
export function toFilter(query: ListQuery, search: Search | undefined): Filter {
  const { minPrice, maxPrice } = query;
  if (minPrice !== undefined && maxPrice !== undefined && minPrice > maxPrice) {
    throw new Problem("invalid-request", "minPrice must not be above maxPrice");
  }
  const filter: Filter = {
    category: query.category,
    brands: [...new Set(query.brand)],
    availabilities: [...new Set(query.availability)],
    attributes: attributeGroups(query.attribute ?? []),
    minPrice,
    maxPrice,
    currency: query.currency,
    search,
  };
  const several = [filter.brands, filter.availabilities, ...filter.attributes.values()].filter(
    ({ length }) => length > 1,
  );
  if (several.length > MAX_ALTERNATIVES) {
    throw new Problem("invalid-request", `at most ${MAX_ALTERNATIVES} parameters may have several values`);
  }
  return filter;
}

/** `["size:S", "size:M", "colour:red"]` → the values by name. */
function attributeGroups(attributes: readonly string[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const attribute of attributes) {
    const end = attribute.indexOf(":");
    const name = attribute.slice(0, end);
    const values = groups.get(name) ?? [];
    groups.set(name, [...new Set([...values, attribute.slice(end + 1)])]);
  }
  return groups;
}

/** The tokens of which a product must have one each, by group; see catalog_tokens() in the migrations. */
export function tokenGroups({ category, brands, attributes }: Filter): string[][] {
  return [
    category === undefined ? [] : [`c:${category}`],
    brands.map((brand) => `b:${brand}`),
    ...[...attributes].map(([name, values]) => values.map((value) => `a:${name}:${value}`)),
  ].filter(({ length }) => length > 0);
}

/** Whether the index of words and tokens leads to what is wanted. */
export const hasTerms = (filter: Filter): boolean =>
  tokenGroups(filter).length > 0 || filter.search !== undefined;

/**
 * The terms by the conditions in which they stand in a statement (`termConditions`): of each condition, groups of which a product has one
 * each; lexemes after a space.
 */
export function termParts(filter: Filter): string[][][] {
  const groups = tokenGroups(filter);
  const lexemes = (filter.search?.groups ?? []).map((group) => group.map((lexeme) => ` ${lexeme}`));
  const several = groups.filter(({ length }) => length > 1).map((group) => [group]);
  return [groups.filter(({ length }) => length === 1), ...several, lexemes].filter(
    ({ length }) => length > 0,
  );
}

export const hasPrices = ({ minPrice, maxPrice }: Filter): boolean =>
  minPrice !== undefined || maxPrice !== undefined;

/** Whether `listed_prices` may lead to the products with fewer others among them than the source has. */
export const asksPrices = (filter: Filter): boolean => hasPrices(filter) || filter.currency !== undefined;

/** Whether the filter asks something of variants. */
export const asksVariants = (filter: Filter): boolean =>
  filter.attributes.size > 0 || filter.availabilities.length > 0 || hasPrices(filter);

/** Whether the state of each product has to be looked at, and not only whether it is shown. */
export const asksState = (filter: Filter): boolean =>
  asksPrices(filter) || filter.availabilities.length > 0 || filter.attributes.size > 1;

/** The groups that the filter uses. */
export function groupsOf(filter: Filter): Group[] {
  return [
    ...(filter.brands.length > 0 ? ["brand" as const] : []),
    ...(filter.availabilities.length > 0 ? ["availability" as const] : []),
    ...(hasPrices(filter) ? ["price" as const] : []),
    ...[...filter.attributes.keys()].map((name) => `attribute:${name}` as const),
  ];
}

export function without(filter: Filter, group: Group): Filter {
  if (group === "brand") return { ...filter, brands: [] };
  if (group === "availability") return { ...filter, availabilities: [] };
  if (group === "price") return { ...filter, minPrice: undefined, maxPrice: undefined };
  const name = group.slice("attribute:".length);
  return { ...filter, attributes: new Map([...filter.attributes].filter(([key]) => key !== name)) };
}

/** Products that can be walked in any order, by one index: all, those of some brands, or a category's with its descendants. */
export interface Source {
  kind: "all" | "brand" | "category";
  /** The brands, or the category. */
  values: readonly string[];
}

/** What can be walked for a filter: its category, or its brands. */
export function sourcesOf({ category, brands }: Filter): [Source, ...Source[]] {
  const byBrands: Source[] = brands.length > 0 ? [{ kind: "brand", values: brands }] : [];
  if (category !== undefined) return [{ kind: "category", values: [category] }, ...byBrands];
  return [byBrands[0] ?? { kind: "all", values: [] }];
}

export const sourceOf = (filter: Filter): Source => sourcesOf(filter)[0];

/** What the source leaves to be checked on each product. */
export function restOf(filter: Filter, { kind }: Source): Filter {
  if (kind === "category") return { ...filter, category: undefined };
  return kind === "brand" ? { ...filter, brands: [] } : filter;
}

export const isEmpty = (filter: Filter): boolean =>
  !hasTerms(filter) && filter.availabilities.length === 0 && !hasPrices(filter);

/** Whether it asks for nothing but the source. */
export const isSource = (filter: Filter): boolean =>
  isEmpty(restOf(filter, sourceOf(filter))) && filter.currency === undefined;

/** Whether an index has the list in this order as it is, so that a page costs what it has: nothing is left to be checked. */
export function isIndexed(filter: Filter, sort: Sort): boolean {
  if (sort.endsWith("price")) return isEmpty(without(restOf(filter, sourceOf(filter)), "price"));
  return isSource(filter);
}
