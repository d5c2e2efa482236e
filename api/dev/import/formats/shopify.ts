import { slugOf } from "../../../src/catalog/slug.ts";
import type { FileRow } from "../json.ts";
import {
  brandOf,
  type Cells,
  Columns,
  type Converter,
  type FormatOptions,
  given,
  membersOf,
  nameKey,
  pathOfNames,
  RowMistake,
  refused,
  rowOf,
  yesOrNo,
} from "./format.ts";
import { madeSku } from "./made-sku.ts";
import { currencyOf, major, salesOf } from "./prices.ts";

/** Columns that something is made of: their names in the exports of before 2025, by which they go here, and after. */
const NAMES = [
  ["Handle", "URL handle"],
  ["Title"],
  ["Body (HTML)", "Description"],
  ["Vendor"],
  ["Product Category"],
  ["Type"],
  ["Status"],
  ["Published", "Published on online store"],
  ["Variant SKU", "SKU"],
  ["Variant Barcode", "Barcode"],
  ["Variant Price", "Price"],
  ["Variant Compare At Price", "Compare-at price"],
  ["Variant Inventory Tracker", "Inventory tracker"],
  ["Variant Inventory Qty", "Inventory quantity"],
  ["Variant Inventory Policy", "Continue selling when out of stock"],
  ["Variant Image", "Variant image URL"],
  ["Image Src", "Product image URL"],
  ["Image Alt Text"],
  ...[1, 2, 3].flatMap((number) => [[`Option${number} Name`], [`Option${number} Value`]]),
] as const;
const KEYS = new Map(NAMES.flatMap((names) => names.map((name) => [nameKey(name), nameKey(names[0]!)])));
const KNOWN = new Set(KEYS.values());
/** What the variants of a product share, and its first row has. */
const SHARED = ["Title", "Body (HTML)", "Vendor", "Product Category", "Type", "Status", "Published"];

/** Which columns a member is made of. */
const MEMBERS: Record<string, readonly string[]> = {
  sku: ["Variant SKU"],
  gtin: ["Variant Barcode"],
  availability: ["Variant Inventory Qty"],
  prices: ["Variant Price"],
  sales: ["Variant Compare At Price"],
  "product.slug": ["Handle"],
  "product.name": ["Title"],
  "product.brand": ["Vendor"],
  "product.description": ["Body (HTML)"],
  "product.categories": ["Product Category", "Type"],
  "product.images": ["Image Src", "Variant Image", "Image Alt Text"],
  attributes: ["Option1 Name", "Option2 Name", "Option3 Name"],
};

export const shopifyColumns = (names: readonly string[]): Columns =>
  new Columns(
    names,
    (key) => KNOWN.has(key),
    (name) => KEYS.get(nameKey(name)) ?? nameKey(name),
  );

export const isShopify = (columns: Columns): boolean => columns.has("Handle", "Variant Price", "Title");

interface Record_ {
  line: number;
  cells: Cells;
}

/**
 * Shopify's product export: the first row of a product has what all of its variants share, the rows below have the handle alone,
 * and some of them have a picture and no variant.
 */
export function shopifyFormat(columns: Columns, options: FormatOptions): Converter {
  let held: Record_[] = [];
  const flush = (): FileRow[] => {
    const rows = held.length > 0 ? productRows(held, columns, options) : [];
    held = [];
    return rows;
  };
  return {
    name: "Shopify's product export",
    names: columns.namesOf(MEMBERS),
    convert(values, line) {
      const record = { line, cells: columns.of(values) };
      const handle = record.cells.take("Handle");
      // Where a handle is missing, only a title begins another product.
      const goesOn =
        handle === ""
          ? record.cells.look("Title") === ""
          : handle.toLowerCase() === held[0]?.cells.look("Handle").toLowerCase();
      const rows = goesOn ? [] : flush();
      held.push(record);
      return rows;
    },
    end: flush,
  };
}

function productRows(records: Record_[], columns: Columns, options: FormatOptions): FileRow[] {
  const [first] = records as [Record_, ...Record_[]];
  const variants = records.filter(isVariant);
  if (variants.length === 0)
    return [
      refused(
        first.line,
        "has none of Variant SKU, Variant Price, Variant Barcode and Option1 Value, and a product needs a row that has one: usually only its pictures were exported",
      ),
    ];
  let product: Record<string, unknown>;
  try {
    product = productOf(records, columns, options);
  } catch (error) {
    if (error instanceof RowMistake) return variants.map(({ line }) => refused(line, error.message));
    throw error;
  }
  const slug = first.cells.look("Handle").toLowerCase() || slugOf(first.cells.look("Title"));
  const optionNames = [1, 2, 3].map((number) => takeOption(number, first.cells, records, variants));
  const handle = first.cells.look("Handle") || slug;
  return records.map((record) => {
    const { line, cells } = record;
    if (!variants.includes(record)) {
      const warnings = cells.notes();
      return { line, raw: undefined, ...(warnings.length > 0 && { warnings }) };
    }
    const made = madeSku(
      handle,
      optionNames.map((name, index) => optionOf(cells, name, index)),
    );
    return rowOf(line, cells, () => ({
      ...variantOf(cells, made, optionNames, columns, options),
      product: { slug, ...product },
    }));
  });
}

/** The name of an option that a variant has a value of. Rows below may repeat it. */
function takeOption(
  number: number,
  first: Cells,
  records: readonly Record_[],
  variants: readonly Record_[],
): string {
  const column = `Option${number} Name`;
  if (variants.every(({ cells }) => cells.look(`Option${number} Value`) === "")) return "";
  const name = first.take(column);
  for (const { cells } of records) if (cells.look(column) === name) cells.take(column);
  return name;
}

/** @throws RowMistake */
function productOf(
  records: readonly Record_[],
  columns: Columns,
  options: FormatOptions,
): Record<string, unknown> {
  const [{ line, cells }] = records as [Record_, ...Record_[]];
  const category = cells.look("Product Category") === "" ? "Type" : "Product Category";
  if (category !== "Type") cells.drop("Type", "Product Category says where it belongs");
  for (const other of records.slice(1))
    for (const name of SHARED)
      if (other.cells.look(name) === cells.look(name) && !cells.wasDropped(name)) other.cells.take(name);
      else other.cells.drop(name, `a product has one for all of its variants, and that is in line ${line}`);
  return given({
    name: cells.take("Title"),
    // Without a title the rows are of a product that has its name and brand elsewhere.
    brand: cells.look("Title") === "" ? cells.take("Vendor") : brandOf(cells.take("Vendor"), options, cells),
    description: cells.take("Body (HTML)"),
    categories: pathOfNames(cells.take(category)),
    status: statusOf(cells),
    images: images(records, columns),
  });
}

/** Pictures of the product and of its variants, each once, with its first description. */
function images(records: readonly Record_[], columns: Columns) {
  const found = new Map<string, { url: string; alt: string }>();
  const add = (url: string, alt: string): boolean => {
    const before = found.get(url);
    if (url !== "" && (!before || before.alt === ""))
      found.set(url, { url, alt: alt || (before?.alt ?? "") });
    return url !== "" && found.get(url)!.alt === alt;
  };
  for (const { cells } of records) {
    const alt = cells.look("Image Alt Text");
    const isKept = add(cells.take("Image Src"), alt);
    if (isKept) cells.take("Image Alt Text");
    else cells.drop("Image Alt Text", "its picture is not in this row, or has another one above");
  }
  for (const { cells } of records) {
    const url = cells.take("Variant Image");
    if (url !== "") columns.keepPart("Variant Image", "as pictures of the product");
    add(url, "");
  }
  return [...found.values()].map(given);
}

/** What is not published there is a draft here. Files without either column say nothing of it. */
function statusOf(cells: Cells): string {
  const [status, published] = [cells.take("Status").toLowerCase(), cells.take("Published")];
  if (!["", "active", "draft", "archived", "unlisted"].includes(status))
    throw new RowMistake(
      `Status is ${JSON.stringify(cells.look("Status"))}, and must be active, draft, archived or unlisted`,
    );
  if (status === "archived" || status === "unlisted") cells.warn(`Status ${status} is taken as draft`);
  const isHidden = published !== "" && !yesOrNo("Published", published);
  if (isHidden || (status !== "" && status !== "active")) return "draft";
  return status === "" && published === "" ? "" : "published";
}

/** A row with a picture alone has none of these. */
const isVariant = ({ cells }: Record_): boolean =>
  ["Variant SKU", "Variant Price", "Variant Barcode", "Option1 Value"].some(
    (name) => cells.look(name) !== "",
  );

function variantOf(
  cells: Cells,
  made: string,
  optionNames: readonly string[],
  columns: Columns,
  options: FormatOptions,
) {
  const attributes = membersOf(
    optionNames.flatMap((name, index): [string, string][] => {
      if (name !== "") cells.take(`Option${index + 1} Value`);
      const value = optionOf(cells, name, index);
      return value === "" ? [] : [[name, value]];
    }),
  );
  return given({
    sku: textOf("Variant SKU", cells, columns) || made,
    gtin: textOf("Variant Barcode", cells, columns),
    availability: availabilityOf(cells, columns),
    ...pricesOf(cells, currencyOf(options)),
    attributes,
  });
}

/** The compare-at price is what it costs without the sale. */
function pricesOf(cells: Cells, currency: string) {
  const read = (name: string): number | undefined =>
    cells.look(name) === "" ? undefined : major(name, cells.take(name), currency);
  const price = read("Variant Price");
  const was = read("Variant Compare At Price");
  const isSale = price !== undefined && was !== undefined && was > price;
  if (was !== undefined && !isSale && was !== price)
    cells.drop("Variant Compare At Price", "it is no more than the price, so that there is no sale");
  return {
    prices: price === undefined ? {} : { [currency]: isSale ? was : price },
    sales: salesOf(
      isSale ? { prices: { [currency]: price } } : undefined,
      price,
      "Variant Compare At Price",
      cells,
    ),
  };
}

/** Spreadsheets keep text as text behind an apostrophe, and some exports leave it there. */
function textOf(name: string, cells: Cells, columns: Columns): string {
  const text = cells.take(name);
  if (!text.startsWith("'")) return text;
  columns.keepPart(name, "without the apostrophe by which a spreadsheet marks text");
  return text.slice(1);
}

/** "Title: Default Title" says that there is nothing to choose. */
function optionOf(cells: Cells, name: string, index: number): string {
  const value = name === "" ? "" : cells.look(`Option${index + 1} Value`);
  return value === "Default Title" ? "" : value;
}

/** Whether it can be had: how many there are is not kept. What is not counted can always be had. */
function availabilityOf(cells: Cells, columns: Columns): string {
  const [tracker, quantity, policy] = [
    cells.take("Variant Inventory Tracker"),
    cells.take("Variant Inventory Qty"),
    cells.take("Variant Inventory Policy"),
  ];
  if (quantity !== "" && !/^-?\d+([.,]0+)?$/.test(quantity))
    throw new RowMistake(`Variant Inventory Qty is ${JSON.stringify(quantity)}, and must be a whole number`);
  const goesOn =
    /^continue$/i.test(policy) || (!/^(|deny)$/i.test(policy) && yesOrNo("Variant Inventory Policy", policy));
  if (quantity !== "") columns.keepPart("Variant Inventory Qty", "whether any is left");
  const hasTracker = columns.has("Variant Inventory Tracker");
  if (!hasTracker && quantity === "") return "";
  const isCounted = quantity !== "" && (tracker !== "" || !hasTracker);
  return !isCounted || Number.parseInt(quantity, 10) > 0 || goesOn ? "in_stock" : "out_of_stock";
}
