import { createHash } from "node:crypto";
import { slugOf } from "../../../src/catalog/slug.ts";

const LONGEST = 64;

/**
 * SKUs for variants that have none, of their product's handle and their options: the same at every import. What is too long, or reads
 * like that of another variant ("A+" and "A"), ends with a digest.
 *
 * @param options the values of each variant; "" for one that it does not have
 */
export function madeSkus(handle: string, options: readonly string[][]): string[] {
  const values = options.map((all) => all.filter((value) => value !== ""));
  const readable = values.map((all) => [handle, ...all.map((value) => slugOf(value))].join("-"));
  return readable.map((sku, index) => {
    const characters = [...sku];
    const isOne = readable.indexOf(sku) === readable.lastIndexOf(sku);
    if (isOne && characters.length <= LONGEST) return sku;
    const digest = createHash("sha256")
      .update(JSON.stringify([handle, ...values[index]!]))
      .digest("hex");
    return [...characters.slice(0, LONGEST - 9), "-", digest.slice(0, 8)].join("");
  });
}
