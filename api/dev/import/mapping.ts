import { readFile } from "node:fs/promises";
import { UserError } from "../../../cli/user-error.ts";
import { pathOf } from "./formats/own.ts";
import type { PriceUnits } from "./money.ts";

/** What a table of another system means by its columns. */
export interface Mapping {
  /** The file's column → ours; "" leaves one out, "*" stands for all that are not named. */
  columns: Record<string, string>;
  prices?: PriceUnits;
}

const EXAMPLE = '{"columns": {"Artikelnummer": "sku", "Preis": "prices.EUR", "*": ""}, "prices": "major"}';

/** @throws UserError when it is no mapping */
export async function readMapping(file: string): Promise<Mapping> {
  const refuse = (why: string) => new UserError(`--map ${file}: ${why}. It looks like ${EXAMPLE}.`);
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw refuse(error.code === "ENOENT" ? "there is no such file" : error.message);
  });
  const mapping = parse(text) as Partial<Mapping> | undefined;
  if (typeof mapping?.columns !== "object" || mapping.columns === null)
    throw refuse("it must be JSON with columns");
  for (const [column, target] of Object.entries(mapping.columns))
    if (typeof target !== "string" || pathOf(target) === undefined)
      throw refuse(
        `${JSON.stringify(column)} leads to ${JSON.stringify(target)}, which is no column of ours`,
      );
  if (mapping.prices !== undefined && !["minor", "major"].includes(mapping.prices))
    throw refuse("prices must be minor or major");
  return mapping as Mapping;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
