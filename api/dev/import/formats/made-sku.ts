import { createHash } from "node:crypto";
import { cleanText } from "../../../src/catalog/text.ts";

const LONGEST = 64;

/** Signs are kept, so that "A" is the same variant as before when "A+" joins it. */
const partOf = (value: string): string =>
  cleanText(value)
    .toLowerCase()
    .replace(/[\s-]+/g, "-");

/**
 * SKUs for variants that have none, of their product's handle and their options: the same at every import, whatever other variants
 * there are. What is too long, or reads like that of another variant ("Navy Blue" and "navy-blue"), ends with a digest.
 *
 * @param options the values of each variant; "" for one that it does not have
 */
export function madeSkus(handle: string, options: readonly string[][]): string[] {
  const readable = options.map((all) => {
    const values = all.filter((value) => value !== "").map(partOf);
    // Not by a hyphen: there may be a "hoodie" in black, and a "hoodie-black".
    return values.length === 0 ? handle : `${handle}/${values.join("-")}`;
  });
  return readable.map((sku, index) => {
    const characters = [...sku];
    const isOne = readable.indexOf(sku) === readable.lastIndexOf(sku);
    if (isOne && characters.length <= LONGEST) return sku;
    const digest = createHash("sha256")
      .update(JSON.stringify([handle, ...options[index]!]))
      .digest("hex");
    return [...characters.slice(0, LONGEST - 9), "-", digest.slice(0, 8)].join("");
  });
}
