import { checkDigit } from "../../src/catalog/gtin.ts";

/** A GTIN-13 that belongs to no real product: prefix 29 is reserved for restricted circulation. */
export function sampleGtin(serial: number): string {
  const body = `29${String(serial).padStart(10, "0")}`;
  return `${body}${checkDigit(body)}`;
}
