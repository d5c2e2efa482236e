import { statement } from "../database/connection.ts";
import type { Reads } from "../database/session.ts";
import { gtin14 } from "./gtin.ts";
import type { SearchTerms } from "./words.ts";

/** More products than this have hardly a SKU that is typed alike. */
const MOST = 20;
const GTIN = /^(\d{8}|\d{12,14})$/;

/** By the indexes of catalog_code() and of GTINs; see the migrations. */
const WITH_CODE = statement(`
  SELECT product_id FROM (SELECT product_id FROM variants WHERE catalog_code(sku) = catalog_code($1::text) LIMIT ${MOST}) s
  UNION SELECT product_id FROM variants WHERE lpad(gtin, 14, '0') = $2::text AND gtin IS NOT NULL`);

/** The products of which a variant has the words, as a whole, for its SKU or GTIN. */
export async function findByCode(database: Reads, words: readonly string[]): Promise<number[]> {
  const digits = words.join("");
  const rows = await database.read(WITH_CODE, [words.join(" "), GTIN.test(digits) ? gtin14(digits) : ""]);
  return rows.map(([id]) => id as number);
}

/** By the index of names in order: those that are these words, or begin with them. Blanks and most signs come before "0". */
const NAMED = statement(`
  SELECT id FROM products WHERE name_key >= catalog_sort_key($1::text) AND name_key < catalog_sort_key($1::text) || '0'
  ORDER BY name_key, id LIMIT ${MOST}`);

/** Products of which the name begins with the words: of stop words no index of words knows any. */
export async function findByName(database: Reads, words: readonly string[]): Promise<number[]> {
  return (await database.read(NAMED, [words.join(" ")])).map(([id]) => id as number);
}

/** A lexeme that no product has. */
const NONE = [["\u{10FFFF}"]];

/** What is searched for with these products beside: alone, where words would have to be left out or corrected. */
export function withProducts(terms: SearchTerms, products: readonly number[]): SearchTerms {
  if (products.length === 0) return terms;
  const { search, corrections, ignored } = terms;
  if (search && corrections.length === 0 && ignored.length === 0)
    return { ...terms, search: { ...search, products } };
  return { search: { groups: NONE, tsquery: "", products }, corrections: [], ignored: [] };
}
