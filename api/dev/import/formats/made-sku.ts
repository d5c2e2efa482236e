import { createHash } from "node:crypto";
import { cleanText } from "../../../src/catalog/text.ts";

const LONGEST = 64;

/**
 * A SKU for a variant that has none, of its product's handle and its options: the same at every import, whatever other variants there
 * are. M in "Navy Blue" is `shirt/m-navy-blue`: a hyphen parts two values, or is a blank of the last one. It ends with a digest where a
 * hyphen would be anything else ("navy-blue" is another variant than "Navy Blue"), and where it would be too long.
 *
 * @param options "" for one that it does not have
 */
export function madeSku(handle: string, options: readonly string[]): string {
  const all = options.map(normalised);
  const values = all.slice(0, all.findLastIndex((value) => value !== "") + 1);
  if (values.length === 0) return handle;
  // Not by a hyphen: there may be a "hoodie" in black, and a "hoodie-black".
  const sku = `${handle}/${values.join("-").replace(/[\s-]+/g, "-")}`;
  const isPlain = values.every((value, index) =>
    index === values.length - 1 ? !/-| {2}|[^\S ]/.test(value) : value !== "" && !/[\s-]/.test(value),
  );
  const characters = [...sku];
  if (isPlain && characters.length <= LONGEST) return sku;
  const digest = createHash("sha256")
    .update(JSON.stringify([handle, ...options]))
    .digest("hex");
  return [...characters.slice(0, LONGEST - 9), "-", digest.slice(0, 8)].join("");
}

/** With its signs: "A" and "A+" are two. */
const normalised = (value: string): string => cleanText(value).toLowerCase();
