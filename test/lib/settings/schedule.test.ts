/** Schedules as Application Auto Scaling reads them, against a calendar that is gone through day by day. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { isCron, lastYearOf, namesNoDay } from "../../../lib/settings/schedule.ts";

const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const YEARS = { min: 2020, max: 2032 };

/** A field as it may be written, and the numbers that it stands for. */
interface Written {
  readonly text: string;
  readonly numbers: readonly number[];
}

const from = (first: number, last: number, step: number): number[] =>
  first > last ? [] : [first, ...from(first + step, last, step)];

const field = ({ min, max }: { readonly min: number; readonly max: number }): fc.Arbitrary<Written> => {
  const number = fc.integer({ min, max });
  const part = fc.oneof(
    number.map((one) => ({ text: String(one), numbers: [one] })),
    fc.tuple(number, number).map((ends) => {
      const [first, last] = ends.toSorted((a, b) => a - b) as [number, number];
      return { text: `${first}-${last}`, numbers: from(first, last, 1) };
    }),
    fc.tuple(number, fc.integer({ min: 1, max: 12 })).map(([first, step]) => ({
      text: `${first}/${step}`,
      numbers: from(first, max, step),
    })),
  );
  return fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => ({
    text: parts.map(({ text }) => text).join(","),
    numbers: parts.flatMap(({ numbers }) => numbers),
  }));
};

const day = field({ min: 1, max: 31 });
const highDay = field({ min: 29, max: 31 });
const month = fc.oneof(
  field({ min: 1, max: 12 }),
  fc.constantFrom(...MONTHS.keys()).map((index) => ({ text: MONTHS[index]!, numbers: [index + 1] })),
);
// Steps run on to the last year that AWS knows: here only their beginnings are written.
const year = fc
  .uniqueArray(fc.integer(YEARS), { minLength: 1, maxLength: 3 })
  .map((numbers): Written => ({ text: numbers.join(","), numbers }));

const isThere = (days: Written, months: Written, years: Written) =>
  years.numbers.some((y) =>
    months.numbers.some((m) =>
      days.numbers.some((d) => {
        const date = new Date(Date.UTC(y, m - 1, d));
        return date.getUTCMonth() === m - 1 && date.getUTCDate() === d;
      }),
    ),
  );

describe("a schedule", () => {
  it("names no day where a calendar has none, and the last of its years is that in which it ends", () => {
    let without = 0;
    fc.assert(
      fc.property(fc.oneof(day, highDay), month, year, (days, months, years) => {
        const cron = `cron(0 5 ${days.text} ${months.text} ? ${years.text})`;
        assert.ok(isCron(cron), cron);
        const exists = isThere(days, months, years);
        if (!exists) without++;
        assert.equal(namesNoDay(cron), !exists, cron);
        assert.equal(lastYearOf(cron), Math.max(...years.numbers), cron);
      }),
      { numRuns: 2000, seed: 10 },
    );
    assert.ok(without > 20, `only ${without} of them name no day`);
  });

  it("that names days by words has one", () => {
    for (const words of ["L 2 ?", "? 2 6L", "? 2 MON#5", "* 2 ?", "*/30 2 ?", "1-31 2 ?"])
      assert.equal(namesNoDay(`cron(0 5 ${words} 2027)`), false, words);
    assert.equal(namesNoDay("cron(0 5 31W 2,4 ? *)"), true);
    assert.equal(namesNoDay("at(2027-02-28T05:00:00)"), false);
  });

  it("of every year has no last one but AWS's own", () => {
    for (const years of ["*", "2020/3", "*/5"])
      assert.ok(lastYearOf(`cron(0 5 1 1 ? ${years})`) > 2190, years);
  });
});
