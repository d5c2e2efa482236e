import { type Scope, shown, stateIfAsked, termConditions, Values } from "./conditions.ts";
import type { Filter, Source } from "./filter.ts";
import { type Access, candidates, prepared, type Query, where } from "./list-sql.ts";
import { indexOf } from "./source-sql.ts";

/** The statements that count what a list has. */

/** Counts stop here: an exact count(*) over a million rows costs 284 ms. */
export const COUNT_LIMIT = 10_000;
/** The most products that are read to be counted: each may be on a page of its own, which is not in memory. */
export const COUNTED = 1_500;
/** How many of the first candidates, and one more, were there to be read, and how many of them match. */
export function countQuery(filter: Filter, source: Source, access: Access, scope: Scope): Query {
  const values = new Values(scope);
  const { from, each, conditions } = candidates(filter, source, access, COUNTED, values);
  const text = `WITH candidates AS MATERIALIZED (${from})
    SELECT (SELECT count(*) FROM candidates), count(*)
    FROM ${each} ${where(conditions)}`;
  return { statement: prepared(filter, text), values: values.list };
}

/** @param level counts a sample of one in 2^level. */
export function sampledCountQuery(filter: Filter, level: number, scope: Scope): Query {
  const values = new Values(scope);
  const terms = where(termConditions(filter, values, level));
  const state = stateIfAsked("t.product_id", filter, values);
  const text = `SELECT count(*) FROM (SELECT t.product_id FROM product_terms t ${terms} LIMIT ${2 * COUNTED}) t${state.join}
    ${where(state.conditions)}`;
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
