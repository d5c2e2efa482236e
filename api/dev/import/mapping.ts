import { readFile } from "node:fs/promises";
import { UserError } from "../../../cli/user-error.ts";
import { cleanText } from "../../src/catalog/text.ts";
import { parseJson } from "../../src/http/json.ts";
import { pathOf } from "./formats/own.ts";
import type { PriceUnits } from "./money.ts";

/** What a table of another system means by its columns. */
export interface Mapping {
  /** The file's column, as texts are compared → ours; "" leaves one out, "*" stands for all that are not named. */
  columns: ReadonlyMap<string, string>;
  prices?: PriceUnits;
}

const EXAMPLE = '{"columns": {"Artikelnummer": "sku", "Preis": "prices.EUR", "*": ""}, "prices": "major"}';

/** @throws UserError when it is no mapping */
export async function readMapping(file: string): Promise<Mapping> {
  const refuse = (why: string) => new UserError(`--map ${file}: ${why}. It looks like ${EXAMPLE}.`);
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw refuse(MISSING[error.code ?? ""] ?? error.message);
  });
  const { columns, prices, ...others } = parse(bytes, refuse);
  const [other] = Object.keys(others);
  if (other !== undefined)
    throw refuse(`${JSON.stringify(other)} means nothing there: it has "columns" and, if need be, "prices"`);
  if (typeof columns !== "object" || columns === null || Array.isArray(columns))
    throw refuse('"columns" must say of each of the file\'s columns which of ours it is');
  if (prices !== undefined && prices !== "minor" && prices !== "major")
    throw refuse(`"prices" is ${JSON.stringify(prices)}, and must be "minor" or "major"`);
  const named = new Map<string, string>();
  for (const [name, target] of Object.entries(columns)) {
    const column = cleanText(name);
    if (typeof target !== "string" || pathOf(target) === undefined)
      throw refuse(`${JSON.stringify(name)} leads to ${JSON.stringify(target)}, which is no column of ours`);
    if (named.has(column)) throw refuse(`${JSON.stringify(column)} is there twice`);
    named.set(column, cleanText(target));
  }
  if (named.size === 0) throw refuse('"columns" is empty');
  return { columns: named, ...(prices && { prices }) };
}

const MISSING: Record<string, string> = { ENOENT: "there is no such file", EISDIR: "it is a folder" };

/** By the API's own rules: of a name that is there twice, JSON.parse would drop the first without a word. */
function parse(bytes: Buffer, refuse: (why: string) => UserError): Record<string, unknown> {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes); // without a byte order mark
  } catch {
    throw refuse("it is no UTF-8 text: save it as UTF-8");
  }
  let parsed: ReturnType<typeof parseJson>;
  try {
    parsed = parseJson(text);
  } catch (error) {
    throw refuse(`it is not valid JSON (${(error as Error).message})`);
  }
  const { value, faults } = parsed;
  const [fault] = faults;
  if (fault) throw refuse(`${fault.path.join(".")} ${fault.message}`.trimStart());
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw refuse("it must be one JSON object");
  return value as Record<string, unknown>;
}
