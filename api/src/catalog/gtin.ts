const LENGTHS = new Set([8, 12, 13, 14]);

/** The check digit of GS1's general specifications, 7.9: weights 3 and 1 from the right, up to the next multiple of ten. */
export function checkDigit(digits: string): number {
  let sum = 0;
  for (let index = digits.length - 1, weight = 3; index >= 0; index--, weight = 4 - weight) {
    sum += Number(digits[index]) * weight;
  }
  return (10 - (sum % 10)) % 10;
}

/** All zeros: what systems write for "none". */
export const isEmptyGtin = (gtin: string): boolean => /^0+$/.test(gtin);

/** One number in its four lengths is one trade item: shorter ones are filled up with zeros on the left (GS1, 7.9). */
export const gtin14 = (gtin: string): string => gtin.padStart(14, "0");

/** What is wrong with a GTIN, with the usual cause, as the end of a sentence; undefined: nothing. It is never altered. */
export function gtinMistake(gtin: string): string | undefined {
  if (/^[+-]?\d+(?:[.,]\d+)?E[+-]?\d+$/i.test(gtin))
    return "is not a GTIN: a spreadsheet changed it; format the column as text, enter the number anew, and export again";
  if (/^\d+[.,]0*$/.test(gtin))
    return "is not a GTIN: a spreadsheet changed it into a decimal number; format the column as text and export again";
  const digits = gtin.replace(/[\s-]/g, "");
  if (digits !== gtin && /^\d+$/.test(digits) && LENGTHS.has(digits.length))
    return `is not a GTIN: write the digits alone, ${digits}`;
  if (!/^\d+$/.test(gtin)) return "is not a GTIN: it must be 8, 12, 13 or 14 digits";
  if (!LENGTHS.has(gtin.length))
    return `has ${gtin.length} digits, and a GTIN has 8, 12, 13 or 14: usually a spreadsheet dropped the leading zeros`;
  const right = checkDigit(gtin.slice(0, -1));
  if (Number(gtin.at(-1)) === right) return undefined;
  const cause = /0{4}$/.test(gtin)
    ? "a spreadsheet rounded it; format the column as text, enter the number anew, and export again"
    : "usually a digit was mistyped";
  return `has a wrong check digit, its last digit would be ${right}: ${cause}`;
}
