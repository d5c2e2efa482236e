import type { Loaded } from "../cache/response-cache.ts";
import type { ReadSession } from "../database/session.ts";
import { canonicalTarget } from "../http/canonical.ts";
import { etagOf } from "../http/etag.ts";
import { Problem } from "../http/problem.ts";
import type { Boundaries } from "./boundaries.ts";
import type { Categories, CategoryTree } from "./categories.ts";
import { findByCode, findByName, MOST_NAMED, withProducts } from "./codes.ts";
import type { Scope } from "./conditions.ts";
import { requirePrices } from "./currencies.ts";
import type { Cursors, Total } from "./cursor.ts";
import { type FacetPlan, type FacetRow, facetPlan, facetQuery, smallerPlan } from "./facet-sql.ts";
import { type CountedFacets, facetsFrom } from "./facets.ts";
import {
  type Filter,
  type Group,
  groupsOf,
  isIndexed,
  isSource,
  type Sort,
  toFilter,
  without,
} from "./filter.ts";
import { selectFields } from "./items.ts";
import type { ItemRow } from "./list-sql.ts";
import { LOOKED_UP, loadLookup, lookupOf } from "./lookup.ts";
import { type Found, loadPage } from "./pages.ts";
import { FACET_VALUES, type ListQuery } from "./parameters.ts";
import type { Sample } from "./sample.ts";
import { about } from "./totals.ts";
import { resolveWords, type SearchTerms, searchText, splitWords } from "./words.ts";

/** The catalogue as one answer sees it. */
export interface Catalog {
  database: ReadSession;
  categories: Categories;
  boundaries: Boundaries;
  sample: Sample;
  cursors: Cursors;
  /** The list currency. */
  currency: string;
}

/** @param currency another than the list currency. @default the list currency */
export const scopeOf = (catalog: Pick<Catalog, "currency">, currency?: string): Scope => ({
  now: new Date(),
  currency: currency ?? catalog.currency,
  isOther: currency !== undefined,
});

/** A list that was asked for, in its one spelling. */
export interface ListRequest {
  query: ListQuery & { sort: Sort };
  words: string[];
  /** The canonical address. */
  target: string;
  /** What identifies the list whatever the page: cursors are bound to it. */
  identity: string;
  /** /v1/search says how it has read the query. */
  describesSearch: boolean;
}

/**
 * @param listCurrency what prices are in where nothing else is asked for.
 * @throws {Problem} when the parameters contradict each other.
 */
export function listRequest(
  path: "/v1/products" | "/v1/search",
  { currency, ...given }: ListQuery,
  listCurrency: string,
): ListRequest {
  const words = given.q === undefined ? [] : splitWords(given.q);
  if (given.q !== undefined && words.length === 0)
    throw new Problem("invalid-request", "q has no letter or digit to search for");
  const defaultSort = given.q === undefined ? "newest" : "relevance";
  const sort = given.sort ?? defaultSort;
  if (sort === "relevance" && given.q === undefined) {
    throw new Problem("invalid-request", "sort=relevance needs q, the words to be relevant to");
  }
  const describesSearch = path === "/v1/search";
  const fields = given.fields && [...new Set(given.fields.split(","))].sort().join(",");
  const query = {
    ...given,
    sort,
    ...(given.q === undefined ? {} : { q: searchText(given.q) }),
    ...(fields ? { fields } : {}),
    ...(currency === undefined || currency === listCurrency ? {} : { currency }),
  };
  const { cursor, limit, fields: _, count, facets, facetValues, ...list } = query;
  return {
    query,
    words,
    target: canonicalTarget(path, query, {
      limit: 20,
      count: true,
      facets: describesSearch,
      facetValues: FACET_VALUES,
      sort: defaultSort,
    }),
    identity: canonicalTarget("", list),
    describesSearch,
  };
}

/** Whether products have to be looked through for it: a list that an index has as it is costs no more than a product. */
export const isCostly = ({ query, words }: ListRequest): boolean =>
  words.length > 0 || query.facets === true || !isIndexed(toFilter(query, undefined), query.sort);

/** What the response will depend on, as far as the request tells. */
export const listTags = ({ query }: ListRequest): string[] => [
  query.category === undefined ? "any" : `c:${query.category}`,
];

export async function loadList(catalog: Catalog, request: ListRequest): Promise<Loaded> {
  const { database, categories, cursors } = catalog;
  const { query } = request;
  const [tree, until] = await Promise.all([
    categories.tree(database),
    catalog.boundaries.next(database),
    query.currency === undefined ? undefined : requirePrices(database, query.currency, catalog.currency),
  ]);
  if (query.category !== undefined && !tree.has(query.category)) {
    throw new Problem("invalid-request", `category: there is no category ${query.category}`);
  }
  const lookup = lookupOf(query);
  if (lookup) {
    const rows = await loadLookup(database, lookup, scopeOf(catalog, query.currency));
    const found: Answer = {
      rows,
      total: { value: rows.length, relation: "eq" },
      counted: undefined,
      terms: undefined,
      until,
    };
    // A page holds all that can be asked for at once.
    const whole = { ...request, query: { ...query, limit: LOOKED_UP } };
    return respond(catalog, whole, toFilter(query, undefined), tree, found);
  }
  const position = query.cursor === undefined ? undefined : cursors.decode(request.identity, query.cursor);
  const terms = query.q === undefined ? undefined : await readSearch(catalog, request);
  const filter = toFilter(query, terms?.search);
  const nothing = terms !== undefined && terms.search === undefined;
  const { sort, limit, count } = query;
  const counted = query.facets ? (nothing ? [] : await loadFacets(catalog, filter)) : undefined;
  const known = position?.total ?? (counted && totalOf(filter, counted));
  const page: Found = nothing
    ? { rows: [], total: { value: 0, relation: "eq" } }
    : await loadPage(catalog, { filter, sort, limit, count: count && known === undefined, position });
  return respond(catalog, request, filter, tree, {
    ...page,
    // What was read for the page may tell exactly what the facets have estimated.
    total: position?.total ?? (page.total?.relation === "eq" ? page.total : (known ?? page.total)),
    counted,
    terms,
    until,
  });
}

async function readSearch(catalog: Catalog, { query, words }: ListRequest): Promise<SearchTerms> {
  const [terms, products] = await Promise.all([
    resolveWords(catalog, words),
    findByCode(catalog.database, query.q!, words),
  ]);
  const named = terms.onlyStopWords ? await findByName(catalog.database, words, scopeOf(catalog)) : [];
  return withProducts(terms, [...products, ...named]);
}

/** How many match, as the facets have counted: they need not be counted again, unless an index counts all of them. */
function totalOf(filter: Filter, counted: readonly CountedFacets[]): Total | undefined {
  const all = counted.find(({ group }) => group === undefined);
  const [, value, , , readAll] = all?.rows.at(-1) ?? [];
  if (!all || !readAll || (all.weight > 1 && isSource(filter))) return undefined;
  return all.weight === 1 ? { value: value!, relation: "eq" } : about(value!, all.weight);
}

/** Facets of a group disregard the group's own filter, so that a second brand can be chosen: each such group is counted by itself. */
async function loadFacets(catalog: Catalog, filter: Filter): Promise<CountedFacets[]> {
  const { database, sample } = catalog;
  const scope = scopeOf(catalog, filter.currency);
  const count = async (group: Group | undefined): Promise<CountedFacets> => {
    const counted = group === undefined ? filter : without(filter, group);
    const estimate = await sample.estimate(counted);
    let plan = facetPlan(counted, estimate);
    for (;;) {
      const { statement, values } = facetQuery(counted, plan, group, scope);
      const rows = (await database.read(statement, values, { slow: true })) as FacetRow[];
      const readAll = rows.at(-1)![4];
      const smaller: FacetPlan | undefined = readAll ? undefined : smallerPlan(counted, estimate, plan);
      if (smaller === undefined) return { group, rows, weight: 2 ** plan.level };
      plan = smaller;
    }
  };
  return Promise.all([undefined, ...groupsOf(filter)].map(count));
}

interface Answer extends Found {
  counted: CountedFacets[] | undefined;
  terms: SearchTerms | undefined;
  /** See Boundaries. */
  until: number;
}

function respond(
  catalog: Catalog,
  request: ListRequest,
  filter: Filter,
  tree: CategoryTree,
  found: Answer,
): Loaded {
  const { query } = request;
  const rows = found.rows.slice(0, query.limit);
  const members: string[] = [];
  if (request.describesSearch)
    members.push(`"query":${JSON.stringify(describe(query.q!, found.terms!, rows))}`);
  members.push(`"items":[${rows.map(([json]) => selectFields(json, query.fields)).join(",")}]`);
  const total = found.total && atLeast(found.rows.length, found.total, filter);
  if (query.count && total) members.push(`"total":${JSON.stringify(total)}`);
  if (found.counted) {
    const currency = filter.currency ?? catalog.currency;
    const facets = facetsFrom(found.counted, groupsOf(filter), tree, currency, query.facetValues);
    members.push(`"facets":${JSON.stringify(facets)}`);
  }
  const last = found.rows.length > query.limit ? rows.at(-1) : undefined;
  const end = last ? { id: last[1], key: last[2] } : found.goesOn;
  const cursor = end && catalog.cursors.encode(request.identity, { ...end, total });
  members.push(`"nextCursor":${cursor === undefined ? "null" : `"${cursor}"`}`);
  const body = Buffer.from(`{${members.join(",")}}`);
  return {
    body,
    etag: etagOf(body),
    location: request.target,
    headers: cursor === undefined ? {} : { link: `<${nextTarget(request.target, cursor)}>; rel="next"` },
    tags: listTags(request),
    until: found.until,
  };
}

/** A sample may have none of the products that a page shows, and names that are looked for end with a limit. */
function atLeast(rows: number, { value, relation }: Total, { search }: Filter): Total {
  const isCut = (search?.products?.length ?? 0) >= MOST_NAMED;
  if (relation === "eq") return { value, relation: isCut ? "gte" : "eq" };
  return { value: Math.max(value, rows), relation };
}

/** The canonical address of the next page: `cursor` takes its place among the sorted parameters. */
function nextTarget(target: string, cursor: string): string {
  const [path = "", search = ""] = target.split("?");
  const parameters = search.split("&").filter((part) => part !== "" && !part.startsWith("cursor="));
  return `${path}?${[...parameters, `cursor=${cursor}`].sort().join("&")}`;
}

/** Says how the words were read. A correction is a lexeme; the word of a found product that it stands for reads better. */
function describe(text: string, { corrections, ignored }: SearchTerms, rows: ItemRow[]) {
  const names = corrections.length === 0 ? [] : rows.flatMap(([json]) => splitWords(JSON.parse(json).name));
  const readable = (lexeme: string) =>
    names.find((word) => word.startsWith(lexeme)) ??
    names.find((word) => word.startsWith(lexeme.slice(0, -1))) ??
    lexeme;
  return { text, corrections: corrections.map(({ from, to }) => ({ from, to: readable(to) })), ignored };
}
