import fc from "fast-check";
import { unique } from "../../support/api.ts";
import { renamed } from "./mapped-files.ts";

/**
 * Product files as they are found in the world, made at random: every value is one of its own, so that it can be looked for in what
 * the catalogue has afterwards.
 */

/** A value as it stands in the file, and what must be found of it. */
export interface Cell {
  text: string;
  /** Texts that the export must have. */
  parts: string[];
  /** What the variant's availability must be. */
  availability?: string;
  /** It means nothing: the row is refused. */
  isNonsense?: boolean;
}

export interface FileOf {
  format: string;
  columns: string[];
  rows: Cell[][];
  /** What the columns are here, where the file's own names do not say it. */
  members?: string[];
  /** Rows of one product have the same. */
  keys: string[];
  options: { prices?: "major" | "minor" };
  /** For --map. */
  mapping?: { columns: Record<string, string>; prices?: "major" | "minor" };
}

type Make = (value: Values) => Cell;

let serial = 0;

/** Values that no other cell has. */
export class Values {
  readonly #pick: <T>(from: readonly T[]) => T;
  readonly #latin: boolean;

  /** @param pick decides; @param latin only characters of Windows-1252 */
  constructor(pick: <T>(from: readonly T[]) => T, latin: boolean) {
    this.#pick = pick;
    this.#latin = latin;
  }

  pick<T>(from: readonly T[]): T {
    return this.#pick(from);
  }

  token(): string {
    return `t${(++serial).toString(36)}${TAIL}`;
  }

  /** A text of one line. */
  text(): string {
    const odd = this.pick(this.#latin ? LATIN : ODD);
    return this.pick([(t: string) => t, (t: string) => `${odd} ${t}`, (t: string) => `${t} ${odd} 2`])(
      this.token(),
    );
  }

  /** A price in euros: as it is written, and in minor units. */
  price(): Cell {
    const minor = 1_000_000 + ++serial * 7;
    const [whole, cents] = [String(Math.floor(minor / 100)), String(minor % 100).padStart(2, "0")];
    const grouped = (sign: string) => whole.replace(/\B(?=(\d{3})+$)/g, sign);
    const text = this.pick([
      `${whole}.${cents}`,
      `${whole},${cents}`,
      `${grouped(",")}.${cents}`,
      `${grouped(".")},${cents}`,
      `${grouped(" ")},${cents}`,
    ]);
    return { text, parts: [String(minor)] };
  }
}

/** Ids of different runs differ as well. */
const TAIL = unique()
  .replaceAll(/[^a-z0-9]/gi, "")
  .toLowerCase();
const LATIN = ['15" wide', "a;b", "c,d", "é", "Größe", "&amp;", "<b>x</b>", "'0042", "½"];
const ODD = [...LATIN, "中文", "😀", "\u200dक", "ʼ"];

const plain: Make = (v) => textCell(v.text());
const textCell = (text: string): Cell => ({ text, parts: [text] });
const blank =
  (make: Make): Make =>
  (v) =>
    v.pick([0, 1, 1]) === 0 ? none : make(v);
const none: Cell = { text: "", parts: [] };
const price: Make = (v) => v.price();
const anyOf =
  (...makes: Make[]): Make =>
  (v) =>
    v.pick(makes)(v);
/** Words for what is no text, and such that mean nothing. */
const words =
  (known: readonly string[], nonsense: readonly string[] = []): Make =>
  (v) => {
    const text = v.pick([...known, ...known, ...nonsense]);
    return { text, parts: [], isNonsense: nonsense.includes(text) };
  };
const availability: Make = (v) => {
  const text = v.pick(Object.keys(STOCK));
  const meant = STOCK[text];
  return { text, parts: [], ...(meant === undefined ? { isNonsense: true } : { availability: meant }) };
};
const paths: Make = (v) => {
  const names = [v.token(), v.token()];
  return { text: v.pick([names.join(" > "), names.join(">"), names[0]!]), parts: names.slice(0, 1) };
};
const url: Make = (v) => textCell(`https://a.example/${v.token()}.jpg`);
const several =
  (make: Make, separator: string): Make =>
  (v) => {
    const cells = [make(v), make(v)].slice(0, v.pick([1, 2]));
    return {
      text: cells.map(({ text }) => text).join(separator),
      parts: cells.flatMap(({ parts }) => parts),
    };
  };
const gtin: Make = (v) => {
  const digits = String(400_000_000_000 + ++serial);
  const sum = [...digits].reduce(
    (total, digit, index) => total + Number(digit) * (index % 2 === 0 ? 1 : 3),
    0,
  );
  return textCell(v.pick([`${digits}${(10 - (sum % 10)) % 10}`, "4.0E+12", "4006381333932"]));
};
const multiline: Make = (v) => textCell(`${v.text()}\n${v.token()}`);
const number: Make = (v) => textCell(v.pick([String(serial), "0012"]));

interface Kind {
  format: string;
  columns: [name: string, make: Make][];
  key: string;
  options?: FileOf["options"];
  /** Rows of one product are together in such a file. */
  sorted?: boolean;
}

const STOCK: Record<string, string | undefined> = {
  "in stock": "in_stock",
  in_stock: "in_stock",
  "Out of stock": "out_of_stock",
  preorder: "preorder",
  perhaps: undefined,
};

const OWN: Kind["columns"] = [
  ["sku", plain],
  ["product.slug", (v) => textCell(`p-${v.token()}`)],
  ["product.name", plain],
  ["product.brand", plain],
  ["product.description", blank(anyOf(plain, multiline))],
  ["product.categories", blank(several(paths, "|"))],
  ["product.images", blank(several(url, " | "))],
  ["prices.EUR", anyOf(price, price, price, plain)],
  ["prices.JPY", blank(() => textCell(String(1_000_000 + ++serial)))],
  ["gtin", blank(gtin)],
  ["availability", blank(availability)],
  ["attributes.Größe, EU", blank(plain)],
  ["product.attributes.material", blank(plain)],
];

const KINDS: Kind[] = [
  { format: "own", key: "product.slug", options: { prices: "major" }, columns: OWN },
  {
    format: "mapped",
    key: "product.slug",
    columns: [
      ...OWN,
      ["left out", () => ({ text: `left ${++serial}`, parts: [] })],
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
      ["ID", () => ({ text: String(++serial), parts: [] })],
      ["Type", words(["simple", "simple, virtual", "variable", "variation"])],
      ["SKU", (v) => textCell(v.token())],
      ["Name", plain],
      ["Published", words(["1", "0", "-1", "", "ja"], ["?"])],
      ["Short description", blank(plain)],
      ["Description", blank(anyOf(plain, multiline))],
      ["In stock?", words(["1", "0", "", "instock"], ["?"])],
      ["Weight (kg)", blank((v) => textCell(`${++serial}.${v.pick([25, 5])}`))],
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

/** A file of any of the formats, before it is written down. @param of one of them. @default any */
export function files(latin: boolean, of?: string): fc.Arbitrary<FileOf> {
  return fc
    .tuple(
      fc.constantFrom(...KINDS.filter(({ format }) => of === undefined || format === of)),
      fc.integer({ min: 1, max: 8 }),
      fc.infiniteStream(fc.nat()),
    )
    .map(([kind, count, choices]) => {
      const pick = <T>(from: readonly T[]): T => from[choices.next().value % from.length]!;
      const values = new Values(pick, latin);
      const keyAt = kind.columns.findIndex(([name]) => name === kind.key);
      const pool = [kind.columns[keyAt]![1](values), kind.columns[keyAt]![1](values)];
      let rows = Array.from({ length: count }, () => {
        const row = kind.columns.map(([, make]) => make(values));
        // Rows of one product share its members, or say none, or other ones.
        const twin = pick([pool[0]!, pool[1]!, row[keyAt]!]);
        row[keyAt] = twin;
        return row;
      });
      if (kind.format === "WooCommerce") nameParents(rows, kind, pick);
      if (kind.sorted) rows = rows.toSorted((a, b) => (a[keyAt]!.text < b[keyAt]!.text ? -1 : 1));
      for (const [index, row] of rows.entries()) {
        const before = rows.slice(0, index).find((other) => other[keyAt]!.text === row[keyAt]!.text);
        if (before && kind.format !== "WooCommerce") repeat(row, before, kind, pick);
      }
      const file: FileOf = {
        format: kind.format,
        columns: kind.columns.map(([name]) => name),
        rows,
        keys: kind.format === "WooCommerce" ? productsOf(rows, kind) : rows.map((row) => row[keyAt]!.text),
        options: kind.options ?? {},
      };
      return kind.format === "mapped" ? renamed(file, pick, latin) : file;
    });
}

const OF_PRODUCT =
  /^(product\.(?!slug)|title$|brand$|description$|image|additional|product_type|google_|Title|Body|Vendor|Product C|Type|Option. Name|Published|Status)/;

/** Most files say of a product the same in each row, or say it once. */
function repeat(row: Cell[], before: Cell[], { columns }: Kind, pick: <T>(from: readonly T[]) => T): void {
  const how = pick(["same", "none", "other"]);
  for (const [index, [name]] of columns.entries())
    if (how !== "other" && OF_PRODUCT.test(name)) row[index] = how === "same" ? before[index]! : none;
}

function nameParents(rows: Cell[][], { columns }: Kind, pick: <T>(from: readonly T[]) => T): void {
  const at = (name: string) => columns.findIndex(([column]) => column === name);
  const parents = rows.filter((row) => row[at("Type")]!.text === "variable");
  for (const row of rows)
    if (row[at("Type")]!.text === "variation") {
      const parent = parents.length > 0 && pick([0, 1, 1]) === 1 ? pick(parents) : undefined;
      row[at("Parent")] = parent
        ? { text: pick([parent[at("SKU")]!.text, `id:${parent[at("ID")]!.text}`]), parts: [] }
        : { text: "nobody", parts: [] };
    }
}

/** By the SKU of the row that the product is in. */
function productsOf(rows: Cell[][], { columns }: Kind): string[] {
  const at = (name: string) => columns.findIndex(([column]) => column === name);
  const [id, sku, parent] = [at("ID"), at("SKU"), at("Parent")];
  return rows.map((row) => {
    const named = row[parent]!.text;
    const other = rows.find((one) => named !== "" && [one[sku]!.text, `id:${one[id]!.text}`].includes(named));
    return (other ?? row)[sku]!.text;
  });
}
