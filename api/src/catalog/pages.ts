import type { Row } from "../database/connection.ts";
import type { Scope } from "./conditions.ts";
import type { Position, Total } from "./cursor.ts";
import { asksState, type Filter, hasTerms, isIndexed, type Sort, type Source, sourceOf } from "./filter.ts";
import { type Catalog, scopeOf } from "./list.ts";
import {
  type Access,
  cheapest,
  type ItemRow,
  MATCH_LIMIT,
  type MatchRow,
  matchQuery,
  type Query,
  type Slice,
  WALK_LIMITS,
  type WalkLimit,
  walkEndQuery,
  walkQuery,
} from "./list-sql.ts";
import { type After, behindAll, type IndexedSort, ORDERS } from "./order.ts";
import { RANKED, rankedQuery } from "./ranked-sql.ts";
import type { Estimate } from "./sampled-products.ts";
import { countMatches } from "./totals.ts";

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
  /** Whether the matches are to be counted where what is read for the page does not tell how many they are. */
  count: boolean;
  position: Position | undefined;
}

/** Walks that one request may take. */
const WALKS = 2;
/** Slices that one request may take. */
const SLICES = 3;
/** The most products that are read of a slice. */
const SLICE = 4_000;
/** The most that the index may find of words and tokens for a slice, */
const FOUND = 30_000;
/** … and of places in the order; so many of them cost as much as one product that is read. */
const PLACES = 100_000;
const PLACES_A_PRODUCT = 50;
/** With fewer products to read, no slice is worth looking for. */
const FEW = 1_000;
/** If matches are spread evenly over the order, next to no page takes so many times the products that are expected. */
const UNEVEN = 3;
/** A page of a list, by the way that has to read least for it. */
export async function loadPage(catalog: Catalog, wanted: Wanted): Promise<Found> {
  const search = new Loading(catalog, wanted);
  return wanted.sort === "relevance" ? search.ranked() : search.sorted(wanted.sort);
}

class Loading {
  readonly #catalog: Catalog;
  readonly #wanted: Wanted;
  readonly #scope: Scope;
  /** What is walked: until the sample says what is narrowest, what an index may have as it is. */
  #source: Source;

  constructor(catalog: Catalog, wanted: Wanted) {
    this.#catalog = catalog;
    this.#wanted = wanted;
    this.#scope = scopeOf(catalog, wanted.filter.currency);
    this.#source = sourceOf(wanted.filter);
  }

  async ranked(): Promise<Found> {
    const { filter, limit, position, count } = this.#wanted;
    const page = { ...this.#scope, after: position, limit };
    const estimate = await this.#catalog.sample.estimate(filter);
    this.#source = estimate.from;
    const level = Math.max(0, Math.floor(Math.log2(estimate.terms / RANKED)));
    const ranked = async (access: Access) =>
      split(await this.#run<MatchRow>(rankedQuery(filter, this.#source, access, page, level), true));
    const { access, reads } = cheapest(filter, estimate);
    // All products in the range, where these are fewer than those with the words: of those, only the first are looked at.
    let byPrices = access === "prices" && reads < RANKED;
    let found = await ranked(byPrices ? "prices" : "terms");
    if (byPrices && found.read > MATCH_LIMIT) {
      byPrices = false;
      found = await ranked("terms");
    }
    const { rows, read, matches } = found;
    if (position?.total) return { rows, total: position.total };
    const knowsAll = byPrices ? matches < RANKED : level === 0 && read <= RANKED;
    if (knowsAll) return { rows, total: { value: matches, relation: "eq" } };
    return { rows, total: count ? await countMatches(this.#catalog, filter, estimate) : undefined };
  }

  async sorted(sort: IndexedSort): Promise<Found> {
    const { count, filter, position } = this.#wanted;
    if (isIndexed(filter, sort)) {
      const [rows, total] = await Promise.all([
        this.#walk(sort, position, WALK_LIMITS[1]),
        count ? (position?.total ?? countMatches(this.#catalog, filter)) : undefined,
      ]);
      if (rows.length > this.#wanted.limit) return { rows, total };
      const end = await this.#end(sort, position, WALK_LIMITS[1]);
      return end || position ? { rows, total, ...end } : this.#last(rows);
    }
    const estimate = await this.#catalog.sample.estimate(filter, { order: ORDERS[sort], after: position });
    this.#source = estimate.from;
    const page = await this.#page(sort, estimate);
    const total =
      page.total ??
      (count ? (position?.total ?? (await countMatches(this.#catalog, filter, estimate))) : undefined);
    return { ...page, total };
  }

  async #page(sort: IndexedSort, estimate: Estimate): Promise<Found> {
    const { filter, limit, position } = this.#wanted;
    const { access, reads } = cheapest(filter, estimate);
    const walkReads = UNEVEN * this.#walkReads(sort, estimate);
    // By prices, names are looked up as well.
    const matchReads =
      this.#looked(reads, sort) + (access === "prices" && !sort.endsWith("price") ? reads : 0);
    const sliced = await this.#slices(sort, Math.min(matchReads, walkReads));
    if (sliced) return sliced;
    if (access !== undefined && reads < MATCH_LIMIT && matchReads <= walkReads) {
      const found = await this.#match(sort, access);
      if (found) return found;
    }
    const most = WALK_LIMITS.find((limit) => limit >= walkReads) ?? WALK_LIMITS.at(-1)!;
    const rows: ItemRow[] = [];
    let after: After | undefined = position;
    for (let walks = 1; ; walks++) {
      rows.push(...(await this.#walk(sort, after, most)));
      if (rows.length > limit) return { rows, total: undefined };
      const end = await this.#end(sort, after, most);
      if (!end) return this.#last(rows);
      if (walks === WALKS) return { rows, total: undefined, ...end };
      after = end.goesOn;
    }
  }

  /** How many products a walk looks at for a page. */
  #walkReads(sort: IndexedSort, { matches, seen, source, prices, ahead }: Estimate): number {
    const walked = sort.endsWith("price") ? prices : source;
    const evenly = (this.#wanted.limit * walked) / Math.max(matches, Number.EPSILON);
    // Names begin with a brand, and what costs little is of other categories than what costs much: matches may all be far from here.
    return ahead > (UNEVEN * walked) / Math.max(seen, 1) ? Math.max(evenly, ahead) : evenly;
  }

  /** Rows that are read to look at so many products: their states are elsewhere. */
  #looked(products: number, sort?: IndexedSort): number {
    return asksState(this.#wanted.filter) || sort?.endsWith("price") ? 2 * products : products;
  }

  /**
   * From slice to slice of the order, each up to where the sample has as many matches as a page needs. Undefined where that would have to
   * read more than another way, and where there is more in a slice than was thought.
   */
  async #slices(sort: IndexedSort, others: number): Promise<Found | undefined> {
    const { filter, limit, position } = this.#wanted;
    const order = ORDERS[sort];
    if (!hasTerms(filter) || order.column === "price" || others <= FEW) return undefined;
    const rows: ItemRow[] = [];
    let after: After | undefined = position;
    for (let slices = 0; ; ) {
      const wanted = UNEVEN * (limit - rows.length);
      const slice = await this.#catalog.sample.slice(filter, { order, after }, wanted, SLICE);
      if (slice.found > FOUND || slice.places > PLACES) break;
      if (this.#looked(slice.reads) + slice.places / PLACES_A_PRODUCT > others) break;
      const found = await this.#match(sort, "terms", SLICE, after, slice);
      if (!found) break;
      rows.push(...found.rows);
      if (rows.length > limit) return { rows, total: undefined };
      if (!slice.to) return this.#last(rows);
      after = behindAll(order, slice.to);
      if (++slices === SLICES) break;
    }
    return after === position ? undefined : { rows, total: undefined, goesOn: after };
  }

  /** Undefined when there are too many candidates to see all. */
  async #match(
    sort: IndexedSort,
    access: Access,
    most = MATCH_LIMIT,
    after: After | undefined = this.#wanted.position,
    slice?: Slice,
  ): Promise<Found | undefined> {
    const { filter, limit, position } = this.#wanted;
    const page = { ...this.#scope, after, limit };
    const query = matchQuery(filter, this.#source, access, most, sort, page, slice);
    const { rows, read, matches } = split(await this.#run<MatchRow>(query, true));
    if (read > most) return undefined;
    return { rows, total: position?.total ?? { value: matches, relation: "eq" } };
  }

  #walk(sort: IndexedSort, after: After | undefined, most: WalkLimit): Promise<ItemRow[]> {
    const { filter, limit } = this.#wanted;
    const query = walkQuery(filter, this.#source, sort, { ...this.#scope, after, limit }, most);
    return this.#run(query, !isIndexed(filter, sort));
  }

  /** The last page of a list: where it is the first as well, all that matches is on it. */
  #last(rows: ItemRow[]): Found {
    return { rows, total: this.#wanted.position ? undefined : { value: rows.length, relation: "eq" } };
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

  #run<T extends Row>({ statement, values }: Query, slow = false): Promise<T[]> {
    return this.#catalog.database.read(statement, values, { slow }) as Promise<T[]>;
  }
}

/** The last row has the counts. */
function split(rows: MatchRow[]): { rows: ItemRow[]; read: number; matches: number } {
  const [, , , read, matches] = rows.at(-1)!;
  return { rows: rows.slice(0, -1) as unknown as ItemRow[], read: read ?? 0, matches: matches ?? 0 };
}
