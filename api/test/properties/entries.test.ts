import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Filter, hasPrices, hasTerms, type Sort } from "../../src/catalog/filter.ts";
import type { Catalog } from "../../src/catalog/list.ts";
import { loadPage } from "../../src/catalog/pages.ts";
import type { Estimate, ExpectedSlice } from "../../src/catalog/sampled-products.ts";
import { SORTS } from "../../src/catalog/vocabulary.ts";

/**
 * An index of words and tokens finds all that has them before the first product is read: a LIMIT bounds what is read of them, and
 * not what is found. So what is asked of it must find few, however many products there are.
 */
const MOST_ENTRIES = 36_000;
/** Places of an order that a slice may have, which the index of the order finds as well. */
const MOST_PLACES = 100_000;
const LARGEST = 5_000_000;

/** Up to as many, of all magnitudes. */
const upTo = (most: number): fc.Arbitrary<number> =>
  fc.integer({ min: 0, max: 1_000 }).map((share) => Math.floor((most + 1) ** (share / 1_000)) - 1);

const filters: fc.Arbitrary<Filter> = fc.record({
  category: fc.option(fc.constant("home"), { nil: undefined }),
  brands: fc.subarray(["Anvik", "Borel", "Ceda"]),
  availabilities: fc.subarray(["in_stock", "preorder"]),
  attributes: fc.constantFrom(
    new Map(),
    new Map([["size", ["L", "M"]]]),
    new Map([
      ["size", ["L"]],
      ["colour", ["red"]],
    ]),
  ),
  minPrice: fc.option(fc.constant(1), { nil: undefined }),
  maxPrice: fc.option(fc.constant(9_000), { nil: undefined }),
  currency: fc.option(fc.constant("SEK"), { nil: undefined }),
  search: fc.option(fc.constant({ groups: [["lamp"]], tsquery: "'lamp'" }), { nil: undefined }),
});

const estimates: fc.Arbitrary<Estimate> = upTo(LARGEST).chain((source) =>
  fc.tuple(upTo(source), upTo(source)).chain(([terms, prices]) =>
    fc.tuple(upTo(Math.min(terms, prices)), upTo(source)).map(([matches, ahead]) => ({
      from: { kind: "all" as const, values: [] },
      source,
      terms,
      prices,
      matches,
      seen: 100,
      ahead,
    })),
  ),
);

const slices: fc.Arbitrary<ExpectedSlice> = fc.record({
  to: fc.option(fc.constant({ id: 7, key: "7" }), { nil: undefined }),
  lead: fc.constant(0),
  found: upTo(LARGEST),
  reads: upTo(LARGEST),
  places: upTo(LARGEST),
});

interface Asked {
  text: string;
  values: readonly unknown[];
  /** The slice that was chosen last. */
  slice: ExpectedSlice | undefined;
}

/** A catalogue in which no page is ever full, so that every way to find one is tried. */
function emptyCatalogue(estimate: Estimate, nextSlice: () => ExpectedSlice, asked: Asked[]): Catalog {
  let slice: ExpectedSlice | undefined;
  const matched = () => [[null, null, null, asked.length % 2 === 0 ? 1_000_000 : 5, 0]];
  const answers: [RegExp, () => unknown[][]][] = [
    [/UNION ALL SELECT NULL, NULL, NULL/, matched],
    [/OFFSET \d+$/, () => [[7, 7]]],
    [/^WITH candidates/, () => [[1_000_000, 0]]],
    [/^WITH hidden/, () => [[0, 1_000_000, 0]]],
    [/^SELECT count/, () => [[0]]],
  ];
  const read = async ({ text }: { text: string }, values: readonly unknown[]) => {
    asked.push({ text, values, slice });
    return answers.find(([pattern]) => pattern.test(text))?.[1]() ?? [];
  };
  return {
    currency: "EUR",
    database: { read },
    sample: {
      estimate: async () => estimate,
      slice: async () => {
        slice = nextSlice();
        return slice;
      },
    },
  } as unknown as Catalog;
}

/** One in 2^level of what has the terms. */
const levelOf = (values: readonly unknown[]): number =>
  Number(/"~(\d+)"/.exec(JSON.stringify(values))?.[1] ?? 0);

test("no statement of a list has an index find more of words and tokens than a bound", async () => {
  let [checked, sliced] = [0, 0];
  await fc.assert(
    fc.asyncProperty(
      filters,
      estimates,
      fc.constantFrom(...SORTS),
      fc.boolean(),
      fc.infiniteStream(slices),
      async (filter, estimate, sort: Sort, count, sampled) => {
        fc.pre(hasTerms(filter) || hasPrices(filter) || sort !== "relevance");
        fc.pre(filter.search !== undefined || sort !== "relevance");
        const asked: Asked[] = [];
        await loadPage(
          emptyCatalogue(estimate, () => sampled.next().value!, asked),
          {
            filter,
            sort,
            limit: 20,
            count,
            position: undefined,
          },
        );
        assert.ok(asked.length > 0);
        for (const { text, values, slice } of asked.filter(({ text }) =>
          / FROM product_terms t +WHERE/.test(text),
        )) {
          const isSlice = /t\.(name_key|product_id) [<>]= /.test(text);
          const found = isSlice ? slice!.found : estimate.terms / 2 ** levelOf(values);
          checked++;
          assert.ok(found <= MOST_ENTRIES, `an index finds ${found} for:\n${text}`);
          if (!isSlice) continue;
          sliced++;
          assert.ok(slice!.places <= MOST_PLACES, `an index finds ${slice!.places} places for:\n${text}`);
        }
      },
    ),
    { numRuns: 2_000 },
  );
  assert.ok(checked > 100, `only ${checked} statements look for words and tokens`);
  assert.ok(sliced > 20, `only ${sliced} of them in a slice`);
});
