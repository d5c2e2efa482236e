import type { Loaded } from "../cache/response-cache.ts";
import { statement } from "../database/connection.ts";
import { canonicalTarget } from "../http/canonical.ts";
import { etagOf } from "../http/etag.ts";
import { Problem } from "../http/problem.ts";
import type { Catalog } from "./list.ts";
import { quoteLexeme, resolveWords, splitWords } from "./words.ts";

/**
 * Completions come from the products that what was typed finds: their names, and the brands and categories that are most
 * frequent among them. So a suggestion always leads to something.
 */
const SUGGEST = statement(`
  WITH matches AS MATERIALIZED (
    SELECT p.id, p.slug, p.name, p.brand, p.category_ids, p.search FROM products p
    WHERE p.search @@ $1::tsquery LIMIT 300)
  (SELECT 'product', slug, name, id, ts_rank_cd(search, $1::tsquery, 1) AS weight FROM matches
    ORDER BY weight DESC, id LIMIT 20)
  UNION ALL
  (SELECT 'brand', NULL, brand, NULL, count(*) FROM matches GROUP BY brand ORDER BY 5 DESC, 3 LIMIT 10)
  UNION ALL
  (SELECT 'category', NULL, category, NULL, count(*) FROM matches, unnest(category_ids) category
    GROUP BY category ORDER BY 5 DESC, 3 LIMIT 2)`);

/**
 * What to look for by prefix: the lexeme that the word would have, since stemming "headphone" must not lose what "headphones"
 * has; the word itself when it is none of its own ("so", of "sofa").
 */
const PREFIX = statement(`
  SELECT prefix, EXISTS (SELECT FROM search_lexemes WHERE word >= prefix AND word < prefix || U&'\\+10FFFF')
  FROM (SELECT coalesce((tsvector_to_array(to_tsvector('public.catalog', $1)))[1], $1) COLLATE "C" AS prefix) t`);

export interface SuggestRequest {
  words: string[];
  limit: number;
  target: string;
}

export function suggestRequest(query: { q: string; limit: number }): SuggestRequest {
  const words = splitWords(query.q);
  if (words.length === 0) throw new Problem("invalid-request", "q has no letter or digit to complete");
  const target = canonicalTarget("/v1/suggest", { ...query, q: words.join(" ") }, { limit: 10 });
  return { words, limit: query.limit, target };
}

export async function loadSuggestions(
  catalog: Catalog,
  request: SuggestRequest,
  fresh: boolean,
): Promise<Loaded> {
  const tsquery = await toPrefixQuery(catalog, request.words);
  const suggestions = tsquery === undefined ? [] : await find(catalog, tsquery, request, fresh);
  const body = Buffer.from(JSON.stringify({ suggestions }));
  return { body, etag: etagOf(body), location: request.target, headers: {}, tags: ["any"] };
}

/** All words but the last are whole; the last one has only been begun, unless nothing begins like it. */
async function toPrefixQuery({ database }: Catalog, words: string[]): Promise<string | undefined> {
  const typed = words.at(-1)!;
  const [[prefix, known] = [undefined, false]] = await database.read(PREFIX, [typed], { slow: true });
  const whole = known || prefix === undefined ? words.slice(0, -1) : words;
  const { search } = await resolveWords(database, whole);
  const begun = known ? `${quoteLexeme(prefix as string)}:*` : undefined;
  return [search?.tsquery, begun].filter((part) => part !== undefined).join(" & ") || undefined;
}

async function find(catalog: Catalog, tsquery: string, { words, limit }: SuggestRequest, fresh: boolean) {
  const rows = await catalog.database.read(SUGGEST, [tsquery], { slow: true, fresh });
  const tree = await catalog.categories.tree(fresh);
  const typed = words.at(-1)!;
  const of = (kind: string) => rows.filter(([type]) => type === kind);
  const brands = of("brand")
    .map(([, , brand]) => brand as string)
    .filter((brand) => splitWords(brand).some((word) => word.startsWith(typed)))
    .slice(0, 2)
    .map((text) => ({ type: "brand" as const, text }));
  const categories = of("category").map(([, , id]) => ({
    type: "category" as const,
    id: id as string,
    text: tree.name(id as string),
  }));
  const names = new Set<string>();
  const products = of("product").flatMap(([, slug, name, id]) => {
    if (names.has(name as string)) return [];
    names.add(name as string);
    return [{ type: "product" as const, id: Number(id), slug: slug as string, text: name as string }];
  });
  return [...brands, ...categories, ...products].slice(0, limit);
}
