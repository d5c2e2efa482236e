import type { Row } from "../database/connection.ts";
import { COUNT_LIMIT, COUNTED, countQuery, sampledCountQuery, sourceCountQuery } from "./count-sql.ts";
import type { Total } from "./cursor.ts";
import { type Filter, isSource, sourceOf } from "./filter.ts";
import { type Catalog, scopeOf } from "./list.ts";
import { cheapest, type Query } from "./list-sql.ts";
import type { Estimate } from "./sampled-products.ts";

/** An estimate may be so far above what there is, and counting all is tried all the same. */
const SLACK = 1.2;
/** So many of the sample must match, and so many times the limit of counts must be estimated, for the limit to be exceeded surely. */
const SURELY_SEEN = 50;
const SURELY = 3;

/** How many products match: by looking at each where these are few, else by a sample of them. */
export async function countMatches(catalog: Catalog, filter: Filter, known?: Estimate): Promise<Total> {
  const scope = scopeOf(catalog, filter.currency);
  const count = async ({ statement, values }: Query) =>
    ((await catalog.database.read(statement, values, { slow: true })) as Row[])[0] as number[];
  if (isSource(filter)) {
    const [products] = await count(sourceCountQuery(filter, sourceOf(filter), scope));
    return upToLimit(products!);
  }
  const estimate = known ?? (await catalog.sample.estimate(filter));
  if (estimate.seen >= SURELY_SEEN && estimate.matches >= SURELY * COUNT_LIMIT)
    return upToLimit(COUNT_LIMIT + 1);
  // Where nothing leads to the matches alone, all products are looked at.
  const { access = "terms", reads } = cheapest(filter, estimate);
  if (reads <= SLACK * COUNTED) {
    const [read, matches] = await count(countQuery(filter, estimate.from, access, scope));
    if (read! <= COUNTED) return upToLimit(matches!);
  }
  const level = Math.max(1, levelFor(estimate.terms, COUNTED));
  const [matches] = await count(sampledCountQuery(filter, level, scope));
  return about(matches!, level);
}

/** The largest sample that is expected to have no more of so many products: one in 2^level. */
const levelFor = (products: number, most: number): number =>
  Math.max(0, Math.ceil(Math.log2(products / most)));
const about = (counted: number, level: number): Total => ({ value: counted * 2 ** level, relation: "about" });
const upToLimit = (counted: number): Total =>
  counted > COUNT_LIMIT ? { value: COUNT_LIMIT, relation: "gte" } : { value: counted, relation: "eq" };
