import { slugOf } from "../../../src/catalog/slug.ts";
import { isInstant } from "../../../src/writes/instants.ts";
import { isAvailability, readAvailability } from "../availability.ts";
import type { FileRow } from "../json.ts";
import type { Names } from "../naming.ts";
import {
  brandOf,
  type Cells,
  Columns,
  type Converter,
  type FormatOptions,
  given,
  imagesOf,
  leftOut,
  membersOf,
  nameKey,
  pathOfNames,
  RowMistake,
  refused,
  rowOf,
  yesOrNo,
} from "./format.ts";
import { currencyOf, isBelow, major, salesOf } from "./prices.ts";

const IN_STOCK = "In stock?";
const VISIBILITY = "Visibility in catalog";
const GTIN = "GTIN, UPC, EAN, or ISBN";
/** What a product has and its variations do not. */
const SHARED = ["Name", "Brands", "Categories", "Images", "Short description", "Description", "Published"];
const OF_SALES = ["Date sale price starts", "Date sale price ends"] as const;
/** What a variable product has no use for: its variations have it. */
const OF_VARIANTS = ["Regular price", "Sale price", ...OF_SALES, IN_STOCK, GTIN];
const KNOWN = new Set(
  [...SHARED, ...OF_VARIANTS, VISIBILITY, "ID", "Type", "SKU", "Parent", "Grouped products"].map(nameKey),
);
/** Which columns a member is made of. */
const MEMBERS: Record<string, readonly string[]> = {
  sku: ["SKU"],
  gtin: [GTIN],
  availability: [IN_STOCK],
  prices: ["Regular price"],
  sales: ["Sale price"],
  "product.slug": ["SKU"],
  "product.name": ["Name"],
  "product.brand": ["Brands"],
  "product.description": ["Short description", "Description"],
  "product.categories": ["Categories"],
  "product.images": ["Images"],
};
const MEASURE = /^(Weight|Length|Width|Height) \((.+)\)$/i;
const ATTRIBUTE = /^Attribute (\d+) (name|value\(s\))$/i;

export const wooCommerceColumns = (names: readonly string[]): Columns =>
  new Columns(names, (key) => KNOWN.has(key) || MEASURE.test(key) || ATTRIBUTE.test(key));

export const isWooCommerce = (columns: Columns): boolean =>
  columns.has("Type", "SKU", "Name", "Regular price");

interface Parent {
  line: number;
  slug: string;
  name: string;
  /** Sent with each of its variants. */
  product: Record<string, unknown>;
  /** What its variations do not say otherwise, each of them has. */
  attributes: Record<string, string>;
  hasVariations: boolean;
}

/** As the shop's own import reads it: without case, and `id: 44` is `id:44`. */
const parentKey = (text: string): string => text.toLowerCase().replace(/^id:\s*/, "id:");

/** WooCommerce's product export: a variable product is a row that is no variant, and its variations name it by SKU or `id:44`. */
export function wooCommerceFormat(columns: Columns, options: FormatOptions): Converter {
  columns.keepPart("ID", "what variations name their product by");
  columns.keepPart("Type", "which rows make one product");
  const parents = new Map<string, Parent>();
  const waiting: { cells: Cells; line: number }[] = [];
  const variation = (cells: Cells, line: number): FileRow => {
    const parent = parents.get(parentKey(cells.take("Parent")));
    if (!parent)
      return refused(
        line,
        `Parent is ${JSON.stringify(cells.look("Parent"))}, and no variable product of the file has that SKU or ID: export it as well, or make the row a simple product`,
      );
    let isHidden = false;
    const row = rowOf(line, cells, () => {
      // Of a draft each variation is one.
      isHidden = publishedOf(cells) === false && parent.product.status !== "draft";
      if (isHidden) return {};
      parent.hasVariations = true;
      takeShared(cells, parent);
      cells.take(VISIBILITY); // its product's
      const variant = variantOf(cells, options);
      const own = { ...measuresOf(cells, columns), ...attributesOf(cells, columns) };
      return given({
        ...variant,
        attributes: { ...parent.attributes, ...own },
        product: { slug: parent.slug, ...parent.product },
      });
    });
    return isHidden
      ? leftOut(line, `${cells.look("Name") || cells.look("SKU")} is not published there`)
      : row;
  };
  const variable = (cells: Cells, line: number): FileRow[] => {
    const row = rowOf(line, cells, () => {
      const slug = slugOf(cells.take("SKU") || `${cells.look("Name")} ${cells.look("ID")}`);
      const attributes = attributesOf(cells, columns);
      for (const name of OF_VARIANTS)
        if (name === IN_STOCK && stockOf(cells) !== "out_of_stock") cells.take(name);
        else cells.drop(name, "the row is of a variable product, whose variations have it");
      const product = productOf(cells, options, measuresOf(cells, columns));
      const parent = { line, slug, name: cells.look("Name"), product, attributes, hasVariations: false };
      for (const key of [cells.look("SKU"), `id:${cells.look("ID")}`])
        if (key !== "") parents.set(parentKey(key), parent);
      return {};
    });
    if (row.raw && "error" in row.raw) return [row];
    return row.warnings ? [{ ...row, raw: undefined }] : [];
  };
  return {
    name: "WooCommerce's product export",
    names: namesOf(columns),
    convert(values, line) {
      const cells = columns.of(values.map(unescaped));
      const types = list(cells.take("Type").toLowerCase());
      cells.take("ID");
      if (types.includes("grouped"))
        return [
          leftOut(line, `${cells.look("Name")} is a group of other products without a price of its own`),
        ];
      if (types.includes("variation")) {
        if (parents.has(parentKey(cells.look("Parent")))) return [variation(cells, line)];
        waiting.push({ cells, line });
        return [];
      }
      if (types.includes("variable")) return variable(cells, line);
      return [
        rowOf(line, cells, () => ({
          ...variantOf(cells, options),
          product: {
            slug: slugOf(cells.look("SKU") || `${cells.look("Name")} ${cells.look("ID")}`),
            ...productOf(cells, options, { ...measuresOf(cells, columns), ...attributesOf(cells, columns) }),
          },
        })),
      ];
    },
    // Their parents may stand below them.
    end: () => [
      ...waiting.map(({ cells, line }) => variation(cells, line)),
      ...[...new Set(parents.values())]
        .filter(({ hasVariations }) => !hasVariations)
        .map(({ line }) =>
          refused(
            line,
            "Type is variable, and the file has no published variation of this product, so that it has no price: export its variations as well",
          ),
        ),
    ],
  };
}

/** What is an attribute here may be a column of its own there. */
function namesOf(columns: Columns): Names {
  const measures = columns
    .matching(MEASURE)
    .flatMap(([column, name]) =>
      [`attributes.${name}`, `product.attributes.${name}`].map((to) => [to, [column!]]),
    );
  const attributes = columns.matching(/^Attribute \d+ name$/i).map(([column]) => column!);
  return columns.namesOf({ ...MEMBERS, attributes, ...Object.fromEntries(measures) });
}

/** A variation has what its product has: what it has besides is told by its attributes. */
function takeShared(cells: Cells, { line, name: parent }: Parent): void {
  for (const name of SHARED) {
    const isFit = name === "Published" || (name === "Name" && cells.look(name).startsWith(parent));
    if (isFit) cells.take(name);
    else cells.drop(name, `a product has one for all of its variants, and that is in line ${line}`);
  }
}

/** The export puts an apostrophe before what a spreadsheet would take for a formula, and the shop's own import takes it away. */
const unescaped = (value: string): string => value.replace(/^'(?=[=+\-@\t\r])/, "");

/** 1 is published, 0 private, -1 a draft, and 2 waits for a review; undefined: the file says nothing of it. @throws RowMistake */
function publishedOf(cells: Cells): boolean | undefined {
  const text = cells.take("Published");
  return text === "" ? undefined : !/^(-1|2)$/.test(text) && yesOrNo("Published", text);
}

/** What is not published there, or found by its address alone, is a draft here. @throws RowMistake */
function statusOf(cells: Cells): string {
  const isPublished = publishedOf(cells);
  const visibility = cells.take(VISIBILITY).toLowerCase();
  if (visibility === "hidden") cells.warn(`${VISIBILITY} hidden is taken as draft`);
  else if (visibility !== "visible")
    cells.drop(VISIBILITY, "a product is in lists and in searches, or in neither");
  if (isPublished === false || visibility === "hidden") return "draft";
  return isPublished === undefined ? "" : "published";
}

/** The export writes a line break as `\n`, and `\n` as `\\n`. */
const withLineBreaks = (text: string): string =>
  text.replace(/\\?\\n/g, (escaped) => (escaped.length === 2 ? "\n" : "\\n"));

function measuresOf(cells: Cells, columns: Columns): Record<string, string> {
  const measures = columns.matching(MEASURE).flatMap(([column, name, unit]): [string, string][] => {
    const value = cells.take(column!).replace(/^(?=[.,])/, "0");
    return value === "" ? [] : [[name!, `${value} ${unit}`]];
  });
  return Object.fromEntries(measures);
}

function productOf(cells: Cells, options: FormatOptions, attributes: Record<string, string>) {
  const [brand = "", ...brands] = list(cells.take("Brands"));
  if (brands.length > 0) cells.warn(`Brands ${brands.join(", ")} were left out: a product has one, ${brand}`);
  return given({
    name: cells.take("Name"),
    brand: brandOf(brand, options, cells),
    description: ["Short description", "Description"]
      .map((name) => withLineBreaks(cells.take(name)).trim())
      .filter((text) => text !== "")
      .join("\n\n"),
    categories: list(cells.take("Categories")).flatMap(pathOfNames),
    images: imagesOf([cells.take("Images")]),
    attributes,
    status: statusOf(cells),
  });
}

function variantOf(cells: Cells, options: FormatOptions) {
  const currency = currencyOf(options);
  const sku = cells.take("SKU") || (cells.look("ID") && `wc-${cells.look("ID")}`);
  if (sku === "") throw new RowMistake("has neither SKU nor ID, and needs one of them");
  const [regular, sale] = ["Regular price", "Sale price"].map((column) =>
    cells.look(column) === "" ? undefined : major(column, cells.take(column), currency),
  );
  const isSale = sale !== undefined && isBelow(sale, regular, "Sale price", cells);
  if (!isSale) for (const column of OF_SALES) cells.drop(column, "there is no sale price");
  return given({
    sku,
    gtin: cells.take(GTIN),
    availability: stockOf(cells),
    prices: regular === undefined ? {} : { [currency]: regular },
    sales: salesOf(isSale ? saleOf(cells, currency, sale) : undefined, regular, "Sale price", cells),
  });
}

/** 1, 0 or `backorder`; "" where the file says nothing of it. @throws RowMistake */
function stockOf(cells: Cells): string {
  const text = cells.take(IN_STOCK);
  if (text === "") return "";
  const { value, warning } = readAvailability(text);
  if (warning !== undefined) cells.warn(warning);
  if (isAvailability(value)) return value;
  return yesOrNo(IN_STOCK, text) ? "in_stock" : "out_of_stock";
}

/** The shop's own clock, in a zone that the file does not name. */
const TIME = /^(\d{4}-\d{2}-\d{2})(?:[ T](\d{1,2}:\d{2}(?::\d{2})?))?(Z|[+-]\d{2}:\d{2})?$/;

function saleOf(cells: Cells, currency: string, price: number) {
  const at = (column: string, otherwise: string): string | undefined => {
    const text = cells.take(column);
    if (text === "") return undefined;
    const [, day, time = otherwise, zone] = TIME.exec(text) ?? [];
    if (day === undefined || !isInstant(`${day}T00:00:00Z`))
      throw new RowMistake(`${column} is ${JSON.stringify(text)}, and must be a date such as 2026-11-27`);
    if (zone === undefined) cells.warn(`${column} names no zone: taken as UTC`);
    return `${day}T${time.padStart(time.length > 5 ? 8 : 5, "0")}${zone ?? "Z"}`;
  };
  const [starts, ends] = OF_SALES;
  return given({ from: at(starts, "00:00:00"), to: at(ends, "23:59:59"), prices: { [currency]: price } });
}

function attributesOf(cells: Cells, columns: Columns): Record<string, string> {
  const numbers = columns
    .matching(ATTRIBUTE)
    .flatMap(([, number, what]) => (what!.toLowerCase() === "name" ? [number] : []));
  return membersOf(
    numbers.flatMap((number): [string, string][] => {
      const name = cells.look(`Attribute ${number} name`);
      const value = cells.look(`Attribute ${number} value(s)`);
      if (name === "" || value === "") return [];
      cells.take(`Attribute ${number} name`);
      return [[name, cells.take(`Attribute ${number} value(s)`).replaceAll("\\,", ",")]];
    }),
  );
}

/** Items of a cell; a comma that belongs to one has a backslash before it. */
const list = (text: string): string[] =>
  text
    .split(/(?<!\\),/)
    .map((item) => item.replaceAll("\\,", ",").trim())
    .filter((item) => item !== "");
