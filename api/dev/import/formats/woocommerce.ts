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
  leftOut,
  major,
  RowMistake,
  rowOf,
} from "./format.ts";

export const isWooCommerce = (columns: Columns): boolean =>
  columns.has("Type", "SKU", "Name", "Regular price");

interface Parent {
  slug: string;
  /** Sent with the first of its variants. */
  product: Record<string, unknown>;
}

/** 1 is published, 0 a private product, -1 a draft. A variation is part of its product, or left out. */
const isPublished = (cells: Cells): boolean => ["", "1"].includes(cells("Published"));

/**
 * WooCommerce's product export: a variable product is a row of its own that is no variant, its variations name it by SKU or as
 * `id:44`, and lists stand in one cell.
 */
export function wooCommerceFormat(columns: Columns, options: FormatOptions): Converter {
  const parents = new Map<string, Parent>();
  const waiting: { cells: Cells; line: number }[] = [];
  const variation = (cells: Cells, line: number): FileRow => {
    const parent = parents.get(cells("Parent"));
    if (!parent) return { line, raw: { error: `its parent ${cells("Parent")} is not in the file` } };
    if (!isPublished(cells)) return leftOut(line, `${cells("Name") || cells("SKU")} is not published there`);
    return rowOf(line, () => ({
      ...variantOf(cells, columns, options),
      product: { slug: parent.slug, ...parent.product },
    }));
  };
  const units = columns
    .matching(/^(Weight|Length|Width|Height) \((.+)\)$/)
    .map(([column, name, unit]) => ({ column: column!, name: name!, unit: unit! }));
  return {
    name: "WooCommerce's product export",
    convert(values, line) {
      const cells = columns.of(values);
      const types = cells("Type").split(/\s*,\s*/);
      if (types.includes("grouped"))
        return [leftOut(line, `${cells("Name")} is a group of other products without a price of its own`)];
      if (types.includes("variation")) {
        if (parents.has(cells("Parent"))) return [variation(cells, line)];
        waiting.push({ cells, line });
        return [];
      }
      const slug = slugOf(cells("SKU") || `${cells("Name")} ${cells("ID")}`);
      const warnings: string[] = [];
      const product = productOf(cells, columns, units, options, types.includes("variable"), warnings);
      if (types.includes("variable")) {
        for (const key of [cells("SKU"), `id:${cells("ID")}`])
          if (key !== "") parents.set(key, { slug, product });
        return warnings.length > 0 ? [{ line, raw: undefined, warnings }] : [];
      }
      return [
        rowOf(
          line,
          () => ({ ...variantOf(cells, columns, options, false), product: { slug, ...product } }),
          warnings,
        ),
      ];
    },
    // Their parents may stand below them.
    end: () => waiting.map(({ cells, line }) => variation(cells, line)),
  };
}

function productOf(
  cells: Cells,
  columns: Columns,
  units: { column: string; name: string; unit: string }[],
  options: FormatOptions,
  isVariable: boolean,
  warnings: string[],
) {
  const measures = units.flatMap(({ column, name, unit }) => {
    const value = cells(column).replace(/^\./, "0.");
    return value === "" ? [] : [[name, `${value} ${unit}`] as const];
  });
  const attributes = Object.fromEntries([...measures, ...(isVariable ? [] : attributesOf(cells, columns))]);
  return given({
    name: cells("Name"),
    brand: brandOf(cells("Brands").split(/\s*,\s*/)[0]!, options, warnings),
    description: [cells("Short description"), cells("Description")]
      .filter((text) => text !== "")
      .join("\n\n"),
    categories: list(cells("Categories")).map((path) => (path.includes(">") ? path : `> ${path}`)),
    images: list(cells("Images")).map((url) => ({ url })),
    attributes,
    // What is not published there is a draft here; a file without the column says nothing of it.
    status: columns.has("Published") ? (isPublished(cells) ? "published" : "draft") : "",
  });
}

function variantOf(cells: Cells, columns: Columns, options: FormatOptions, isVariation = true) {
  const currency = currencyOf(options);
  const [regular, sale] = ["Regular price", "Sale price"].map((column) =>
    cells(column) === "" ? undefined : major(column, cells(column), currency),
  );
  const stock = cells("In stock?").toLowerCase();
  return given({
    sku: cells("SKU") || `wc-${cells("ID")}`,
    gtin: cells("GTIN, UPC, EAN, or ISBN"),
    availability:
      stock === "backorder"
        ? "preorder"
        : stock === "0" || stock === "outofstock"
          ? "out_of_stock"
          : "in_stock",
    prices: regular === undefined ? {} : { [currency]: regular },
    sales: sale === undefined ? [] : [saleOf(cells, currency, sale)],
    attributes: isVariation ? Object.fromEntries(attributesOf(cells, columns)) : {},
  });
}

function saleOf(cells: Cells, currency: string, price: number) {
  const at = (column: string, time: string): string | undefined => {
    const text = cells(column);
    if (text === "") return undefined;
    const day = /^\d{4}-\d{2}-\d{2}/.exec(text)?.[0];
    if (day === undefined)
      throw new RowMistake(`${column} is ${JSON.stringify(text)}, and must be a date such as 2026-11-27`);
    return `${day}T${time}Z`;
  };
  return given({
    from: at("Date sale price starts", "00:00:00"),
    to: at("Date sale price ends", "23:59:59"),
    prices: { [currency]: price },
  });
}

function attributesOf(cells: Cells, columns: Columns): [string, string][] {
  return columns.matching(/^Attribute (\d+) name$/).flatMap(([column, number]): [string, string][] => {
    const [name, value] = [cells(column!), cells(`Attribute ${number} value(s)`)];
    return name === "" || value === "" ? [] : [[name, value]];
  });
}

/** Items of a cell; a comma that belongs to one has a backslash before it. */
const list = (text: string): string[] =>
  text
    .split(/(?<!\\),/)
    .map((item) => item.replaceAll("\\,", ",").trim())
    .filter((item) => item !== "");
