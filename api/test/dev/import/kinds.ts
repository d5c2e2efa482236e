import {
  anyOf,
  availability,
  blank,
  type Cell,
  gtin,
  type Make,
  multiline,
  nextNumber,
  none,
  number,
  paths,
  plain,
  price,
  several,
  textCell,
  url,
  words,
} from "./cells.ts";

/** A format, and what stands in each of its columns. */
export interface Kind {
  format: string;
  columns: [name: string, make: Make][];
  key: string;
  options?: { prices?: "major" | "minor" };
  /** Rows of one product are together in such a file. */
  sorted?: boolean;
}

const OWN: Kind["columns"] = [
  ["sku", plain],
  ["product.slug", (v) => textCell(`p-${v.token()}`)],
  ["product.name", plain],
  ["product.brand", plain],
  ["product.description", blank(anyOf(plain, multiline))],
  ["product.categories", blank(several(paths, "|"))],
  ["product.images", blank(several(url, " | "))],
  ["prices.EUR", anyOf(price, price, price, plain)],
  ["prices.JPY", blank(() => textCell(String(1_000_000 + nextNumber())))],
  ["gtin", blank(gtin)],
  ["availability", blank(availability)],
  ["attributes.Größe, EU", blank(plain)],
  ["product.attributes.material", blank(plain)],
];

export const KINDS: Kind[] = [
  { format: "own", key: "product.slug", options: { prices: "major" }, columns: OWN },
  {
    format: "mapped",
    key: "product.slug",
    columns: [
      ...OWN,
      ["left out", () => ({ text: `left ${nextNumber()}`, parts: [] })],
      ["left out too", blank(() => ({ text: "0", parts: [] }))],
    ],
  },
  {
    format: "Google",
    key: "item_group_id",
    columns: [
      ["id", plain],
      ["item_group_id", (v) => textCell(`g-${v.token()}`)],
      ["title", plain],
      ["brand", blank(plain)],
      ["description", blank(plain)],
      ["link", url],
      ["image_link", blank(url)],
      ["additional_image_link", blank(several(url, ","))],
      ["price", (v) => suffixed(v.price(), " EUR")],
      ["sale_price", blank((v) => suffixed(v.price(), " EUR"))],
      [
        "sale_price_effective_date",
        blank(words(["2026-11-27T00:00+0100/2026-11-30T23:59+0100"], ["next week"])),
      ],
      ["availability", availability],
      ["gtin", blank(gtin)],
      ["color", blank(plain)],
      ["size", blank(plain)],
      ["product_type", blank(paths)],
      ["google_product_category", blank(anyOf(paths, number))],
      ["custom_label_0", blank(plain)],
    ],
  },
  {
    format: "Shopify",
    key: "Handle",
    sorted: true,
    columns: [
      ["Handle", (v) => textCell(`h-${v.token()}`)],
      ["Title", anyOf(plain, plain, () => none)],
      ["Body (HTML)", blank(anyOf(plain, multiline))],
      ["Vendor", blank(plain)],
      ["Product Category", blank(paths)],
      ["Type", blank((v) => textCell(v.token()))], // ">" parts the names of categories
      ["Tags", blank(plain)],
      ["Published", words(["TRUE", "false", "nein", ""], ["maybe"])],
      ["Option1 Name", blank(plain)],
      ["Option1 Value", blank(plain)],
      ["Option2 Name", blank(plain)],
      ["Option2 Value", blank(plain)],
      ["Variant SKU", blank(plain)],
      ["Variant Barcode", blank(gtin)],
      ["Variant Inventory Tracker", words(["shopify", ""])],
      ["Variant Inventory Qty", words(["3", "0", ""], ["many"])],
      ["Variant Price", blank(price)],
      ["Variant Compare At Price", blank(price)],
      ["Variant Image", blank(url)],
      ["Image Src", blank(url)],
      ["Image Alt Text", blank(plain)],
      ["Status", words(["active", "draft", ""], ["sleeping"])],
      ["Cost per item", blank(price)],
    ],
  },
  {
    format: "WooCommerce",
    key: "Parent",
    columns: [
      ["ID", () => ({ text: String(nextNumber()), parts: [] })],
      ["Type", words(["simple", "simple, virtual", "variable", "variation"])],
      ["SKU", (v) => textCell(v.token())],
      ["Name", plain],
      ["Published", words(["1", "0", "-1", "", "ja"], ["?"])],
      ["Short description", blank(plain)],
      ["Description", blank(anyOf(plain, multiline))],
      ["In stock?", words(["1", "0", "", "instock"], ["?"])],
      ["Weight (kg)", blank((v) => textCell(`${nextNumber()}.${v.pick([25, 5])}`))],
      ["Sale price", blank(price)],
      ["Date sale price ends", blank(words(["2026-11-30"], ["30.11."]))],
      ["Regular price", blank(price)],
      ["Categories", blank(several(paths, ", "))],
      ["Images", blank(several(url, ", "))],
      ["Parent", () => none],
      ["Brands", blank(several((v) => textCell(v.token()), ", "))],
      ["Attribute 1 name", blank((v) => textCell(v.token()))],
      ["Attribute 1 value(s)", blank((v) => textCell(v.token()))],
      ["Attribute 2 name", blank((v) => textCell(v.token()))],
      ["Attribute 2 value(s)", blank((v) => textCell(v.token()))],
      ["GTIN, UPC, EAN, or ISBN", blank(gtin)],
      ["Tags", blank(plain)],
    ],
  },
];

const suffixed = ({ text, parts }: Cell, suffix: string): Cell => ({ text: `${text}${suffix}`, parts });

/** The columns of each format that is recognised by them. */
export const COLUMNS = KINDS.filter(({ format }) => format !== "mapped").map(({ format, columns }) => ({
  format,
  columns: columns.map(([name]) => name),
}));
