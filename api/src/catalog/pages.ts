import type { Row } from "../database/connection.ts";
import type { Scope } from "./conditions.ts";
import type { Position, Total } from "./cursor.ts";
import {
  asksPrices,
  type Filter,
  isEmpty,
  isIndexed,
  restOf,
  type Sort,
  type Source,
  sourceOf,
  tokenGroups,
} from "./filter.ts";
import { type Catalog, scopeOf } from "./list.ts";
import {
  type Access,
  COUNT_LIMIT,
  candidatesOf,
  countQuery,
  deepMatchOf,
  type ItemRow,
  MATCH_LIMIT,
  type MatchRow,
  matchQuery,
  type Query,
  RANKED,
  rankedQuery,
  sampledCountQuery,
  sourceCountQuery,
  WALK_LIMITS,
  type WalkLimit,
  walkEndQuery,
  walkQuery,
} from "./list-sql.ts";
import { type After, type IndexedSort, ORDERS } from "./order.ts";
import type { Estimate } from "./sample.ts";

export interface Found {
  /** One more than the limit when there are more. */
  rows: ItemRow[];
  total: Total | undefined;
  /** Where the list goes on though the page is not full: more had to be read than a request may. */
  goesOn?: After | undefined;
}

export interface Wanted {
  filter: Filter;
  sort: Sort;
  limit: number;
  /** Whether the matches are to be counted. */
  count: boolean;
  position: Position | undefined;
}

/** Walks that one request may take. */
const WALKS = 3;
/** If matches are spread evenly over the order, next to no page takes so many times the products that are expected. */
const UNEVEN = 3;
/** An estimate may be so far above what there is, and reading all is tried all the same. */
const SLACK = 1.2;
/** So many of the sample must match, and so many times the limit of counts must be estimated, for the limit to be exceeded surely. */
const SURELY_SEEN = 50;
const SURELY = 3;

/** A page of a list, by the way that has to read least for it. */
export async function loadPage(catalog: Catalog, wanted: Wanted): Promise<Found> {
  const search = new Loading(catalog, wanted);
  return wanted.sort === "relevance" ? search.ranked() : search.sorted(wanted.sort);
}

class Loading {
  readonly #catalog: Catalog;
  readonly #wanted: Wanted;
  readonly #scope: Scope;
  readonly #source: Source;
  readonly #rest: Filter;

  constructor(catalog: Catalog, wanted: Wanted) {
    this.#catalog = catalog;
    this.#wanted = wanted;
    this.#scope = scopeOf(catalog, wanted.filter.currency);
    this.#source = sourceOf(wanted.filter);
    this.#rest = restOf(wanted.filter, this.#source);
  }

  async ranked(): Promise<Found> {
    const { filter, limit, position, count } = this.#wanted;
    const page = { ...this.#scope, after: position, limit };
    const estimate = await this.#catalog.sample.estimate(filter);
    const level = Math.max(0, Math.floor(Math.log2(estimate.terms / candidatesOf(filter))));
    const ranked = async (access: Access) =>
      split(await this.#run<MatchRow>(rankedQuery(filter, this.#source, access, page, level), true));
    const cheapest = this.#cheapest(estimate);
    // All products in the range, where these are fewer than those with the words: of those, only the first are looked at.
    let byPrices = cheapest.access === "prices" && cheapest.reads < MATCH_LIMIT;
    let found = await ranked(byPrices ? "prices" : "terms");
    if (byPrices && found.read > MATCH_LIMIT) {
      byPrices = false;
      found = await ranked("terms");
    }
    const { rows, matches } = found;
    if (!count) return { rows, total: undefined };
    if (position?.total) return { rows, total: position.total };
    const { attributes, availabilities } = filter;
    const readAll = level === 0 && !asksPrices(filter) && availabilities.length === 0 && attributes.size < 2;
    const knowsAll = matches < RANKED && (byPrices || readAll);
    const total: Total = knowsAll ? { value: matches, relation: "eq" } : await this.#counted(estimate);
    return { rows, total };
  }

  async sorted(sort: IndexedSort): Promise<Found> {
    const { count, filter, position } = this.#wanted;
    if (isIndexed(filter, sort)) {
      const [rows, total] = await Promise.all([
        this.#walk(sort, position, 10_000),
        count ? (position?.total ?? this.#countedByItself()) : undefined,
      ]);
      return rows.length > this.#wanted.limit
        ? { rows, total }
        : { rows, total, ...(await this.#end(sort, position, 10_000)) };
    }
    const estimate = await this.#catalog.sample.estimate(filter, { order: ORDERS[sort], after: position });
    const page = await this.#page(sort, estimate);
    const total = page.total ?? (count ? (position?.total ?? (await this.#counted(estimate))) : undefined);
    return { ...page, total: count ? total : undefined };
  }

  async #page(sort: IndexedSort, estimate: Estimate): Promise<Found> {
    const { filter, limit, position } = this.#wanted;
    const { access, reads } = this.#cheapest(estimate);
    const walkReads = this.#walkReads(sort, estimate);
    const deepMatch = deepMatchOf(filter, sort);
    let matched = walkReads > 10_000 ? deepMatch : MATCH_LIMIT;
    let match = access !== undefined && reads < matched && reads <= walkReads;
    let after: After | undefined = position;
    // Where nothing is expected within all of them, one has to do: the list goes on behind it.
    const walksLeft = walkReads > WALKS * 10_000 ? 1 : WALKS;
    const enough = WALK_LIMITS.find((limit) => limit >= UNEVEN * walkReads) ?? 10_000;
    let most: WalkLimit = access === undefined || walksLeft === 1 ? enough : enough === 1_000 ? 1_000 : 4_000;
    const rows: ItemRow[] = [];
    for (let walks = 0; ; ) {
      if (match) {
        const found = await this.#match(sort, access!, matched);
        if (found) return found;
        match = false;
      }
      rows.push(...(await this.#walk(sort, after, most)));
      if (rows.length > limit) return { rows, total: undefined };
      const end = await this.#end(sort, after, most);
      if (!end) return { rows, total: position ? undefined : { value: rows.length, relation: "eq" } };
      after = end.goesOn;
      if (++walks === walksLeft) return { rows, total: undefined, ...end };
      // It took more than was thought: all matches may be fewer.
      match = walks === 1 && access !== undefined && reads <= SLACK * deepMatch;
      matched = deepMatch;
      most = 10_000;
    }
  }

  /** How many products a walk looks at for a page. */
  #walkReads(sort: IndexedSort, { matches, seen, source, prices, ahead }: Estimate): number {
    const walked = sort.endsWith("price") ? prices : source;
    const evenly = (this.#wanted.limit * walked) / Math.max(matches, Number.EPSILON);
    // Names begin with a brand, and what costs little is of other categories than what costs much: matches may all be far from here.
    return ahead > (UNEVEN * walked) / Math.max(seen, 1) ? Math.max(evenly, ahead) : evenly;
  }

  /** Undefined when there are too many candidates to see all. */
  async #match(sort: IndexedSort, access: Access, most: number): Promise<Found | undefined> {
    const { filter, limit, position } = this.#wanted;
    const page = { ...this.#scope, after: position, limit };
    const query = matchQuery(filter, this.#source, access, most, sort, page);
    const { rows, read, matches } = split(await this.#run<MatchRow>(query, true));
    if (read > most) return undefined;
    return { rows, total: position?.total ?? { value: matches, relation: "eq" } };
  }

  #walk(sort: IndexedSort, after: After | undefined, most: WalkLimit): Promise<ItemRow[]> {
    const { filter, limit } = this.#wanted;
    const query = walkQuery(filter, this.#source, sort, { ...this.#scope, after, limit }, most);
    return this.#run(query, !isIndexed(filter, sort));
  }

  /** Where a walk stopped that did not come to the end of the list. */
  async #end(
    sort: IndexedSort,
    after: After | undefined,
    most: WalkLimit,
  ): Promise<{ goesOn: After } | undefined> {
    const { filter, limit } = this.#wanted;
    const [row] = await this.#run<[number, string | number]>(
      walkEndQuery(filter, this.#source, sort, { ...this.#scope, after, limit }, most),
      !isIndexed(filter, sort),
    );
    return row && { goesOn: { id: row[0], key: row[1] } };
  }

  async #countedByItself(): Promise<Total> {
    if (!isEmpty(this.#rest) || asksPrices(this.#wanted.filter))
      return this.#counted(await this.#catalog.sample.estimate(this.#wanted.filter));
    const [row] = await this.#run<[number]>(
      sourceCountQuery(this.#wanted.filter, this.#source, this.#scope),
      true,
    );
    return upToLimit(row![0]);
  }

  async #counted(estimate: Estimate): Promise<Total> {
    if (estimate.seen >= SURELY_SEEN && estimate.matches >= SURELY * COUNT_LIMIT)
      return upToLimit(COUNT_LIMIT + 1);
    const { filter } = this.#wanted;
    // Where nothing leads to the matches alone, all products are looked at.
    const { access = "terms", reads } = this.#cheapest(estimate);
    if (reads <= SLACK * candidatesOf(filter)) {
      const [row] = await this.#run<[number, number]>(
        countQuery(filter, this.#source, access, this.#scope),
        true,
      );
      const [read, matches] = row!;
      if (read <= candidatesOf(filter) || matches > COUNT_LIMIT) return upToLimit(matches);
    }
    // More than are to be read: a sample of them is counted.
    const level = Math.max(1, Math.ceil(Math.log2((4 * estimate.terms) / candidatesOf(filter))));
    const [row] = await this.#run<[number]>(sampledCountQuery(filter, level, this.#scope), true);
    return { value: row![0] * 2 ** level, relation: "about" };
  }

  /** From where all matches are read with the fewest candidates. */
  #cheapest({ terms, prices }: Estimate): { access: Access | undefined; reads: number } {
    const { filter } = this.#wanted;
    const byTerms = tokenGroups(filter).length > 0 || filter.search !== undefined;
    if (asksPrices(filter) && (!byTerms || prices < terms)) return { access: "prices", reads: prices };
    return { access: byTerms ? "terms" : undefined, reads: terms };
  }

  #run<T extends Row>({ statement, values }: Query, slow = false): Promise<T[]> {
    return this.#catalog.database.read(statement, values, { slow }) as Promise<T[]>;
  }
}

/** The last row has the counts. */
function split(rows: MatchRow[]): { rows: ItemRow[]; read: number; matches: number } {
  const [, , , read, matches] = rows.at(-1)!;
  return { rows: rows.slice(0, -1) as unknown as ItemRow[], read: read ?? 0, matches: matches ?? 0 };
}

const upToLimit = (counted: number): Total =>
  counted > COUNT_LIMIT ? { value: COUNT_LIMIT, relation: "gte" } : { value: counted, relation: "eq" };
