import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { facetPlan, smallerPlan } from "../../src/catalog/facet-sql.ts";
import { toFilter } from "../../src/catalog/filter.ts";

/** Products that a sample is expected to have at most. */
const EXPECTED = 1_500;

const upTo = (most: number) => fc.nat(most);

test("where more prices are in a range than was thought, the sample of what has the terms is no larger than any", () => {
  const filter = toFilter({ maxPrice: 900 } as never, undefined);
  let byPrices = 0;
  fc.assert(
    fc.property(upTo(5_000_000), upTo(4_000), (terms, prices) => {
      const estimate = {
        source: terms,
        terms,
        prices,
        from: { kind: "all" as const, values: [] },
        matches: Math.min(terms, prices),
        seen: 100,
        ahead: 0,
      };
      let plan = facetPlan(filter, estimate);
      if (plan.access === "prices") {
        byPrices++;
        plan = smallerPlan(filter, estimate, plan)!;
      }
      assert.equal(plan.access, "terms");
      assert.ok(terms / 2 ** plan.level <= EXPECTED, `one in ${2 ** plan.level} of ${terms}`);
    }),
  );
  assert.ok(byPrices > 0);
});
