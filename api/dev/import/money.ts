/** How prices are written in the file: whole numbers of the smallest unit, or with a decimal point or comma. */
export type PriceUnits = "minor" | "major";

export type Parsed<T> = { value: T } | { error: string };

interface Currency {
  /** ISO 4217: 2 of EUR, 0 of JPY, 3 of KWD. */
  places: number;
  /** Its code and its sign, before or behind a price. */
  signs: RegExp;
}

const currencies = new Map<string, Currency>();

function currencyOf(code: string): Currency {
  let currency = currencies.get(code);
  if (!currency) {
    const format = new Intl.NumberFormat("en", {
      style: "currency",
      currency: code,
      currencyDisplay: "narrowSymbol",
    });
    const symbol = format.formatToParts(1).find(({ type }) => type === "currency")!.value;
    const sign = `(?:${code}|${RegExp.escape(symbol)})`;
    currency = {
      places: format.resolvedOptions().maximumFractionDigits ?? 2,
      signs: new RegExp(`^${sign}\\s*|\\s*${sign}$`, "i"),
    };
    currencies.set(code, currency);
  }
  return currency;
}

/** A price as the file has it → minor units. What can be read in two ways is refused, never guessed. */
export function parsePrice(text: string, currency: string, units: PriceUnits): Parsed<number> {
  return units === "minor" ? parseMinor(text, currency) : parseMajor(text, currency);
}

function parseMinor(text: string, currency: string): Parsed<number> {
  if (/^\d{1,15}$/.test(text)) return { value: Number(text) };
  const major = parseMajor(text, currency);
  const hint =
    "value" in major
      ? `, which would be ${major.value}; if all prices of the file are written like this, add --prices major`
      : ", such as 12900 for 129.00";
  return { error: `is ${JSON.stringify(text)}, and must be a whole number of minor units${hint}` };
}

/** Blanks of all kinds and apostrophes group digits, and mean nothing else. */
const GROUPING = /(?<=\d)[\s'’](?=\d{3}(?!\d))/g;
/** Digits, perhaps in groups of three behind one sign, and a fraction behind the other. */
const NUMBER = /^(\d{1,15}|\d{1,3}(?:([.,])\d{3})(?:\2\d{3})*)?(?:([.,])(\d*))?$/;

function parseMajor(given: string, code: string): Parsed<number> {
  const refused = (why: string) => ({ error: `is ${JSON.stringify(given)}, and ${why}` });
  const { places, signs } = currencyOf(code);
  const text = given.replace(signs, "").replace(GROUPING, "").trim();
  const [matched, whole = "", group, point, fraction = ""] = NUMBER.exec(text) ?? [];
  if (matched === undefined || !/\d/.test(text) || (group !== undefined && group === point))
    return refused(`must be a price in ${code} such as 129.00 or 129,00`);
  // "1,299" is 1299 to some and 1.299 to others; not where a currency has three places or none.
  const [, left, right = ""] = /^(\d{1,3})[.,](\d{3})$/.exec(text) ?? [];
  const ambiguous = left !== undefined && left !== "0";
  if (ambiguous && places !== 0 && places !== 3) {
    const rounded = Number(`${left}.${right}`).toFixed(places);
    return refused(
      `can be read as ${left}${right} and as ${left}.${right}: write ${left}${right}.00 or ${rounded}`,
    );
  }
  const isGrouped = ambiguous && places === 0;
  const integer = left === undefined ? whole.replace(/[.,]/g, "") : isGrouped ? left + right : left;
  const decimals = (left === undefined ? fraction : isGrouped ? "" : right).replace(/0+$/, "");
  if (decimals.length > places)
    return refused(
      `${code} has ${places} decimal places: usually a spreadsheet calculated it; round it there`,
    );
  return { value: Number(`${integer}${decimals.padEnd(places, "0")}`) };
}
