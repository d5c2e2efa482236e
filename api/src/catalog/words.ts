import { statement } from "../database/connection.ts";
import type { Reads } from "../database/session.ts";
import type { Search } from "./filter.ts";

/** What is searched for, after words that the catalogue does not know were corrected. */
export interface SearchTerms {
  /** Undefined when no word is left. */
  search: Search | undefined;
  corrections: { from: string; to: string }[];
  /** Stop words, and words that nothing in the catalogue resembles. */
  ignored: string[];
}

const MAX_WORDS = 8;
const MAX_WORD_LENGTH = 40;

/**
 * Of a word: its lexemes, whether the catalogue has them all, and the lexemes most like its own or like the word itself:
 * stemming takes "wireles", which lacks an s, for a form of another word than "wireless". Word by word, against the lexeme
 * table: matching whole names for likeness costs a hundred times as much and misses.
 */
const RESOLVE = statement(`
  SELECT w.word, array_to_json(l.lexemes), l.known, (
    SELECT json_agg(json_build_array(s.word, s.products)) FROM (
      SELECT word, products FROM search_lexemes
      WHERE NOT l.known AND (word % l.lexemes[1] OR word % w.word)
      ORDER BY greatest(similarity(word, l.lexemes[1]), similarity(word, w.word)) DESC LIMIT 20) s)
  FROM unnest($1::text[]) WITH ORDINALITY AS w (word, place), LATERAL (
    SELECT lexemes, NOT EXISTS (
      SELECT FROM unnest(lexemes) x WHERE NOT EXISTS (SELECT FROM search_lexemes WHERE word = x)) AS known
    FROM (SELECT tsvector_to_array(to_tsvector('public.catalog', w.word)) AS lexemes) t) l
  ORDER BY w.place`);

/** Splits as catalog_search_text() and the text search parser do: whatever is no letter or digit separates words. */
export function splitWords(text: string): string[] {
  const words =
    text
      .normalize("NFKC")
      .toLowerCase()
      .match(/[\p{L}\p{N}\p{M}]+(?:[.'’][\p{L}\p{N}\p{M}]+)*/gu) ?? [];
  return [...new Set(words.map((word) => word.slice(0, MAX_WORD_LENGTH)))].slice(0, MAX_WORDS);
}

export async function resolveWords(database: Reads, words: string[]): Promise<SearchTerms> {
  const terms: SearchTerms = { search: undefined, corrections: [], ignored: [] };
  if (words.length === 0) return terms;
  const required: string[] = [];
  for (const [word, lexemes, known, similar] of await database.read(RESOLVE, [words], { slow: true })) {
    const wanted: string[] = JSON.parse(lexemes as string);
    if (wanted.length > 0 && known) {
      required.push(...wanted);
      continue;
    }
    const candidates: [string, number][] = wanted.length > 0 ? JSON.parse((similar as string) ?? "[]") : [];
    const correction = nearest(word as string, wanted[0] ?? "", candidates);
    if (correction === undefined) {
      terms.ignored.push(word as string);
    } else {
      required.push(correction);
      terms.corrections.push({ from: word as string, to: correction });
    }
  }
  if (required.length > 0) {
    terms.search = { lexemes: [...new Set(required)], tsquery: required.map(quoteLexeme).join(" & ") };
  }
  return terms;
}

export const quoteLexeme = (lexeme: string): string =>
  `'${lexeme.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;

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
