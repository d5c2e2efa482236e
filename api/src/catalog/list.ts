import type { Loaded } from "../cache/response-cache.ts";
import type { Database } from "../database/database.ts";
import type { Row } from "../database/read-pool.ts";
import { canonicalTarget } from "../http/canonical.ts";
import { etagOf } from "../http/etag.ts";
import { Problem } from "../http/problem.ts";
import type { Categories, CategoryTree } from "./categories.ts";
import type { Cursors, Position } from "./cursor.ts";
import { facetsFrom } from "./facets.ts";
import { type Filter, hasPrices, hasTokens, type Sort, sourceOf, toFilter } from "./filter.ts";
import type { Frequencies } from "./frequencies.ts";
import { selectFields } from "./items.ts";
import {
  COUNT_LIMIT,
  countQuery,
  facetQuery,
  type ItemRow,
  matchQuery,
  type Query,
  rankedQuery,
  walkQuery,
} from "./list-sql.ts";
import type { ListQuery } from "./parameters.ts";
import { resolveWords, type SearchTerms, splitWords } from "./words.ts";

export interface Catalog {
  database: Database;
  categories: Categories;
  frequencies: Frequencies;
  cursors: Cursors;
  currency: string;
}

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

/** Up to so many matches are sorted; more are walked in order. */
const SORTED_MATCHES = 5_000;
/** From this share of all products on, reading the table finds enough of them for facets. */
const SCANNED_SHARE = 0.1;

/** @throws {Problem} when the parameters contradict each other. */
export function listRequest(path: "/v1/products" | "/v1/search", given: ListQuery): ListRequest {
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
    ...(given.q === undefined ? {} : { q: words.join(" ") }),
    ...(fields ? { fields } : {}),
  };
  const { cursor, limit, fields: _, count, facets, ...list } = query;
  return {
    query,
    words,
    target: canonicalTarget(path, query, {
      limit: 20,
      count: true,
      facets: describesSearch,
      sort: defaultSort,
    }),
    identity: canonicalTarget("", list),
    describesSearch,
  };
}

/** What the response will depend on, as far as the request tells. */
export const listTags = ({ query }: ListRequest): string[] => [
  query.category === undefined ? "any" : `c:${query.category}`,
];

export async function loadList(catalog: Catalog, request: ListRequest, fresh: boolean): Promise<Loaded> {
  const { database, categories, cursors } = catalog;
  const { query } = request;
  const tree = await categories.tree(fresh);
  if (query.category !== undefined && !tree.has(query.category)) {
    throw new Problem("invalid-request", `category: there is no category ${query.category}`);
  }
  const position = query.cursor === undefined ? undefined : cursors.decode(request.identity, query.cursor);
  const terms = query.q === undefined ? undefined : await resolveWords(database, request.words);
  const filter = toFilter(query, terms?.tsquery);
  const nothing = terms !== undefined && terms.tsquery === undefined;
  const page = nothing ? { rows: [], total: 0 } : await loadPage(catalog, query, filter, position, fresh);
  const facetRows = query.facets ? await loadFacets(catalog, filter, page.total, fresh) : undefined;
  return respond(catalog, request, tree, { ...page, facetRows, terms });
}

async function loadFacets(
  { database, frequencies }: Catalog,
  filter: Filter,
  total: number | undefined,
  fresh: boolean,
): Promise<Row[]> {
  if (total === 0) return [];
  const { share } = await frequencies.atLeast(filter);
  return run(database, facetQuery(filter, share > SCANNED_SHARE), { slow: true, fresh });
}

interface Page {
  rows: ItemRow[];
  /** Undefined when nothing was counted; at most COUNT_LIMIT + 1. */
  total: number | undefined;
}

async function loadPage(
  { database, frequencies, currency }: Catalog,
  { sort, limit, count }: ListRequest["query"],
  filter: Filter,
  position: Position | undefined,
  fresh: boolean,
): Promise<Page> {
  const sourced = sourceOf(filter);
  const { rest } = sourced;
  const page = { after: position, limit, currency };
  const counted = async (): Promise<number> => {
    if (position?.total !== undefined) return position.total;
    if (hasTokens(rest) && (await frequencies.atLeast(filter)).products > COUNT_LIMIT) return COUNT_LIMIT + 1;
    const [row] = await run(database, countQuery(sourced), { slow: true, fresh });
    return row![0] as number;
  };
  if (sort === "relevance") {
    const [rows, total] = await Promise.all([
      run<ItemRow>(database, rankedQuery(filter, page), { slow: true, fresh }),
      count ? counted() : undefined,
    ]);
    return { rows, total };
  }
  const walk = () => run<ItemRow>(database, walkQuery(sourced, sort, page), { fresh });
  const indexKnowsAll =
    !hasTokens(rest) && filter.search === undefined && (!hasPrices(rest) || sort.endsWith("price"));
  if (indexKnowsAll) {
    const [rows, total] = await Promise.all([walk(), count ? counted() : undefined]);
    return { rows, total };
  }
  const total = await counted();
  if (total === 0) return { rows: [], total };
  const match = filter.search !== undefined || total <= SORTED_MATCHES;
  const rows = match
    ? await run<ItemRow>(database, matchQuery(sourced, sort, page), { slow: true, fresh })
    : await walk();
  return { rows, total };
}

function run<T extends Row>(
  database: Database,
  { statement, values }: Query,
  options: { slow?: boolean; fresh?: boolean },
): Promise<T[]> {
  return database.read(statement, values, options) as Promise<T[]>;
}

interface Found extends Page {
  facetRows: Row[] | undefined;
  terms: SearchTerms | undefined;
}

function respond(catalog: Catalog, request: ListRequest, tree: CategoryTree, found: Found): Loaded {
  const { query } = request;
  const rows = found.rows.slice(0, query.limit);
  const members: string[] = [];
  if (request.describesSearch)
    members.push(`"query":${JSON.stringify(describe(query.q!, found.terms!, rows))}`);
  members.push(`"items":[${rows.map(([json]) => selectFields(json, query.fields)).join(",")}]`);
  if (query.count && found.total !== undefined) {
    const relation = found.total > COUNT_LIMIT ? "gte" : "eq";
    members.push(`"total":{"value":${Math.min(found.total, COUNT_LIMIT)},"relation":"${relation}"}`);
  }
  if (found.facetRows)
    members.push(`"facets":${JSON.stringify(facetsFrom(found.facetRows, tree, catalog.currency))}`);
  const last = found.rows.length > query.limit ? rows.at(-1) : undefined;
  const cursor =
    last && catalog.cursors.encode(request.identity, { id: last[1], key: last[2], total: found.total });
  members.push(`"nextCursor":${cursor === undefined ? "null" : `"${cursor}"`}`);
  const body = Buffer.from(`{${members.join(",")}}`);
  return {
    body,
    etag: etagOf(body),
    location: request.target,
    headers: cursor === undefined ? {} : { link: `<${nextTarget(request.target, cursor)}>; rel="next"` },
    tags: listTags(request),
  };
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
