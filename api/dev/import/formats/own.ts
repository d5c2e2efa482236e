import { UserError } from "../../../../cli/user-error.ts";
import { parseJson } from "../../../src/http/json.ts";
import { shown } from "../../../src/writes/claims.ts";
import { readAvailability } from "../availability.ts";
import type { FileRow } from "../json.ts";
import { splitList } from "../list-cell.ts";
import { type PriceUnits, parsePrice } from "../money.ts";
import { type Names, plainly } from "../naming.ts";
import { type Converter, type FormatOptions, refuseTwins } from "./format.ts";

const COLUMNS =
  "sku, gtin, availability, prices.EUR, sales, attributes.NAME, product.slug, product.name, product.brand, product.description, " +
  "product.categories, product.images, product.status, product.publishFrom, product.publishTo, product.attributes.NAME";

/** Rows of an export that are of a category, and of no variant. */
const CATEGORY = ["category.id", "category.name", "category.parent", "category.position"];
const PRODUCT_MEMBERS = [
  "slug",
  "name",
  "brand",
  "description",
  "categories",
  "images",
  "status",
  "publishFrom",
  "publishTo",
];
/** Names without a part of the shop's own, in lower case → as they are written. */
const PLAIN = new Map(
  ["sku", "gtin", "availability", "sales"]
    .concat(
      PRODUCT_MEMBERS.map((name) => `product.${name}`),
      CATEGORY,
    )
    .map((name) => [name.toLowerCase(), name]),
);
/** Columns that hold several values, separated by "|". */
const LISTS = new Set(["product.categories", "product.images"]);
/** What a row or a product cannot be without: there is no default to go back to. */
const NEEDED = /^(sku|product\.(slug|name|brand)|category\..*)$/;

/** Our own columns: each names a member of a row by its path. */
export function ownFormat(columns: readonly string[], options: FormatOptions): Converter {
  const paths = columns.map((column) => pathOf(meaningOf(column, options)));
  const refuse = (why: string) => new UserError(`${options.file}, line 1: ${why}.`);
  const unknown = columns.filter((_, index) => paths[index] === undefined);
  if (unknown.length > 0) throw refuse(describeUnknown(unknown, options));
  const known = paths as string[];
  refuseTwins(options.file, columns, known, options.map && known);
  const absent = [...(options.map?.keys() ?? [])].filter(
    (column) => column !== "*" && !columns.includes(column),
  );
  if (absent.length > 0)
    throw refuse(
      `--map names ${listed(absent)}, which the file does not have: its columns are ${listed(columns)}`,
    );
  if (!known.includes("sku") && !known.includes("category.id"))
    throw refuse(
      options.map
        ? `--map must say which column is "sku", which tells the variants apart: the file's columns are ${listed(columns)}`
        : 'there must be a column "sku", which tells the variants apart',
    );
  const brand = columns[known.indexOf("product.brand")];
  if (options.brand !== undefined && brand !== undefined)
    throw refuse(
      `the file says itself of which brand a product is: leave --brand out, or the column ${brand}`,
    );
  return {
    name: "columns of the catalogue API",
    names: namesOf(known, columns, options.map !== undefined),
    convert: (cells, line) => [toRow(known, cells, line, options)],
  };
}

const LISTED = 20;
const listed = (columns: readonly string[]): string => {
  const names = columns.slice(0, LISTED).map((column) => JSON.stringify(column));
  return names.join(", ") + (columns.length > LISTED ? ` and ${columns.length - LISTED} more` : "");
};

/** Somebody who has a mapping does not want to hear of ours. */
const describeUnknown = (unknown: readonly string[], { map }: FormatOptions): string =>
  map
    ? `--map does not say what ${unknown.length === 1 ? `column ${listed(unknown)} is` : `columns ${listed(unknown)} are`}: add it, "" to leave a column out, or "*": "" for all that are not named`
    : `unknown column${unknown.length === 1 ? "" : "s"} ${listed(unknown)}. Columns are: ${COLUMNS}. For other names write them into a file and add --map FILE; see --help`;

/** Prices that a row does not have are missing in all of its columns of prices. A mapping may be at fault itself: it is named too. */
function namesOf(paths: readonly string[], columns: readonly string[], isMapped: boolean): Names {
  const named = paths.map((path, index) => plainly(columns[index]!, isMapped ? path : undefined));
  const names = new Map(paths.map((path, index) => [path, [named[index]!]]));
  const prices = named.filter((_, index) => paths[index]!.startsWith("prices."));
  names.delete("");
  if (prices.length > 0) names.set("prices", prices);
  return names;
}

/** What the mapping says that a column of the file is, or its own name. */
export const meaningOf = (column: string, { map }: FormatOptions): string =>
  map?.get(column) ?? map?.get("*") ?? column;

/** `Prices.eur` → `prices.EUR`; undefined for what is none of ours; "" for a column that is left out on purpose. */
export function pathOf(column: string): string | undefined {
  if (column === "") return "";
  const plain = PLAIN.get(column.toLowerCase());
  if (plain !== undefined) return plain;
  const [, currency] = /^prices\.([a-z]{3})$/i.exec(column) ?? [];
  if (currency !== undefined) return `prices.${currency.toUpperCase()}`;
  const [, before, name] = /^((?:product\.)?attributes)\.(.+)$/i.exec(column) ?? [];
  return name === undefined ? undefined : `${before!.toLowerCase()}.${name}`;
}

function toRow(
  paths: readonly string[],
  cells: readonly string[],
  line: number,
  options: FormatOptions,
): FileRow {
  const row: Record<string, unknown> = {};
  const warnings: string[] = [];
  for (const [index, path] of paths.entries()) {
    const text = cells[index]!.trim();
    if (path === "") continue;
    if (text === "") {
      if (options.blank === "clear" && !NEEDED.test(path)) setMember(row, path, null);
      continue;
    }
    const parsed = toValue(path, text, options);
    if ("error" in parsed) return { line, raw: { error: `${path} ${parsed.error}` } };
    if (parsed.warning !== undefined) warnings.push(parsed.warning);
    setMember(row, path, parsed.value);
  }
  // What --blank clear makes of the other columns is not the category's.
  if (row.category !== undefined && row.sku === undefined)
    return { line, raw: { value: { category: row.category } } };
  // Who names a product makes it, or could: what says only a price is of a product that is there.
  if (options.brand !== undefined && (row.product as { name?: unknown } | undefined)?.name !== undefined)
    setMember(row, "product.brand", options.brand);
  return { line, raw: { value: row }, ...(warnings.length > 0 && { warnings }) };
}

type Value = { value: unknown; warning?: string } | { error: string; warning?: undefined };

function toValue(path: string, text: string, { units }: FormatOptions): Value {
  if (path.startsWith("prices.")) return toPrice(text, path.slice(7), units ?? "minor");
  if (path === "availability") return readAvailability(text);
  if (path === "category.position") return parsePosition(text);
  if (path === "sales") return parseSales(text);
  if (!LISTS.has(path)) return { value: text };
  const items = [...new Set(splitList(text))];
  if (path !== "product.images") return { value: items };
  const images = items.map(toImage);
  const cut = images.find(({ alt }) => alt !== undefined && IMAGE_NAME.test(alt));
  if (cut === undefined) return { value: images };
  return {
    value: images,
    warning: `${path} ${shown(cut.url)} has the text ${shown(cut.alt)}: where that belongs to the address, write its blank as %20`,
  };
}

/** What ends as the address of a picture does is hardly the text that stands for one. */
const IMAGE_NAME = /^\S+\.(avif|gif|jpe?g|png|svg|webp)$/i;

const CURRENCIES = new Set(Intl.supportedValuesOf("currency"));

function toPrice(text: string, currency: string, units: PriceUnits): Value {
  const price = parsePrice(text, currency, units);
  if ("error" in price || CURRENCIES.has(currency)) return price;
  return {
    ...price,
    warning: `prices.${currency} is kept, and there is no currency ${currency}: usually a letter is wrong`,
  };
}

/** An address, and behind a blank the text that stands for the picture. */
function toImage(text: string): { url: string; alt?: string } {
  const [, url = text, alt = ""] = /^(\S+)\s+(.*)$/s.exec(text) ?? [];
  return alt === "" ? { url } : { url, alt };
}

function parseSales(text: string): Value {
  try {
    const { value, faults } = parseJson(text);
    const [fault] = faults;
    if (fault) return { error: `${fault.path.join(".")} ${fault.message}`.trimStart() };
    if (Array.isArray(value)) return { value };
  } catch {} // the same as for what is no list
  return {
    error: `is ${shown(text)}, and must be a list in JSON such as [{"from":"2026-11-27T00:00:00Z","prices":{"EUR":9900}}]: usually quote marks in it were not doubled`,
  };
}

const parsePosition = (text: string): Value =>
  /^\d{1,9}$/.test(text)
    ? { value: Number(text) }
    : { error: `is ${shown(text)}, and must be a whole number from 0, which is the first place` };

/** `prices.EUR` sets { prices: { EUR } }. An attribute's name may hold dots itself. */
export function setMember(row: Record<string, unknown>, path: string, value: unknown): void {
  const [, attributes, name] = /^((?:product\.)?attributes)\.(.+)$/.exec(path) ?? [];
  const steps = attributes === undefined ? path.split(".") : [...attributes.split("."), name!];
  let parent = row;
  for (const step of steps.slice(0, -1)) {
    parent[step] ??= {};
    parent = parent[step] as Record<string, unknown>;
  }
  // Not by assignment: an attribute may be called __proto__, which the check then names.
  Object.defineProperty(parent, steps.at(-1)!, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}
