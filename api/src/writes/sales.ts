import type { Sale } from "../catalog/vocabulary.ts";

/** What the calendar does not have, or what ends before it begins, as the end of a sentence; undefined: nothing. */
export function saleMistake(sales: readonly Sale[]): string | undefined {
  for (const { from, to } of sales) {
    for (const instant of [from, to])
      if (instant !== undefined && Number.isNaN(Date.parse(instant)))
        return `has the time ${instant}, which no calendar has`;
    if (from !== undefined && to !== undefined && Date.parse(from) >= Date.parse(to))
      return `has a period that ends at ${to}, before it begins at ${from}`;
  }
  return undefined;
}

/** Times in one spelling, in UTC, so that they can be compared. */
export const spelledSales = (sales: readonly Sale[]): Sale[] =>
  sales.map(({ from, to, prices }) => ({
    ...(from !== undefined && { from: new Date(from).toISOString() }),
    ...(to !== undefined && { to: new Date(to).toISOString() }),
    prices,
  }));
