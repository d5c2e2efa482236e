import type { FileRow } from "../json.ts";
import type { PriceUnits } from "../money.ts";

export interface FormatOptions {
  file: string;
  /** @default what the format says of itself, else minor */
  units: PriceUnits | undefined;
  /** An empty cell: leave what is stored as it is, or take it back to its default. */
  blank: "keep" | "clear";
  /** The currency of prices in formats that name none. */
  currency: string | undefined;
  /** Our column for each of the file's, from --map. */
  map: ReadonlyMap<string, string> | undefined;
}

/** Turns records of one kind of table into rows of the API. One for each file: some formats carry on from row to row. */
export interface Converter {
  /** What the user is told that the file was taken for. */
  name: string;
  convert(cells: string[], line: number): FileRow[];
  /** What was still held back at the end of the file. */
  end?(): FileRow[];
}
