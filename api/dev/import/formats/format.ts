import { UserError } from "../../../../cli/user-error.ts";
import type { FileRow } from "../json.ts";
import { type PriceUnits, parsePrice } from "../money.ts";

export interface FormatOptions {
  file: string;
  /** @default what the format says of itself, else minor */
  units: PriceUnits | undefined;
  /** An empty cell: leave what is stored as it is, or take it back to its default. */
  blank: "keep" | "clear";
  /** The currency of prices in formats that name none. @default the API's list currency */
  currency: string | undefined;
  /** The brand of products whose file has none. */
  brand: string | undefined;
  /** The file's column → ours, from --map; "" leaves a column out, and "*" stands for all that are not named. */
  map: ReadonlyMap<string, string>;
}

/** Turns records of one kind of table into rows of the API. One for each file: some formats carry on from row to row. */
export interface Converter {
  /** What the user is told that the file was taken for. */
  name: string;
  convert(cells: string[], line: number): FileRow[];
  /** What was still held back at the end of the file. */
  end?(): FileRow[];
}

/** A record by the names of its columns, without blanks around the values; "" for a column that is not there. */
export type Cells = (name: string) => string;

/** Names are compared as shops write them: without case, `_` for a blank. */
export const nameKey = (name: string): string => name.toLowerCase().replaceAll("_", " ");

/** Reads records of columns by name, and remembers which of them were asked for. */
export class Columns {
  readonly #names: readonly string[];
  readonly #places: Map<string, number>;
  readonly #asked = new Set<string>();

  constructor(names: readonly string[]) {
    this.#names = names;
    this.#places = new Map(names.map((name, index) => [nameKey(name), index]));
  }

  has(...names: string[]): boolean {
    return names.every((name) => this.#places.has(nameKey(name)));
  }

  /** Columns whose names match: `Attribute 1 name`, `Weight (kg)`. */
  matching(pattern: RegExp): RegExpExecArray[] {
    return this.#names.map((name) => pattern.exec(name)).filter((match) => match !== null);
  }

  of(cells: readonly string[]): Cells {
    return (name) => {
      const key = nameKey(name);
      this.#asked.add(key);
      return cells[this.#places.get(key) ?? -1]?.trim() ?? "";
    };
  }

  /** Known once a record was read. */
  unasked(): string[] {
    return this.#names.filter((name) => name !== "" && !this.#asked.has(nameKey(name)));
  }
}

/** A price in major units, which foreign formats have. @throws RowMistake */
export function major(member: string, text: string, currency: string): number {
  const parsed = parsePrice(text, currency, "major");
  if ("error" in parsed) throw new RowMistake(`${member} ${parsed.error}`);
  return parsed.value;
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

/** Makes a row, or says why there is none. */
export function rowOf(line: number, make: () => Record<string, unknown>, warnings: string[] = []): FileRow {
  try {
    return { line, raw: { value: make() }, ...(warnings.length > 0 && { warnings }) };
  } catch (error) {
    if (error instanceof RowMistake) return { line, raw: { error: error.message } };
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
export function brandOf(text: string, { brand }: FormatOptions, warnings: string[]): string {
  if (text !== "") return text;
  if (brand !== undefined) return brand;
  warnings.push("the file names no brand: taken as Unbranded; --brand NAME takes another");
  return "Unbranded";
}

export function currencyOf({ currency, file }: FormatOptions): string {
  if (currency === undefined)
    throw new UserError(
      `${file} has prices without a currency, and the API does not say which it lists: add --currency EUR.`,
    );
  return currency;
}

/** Spreadsheets keep text as text behind an apostrophe, and some exports leave it there. */
export const unquoted = (text: string): string => text.replace(/^'/, "");
