import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import fc from "fast-check";
import { exportCatalogue } from "../../../dev/export.ts";
import { joinList, splitList } from "../../../dev/import/list-cell.ts";
import { API_KEY, startApi, type TestApi } from "../../support/api.ts";
import { importText } from "./support.ts";

/** Two catalogues: what one has is exported, and taken back by the other. */
let apis: TestApi[] = [];
let urls: string[] = [];
let folder: string;
before(async () => {
  apis = [await startApi(), await startApi()];
  urls = await Promise.all(apis.map(({ app }) => app.listen({ port: 0, host: "127.0.0.1" })));
  folder = await mkdtemp(join(tmpdir(), "catalog-roundtrip-"));
});
after(async () => {
  await Promise.all(apis.map((api) => api.close()));
  await rm(folder, { recursive: true });
});

const ODD = [
  "a",
  "é",
  "😀",
  '"',
  ",",
  ";",
  "|",
  "\\",
  "'",
  "=",
  "-",
  "0",
  "ß",
  "中",
  " ",
  "<b>",
  "\u200d",
  "%",
  "#",
];
const word = (maxLength: number) =>
  fc
    .string({ unit: fc.constantFrom(...ODD), minLength: 1, maxLength })
    .map((text) => text.normalize("NFC").trim())
    // Something of it must be seen: the API refuses joiners and blanks alone.
    .filter((text) => /[^ \u200d]/.test(text));
const text = fc
  .string({ unit: fc.constantFrom(...ODD, "\n", "\t"), maxLength: 30 })
  .map((value) => value.normalize("NFC").trim());
const attributes = fc.dictionary(
  word(8)
    .map((name) => name.replaceAll(":", ""))
    .filter((name) => name !== ""),
  word(10),
  { maxKeys: 3, noNullPrototype: true },
);
const instant = fc.constantFrom("2026-11-27T00:00:00.000Z", "2031-01-01T12:30:00.000Z");
const variant = fc.record({
  gtin: fc.constant(null),
  attributes,
  prices: fc.record(
    { EUR: fc.nat(10_000), JPY: fc.nat(10_000) },
    { requiredKeys: ["EUR"], noNullPrototype: true },
  ),
  availability: fc.constantFrom("in_stock", "preorder", "out_of_stock", "discontinued"),
  sales: fc.array(
    fc.record(
      { from: instant, prices: fc.record({ EUR: fc.nat(99) }, { noNullPrototype: true }) },
      {
        requiredKeys: ["prices"],
        noNullPrototype: true,
      },
    ),
    { maxLength: 2 },
  ),
});
const product = fc.record({
  name: word(20),
  brand: word(10),
  description: text,
  categories: fc.uniqueArray(fc.constantFrom("audio", "books", "Home > Größe, 1 | 2 > x", "> Top"), {
    maxLength: 3,
  }),
  attributes,
  images: fc.uniqueArray(
    fc.record(
      { url: fc.constantFrom("https://a.example/1,2.jpg", "https://a.example/2|x.jpg"), alt: word(12) },
      { requiredKeys: ["url"], noNullPrototype: true },
    ),
    { maxLength: 2, selector: ({ url }) => url },
  ),
});
const publication = fc.constantFrom(
  {},
  { status: "draft" },
  { publishFrom: "2020-01-01T00:00:00.000Z", publishTo: "2099-01-01T00:00:00.000Z" },
  { publishFrom: "2098-01-01T00:00:00.000Z" },
);
const catalogue = fc.array(
  fc.tuple(
    fc.tuple(product, publication).map(([members, times]) => ({ ...members, ...times })),
    fc.array(variant, { minLength: 1, maxLength: 3 }),
  ),
  {
    minLength: 1,
    maxLength: 4,
  },
);

/** New categories, and old ones that go elsewhere: empty ones, and siblings in any order. */
const moves = fc.array(
  fc.tuple(
    fc.constantFrom("audio", "books", "new-a", "new-b"),
    fc.constantFrom(null, "electronics", "phones"),
    fc.nat(3),
  ),
  { maxLength: 4 },
);

async function exported(index: number, name: string): Promise<string> {
  const file = join(folder, name);
  await exportCatalogue(file, { url: urls[index]!, key: API_KEY, signal: new AbortController().signal });
  return readFile(file, "utf8");
}

test("an export is taken back without a difference, as JSON lines and as a table, by itself and by an empty catalogue", async () => {
  await fc.assert(
    fc.asyncProperty(
      catalogue,
      moves,
      fc.constantFrom("all.ndjson", "all.csv"),
      async (products, moves, name) => {
        for (const { client } of apis)
          await client.query(
            "DELETE FROM products; DELETE FROM categories WHERE NOT id = ANY ('{electronics,audio,headphones,speakers,phones,books}')",
          );
        for (const { app } of apis) app.catalogChanged(["*"]);
        const rows = products.flatMap(([members, variants], p) =>
          variants.map((one, v) => ({
            ...one,
            sku: `S ${p}/${v}, "x"|é`,
            product: v === 0 ? { ...members, slug: `p-${p}` } : { slug: `p-${p}` },
          })),
        );
        for (const [index, [id, parent, position]] of moves.entries())
          await apis[0]!.call("PUT", `/v1/categories/${id}`, {
            key: true,
            body: { name: `Ünter ${index} > ${id}`, parent, position },
          });
        const made = await apis[0]!.call("PUT", "/v1/products:bulk?atomic=true", {
          key: true,
          body: { rows },
        });
        assert.equal(made.status, 200, made.text);
        const before = await exported(0, name);
        const options = { key: API_KEY };
        const again = await importText(folder, before, { url: urls[0]!, ...options });
        const tree = JSON.stringify((await apis[0]!.get("/v1/categories")).json);
        const all = rows.length + tree.match(/"id":/g)!.length;
        assert.deepEqual([again.unchanged, again.failed], [all, 0], JSON.stringify(again.errors));
        const taken = await importText(folder, before, { url: urls[1]!, ...options });
        assert.deepEqual([taken.failed, taken.rows], [0, all], JSON.stringify(taken.errors));
        assert.equal(JSON.stringify((await apis[1]!.get("/v1/categories")).json), tree);
        assert.equal(await exported(1, name), before);
        const view = async (api: TestApi) => {
          const found = [];
          for (const index of products.keys()) {
            const {
              id: _,
              createdAt: __,
              updatedAt: ___,
              categories,
              ...rest
            } = (await api.call("GET", `/v1/products/p-${index}/record`, { key: true })).json;
            found.push({ ...rest, categories: categories.map(({ path }: { path: object }) => path) });
          }
          return found;
        };
        assert.deepEqual(await view(apis[1]!), await view(apis[0]!));
      },
    ),
    { numRuns: 12 },
  );
});

test("an export of several pages has every variant once", async () => {
  const [api] = apis as [TestApi, TestApi];
  await api.client.query("DELETE FROM products");
  const skus = Array.from({ length: 2_300 }, (_, index) => `E-${index}`);
  for (let from = 0; from < skus.length; from += 1_000) {
    const rows = skus.slice(from, from + 1_000).map((sku, index) => ({
      sku,
      prices: { EUR: 1 },
      product: { slug: `e-${Math.floor((from + index) / 3)}`, name: "E", brand: "B" },
    }));
    await api.call("PUT", "/v1/products:bulk?atomic=true", { key: true, body: { rows } });
  }
  const lines = (await exported(0, "pages.ndjson")).trim().split("\n");
  assert.deepEqual(lines.flatMap((line) => JSON.parse(line).sku ?? []).sort(), skus.toSorted());
  assert.equal((await api.get("/v1/export")).status, 401);
  assert.equal((await api.call("GET", "/v1/export?after=nonsense", { key: true })).status, 400);
});

test("a list in one cell is taken apart as it was put together", () => {
  fc.assert(
    fc.property(fc.array(word(8), { maxLength: 5 }), (items) => {
      assert.deepEqual(splitList(joinList(items)), items);
    }),
  );
});
