import { statement } from "../database/connection.ts";
import type { Reads } from "../database/session.ts";
import type { Search } from "./filter.ts";
import type { Sample } from "./sample.ts";
import { isWord } from "./text.ts";

/** What is searched for, after words that the catalogue does not know were corrected. */
export interface SearchTerms {
  /** Undefined when no word is left. */
  search: Search | undefined;
  /** Of the words that are searched for. */
  corrections: { from: string; to: string }[];
  /** Stop words, words that nothing in the catalogue resembles, and corrections that no product has beside the other words. */
  ignored: string[];
  /** That there is nothing to search for but words such as "the". */
  onlyStopWords?: boolean;
}

const MAX_WORDS = 8;
/** Characters of what is searched for. */
export const MAX_SEARCH_LENGTH = 200;
const MAX_WORD_LENGTH = 40;

/** Lexemes that begin like a word of two letters are looked through up to so many. */
export const LEXEMES = 2_000;
/** Where so many products are estimated to have the words, there are some: finding them all would only take time. */
const SURELY = 20_000;
/** Lexemes that a begun word stands for: the most frequent ones. */
const BEGUN = 8;

/**
 * Of a word: its lexemes, whether the catalogue has them all, the lexemes most like its own or like the word itself: stemming
 * takes "wireles", which lacks an s, for a form of another word than "wireless"; and, of a word with a digit and of a stop word, the
 * lexemes that begin so. Word by word, against the lexeme table: matching whole names for likeness costs a hundred times as much and
 * misses.
 */
const RESOLVE = statement(`
  SELECT w.word, array_to_json(l.lexemes), l.known, (
    SELECT json_agg(json_build_array(s.word, s.products)) FROM (
      SELECT word, products FROM search_lexemes
      WHERE NOT l.known AND (word % l.lexemes[1] OR word % w.word)
      ORDER BY greatest(similarity(word, l.lexemes[1]), similarity(word, w.word)) DESC LIMIT 20) s), (
    SELECT json_agg(b.word) FROM (
      SELECT r.word FROM (
        SELECT word, products FROM search_lexemes
        WHERE (w.word ~ '[0-9]' OR cardinality(l.lexemes) = 0)
          AND word >= w.word COLLATE "C" AND word < (w.word || U&'\\+10FFFF') COLLATE "C" LIMIT ${LEXEMES}) r
      ORDER BY r.products DESC, length(r.word), r.word LIMIT ${BEGUN}) b)
  FROM unnest($1::text[]) WITH ORDINALITY AS w (word, place), LATERAL (
    SELECT lexemes, NOT EXISTS (
      SELECT FROM unnest(lexemes) x WHERE NOT EXISTS (SELECT FROM search_lexemes WHERE word = x)) AS known
    FROM (SELECT tsvector_to_array(to_tsvector('public.catalog', w.word)) AS lexemes) t) l
  ORDER BY w.place`);
/** Materialized, so that it is planned as if all were wanted: to find one of many, the table would be read from its beginning. */
const OCCURS = statement(`
  WITH found AS MATERIALIZED (SELECT FROM product_terms t WHERE t.search @@ $1::tsquery)
  SELECT count(*) FROM (SELECT FROM found LIMIT 1) first`);

/**
 * Splits as catalog_search_text() and the text search parser do: whatever is no letter or digit separates words. The words, with
 * blanks between them, are again what is searched for: an address with them is one that the API takes.
 */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  let length = 0;
  for (const [found] of plainly(text).matchAll(/[\p{L}\p{N}\p{M}]+(?:[.'’][\p{L}\p{N}\p{M}]+)*/gu)) {
    // By characters, not by halves of pairs.
    const characters = [...found].slice(0, MAX_WORD_LENGTH);
    const word = characters.join("").replace(/[.'’]$/, "");
    if (!isWord(word)) continue;
    length += characters.length + 1;
    if (words.length === MAX_WORDS || length > MAX_SEARCH_LENGTH) break;
    words.push(word);
  }
  return words;
}

/** Lower-case letters may compose with what follows them. */
const plainly = (text: string): string => text.normalize("NFKC").toLowerCase().normalize("NFKC");

/** What catalog_code() leaves out of a SKU; see the migrations. */
const SIGNS = /[ -/:-@[-`{-~°·×–—’⁄]+/g;

/** What is searched for, in its one spelling: its words; or all of it where a SKU that is written so would have more than them. */
export function searchText(text: string): string {
  const words = splitWords(text).join(" ");
  const whole = plainly(text)
    .replace(/[\s\p{Cc}]+/gu, " ")
    .trim();
  const isSaid = whole.replace(SIGNS, "") === words.replace(SIGNS, "");
  return isSaid || whole.length > MAX_SEARCH_LENGTH ? words : whole;
}

/** What a word stands for in a search. */
interface Part {
  word: string;
  /** Lexemes of which one must occur. */
  group: string[];
  /** It stands for something else than was typed: better nothing than that it empties the result. */
  guessed?: "correction" | "beginning";
  /** What it may also be the start of, should no product have it beside the other words. */
  wider?: string[];
}

/** Where words are looked up. */
export interface Words {
  database: Reads;
  sample: Pick<Sample, "estimateLexemes">;
}

/** @param all whether there are no other words: a search for stop words alone is one for what begins so. @default true */
export async function resolveWords(where: Words, given: string[], all = true): Promise<SearchTerms> {
  const words = [...new Set(given)];
  if (words.length === 0) return { search: undefined, corrections: [], ignored: [] };
  let onlyStopWords = true;
  const stopped: Part[] = [];
  let parts: Part[] = [];
  for (const row of await where.database.read(RESOLVE, [words], { slow: true })) {
    const word = row[0] as string;
    const [lexemes, similar, begun] = [row[1], row[3], row[4]].map((json) =>
      JSON.parse((json as string) ?? "[]"),
    );
    const found = partsOf(word, lexemes, row[2] as boolean, similar, begun);
    parts.push(...found);
    if (lexemes.length > 0) onlyStopWords = false;
    else if (begun.length > 0) stopped.push({ word, group: begun, guessed: "beginning" });
  }
  if (all && onlyStopWords) parts = stopped;
  parts = await withoutEmptying(where, parts);
  const left = new Set(parts.map(({ word }) => word));
  const groups = parts.map(({ group }) => group);
  return {
    search: groups.length > 0 ? { groups, tsquery: toTsquery(groups) } : undefined,
    corrections: parts.flatMap(({ word, group, guessed }) =>
      guessed === "correction" ? [{ from: word, to: group[0]! }] : [],
    ),
    ignored: words.filter((word) => !left.has(word)),
    onlyStopWords,
  };
}

/** None: a stop word, or one that nothing in the catalogue resembles. */
function partsOf(
  word: string,
  lexemes: string[],
  known: boolean,
  similar: [string, number][],
  begun: string[],
): Part[] {
  // The start of a model number finds all that begin so; a number as a whole goes before what it begins.
  if (lexemes.length === 1 && begun.length > 0)
    return [
      known ? { word, group: lexemes, wider: [...new Set([...lexemes, ...begun])] } : { word, group: begun },
    ];
  if (lexemes.length === 0) return [];
  if (known) return lexemes.map((lexeme) => ({ word, group: [lexeme] }));
  const correction = nearest(word, lexemes[0]!, similar);
  return correction === undefined ? [] : [{ word, group: [correction], guessed: "correction" }];
}

/** As long as no product has all of it, takes numbers for the start of others, then leaves out what was guessed, from the last word on. */
async function withoutEmptying({ database, sample }: Words, parts: Part[]): Promise<Part[]> {
  let left = parts;
  for (;;) {
    const last = left.findLastIndex(({ guessed }) => guessed !== undefined);
    const isNarrow = left.some(({ wider }) => wider !== undefined);
    if (!isNarrow && (last < 0 || left.length < 2)) return left;
    const groups = left.map(({ group }) => group);
    if ((await sample.estimateLexemes(groups)) >= SURELY) return left;
    const [[count] = [0]] = await database.read(OCCURS, [toTsquery(groups)], { slow: true });
    if ((count as number) > 0) return left;
    left = isNarrow
      ? left.map(({ wider, ...part }) => ({ ...part, group: wider ?? part.group }))
      : left.toSpliced(last, 1);
  }
}

/** One lexeme of each group. */
export const toTsquery = (groups: readonly (readonly string[])[]): string =>
  groups.map((group) => `(${group.map(quoteLexeme).join(" | ")})`).join(" & ");

const quoteLexeme = (lexeme: string): string => `'${lexeme.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;

/**
 * The candidate with the fewest edits from the word as it was typed or from its stem. Among these the one that the typed word
 * is as near to, be it rare, and then the most frequent. None when it would be another word.
 */
function nearest(
  typed: string,
  stem: string,
  candidates: [lexeme: string, products: number][],
): string | undefined {
  // A digit more or less is another model, size or year.
  if (typed.length < 4 || /\p{N}/u.test(typed)) return undefined;
  const allowed = typed.length < 8 ? 1 : 2;
  return candidates
    .map(([lexeme, products]) => {
      const fromTyped = editDistance(typed, lexeme);
      return { lexeme, products, fromTyped, edits: Math.min(fromTyped, editDistance(stem, lexeme)) };
    })
    .filter(({ edits }) => edits <= allowed)
    .sort((a, b) => a.edits - b.edits || a.fromTyped - b.fromTyped || b.products - a.products)[0]?.lexeme;
}

/** Insertions, deletions, replacements and swaps of neighbours that turn one word into the other (optimal string alignment). */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = last[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row[j] = Math.min(row[j - 1]! + 1, last[j]! + 1, replaced);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) row[j] = Math.min(row[j]!, beforeLast[j - 2]! + 1);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
}
