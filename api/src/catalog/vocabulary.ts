import type { Static } from "typebox/type";
import * as Type from "typebox/type";

/** What requests and answers are made of. */
export const AVAILABILITIES = ["in_stock", "preorder", "out_of_stock", "discontinued"] as const;
export const SORTS = ["newest", "price", "-price", "name", "-name", "relevance"] as const;

/** Members of a list item, in the order in which they are written. */
export const ITEM_FIELDS = [
  "id",
  "slug",
  "name",
  "brand",
  "price",
  "availability",
  "image",
  "categories",
  "attributes",
  "options",
  "createdAt",
  "updatedAt",
] as const;
export const PRODUCT_FIELDS = [
  "id",
  "slug",
  "name",
  "brand",
  "description",
  "price",
  "availability",
  "images",
  "categories",
  "attributes",
  "options",
  "variants",
  "status",
  "publishFrom",
  "publishTo",
  "createdAt",
  "updatedAt",
] as const;

export const closed = { additionalProperties: false } as const;
export const literals = <const T extends readonly string[]>(values: T, options = {}) =>
  Type.Unsafe<T[number]>({ type: "string", enum: [...values], ...options });

export const Availability = literals(AVAILABILITIES, { title: "Availability" });
export const Currency = Type.String({ pattern: "^[A-Z]{3}$", description: "An ISO 4217 code, such as EUR" });
export const MinorUnits = Type.Integer({
  minimum: 0,
  maximum: 1_000_000_000_000,
  description: "Minor units: cents, öre",
});
export const CategoryId = Type.String({
  pattern: "^[A-Za-z0-9_-]{1,64}$",
  description: "The id of a category: letters, digits, hyphens and underscores, 64 at most",
});
// Sets of characters as patterns have them, which RE2 and Python must read as well: no `\\u`, no `\\p`.
/** C0 and C1 control characters, and the separators of lines and paragraphs. */
const CONTROLS = "\\x00-\\x1f\\x7f-\\x9f\u2028\u2029";
/** White space that breaks no line. */
const BLANKS = " \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000";
/** Zero width space, word joiner, byte order mark: no text keeps them (text.ts). */
export const ZERO_WIDTH = "\u200b\u2060\ufeff";
/** Emoji, Persian and Hindi are written with them. */
const JOINERS = "\u200c\u200d";
/**
 * What else has no ink: Unicode's Default_Ignorable_Code_Point, and the blank of Braille. Not above U+FFFF: there is no range of
 * those where patterns are read without JavaScript's flag `u`.
 */
const INKLESS =
  "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200e\u200f\u202a-\u202e\u2061-\u206f\u2800\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufff8";
/** Text of these alone cannot be seen. */
export const INVISIBLE = `${BLANKS}${ZERO_WIDTH}${JOINERS}${INKLESS}`;

/**
 * One line of text of which something can be seen, as a part of a pattern: the one definition of that. Cleaning it (text.ts) leaves
 * something that fits as well.
 *
 * @param not further characters that it does not have
 */
const seenLine = (not = "") => `[${INVISIBLE}]*[^${not}${INVISIBLE}${CONTROLS}][^${not}${CONTROLS}]*`;
/** No control characters: a line break in a name is a mistake. Something of it must be seen. */
export const line = (maxLength: number) =>
  Type.String({
    minLength: 1,
    maxLength,
    pattern: `^${seenLine()}$`,
    description: "One line of text that can be seen, without line breaks, tabs and other control characters",
  });
/** What somebody typed, on however many lines. Something of it must be seen. */
export const typed = (maxLength: number, description: string) =>
  Type.String({
    minLength: 1,
    maxLength,
    pattern: `^[^\\x00]*[^${INVISIBLE}${CONTROLS}][^\\x00]*$`,
    description,
  });
/** Any number of lines. */
export const text = (maxLength: number) =>
  Type.String({
    maxLength,
    pattern: "^[^\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f]*$",
    description: "Text of any number of lines, without control characters but tabs and line breaks",
  });
export const Sku = Type.String({
  ...line(64),
  description: "A stock keeping unit: 1 to 64 printable characters on one line",
});
/**
 * Nothing that cannot be seen but joiners, no capital of ASCII, of its punctuation only `-`, `_`, `.` and `~`, nor what becomes one of
 * these when it is composed: the Greek question mark and varia, and the sign of Kelvin.
 */
const NO_SLUG = `${CONTROLS}${BLANKS}${ZERO_WIDTH}${INKLESS}!-,/:-@A-Z\\[-^\`{-}\u037e\u1fef\u212a`;
/** Begins with a letter or digit, and is not digits alone. */
export const SLUG_PATTERN = `([^${NO_SLUG}${JOINERS}\\-._~0-9][^${NO_SLUG}]*|[0-9]+[^${NO_SLUG}${JOINERS}0-9][^${NO_SLUG}]*)`;
export const Slug = Type.String({
  minLength: 1,
  maxLength: 120,
  pattern: `^${SLUG_PATTERN}$`,
  description:
    "A part of the product's address: letters without capitals, digits, and - _ . ~ between them; not digits alone, which are an id",
});

/** Whoever reads JSON into objects of JavaScript would set a prototype; nor what becomes that name when it is cleaned. */
const PROTOTYPE = `[${BLANKS}${ZERO_WIDTH}]*${[..."__proto__"].join(`[${ZERO_WIDTH}]*`)}[${BLANKS}${ZERO_WIDTH}]*`;
const AttributeName = Type.String({
  minLength: 1,
  maxLength: 64,
  // `:` separates name and value in filters.
  pattern: `^${seenLine(":")}$`,
  not: { pattern: `^${PROTOTYPE}$` },
  description: "1 to 64 characters on one line that can be seen, without a colon; not __proto__",
});
/** An attribute to filter by. */
export const AttributeFilter = Type.String({
  // A name, a colon, a value.
  maxLength: 265,
  pattern: `^${seenLine(":")}:${seenLine()}$`,
  description: "A name and a value with a colon between them, such as size:L",
});
/** Names from the root down; what is blank between two signs is passed over. */
export const CategoryNames = Type.String({
  title: "CategoryByNames",
  maxLength: 4_000,
  pattern: `^([${BLANKS}${ZERO_WIDTH}]*|${seenLine(">")})(>([${BLANKS}${ZERO_WIDTH}]*|${seenLine(">")}))+$`,
  description: "Names from the root down with > between them, such as Home > Lamps; what is missing is made",
});
/** `{"colour": "black"}` */
export const Attributes = Type.Unsafe<Record<string, string>>({
  title: "Attributes",
  type: "object",
  maxProperties: 50,
  propertyNames: AttributeName,
  additionalProperties: line(200),
  description: "Name → value",
});
/** `{"EUR": 12900}` */
export const Prices = Type.Unsafe<Record<string, number>>({
  title: "Prices",
  type: "object",
  minProperties: 1,
  maxProperties: 30,
  propertyNames: Currency,
  additionalProperties: MinorUnits,
  description: "ISO 4217 code → minor units",
});
const Instant = Type.String({
  pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})$",
  description: "A time as RFC 3339 has it, such as 2026-11-27T00:00:00+01:00",
});
export const STATUSES = ["published", "draft"] as const;
export const Status = literals(STATUSES, {
  title: "Status",
  description: "A draft is shown to nobody; what is published is shown from publishFrom until publishTo",
});
/** Milliseconds are kept; null: open. */
export const PublicationTime = Type.Unsafe<string | null>({ ...Instant, type: ["string", "null"] });
/** `[{"from": "2026-11-27T00:00:00Z", "to": "2026-12-01T00:00:00Z", "prices": {"EUR": 9900}}]` */
export const Sales = Type.Array(
  Type.Object(
    { from: Type.Optional(Instant), to: Type.Optional(Instant), prices: Prices },
    { ...closed, title: "Sale" },
  ),
  {
    maxItems: 20,
    description:
      "Prices of a time, which begin and end by themselves: from its start to before its end, each left out where it is open. The first that covers the moment holds, before `prices`",
  },
);
export type Sale = Static<typeof Sales>[number];
export const Image = Type.Object(
  {
    url: Type.String({
      maxLength: 2_000,
      pattern: `^https?://[^"<>${CONTROLS}${BLANKS}${ZERO_WIDTH}]+$`,
      description: "An address that begins with http:// or https://, without blanks",
    }),
    alt: Type.Optional(text(300)),
  },
  { ...closed, title: "Image" },
);
export const Gtin = Type.String({
  pattern: "^([0-9]{8}|[0-9]{12,14})$",
  description: "A GTIN: 8, 12, 13 or 14 digits, the last of them the check digit",
});
