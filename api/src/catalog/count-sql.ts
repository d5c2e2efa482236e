import { type Scope, shown, Values } from "./conditions.ts";
import type { Filter, Source } from "./filter.ts";
import { type Access, candidates, MATCH_LIMIT, prepared, type Query, where } from "./list-sql.ts";
import { indexOf } from "./source-sql.ts";

/** The statements that count what a list has. */

/** Counts stop here: an exact count(*) over a million rows costs 284 ms. */
export const COUNT_LIMIT = 10_000;
/** The most products that are read to be counted: each may be on a page of its own, which is not in memory. */
export const COUNTED = 1_500;
/** A sample may turn out so much larger than was estimated. */
const SAMPLED = 2 * COUNTED;

/** Of what the products that match are counted. */
export interface CountPlan {
  source: Source;
  access: Access;
  /** A sample of one product in 2^level; 0: all. */
  level: number;
}

/** The most candidates with which a count is right: prices stand together in an index, and only those of a sample lead to a product. */
export const candidatesOf = ({ access, level }: CountPlan): number =>
  level === 0 ? COUNTED : access === "prices" ? MATCH_LIMIT : SAMPLED;

/** How many of the first candidates, and one more, were there to be read, and how many of them match. */
export function countQuery(filter: Filter, plan: CountPlan, scope: Scope): Query {
  const values = new Values(scope);
  const { source, access, level } = plan;
  const most = candidatesOf(plan);
  const { from, each, conditions } = candidates(filter, source, access, most, values, undefined, level);
  const text = `WITH candidates AS MATERIALIZED (${from})
    SELECT (SELECT count(*) FROM candidates), count(*)
    FROM ${each} ${where(conditions)}`;
  return { statement: prepared(filter, text), values: values.list };
}

/** How many products a source has, up to COUNT_LIMIT + 1. */
export function sourceCountQuery(filter: Filter, source: Source, scope: Scope): Query {
  const values = new Values(scope);
  const { table, id, parts } = indexOf(source, "id", values);
  const condition = shown(`${table}.${id}`, values);
  const rows = parts.map((part) => `SELECT ${id} FROM ${table} ${where([...part, condition])}`);
  const text = `SELECT count(*) FROM (${rows.join(" UNION ALL ")} LIMIT ${COUNT_LIMIT + 1}) t`;
  return { statement: prepared(filter, text), values: values.list };
}
