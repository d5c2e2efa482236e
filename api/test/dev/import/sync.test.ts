import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { API_KEY } from "../../support/api.ts";
import { importText, type Outcome, startImports } from "./support.ts";

const { api, url, folder } = await startImports();

const take = (text: string, options: object = {}): Promise<Outcome> =>
  importText(folder, text, { url, key: API_KEY, ...options });
const skus = async (): Promise<string[]> =>
  (await api.client.query("SELECT sku FROM variants ORDER BY sku")).rows.map(({ sku }) => sku);
/** Variants by product and number: `p0-1` is of product `p0`. */
const file = (variants: readonly string[]): string =>
  ["sku,prices.EUR,product.slug,product.name,product.brand"]
    .concat(variants.map((sku) => `${sku},100,${sku.slice(0, 2)},L,B`))
    .join("\n");
const all = ["p0-0", "p0-1", "p0-2", "p1-0", "p2-0", "p2-1"];

test("--sync leaves what the file has, and says before how much it removes", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.subarray(all, { minLength: 1 }),
      fc.subarray(all, { minLength: 1 }),
      async (had, has) => {
        await api.client.query("DELETE FROM products");
        await take(file(had));
        const products = (variants: string[]) => new Set(variants.map((sku) => sku.slice(0, 2)));
        const goneProducts = [...products(had)].filter((slug) => !products(has).has(slug));
        const goneVariants = had.filter(
          (sku) => !has.includes(sku) && !goneProducts.includes(sku.slice(0, 2)),
        );
        const said: string[] = [];
        const sync = async (gone: string) => {
          said.push(gone);
        };
        await take(file(has), { sync, dryRun: true });
        assert.deepEqual(await skus(), had.toSorted(), "a dry run removes nothing");
        await take(file(has), { sync });
        assert.deepEqual(await skus(), has.toSorted());
        const [p, v] = [goneProducts.length, goneVariants.length];
        const expected = `${p} product${p === 1 ? "" : "s"} and ${v} variant${v === 1 ? "" : "s"} of other products`;
        assert.deepEqual(said, p + v === 0 ? [] : [expected]);
      },
    ),
    { numRuns: 15 },
  );
});

test("--sync removes nothing when it is not confirmed, or when a row was refused", async () => {
  await take(file(all));
  const before = await skus();
  const no = async () => {
    throw new Error("not confirmed");
  };
  await assert.rejects(take(file(["p0-0"]), { sync: no }), /not confirmed/);
  const refused = `${file(["p0-0"])}\np1-0,cheap,p1,L,B`;
  await assert.rejects(take(refused, { sync: async () => {} }), /Nothing was removed, since not every row/);
  assert.deepEqual(await skus(), before);
});
