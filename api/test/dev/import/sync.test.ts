import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { API_KEY } from "../../support/api.ts";
import { files } from "./foreign-files.ts";
import { importText, type Outcome, runs, startImports } from "./support.ts";
import { PLAIN, write } from "./writings.ts";

const { api, url, folder } = await startImports();

const take = (text: string | Uint8Array, options: object = {}): Promise<Outcome> =>
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

test("--sync leaves of a shop's export what a first import of it would make, and nothing of a file that was refused", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom("Google", "Shopify", "WooCommerce").chain((format) => files(false, format)),
      fc.infiniteStream(fc.boolean()),
      async (file, choices) => {
        const bytesOf = (rows: typeof file.rows) => write({ ...file, rows }, PLAIN).bytes;
        const first = async (bytes: Buffer) => {
          await api.client.query("DELETE FROM products");
          api.app.catalogChanged(["*"]);
          return take(bytes);
        };
        const whole = write(file, PLAIN);
        const { errors } = await first(whole.bytes);
        const refused = new Set(errors.map(({ line }) => line));
        // Most of what was taken, and at times a row that is refused.
        const rows = file.rows.filter(
          (_, index) => !refused.has(whole.lines[index]!) || choices.next().value,
        );
        const part = rows.filter(() => choices.next().value || choices.next().value);
        if (part.length === 0) return;
        const alone = await first(bytesOf(part));
        const wanted = await skus();
        await first(whole.bytes);
        const had = await skus();
        const { failed } = await take(bytesOf(part), { dryRun: true });
        const synced = take(bytesOf(part), { sync: async () => {} });
        if (failed > 0) {
          await assert.rejects(synced, /Nothing was removed, since not every row was taken/);
          const has = new Set(await skus());
          assert.deepEqual(
            had.filter((sku) => !has.has(sku)),
            [],
          );
        } else {
          await synced;
          // A row may be refused of a new variant alone, such as one without a price.
          if (alone.failed === 0) assert.deepEqual(await skus(), wanted);
        }
      },
    ),
    runs(10),
  );
});
