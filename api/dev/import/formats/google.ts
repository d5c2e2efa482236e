import { slugOf } from "../../../src/catalog/slug.ts";
import { readAvailability } from "../availability.ts";
import type { FileRow } from "../json.ts";
import {
  brandOf,
  type Cells,
  type Columns,
  type Converter,
  currencyOf,
  type FormatOptions,
  given,
  major,
  nameKey,
  RowMistake,
  rowOf,
} from "./format.ts";

export const isGoogle = (columns: Columns): boolean =>
  columns.has("id", "title", "price") &&
  (columns.has("link") || columns.has("availability") || columns.has("image link"));

/** What tells the items of a group apart. */
const VARYING = ["color", "colour", "size", "material", "pattern", "gender", "age group", "condition", "mpn"];

/** Google Merchant's product data, as a table or as the items of a feed: one item a variant, `item_group_id` joins them. */
export function googleItems(options: FormatOptions): (cells: Cells, line: number) => FileRow[] {
  const groups = new Map<string, Record<string, unknown>>();
  return (cells, line) => {
    const warnings: string[] = [];
    const group = cells("item group id") || cells("id");
    const row = rowOf(
      line,
      () => {
        const shared = groups.get(group) ?? productOf(cells, options, warnings);
        const variant = variantOf(cells, options, warnings);
        // Titles of a group name its variants as well: the first one's is the product's.
        if (cells("item group id") !== "") groups.set(group, {});
        return { ...variant, product: { slug: slugOf(group), ...shared } };
      },
      warnings,
    );
    return [row];
  };
}

export function googleTable(columns: Columns, options: FormatOptions): Converter {
  const convert = googleItems(options);
  return {
    name: "Google Merchant's product data",
    convert: (values, line) => convert(columns.of(values), line),
  };
}

/** `g:image_link`, `image link`, `Image_Link` → one name. */
export const googleKey = (name: string): string => nameKey(name.replace(/^g:/i, ""));

function productOf(cells: Cells, options: FormatOptions, warnings: string[]) {
  const paths = [cells("product type"), cells("google product category")].filter((text) =>
    /[^\d\s]/.test(text),
  );
  const path = paths[0]?.split(/,(?=[^>]*>)/)[0]?.trim();
  const images = [cells("image link"), ...cells("additional image link").split(/\s*,\s*(?=https?:)/)];
  return given({
    name: cells("title"),
    brand: brandOf(cells("brand"), options, warnings),
    description: cells("description"),
    categories: path === undefined ? [] : [path.includes(">") ? path : `> ${path}`],
    images: [...new Set(images.filter((url) => url !== ""))].map((url) => ({ url })),
  });
}

function variantOf(cells: Cells, options: FormatOptions, warnings: string[]) {
  const { value: availability, warning } = readAvailability(cells("availability"));
  if (warning !== undefined) warnings.push(warning);
  const [currency, price] = money("price", cells, options) ?? [];
  const [saleCurrency, sale] = money("sale price", cells, options) ?? [];
  return given({
    sku: cells("id"),
    gtin: cells("gtin"),
    availability,
    prices: price === undefined ? {} : { [currency!]: price },
    sales: sale === undefined ? [] : [given({ ...periodOf(cells), prices: { [saleCurrency!]: sale } })],
    attributes: Object.fromEntries(
      VARYING.flatMap((name) => (cells(name) === "" ? [] : [[name.replace(" ", "_"), cells(name)]])),
    ),
  });
}

/** `19.99 USD` */
function money(name: string, cells: Cells, options: FormatOptions): [string, number] | undefined {
  const text = cells(name);
  if (text === "") return undefined;
  const currency = /\b([A-Z]{3})\b/.exec(text)?.[1] ?? currencyOf(options);
  return [currency, major(name, text, currency)];
}

/** `2026-11-27T00:00+0100/2026-11-30T23:59+0100` */
function periodOf(cells: Cells): { from?: string; to?: string } {
  const text = cells("sale price effective date");
  if (text === "") return {};
  const [from, to] = text.split("/").map((part) => {
    const time = new Date(part.trim().replace(/([+-]\d{2})(\d{2})$/, "$1:$2"));
    if (Number.isNaN(time.getTime()))
      throw new RowMistake(
        `sale price effective date is ${JSON.stringify(text)}, and must be two times such as 2026-11-27T00:00+0100/2026-11-30T23:59+0100`,
      );
    return time.toISOString();
  });
  return given({ from, to });
}
