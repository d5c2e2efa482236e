import { slugOf } from "../../../src/catalog/slug.ts";
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
  rowOf,
  unquoted,
} from "./format.ts";

/** The names of a column in the exports of before 2025 and after. */
const NAMES = {
  handle: ["Handle", "URL handle"],
  title: ["Title"],
  body: ["Body (HTML)", "Description"],
  vendor: ["Vendor"],
  category: ["Product Category"],
  type: ["Type"],
  status: ["Status"],
  published: ["Published", "Published on online store"],
  sku: ["Variant SKU", "SKU"],
  barcode: ["Variant Barcode", "Barcode"],
  price: ["Variant Price", "Price"],
  was: ["Variant Compare At Price", "Compare-at price"],
  tracker: ["Variant Inventory Tracker", "Inventory tracker"],
  quantity: ["Variant Inventory Qty", "Inventory quantity"],
  policy: ["Variant Inventory Policy", "Continue selling when out of stock"],
  image: ["Image Src", "Product image URL"],
  alt: ["Image Alt Text"],
} as const;

export const isShopify = (columns: Columns): boolean =>
  NAMES.handle.some((name) => columns.has(name)) && NAMES.price.some((name) => columns.has(name, "Title"));

interface Record_ {
  line: number;
  get: (name: keyof typeof NAMES) => string;
  cells: Cells;
}

/**
 * Shopify's product export: the first row of a product has what all of its variants share, the rows below have the handle alone,
 * and some of them have a picture and no variant.
 */
export function shopifyFormat(columns: Columns, options: FormatOptions): Converter {
  let held: Record_[] = [];
  const flush = (): FileRow[] => {
    const rows = held.length > 0 ? productRows(held, options) : [];
    held = [];
    return rows;
  };
  return {
    name: "Shopify's product export",
    convert(values, line) {
      const cells = columns.of(values);
      const record: Record_ = {
        line,
        cells,
        get: (name) => NAMES[name].map(cells).find((text) => text !== "") ?? "",
      };
      const rows = held.length > 0 && held[0]!.get("handle") !== record.get("handle") ? flush() : [];
      held.push(record);
      return rows;
    },
    end: flush,
  };
}

function productRows(records: Record_[], options: FormatOptions): FileRow[] {
  const [first] = records as [Record_, ...Record_[]];
  const warnings: string[] = [];
  const handle = first.get("handle").toLowerCase();
  const images = records.flatMap(({ get }) =>
    get("image") === "" ? [] : [given({ url: get("image"), alt: get("alt") })],
  );
  const path = first.get("category") || first.get("type");
  const product = given({
    name: first.get("title"),
    brand: brandOf(first.get("vendor"), options, warnings),
    description: first.get("body"),
    categories: path === "" ? [] : [path.includes(">") ? path : `> ${path}`],
    status: statusOf(first),
    images: images.filter((image, index) => images.findIndex(({ url }) => url === image.url) === index),
  });
  const variants = records.filter(isVariant);
  return variants.map((record, index) =>
    rowOf(
      record.line,
      () => ({
        ...variantOf(record, first, variants.length, options),
        product: { slug: handle || slugOf(first.get("title")), ...product },
      }),
      index === 0 ? warnings : [],
    ),
  );
}

/** What is not published there is a draft here. Files without either column say nothing of it. */
function statusOf({ get }: Record_): string {
  const [status, published] = [get("status"), get("published")];
  if (/^(draft|archived|unlisted)$/i.test(status) || /^false$/i.test(published)) return "draft";
  return status === "" && published === "" ? "" : "published";
}

/** A row with a picture alone has none of these. */
const isVariant = ({ get, cells }: Record_): boolean =>
  [get("sku"), get("price"), cells("Option1 Value")].some((text) => text !== "");

function variantOf({ get, cells }: Record_, first: Record_, variants: number, options: FormatOptions) {
  const attributes = Object.fromEntries(
    [1, 2, 3].flatMap((number) => {
      const name = first.cells(`Option${number} Name`);
      const value = cells(`Option${number} Value`);
      // "Title: Default Title" says that there is nothing to choose.
      return name === "" || value === "" || value === "Default Title" ? [] : [[name, value]];
    }),
  );
  const currency = currencyOf(options);
  const price = get("price") === "" ? undefined : major(`prices.${currency}`, get("price"), currency);
  const was = get("was") === "" ? undefined : major("the compare-at price", get("was"), currency);
  const isSale = price !== undefined && was !== undefined && was > price;
  return given({
    sku: unquoted(get("sku")) || madeSku(first.get("handle"), Object.values(attributes), variants),
    gtin: unquoted(get("barcode")),
    availability: availabilityOf(get),
    prices: price === undefined ? {} : { [currency]: isSale ? was : price },
    sales: isSale ? [{ prices: { [currency]: price } }] : [],
    attributes,
  });
}

/** A variant without a SKU is told by its handle and options: the same at every import. */
const madeSku = (handle: string, values: readonly string[], variants: number): string =>
  (variants === 1 ? handle : [handle, ...values.map((value) => slugOf(value))].join("-")).slice(0, 64);

function availabilityOf(get: Record_["get"]): string {
  const quantity = Number(get("quantity"));
  if (get("tracker") === "" || get("quantity") === "" || quantity > 0) return "in_stock";
  return /^(continue|true)$/i.test(get("policy")) ? "in_stock" : "out_of_stock";
}
