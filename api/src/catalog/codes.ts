import { statement } from "../database/connection.ts";
import type { Reads } from "../database/session.ts";
import { type Scope, shown, Values } from "./conditions.ts";
import { gtin14 } from "./gtin.ts";
import { WALK_LIMITS } from "./list-sql.ts";
import type { SearchTerms } from "./words.ts";

/** More products than this have hardly a SKU that is typed alike. */
const MOST = 20;
/** Products that are found by their name. */
export const MOST_NAMED = 1_000;
const GTIN = /^(\d{8}|\d{12,14})$/;

/** By the indexes of catalog_code() and of GTINs; see the migrations. */
const WITH_CODE = statement(`
  SELECT product_id FROM (
    SELECT product_id FROM variants WHERE catalog_code(sku) = ANY (ARRAY[catalog_code($1::text), catalog_code($2::text)]) LIMIT ${MOST}) s
  UNION SELECT product_id FROM variants WHERE lpad(gtin, 14, '0') = $3::text AND gtin IS NOT NULL`);

/**
 * The products of which a variant has the text, as a whole, for its SKU or GTIN.
 *
 * @param words of the text: what parts them may stand for other signs
 */
export async function findByCode(database: Reads, text: string, words: readonly string[]): Promise<number[]> {
  const digits = words.join("");
  const gtin = GTIN.test(digits) ? gtin14(digits) : "";
  return (await database.read(WITH_CODE, [text, words.join(" "), gtin])).map(([id]) => id as number);
}

/**
 * Products that are shown and of which the name is these words, or begins with them: of stop words no index of words knows any. By
 * the index of names in order. Blanks and most signs come before "0".
 */
export async function findByName(database: Reads, words: readonly string[], scope: Scope): Promise<number[]> {
  const values = new Values(scope);
  const key = `catalog_sort_key(${values.add(words.join(" "), "text")})`;
  const text = `SELECT n.id FROM (
      SELECT id, name_key FROM products WHERE name_key >= ${key} AND name_key < ${key} || '0'
      ORDER BY name_key, id LIMIT ${WALK_LIMITS.at(-1)}) n
    WHERE ${shown("n.id", values)} ORDER BY n.name_key, n.id LIMIT ${MOST_NAMED}`;
  const rows = await database.read(statement(text), values.list, { slow: true });
  return rows.map(([id]) => id as number);
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
