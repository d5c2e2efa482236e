import { INVISIBLE, ZERO_WIDTH } from "./vocabulary.ts";

/** They make equal texts differ unseen. */
const REMOVED = new RegExp(`[${ZERO_WIDTH}]`, "g");
/** Printable ASCII without a blank at either end: nothing to do, which is the common case. */
const PLAIN = /^[!-~](?:[ -~]*[!-~])?$/;
/** Deeper than any member of the API lies; what is deeper is left to the schemas, which refuse it. */
const MAX_DEPTH = 8;

/** How every text is kept, and compared: composed (NFC), trimmed, without invisible characters. */
export function cleanText(text: string): string {
  return PLAIN.test(text) ? text : text.replace(REMOVED, "").normalize("NFC").trim();
}

const UNSEEN = new RegExp(`[${INVISIBLE}]+`, "g");

export const withoutUnseen = (text: string): string => text.replace(UNSEEN, "");

/** Whether a letter or digit of it can be seen: a mark alone, such as the one that colours an emoji, is no word. */
export const isWord = (text: string): boolean => /[\p{L}\p{N}]/u.test(withoutUnseen(text));

/** What no text in the catalogue can hold, in words; undefined: nothing. PostgreSQL stores no NUL, and no half of a pair. */
export function unstorable(text: string): string | undefined {
  if (text.includes("\0"))
    return "holds a NUL character (U+0000): remove it; usually the file has another encoding than it says";
  if (!text.isWellFormed())
    return "holds half of a character (a lone surrogate, such as half an emoji): usually the text was cut to a length";
  return undefined;
}

/**
 * Cleans all texts of a parsed JSON value, names of members included, in place.
 *
 * @returns the cleaned value, and the first mistake with the path to it; undefined: there is none.
 */
export function cleanValue(value: unknown): { value: unknown; mistake: TextMistake | undefined } {
  const mistakes: TextMistake[] = [];
  const cleaned = clean(value, "", 0, mistakes);
  return { value: cleaned, mistake: mistakes[0] };
}

export interface TextMistake {
  /** Empty: the value as a whole. */
  member: string;
  error: string;
  /** Two names became one: by itself each of them may be. */
  clash?: true;
}

function clean(value: unknown, path: string, depth: number, mistakes: TextMistake[]): unknown {
  if (typeof value === "string") {
    const problem = unstorable(value);
    if (problem !== undefined) mistakes.push({ member: path, error: `${path || "the text"} ${problem}` });
    return cleanText(value);
  }
  if (typeof value !== "object" || value === null || depth > MAX_DEPTH) return value;
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries())
      value[index] = clean(item, `${path}[${index}]`, depth + 1, mistakes);
    return value;
  }
  return cleanObject(value as Record<string, unknown>, path, depth, mistakes);
}

function cleanObject(
  object: Record<string, unknown>,
  path: string,
  depth: number,
  mistakes: TextMistake[],
): Record<string, unknown> {
  const names = Object.keys(object);
  let same = true;
  const entries = names.map((name): [string, unknown] => {
    const cleaned = cleanText(name);
    const where = path === "" ? cleaned : `${path}.${cleaned}`;
    const problem = unstorable(name);
    if (problem !== undefined)
      mistakes.push({ member: path, error: `the name of a member of ${path || "the row"} ${problem}` });
    const before = object[name];
    const after = clean(before, where, depth + 1, mistakes);
    if (cleaned !== name || after !== before) same = false;
    return [cleaned, after];
  });
  if (same) return object;
  if (new Set(entries.map(([name]) => name)).size < names.length)
    mistakes.push({
      member: path,
      error: `${path || "the whole"} has two members of one name, written with different characters`,
      clash: true,
    });
  return Object.fromEntries(entries);
}
