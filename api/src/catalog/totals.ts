import type { Row } from "../database/connection.ts";
import { MAX_LEVEL } from "./conditions.ts";
import {
  COUNT_LIMIT,
  COUNTED,
  type CountPlan,
  candidatesOf,
  countQuery,
  sourceCountQuery,
} from "./count-sql.ts";
import type { Total } from "./cursor.ts";
import { type Filter, isSource, sourceOf } from "./filter.ts";
import { type Catalog, scopeOf } from "./list.ts";
import { type Access, cheapest, MATCH_LIMIT, type Query } from "./list-sql.ts";
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
  const plans: CountPlan[] = [];
  const plan = (access: Access, level: number) => plans.push({ source: estimate.from, access, level });
  if (reads <= SLACK * COUNTED) plan(access, 0);
  if (access === "prices" && reads <= SLACK * MATCH_LIMIT) plan(access, levelFor(reads));
  for (let level = levelFor(estimate.terms); level <= MAX_LEVEL; level++) plan("terms", level);
  for (const plan of plans) {
    const [read, matches] = await count(countQuery(filter, plan, scope));
    if (read! > candidatesOf(plan)) continue;
    return plan.level === 0 ? upToLimit(matches!) : about(matches!, 2 ** plan.level);
  }
  return { value: 0, relation: "gte" };
}

/** Of the largest sample that is expected to have no more of so many products than may be read. */
const levelFor = (products: number): number => Math.max(1, Math.ceil(Math.log2(products / COUNTED)));
const upToLimit = (counted: number): Total =>
  counted > COUNT_LIMIT ? { value: COUNT_LIMIT, relation: "gte" } : { value: counted, relation: "eq" };

/** A random sample is next to never off by more of its standard errors: the root of what it has counted. */
const ERRORS = 4;

/**
 * What the count of a sample says of all, up to COUNT_LIMIT.
 *
 * @param weight one product counts for so many.
 */
export function about(counted: number, weight: number): Total {
  const surelyMore = (counted - ERRORS * Math.sqrt(counted)) * weight > COUNT_LIMIT;
  return { value: Math.min(counted * weight, COUNT_LIMIT), relation: surelyMore ? "gte" : "about" };
}
