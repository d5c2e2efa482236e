import type { Loaded } from "../cache/response-cache.ts";
import { statement } from "../database/connection.ts";
import { canonicalTarget } from "../http/canonical.ts";
import { etagOf } from "../http/etag.ts";
import { Problem } from "../http/problem.ts";
import { shown, Values, withProduct } from "./conditions.ts";
import type { Catalog } from "./list.ts";
import type { Query } from "./list-sql.ts";
import { LEXEMES, resolveWords, splitWords, toTsquery } from "./words.ts";

/** Products that completions come from; of more, a random choice. */
const MATCHES = 100;

/**
 * Completions come from the products that what was typed finds: their names, and the brands and categories that are most
 * frequent among them. So a suggestion always leads to something.
 */
const suggestQuery = (search: string, level: number, now: Date): Query => {
  const values = new Values({ now, currency: "" });
  const tsquery = values.add(search, "tsquery");
  const sampled = level > 0 ? ` AND t.tokens @> ${values.add([`~${level}`], "text[]")}` : "";
  const text = `WITH found AS MATERIALIZED (
      SELECT t.product_id AS id, t.search FROM product_terms t WHERE t.search @@ ${tsquery}${sampled} LIMIT ${MATCHES}),
    matches AS MATERIALIZED (
      SELECT p.id, p.slug, p.name, p.brand, p.category_ids, f.search FROM found f${withProduct("f.id")} WHERE ${shown("f.id", values)})
    (SELECT 'product', slug, name, id, ts_rank_cd(search, ${tsquery}, 1) AS weight FROM matches
      ORDER BY weight DESC, id LIMIT 20)
    UNION ALL
    (SELECT 'brand', NULL, brand, NULL, count(*) FROM matches GROUP BY brand ORDER BY 5 DESC, 3 LIMIT 10)
    UNION ALL
    (SELECT 'category', NULL, category, NULL, count(*) FROM matches, unnest(category_ids) category
      GROUP BY category ORDER BY 5 DESC, 3 LIMIT 2)`;
  return { statement: statement(text), values: values.list };
};

/** Lexemes that a begun word may become: the most frequent ones. */
const COMPLETIONS = 8;

/**
 * What a begun word may become. It is looked for by the lexeme that it would have, since stemming "headphone" must not lose what
 * "headphones" has; by itself when it is none of its own ("so", of "sofa"). The index would read all that begins so, word by
 * word; these few it can combine with whatever else is asked for.
 */
const COMPLETE = statement(`
  SELECT word FROM (
    SELECT word, products FROM search_lexemes,
      (SELECT coalesce((tsvector_to_array(to_tsvector('public.catalog', $1)))[1], $1) COLLATE "C" AS prefix) typed
    WHERE word >= prefix AND word < prefix || U&'\\+10FFFF' LIMIT ${LEXEMES}) begun
  ORDER BY products DESC, length(word), word LIMIT ${COMPLETIONS}`);

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

export async function loadSuggestions(catalog: Catalog, request: SuggestRequest): Promise<Loaded> {
  const until = await catalog.boundaries.next(catalog.database);
  const wanted = await complete(catalog, request.words);
  const suggestions = wanted.length === 0 ? [] : await find(catalog, wanted, request);
  const body = Buffer.from(JSON.stringify({ suggestions }));
  return { body, etag: etagOf(body), location: request.target, headers: {}, tags: ["any"], until };
}

/** Lexemes of which one each must occur. All words but the last are whole; the last has only been begun, unless nothing begins so. */
async function complete(catalog: Catalog, words: string[]): Promise<(readonly string[])[]> {
  const begun = await catalog.database.read(COMPLETE, [words.at(-1)!], { slow: true });
  const whole = begun.length > 0 ? words.slice(0, -1) : words;
  const { search } = await resolveWords(catalog, whole, begun.length === 0);
  const wanted = search?.groups ?? [];
  return begun.length > 0 ? [...wanted, begun.map(([word]) => word as string)] : [...wanted];
}

async function find(catalog: Catalog, wanted: (readonly string[])[], { words, limit }: SuggestRequest) {
  const search = toTsquery(wanted);
  const matches = await catalog.sample.estimateLexemes(wanted);
  const level = Math.max(0, Math.floor(Math.log2(matches / MATCHES)));
  const query = suggestQuery(search, level, new Date());
  const rows = await catalog.database.read(query.statement, query.values, { slow: true });
  const tree = await catalog.categories.tree(catalog.database);
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
