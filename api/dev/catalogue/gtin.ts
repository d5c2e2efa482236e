/** The check digit of GS1's general specifications, 7.9: weights 3 and 1 from the right, up to the next multiple of ten. */
export function checkDigit(digits: string): number {
  let sum = 0;
  for (let index = digits.length - 1, weight = 3; index >= 0; index--, weight = 4 - weight) {
    sum += Number(digits[index]) * weight;
  }
  return (10 - (sum % 10)) % 10;
}

/** A GTIN-13 that belongs to no real product: prefix 29 is reserved for restricted circulation. */
export function sampleGtin(serial: number): string {
  const body = `29${String(serial).padStart(10, "0")}`;
  return `${body}${checkDigit(body)}`;
}
