import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parsePrice } from "../../../dev/import/money.ts";

const PLACES = { EUR: 2, SEK: 2, JPY: 0, KWD: 3, USD: 2 } as const;
const currencies = fc.constantFrom(...(Object.keys(PLACES) as (keyof typeof PLACES)[]));
const amounts = fc.nat({ max: 10_000_000_000 });

/** A way to write it, and whether it leaves a doubt. */
function write(
  amount: number,
  currency: keyof typeof PLACES,
  group: string,
  point: string,
  places: number,
): string {
  const digits = String(amount).padStart(PLACES[currency] + 1, "0");
  const integer = digits.slice(0, digits.length - PLACES[currency]);
  const fraction = digits.slice(digits.length - PLACES[currency]);
  const grouped = integer.replace(/\B(?=(\d{3})+$)/g, group);
  return places === 0 ? grouped : `${grouped}${point}${fraction.slice(0, places)}`;
}

test("a price in major units is read in every common way of writing it", () => {
  fc.assert(
    fc.property(
      amounts,
      currencies,
      fc.constantFrom(
        [",", "."],
        [".", ","],
        [" ", ","],
        ["'", "."],
        ["\u00a0", ","],
        ["\u202f", ","],
        ["", "."],
        ["", ","],
      ),
      fc.constantFrom("", "code", "before"),
      (amount, currency, [group, point], sign) => {
        const text = write(amount, currency, group!, point!, PLACES[currency]);
        const signed =
          sign === "code" ? `${text} ${currency}` : sign === "before" ? `${currency} ${text}` : text;
        assert.deepEqual(parsePrice(signed, currency, "major"), { value: amount });
      },
    ),
  );
});

test("a price is never guessed: what can be read in two ways, or has too many places, is refused by a sentence", () => {
  for (const [text, currency, pattern] of [
    ["1,299", "EUR", /can be read as 1299 and as 1\.299: write 1299\.00 or 1\.30/],
    ["12.905", "EUR", /can be read as/],
    ["12.9051", "EUR", /EUR has 2 decimal places: usually a spreadsheet calculated it/],
    ["1.5", "JPY", /JPY has 0 decimal places/],
    ["-1", "EUR", /must be a price in EUR such as 129\.00/],
    ["1e3", "EUR", /must be a price/],
    ["£12", "EUR", /must be a price/],
    ["12.99 USD", "EUR", /must be a price/],
    ["free", "EUR", /must be a price/],
    ["1,2,3", "EUR", /must be a price/],
    [".", "EUR", /must be a price/],
  ] as const) {
    const parsed = parsePrice(text, currency, "major");
    assert.ok("error" in parsed, `${text}: ${JSON.stringify(parsed)}`);
    assert.match(parsed.error, pattern);
  }
  for (const [text, value] of [
    ["0,500", 50],
    ["€ 12,90", 1290],
    ["12,90 €", 1290],
    ["1.299.000", 129_900_000],
    [".5", 50],
    ["12.900", undefined],
  ] as const) {
    const parsed = parsePrice(text, "EUR", "major");
    assert.equal("value" in parsed ? parsed.value : undefined, value, text);
  }
});

test("minor units are whole numbers, and what looks like major ones says how to say so", () => {
  assert.deepEqual(parsePrice("1299", "EUR", "minor"), { value: 1299 });
  for (const text of ["12,90", "12.90", "1 299,00"]) {
    const parsed = parsePrice(text, "EUR", "minor");
    assert.match(
      "error" in parsed ? parsed.error : "",
      /whole number of minor units, which would be \d+.*--prices major/,
    );
  }
});
