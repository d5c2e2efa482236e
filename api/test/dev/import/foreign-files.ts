import fc from "fast-check";
import { type Cell, none, Values } from "./cells.ts";
import { KINDS, type Kind } from "./kinds.ts";
import { renamed } from "./mapped-files.ts";

/**
 * Product files as they are found in the world, made at random: every value is one of its own, so that it can be looked for in what
 * the catalogue has afterwards.
 */

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
