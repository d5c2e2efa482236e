import type { FileOf } from "./foreign-files.ts";

/** As columns are called in the world: with what parts values, with dots, over two lines, with names that mean something elsewhere. */
const NAMES = [
  "Preis (brutto)",
  "Größe, EU",
  'Breite "cm"',
  "a;b",
  "name.de",
  "Price\n(EUR)",
  "Title",
  "SKU",
  "constructor",
];
const WIDE_NAMES = ["商品名", "Gro\u0308sse", "\u200bArt. Nr.", "Prix\u00a0HT"];

/** The same under names of another system, with a mapping; prices in either unit, said by the mapping or by the option. */
export function renamed(file: FileOf, pick: <T>(from: readonly T[]) => T, latin: boolean): FileOf {
  const members = file.columns;
  const names = latin ? NAMES : [...NAMES, ...WIDE_NAMES];
  const columns = members.map((_, index) => {
    const name = pick(names);
    return index === 0 ? name : `${name} ${index}`;
  });
  const byStar = pick([true, false]);
  const entries = columns.flatMap((column, index): [string, string][] => {
    const isLeftOut = members[index]!.startsWith("left out");
    return isLeftOut && byStar ? [] : [[column, isLeftOut ? "" : members[index]!]];
  });
  const units = pick(["major", "minor"] as const);
  const rows = file.rows.map((row) =>
    row.map((cell, index) =>
      members[index] === "prices.EUR" && units === "minor" ? { ...cell, text: cell.parts[0]! } : cell,
    ),
  );
  const [inMapping, inOptions] = pick([
    [units, undefined],
    [undefined, units],
    ["major", units],
  ] as const);
  return {
    ...file,
    columns,
    members,
    rows,
    options: { ...(inOptions && { prices: inOptions }) },
    mapping: {
      columns: Object.fromEntries([...entries, ...(byStar ? [["*", ""] as const] : [])]),
      ...(inMapping && { prices: inMapping }),
    },
  };
}
