import type { Sale } from "../catalog/vocabulary.ts";
import { isInstant, spelledInstant } from "./instants.ts";

/** What the calendar does not have, or what ends before it begins, as the end of a sentence; undefined: nothing. */
export function saleMistake(sales: readonly Sale[]): string | undefined {
  for (const { from, to } of sales) {
    for (const instant of [from, to])
      if (instant !== undefined && !isInstant(instant))
        return `has the time ${instant}, which no calendar has`;
    if (from !== undefined && to !== undefined && Date.parse(from) >= Date.parse(to))
      return `has a period that ends at ${to}, before it begins at ${from}`;
  }
  return undefined;
}

/** Times in one spelling, in UTC, so that they can be compared. */
export const spelledSales = (sales: readonly Sale[]): Sale[] =>
  sales.map(({ from, to, prices }) => ({
    ...(from !== undefined && { from: spelledInstant(from) }),
    ...(to !== undefined && { to: spelledInstant(to) }),
    prices,
  }));
