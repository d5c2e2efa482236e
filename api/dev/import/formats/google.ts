import { createHash } from "node:crypto";
import { slugOf } from "../../../src/catalog/slug.ts";
import { readAvailability } from "../availability.ts";
import type { FileRow } from "../json.ts";
import {
  brandOf,
  type Cells,
  Columns,
  type Converter,
  type FormatOptions,
  given,
  imagesOf,
  membersOf,
  nameKey,
  pathOfNames,
  RowMistake,
  rowOf,
} from "./format.ts";
import { currencyOf, isBelow, major, salesOf } from "./prices.ts";

/** What tells the items of a group apart. */
const VARYING = ["color", "colour", "size", "material", "pattern", "gender", "age group", "condition", "mpn"];
/** What the items of a group share. */
const SHARED = [
  "title",
  "brand",
  "description",
  "product type",
  "google product category",
  "image link",
  "additional image link",
];
const KNOWN = new Set([
  ...VARYING,
  ...SHARED,
  ...["id", "gtin", "availability", "price", "sale price", "sale price effective date", "item group id"],
]);

/** Which columns a member is made of. */
export const GOOGLE_MEMBERS: Record<string, readonly string[]> = {
  sku: ["id"],
  gtin: ["gtin"],
  availability: ["availability"],
  prices: ["price"],
  sales: ["sale price"],
  "product.slug": ["item group id", "id"],
  "product.name": ["title"],
  "product.brand": ["brand"],
  "product.description": ["description"],
  "product.categories": ["product type", "google product category"],
  "product.images": ["image link", "additional image link"],
  ...Object.fromEntries(VARYING.map((name) => [`attributes.${name.replace(" ", "_")}`, [name]])),
};

/** `g:image_link`, `image link`, `Image_Link` → one name. */
export const googleKey = (name: string): string => nameKey(name.replace(/^g:/i, ""));

/** What stands between the values of an element that a feed's item has several times. */
export const REPEATED = "\n";

export const googleColumns = (names: readonly string[]): Columns =>
  new Columns(names, (key) => KNOWN.has(key), googleKey);

export const isGoogle = (columns: Columns): boolean =>
  columns.has("id", "title", "price") &&
  (columns.has("link") || columns.has("availability") || columns.has("image link"));

/** What the first item of a group has said of its product: digests, since there may be as many groups as rows. */
interface Group {
  id: string;
  line: number;
  digests: readonly string[];
}

/** Google Merchant's product data, as a table or as the items of a feed: one item a variant, `item_group_id` joins them. */
export function googleItems(options: FormatOptions): (cells: Cells, line: number) => FileRow {
  const groups = new Map<string, Group>();
  return (cells, line) =>
    rowOf(line, cells, () => {
      const id = cells.take("item group id");
      const slug = slugOf(id || cells.look("id"));
      const group = id === "" ? undefined : groups.get(slug);
      if (group && group.id !== id)
        throw new RowMistake(
          `item group id ${JSON.stringify(id)} makes the same address as ${JSON.stringify(group.id)} in line ${group.line}: ${slug}`,
        );
      const shared = group ? {} : productOf(cells, options);
      const variant = variantOf(cells, options);
      if (group) dropOthers(cells, group);
      else if (id !== "")
        groups.set(slug, {
          id,
          line,
          digests: SHARED.map((name) => (cells.wasDropped(name) ? "" : digest(cells.look(name)))),
        });
      return { ...variant, product: { slug, ...shared } };
    });
}

const digest = (text: string): string =>
  text === "" ? "" : createHash("sha1").update(text).digest("base64").slice(0, 12);

export function googleTable(columns: Columns, options: FormatOptions): Converter {
  const convert = googleItems(options);
  return {
    name: "Google Merchant's product data",
    names: columns.namesOf(GOOGLE_MEMBERS),
    convert: (values, line) => [convert(columns.of(values), line)],
  };
}

/** Titles and pictures of a group tell its variants apart as well: the first item's are the product's. */
function dropOthers(cells: Cells, { line, digests }: Group): void {
  for (const [index, name] of SHARED.entries())
    if (digest(cells.look(name)) === digests[index]) cells.take(name);
    else
      cells.drop(name, `a product has one for all of its variants, and the group's is that of line ${line}`);
}

function productOf(cells: Cells, options: FormatOptions) {
  const paths = ["product type", "google product category"].filter((name) =>
    /[^\d\s]/.test(cells.look(name)),
  );
  const [best] = paths;
  const categories = best === undefined ? [] : cells.take(best).split(REPEATED);
  const other = "google product category";
  if (best !== other)
    cells.drop(other, "product type says where it belongs; a number is a category of Google's");
  return given({
    name: cells.take("title"),
    brand: brandOf(cells.take("brand"), options, cells),
    description: cells.take("description"),
    categories: categories.flatMap((path) => pathOfNames(path.trim())),
    images: imagesOf([cells.take("image link"), cells.take("additional image link")]),
  });
}

function variantOf(cells: Cells, options: FormatOptions) {
  const { value: availability, warning } = readAvailability(cells.take("availability"));
  if (warning !== undefined) cells.warn(warning);
  const [currency, price] = money("price", cells, options) ?? [];
  const [saleCurrency, sale] = money("sale price", cells, options) ?? [];
  const isSale =
    sale !== undefined && (saleCurrency !== currency || isBelow(sale, price, "sale price", cells));
  return given({
    sku: cells.take("id"),
    gtin: cells.take("gtin"),
    availability,
    prices: price === undefined ? {} : { [currency!]: price },
    sales: salesOf(
      isSale ? given({ ...periodOf(cells), prices: { [saleCurrency!]: sale } }) : undefined,
      price,
      "sale price",
      cells,
    ),
    attributes: membersOf(
      VARYING.map((name) => [name.replace(" ", "_"), cells.take(name)] as const).filter(
        ([, value]) => value !== "",
      ),
    ),
  });
}

const CURRENCY = /(?<!\p{L})[A-Za-z]{3}(?!\p{L})/u;

/** `19.99 USD` */
function money(name: string, cells: Cells, options: FormatOptions): [string, number] | undefined {
  const text = cells.take(name);
  if (text === "") return undefined;
  const currency = CURRENCY.exec(text)?.[0].toUpperCase() ?? currencyOf(options);
  return [currency, major(name, text, currency)];
}

const TIME =
  /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?))?\s*(?:([+-]\d{2})(?::?(\d{2}))?|(Z))?$/;

/** `2026-11-27T00:00+0100/2026-11-30T23:59+0100`; a day alone is a whole one. */
function periodOf(cells: Cells): { from?: string; to?: string } {
  const text = cells.take("sale price effective date");
  if (text === "") return {};
  const parts = text.split("/").map((part) => TIME.exec(part.trim()));
  const [from, to] = parts.map(
    (match, index) => new Date(match ? isoOf(match, index === 0 ? "00:00" : "23:59:59") : Number.NaN),
  );
  if (parts.length !== 2 || Number.isNaN(from!.getTime()) || Number.isNaN(to!.getTime()))
    throw new RowMistake(
      `sale price effective date is ${JSON.stringify(text)}, and must be two times such as 2026-11-27T00:00+0100/2026-11-30T23:59+0100`,
    );
  if (parts.some((match) => match![3] === undefined && match![5] === undefined))
    cells.warn(`sale price effective date ${JSON.stringify(text)} names no zone: taken as UTC`);
  return { from: from!.toISOString(), to: to!.toISOString() };
}

const isoOf = ([, day, time, hours, minutes = "00"]: RegExpExecArray, otherwise: string): string =>
  `${day}T${time ?? otherwise}${hours === undefined ? "Z" : `${hours}:${minutes}`}`;
