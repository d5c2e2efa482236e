import { UserError } from "../../../../cli/user-error.ts";
import { parsePrice } from "../money.ts";
import { type Cells, type FormatOptions, RowMistake } from "./format.ts";

export function currencyOf({ currency, file }: FormatOptions): string {
  if (currency === undefined)
    throw new UserError(
      `${file} has prices without a currency, and the API does not say which it lists: add --currency EUR.`,
    );
  return currency;
}

/** A price in major units, which foreign formats have. @throws RowMistake */
export function major(member: string, text: string, currency: string): number {
  const parsed = parsePrice(text, currency, "major");
  if ("error" in parsed) throw new RowMistake(`${member} ${parsed.error}`);
  return parsed.value;
}

/** What costs no less than always is no sale: with it, the price would rise. It is said where it is left out. */
export function isBelow(sale: number, price: number | undefined, column: string, cells: Cells): boolean {
  if (price === undefined || sale < price) return true;
  cells.drop(column, "it is not below the price, so that there is no sale");
  return false;
}

/**
 * The sales of a row. One that says the price says with it that there is no sale, which ends one that is stored: at its price
 * nobody sells any more. A file without the column says nothing of sales.
 */
export function salesOf<T extends object>(
  sale: T | undefined,
  price: number | undefined,
  column: string,
  cells: Cells,
): T[] | null | undefined {
  if (sale) return [sale];
  return price !== undefined && cells.has(column) ? null : undefined;
}
