import { isWord, withoutUnseen } from "./text.ts";

const LONGEST = 100;
/** Letters that decomposition does not take apart. */
const LATIN: Record<string, string> = {
  ß: "ss",
  æ: "ae",
  œ: "oe",
  ø: "o",
  đ: "d",
  ð: "d",
  ł: "l",
  þ: "th",
  ı: "i",
};

/**
 * The slug of a product that comes without one: lower-case words of its name joined by hyphens, Latin letters without accents,
 * letters of other scripts as they are. Always the same for the same text. A name without a letter gives `product-…`.
 */
export function slugOf(text: string): string {
  const plain = text
    .normalize("NFD")
    .replace(/(?<=\p{Script=Latin})\p{M}+/gu, "")
    .normalize("NFC")
    .toLowerCase()
    .replace(/[ßæœøđðłþı]/g, (letter) => LATIN[letter]!);
  const words = plain
    .split(/[^\p{L}\p{M}\p{N}]+/u)
    .filter(isWord)
    .map(withoutUnseen);
  const slug = [...words.join("-")].slice(0, LONGEST).join("").replace(/-+$/, "");
  return /^[\p{N}-]*$/u.test(slug) ? `product-${slug}`.replace(/-$/, "") : slug;
}
