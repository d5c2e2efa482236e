import { UserError } from "../../../cli/user-error.ts";
import type { FormatOptions } from "./formats/format.ts";
import { readMapping } from "./mapping.ts";
import type { PriceUnits } from "./money.ts";
import type { FileKind } from "./rows.ts";

export interface ImportOptions {
  /** Where the API is. */
  readonly url: string;
  /** A key that may write. @default the one of this checkout's own API */
  readonly key?: string;
  /** The API checks every row, and writes nothing. */
  readonly dryRun?: boolean;
  /** Print the result as JSON. */
  readonly json?: boolean;
  /** A label of the WHATWG Encoding Standard. @default UTF-8, or what a byte order mark says */
  readonly encoding?: string;
  /** How prices are written. @default what the format says of itself, else minor */
  readonly prices?: PriceUnits;
  /** What an empty cell does. @default keep */
  readonly blank?: "keep" | "clear";
  /** Currency of prices in formats that name none. @default the API's list currency */
  readonly currency?: string;
  /** Brand of products whose file names none. @default Unbranded for a shop's export, which is said; a table of ours must name it */
  readonly brand?: string;
  /** A file that says which of our columns the file's are; see import/mapping.ts. */
  readonly map?: string;
  /**
   * Removes what the file does not have, when all of its rows were taken. Asked with how much that is, in words; it throws to keep it.
   *
   * @default everything stays
   */
  readonly sync?: (gone: string) => Promise<void>;
  /** Seconds to go on trying while the API is away. */
  readonly timeout: number;
  /** Aborts when the importer is to end: the batch in hand is answered for, and the report printed. */
  readonly signal: AbortSignal;
}

/** What the options mean to the reader of a file. @throws UserError for those that mean nothing */
export async function formatOptions(file: string, options: ImportOptions): Promise<FormatOptions> {
  const { prices, blank = "keep", currency, brand, url } = options;
  const mapping = options.map === undefined ? undefined : await readMapping(options.map);
  return {
    file,
    units: prices ?? mapping?.prices,
    blank,
    currency: currency === undefined ? await listCurrency(url) : knownCurrency(currency),
    brand,
    map: mapping?.columns,
  };
}

function knownCurrency(given: string): string {
  const code = given.toUpperCase();
  if (Intl.supportedValuesOf("currency").includes(code)) return code;
  throw new UserError(`--currency ${given}: must be a currency's code of three letters, such as EUR.`);
}

/** What the API lists prices in; undefined while it is away. */
async function listCurrency(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(new URL("/v1/catalogue", url), { signal: AbortSignal.timeout(5_000) });
    const { currency } = (await response.json()) as { currency?: string };
    return currency;
  } catch {
    return undefined;
  }
}

/** In which units a kind of file has its prices. @default as the options say */
const UNITS: Partial<Record<FileKind, PriceUnits>> = { export: "major", json: "minor" };

/** Options that change nothing in a kind of file, and why. */
const IDLE: Record<FileKind, Partial<Record<keyof ImportOptions, string>>> = {
  table: { currency: "whose columns name the currency, as in prices.EUR" },
  export: {
    blank: "in which an empty cell leaves what is stored as it is",
    map: "whose columns are known already",
  },
  json: {
    blank: "in which null takes a value back",
    map: "whose members have our names",
    currency: "whose prices name their currency",
    brand: "whose products name their brand",
  },
};

/**
 * @param what the file was taken for
 * @throws UserError for an option that would change nothing: whoever gives it expects that it does
 */
export function refuseIdleOptions(what: string, kind: FileKind, options: ImportOptions): void {
  const refuse = (option: string, why: string) =>
    new UserError(`${what}, ${why}: leave ${option} out. Nothing was imported.`);
  const units = UNITS[kind];
  if (units !== undefined && options.prices !== undefined && options.prices !== units)
    throw refuse(`--prices ${options.prices}`, `whose prices are in ${units} units`);
  for (const [option, why] of Object.entries(IDLE[kind])) {
    const value = options[option as keyof ImportOptions];
    if (value !== undefined && value !== "keep") throw refuse(`--${option}`, why);
  }
}
