import { UserError } from "../../../../cli/user-error.ts";
import { shown } from "../../../src/writes/claims.ts";
import type { FileRow } from "../json.ts";
import type { Mapping } from "../mapping.ts";
import type { PriceUnits } from "../money.ts";
import { type Names, plainly } from "../naming.ts";

export interface FormatOptions {
  file: string;
  /** @default what the format says of itself, else minor */
  units: PriceUnits | undefined;
  /** An empty cell: leave what is stored as it is, or take it back to its default. */
  blank: "keep" | "clear";
  /** The currency of prices in formats that name none. @default the API's list currency */
  currency: string | undefined;
  /** The brand of products whose file names none. */
  brand: string | undefined;
  /** From --map. @default the format tells which column is which */
  map: Mapping["columns"] | undefined;
}

/** Turns records of one kind of table into rows of the API. One for each file: some formats carry on from row to row. */
export interface Converter {
  /** What the user is told that the file was taken for. */
  name: string;
  /** What the file calls the members of its rows, where it has names of its own. */
  names: Names;
  convert(cells: string[], line: number): FileRow[];
  /** What was still held back at the end of the file. */
  end?(): FileRow[];
}

/** Names are compared as shops write them: without case, `_` for a blank. */
export const nameKey = (name: string): string => name.toLowerCase().replaceAll("_", " ");

/** The columns of a table, or the members of a feed's items, and what has been made of them. */
export class Columns {
  readonly #names: readonly string[];
  readonly #keys: readonly string[];
  readonly places: ReadonlyMap<string, number>;
  readonly #isKnown: (key: string) => boolean;
  /** Columns with values of which nothing is made in any row. */
  readonly unused = new Set<string>();
  readonly #parts = new Map<string, string>();

  /**
   * @param isKnown whether the format makes something of a column, by its key; what a row has in another one is not named row by row
   * @param keyOf what names of one meaning have in common
   */
  constructor(
    names: readonly string[],
    isKnown: (key: string) => boolean,
    keyOf: (name: string) => string = nameKey,
  ) {
    this.#names = names;
    this.#keys = names.map(keyOf);
    this.places = new Map(this.#keys.map((key, index) => [key, index]));
    this.#isKnown = isKnown;
  }

  has(...names: string[]): boolean {
    return names.every((name) => this.places.has(nameKey(name)));
  }

  /** Whether the format makes something of a column. */
  isUsed(index: number): boolean {
    return this.#isKnown(this.#keys[index]!);
  }

  /** @param columns of each member, by any of their names. @returns those that the file has, as it writes them */
  namesOf(columns: Readonly<Record<string, readonly string[]>>): Names {
    const own = (name: string) => this.#names[this.places.get(nameKey(name)) ?? -1];
    return new Map(
      Object.entries(columns).flatMap(([member, names]) => {
        const there = names.map(own).filter((name) => name !== undefined);
        return there.length > 0 ? [[member, there.map((name) => plainly(name))] as const] : [];
      }),
    );
  }

  /** Columns whose names match: `Attribute 1 name`, `Weight (kg)`. */
  matching(pattern: RegExp): RegExpExecArray[] {
    return this.#names.map((name) => pattern.exec(name)).filter((match) => match !== null);
  }

  of(values: readonly string[]): Cells {
    return new Cells(values, this);
  }

  /** Values of a row of which nothing was made. In columns that nothing is ever made of, they are said of the whole column. */
  left(values: readonly string[], taken: ReadonlySet<string>): [name: string, value: string][] {
    return this.#names.flatMap((name, index): [string, string][] => {
      const key = this.#keys[index]!;
      const value = values[index]?.trim() ?? "";
      if (name === "" || value === "" || taken.has(key)) return [];
      if (this.#isKnown(key)) return [[name, value]];
      this.unused.add(name);
      return [];
    });
  }

  /** Of a column only this is kept, in words. */
  keepPart(name: string, what: string): void {
    if (this.has(name)) this.#parts.set(name, what);
  }

  /** Columns that were left out, as a whole or in part: known once all records were read. */
  lost(): string[] {
    const parts = [...this.#parts].map(([name, what]) => `${name} (${what})`);
    return [
      ...(this.unused.size > 0 ? [`columns that nothing was made of: ${[...this.unused].join(", ")}`] : []),
      ...(parts.length > 0 ? [`columns of which only a part is kept: ${parts.join(", ")}`] : []),
    ];
  }

  /** @throws UserError for two columns of one meaning */
  refuseTwins(file: string): void {
    refuseTwins(file, this.#names, this.#keys);
  }
}

/**
 * @param meanings of the columns; "" for one that has none
 * @param mapped the same, where a mapping says so: then it may be at fault, and not the file
 * @throws UserError for two columns of one meaning: of two values one would be lost
 */
export function refuseTwins(
  file: string,
  names: readonly string[],
  meanings: readonly string[],
  mapped?: readonly string[],
): void {
  const second = meanings.findIndex((key, index) => key !== "" && meanings.indexOf(key) !== index);
  if (second < 0) return;
  const first = meanings.indexOf(meanings[second]!);
  const [one, other] = [JSON.stringify(names[first]), JSON.stringify(names[second])];
  const isMapping = mapped !== undefined && one !== other;
  const what =
    one === other ? `column ${one} stands there twice` : `columns ${one} and ${other} are the same`;
  const why = isMapping ? `, ${mapped[first]} by --map` : "";
  const mend = isMapping ? `Map one of them to another column of ours, or to "".` : "Remove or rename one.";
  throw new UserError(
    `${file}, line 1: ${what}${why} (columns ${first + 1} and ${second + 1}), so nothing was imported. ${mend}`,
  );
}

/** A record by the names of its columns, without blanks around the values; it knows what of it was left. */
export class Cells {
  readonly #values: readonly string[];
  readonly #columns: Columns;
  readonly #taken = new Set<string>();
  readonly #dropped = new Set<string>();
  readonly #notes: string[] = [];

  constructor(values: readonly string[], columns: Columns) {
    this.#values = values;
    this.#columns = columns;
  }

  /** To decide by; "" for a column that is not there. */
  look(name: string): string {
    return this.#values[this.#columns.places.get(nameKey(name)) ?? -1]?.trim() ?? "";
  }

  has(name: string): boolean {
    return this.#columns.has(name);
  }

  /** What the row will have of it. */
  take(name: string): string {
    const key = nameKey(name);
    this.#taken.add(key);
    return this.look(name);
  }

  /** Says that a value is not kept. */
  drop(name: string, why: string): void {
    const value = this.take(name);
    this.#dropped.add(nameKey(name));
    if (value !== "") this.#notes.push(`${name} ${shown(value)} was left out: ${why}`);
  }

  wasDropped(name: string): boolean {
    return this.#dropped.has(nameKey(name));
  }

  /** What a row has said of itself, and values of which nothing was made. To be asked for last. */
  notes(): string[] {
    const left = this.#columns.left(this.#values, this.#taken);
    return [
      ...this.#notes,
      ...left.map(
        ([name, value]) => `${name} ${shown(value)} was left out: nothing is made of it in this row`,
      ),
    ];
  }

  warn(note: string): void {
    this.#notes.push(note);
  }
}

/** What is wrong with one row of the file; the others go on. */
export class RowMistake extends Error {
  override name = "RowMistake";
}

/** A row that is none here, on purpose. */
export const leftOut = (line: number, why: string): FileRow => ({
  line,
  raw: undefined,
  warnings: [`${why}, and was left out`],
});

export const refused = (line: number, error: string): FileRow => ({ line, raw: { error } });

/**
 * Makes a row, or says why there is none.
 *
 * @param cells of the record; what of them was left is said with the row
 */
export function rowOf(line: number, cells: Cells, make: () => Record<string, unknown>): FileRow {
  try {
    const value = make();
    const warnings = cells.notes();
    return { line, raw: { value }, ...(warnings.length > 0 && { warnings }) };
  } catch (error) {
    if (error instanceof RowMistake) return refused(line, error.message);
    throw error;
  }
}

/** Members without a value are left out: they stay as they are. */
export const given = <T extends Record<string, unknown>>(members: T): Partial<T> =>
  Object.fromEntries(
    Object.entries(members).filter(
      ([, value]) =>
        value !== undefined &&
        value !== "" &&
        !(Array.isArray(value) && value.length === 0) &&
        !(value !== null && typeof value === "object" && Object.keys(value).length === 0),
    ),
  ) as Partial<T>;

/** A product has a brand; where a file knows none, that is said. */
export function brandOf(text: string, { brand }: FormatOptions, cells: Cells): string {
  if (text !== "") return text;
  if (brand !== undefined) return brand;
  cells.warn("the file names no brand: taken as Unbranded; --brand NAME takes another");
  return "Unbranded";
}

const YES = /^(1|y|yes|true|on|ja|j|wahr|oui|vrai|s[ií]|verdadero|vero|sim|verdadeiro|tak|prawda)$/i;
const NO = /^(0|n|no|false|off|nein|falsch|non|faux|falso|nej|nee|não|nie|fałsz)$/i;

/** What a shop or a spreadsheet writes for a boolean. @throws RowMistake for what is neither: a wrong guess would sell what is not for sale */
export function yesOrNo(name: string, text: string): boolean {
  if (YES.test(text)) return true;
  if (NO.test(text)) return false;
  throw new RowMistake(`${name} is ${shown(text)}, and must be yes or no, true or false, 1 or 0`);
}

/** Members by name. @throws RowMistake for two of one name: one of the values would be lost */
export function membersOf(
  entries: readonly (readonly [name: string, value: string])[],
): Record<string, string> {
  const members = new Map<string, string>();
  for (const [name, value] of entries) {
    const before = members.get(name);
    if (before !== undefined && before !== value)
      throw new RowMistake(
        `attribute ${shown(name)} is both ${shown(before)} and ${shown(value)}: rename or remove one`,
      );
    members.set(name, value);
  }
  return Object.fromEntries(members);
}

/** Pictures of cells that may have several, each once. A comma parts them where another address follows. */
export const imagesOf = (cells: readonly string[]): { url: string }[] => {
  const urls = cells.flatMap((cell) =>
    cell.replace(/^[\s,]+|(?<!\\)[\s,]+$/g, "").split(/\s*(?<!\\)[,\n]\s*(?=https?:)/),
  );
  return [...new Set(urls.filter((url) => url !== ""))].map((url) => ({ url: url.replaceAll("\\,", ",") }));
};

/** A way through the categories as the import wants it: a name alone is one at the top. */
export const pathOfNames = (text: string): string[] =>
  text === "" ? [] : [text.includes(">") ? text : `> ${text}`];
