/**
 * What the file itself calls the members of a row, for messages: `product.name` → `["Bezeichnung (product.name)"]`. `prices` stands
 * for all columns of prices, `attributes` for those that name one.
 */
export type Names = ReadonlyMap<string, readonly string[]>;

/** A name that is no plain words stands between quote marks. @param member that a mapping says the column is */
export function plainly(column: string, member = column): string {
  const isPlain = /^[\p{L}\p{N}][\p{L}\p{N}\p{M} ?(),._/%€$£-]*$/u.test(column);
  const name = isPlain ? column : JSON.stringify(column);
  return member === column ? name : `${name} (${member})`;
}

/** A member is named where a sentence begins, and where it lists what is missing. Elsewhere the same word may be a word. */
const BEFORE = "(?<=^|: |\\b(?:lacks|needs|and|or|by) )";
/** Values that are repeated, as JSON has them: what looks like a member inside is none. */
const QUOTED = '"(?:[^"\\\\]|\\\\.)*"';
/** Which entry of a list it is: a cell has no such number. */
const ENTRY = "(?:\\[\\d+\\](?:\\.(?:url|alt))?)?";
/** Of an attribute that no column is called after: its name stands in a cell. */
const ATTRIBUTES = "(?:product\\.)?attributes\\.";

/**
 * Rewrites what is said of a row's members into what the file calls its columns: whoever mends the file looks for these.
 *
 * @returns takes a message, and gives it in the file's own names
 */
export function inNamesOf(names: Names): (message: string) => string {
  if (names.size === 0) return (message) => message;
  const members = [...names.keys()]
    .filter((member) => member !== "prices" && member !== "attributes")
    .sort((a, b) => b.length - a.length)
    .map((member) => RegExp.escape(member));
  const groups = ["prices(?:\\.[A-Z]{3}|(?<=needs prices))", "(?:product\\.)?attributes(?= has a member)"];
  // Where no column says its currency, those of prices are of any.
  const ofAny = [...names.keys()].some((name) => name.startsWith("prices."))
    ? undefined
    : names.get("prices");
  const pattern = new RegExp(
    `${QUOTED}|${BEFORE}(?:(${[...members, ...groups].join("|")})${ENTRY}(?![\\p{L}\\p{N}_])|(${ATTRIBUTES}))`,
    "gu",
  );
  return (message) =>
    message.replace(pattern, (all, member?: string, attributes?: string) => {
      if (attributes !== undefined) return "attribute ";
      if (member === undefined) return all;
      const found = names.get(member) ?? (member.startsWith("prices.") ? ofAny : names.get("attributes"));
      return found?.join(" or ") ?? all;
    });
}
