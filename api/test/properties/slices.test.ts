import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import fc from "fast-check";
import { hasTerms, toFilter } from "../../src/catalog/filter.ts";
import type { Catalog } from "../../src/catalog/list.ts";
import type { After, IndexedSort } from "../../src/catalog/order.ts";
import { loadPage } from "../../src/catalog/pages.ts";
import { Sample } from "../../src/catalog/sample.ts";
import { addProducts, startApi, type TestApi } from "../support/api.ts";

const BRANDS = ["Anvik", "Borel", "Ceda"];
const COLOURS = ["red", "blue"];
/** Few: many products have the same. */
const NAMES = ["lamp", "lamp shade", "shade", "small lamp", "👜 lamp", "ﾗ lamp"];

let api: TestApi;
before(async () => {
  api = await startApi({ CACHE_MAX_MIB: "0" });
  const of = <T>(values: readonly T[], i: number): T => values[i % values.length]!;
  await addProducts(
    api,
    Array.from({ length: 120 }, (_, i) => ({
      slug: `p-${i}`,
      name: of(NAMES, i * 7 + (i >> 3)),
      brand: of(BRANDS, i >> 1),
      price: 100 + (i % 10),
      attributes: { colour: of(COLOURS, i >> 2) },
    })),
  );
});
after(() => api?.close());

/** A sample by which the other ways have to read too much; its slices have few products. */
function onlyBy(way: "slices" | "walks", catalog: Catalog, asked: string[]): Catalog {
  const sample = new Sample(catalog.database);
  const many = {
    from: { kind: "all" as const, values: [] },
    matches: 30_000,
    source: 1_000_000,
    terms: 30_000,
    prices: 1_000_000,
    seen: 120,
    ahead: 900_000,
  };
  const { database } = catalog;
  return {
    ...catalog,
    database: Object.assign(Object.create(database), {
      read: (statement: { text: string }, ...rest: [never]) => {
        asked.push(statement.text);
        return database.read(statement as never, ...rest);
      },
    }),
    sample: Object.assign(Object.create(sample), {
      estimate: async () => many,
      slice: async (filter: never, walk: never) => {
        const slice = await sample.slice(filter, walk, 3, 7);
        return way === "slices" ? slice : { ...slice, found: 1_000_000 };
      },
    }),
  };
}

async function allPages(way: "slices" | "walks", query: object, sort: IndexedSort, limit: number) {
  const filter = toFilter(query as never, (query as { search?: never }).search);
  const asked: string[] = [];
  const catalog = onlyBy(way, api.app.catalog(), asked);
  const ids: number[] = [];
  let position: After | undefined;
  for (let pages = 0; ; pages++) {
    assert.ok(pages < 200, "paging does not end");
    const wanted = {
      filter,
      sort,
      limit,
      count: false,
      position: position && { ...position, total: undefined },
    };
    const { rows, goesOn } = await loadPage(catalog, wanted);
    const shown = rows.slice(0, limit);
    ids.push(...shown.map(([, id]) => id));
    const last = rows.length > limit ? shown.at(-1)! : undefined;
    position = last ? { id: last[1], key: last[2] } : goesOn;
    if (!position) return { ids, asked };
  }
}

const some = <T>(values: readonly T[]) => fc.subarray([...values], { maxLength: 2 });
const queries = fc.record({
  brand: some(BRANDS),
  attribute: some(COLOURS.map((colour) => `colour:${colour}`)),
  minPrice: fc.option(fc.constantFrom(103, 107), { nil: undefined }),
  search: fc.option(fc.constant({ groups: [["lamp"]], tsquery: "'lamp'" }), { nil: undefined }),
});

test("a list that is read slice by slice has what walking it has, in the same order", async () => {
  let slices = 0;
  await fc.assert(
    fc.asyncProperty(
      queries,
      fc.constantFrom<IndexedSort>("newest", "name", "-name"),
      fc.integer({ min: 1, max: 30 }),
      async (query, sort, limit) => {
        fc.pre(hasTerms(toFilter(query as never, query.search)));
        const walked = await allPages("walks", query, sort, limit);
        const sliced = await allPages("slices", query, sort, limit);
        assert.deepEqual(sliced.ids, walked.ids);
        slices += sliced.asked.filter((text) => / t\.(name_key|product_id) [<>]= /.test(text)).length;
      },
    ),
    { numRuns: 60, seed: 20_261_129 },
  );
  assert.ok(slices > 60, `only ${slices} slices were read`);
});
