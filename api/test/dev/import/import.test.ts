import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { API_KEY, unique } from "../../support/api.ts";
import { accounted, importText, type Outcome, startImports } from "./support.ts";

const { api, url, folder } = await startImports();

const take = (content: string | Uint8Array, options: object = {}) =>
  importText(folder, content, { url, key: API_KEY, ...options });
const counts = ({ created, updated, unchanged, failed }: Outcome) => [created, updated, unchanged, failed];
const product = async (slug: string) => (await api.get(`/v1/products/${encodeURIComponent(slug)}`)).json;
const versions = async (): Promise<string> =>
  JSON.stringify((await api.client.query("SELECT id, version, xmin::text FROM products ORDER BY id")).rows);
const HEAD = "sku,prices.EUR,product.slug,product.name,product.brand";

test("a file changes what its columns name, member by member, and nothing else", async () => {
  const slug = `i-${unique()}`;
  await take(
    `sku,prices.EUR,prices.JPY,attributes.size,attributes.shade,product.slug,product.name,product.brand,product.attributes.material,product.attributes.care\n${slug},1000,150000,L,red,${slug},Coat,Lux,wool,dry clean`,
  );
  assert.deepEqual(counts(await take(`sku,prices.EUR\n${slug},900`)), [0, 1, 0, 0]);
  const { variants, attributes } = await product(slug);
  assert.deepEqual(variants[0].prices, { EUR: 900, JPY: 150_000 });
  assert.deepEqual(variants[0].attributes, { size: "L", shade: "red" });
  assert.deepEqual(attributes, { care: "dry clean", material: "wool" });
});

test("an empty cell keeps what is stored in every column, and with --blank clear takes it back to none", async () => {
  const slug = `i-${unique()}`;
  const columns =
    "sku,gtin,availability,prices.EUR,prices.JPY,attributes.size,product.slug,product.name,product.brand,product.description,product.categories,product.images,product.attributes.material";
  const full = `${slug},4006381333931,preorder,1000,150000,L,${slug},Coat,Lux,Long,books,https://a.example/1,wool`;
  const blank = `${slug},,,1000,,,${slug},,,,,,`;
  assert.deepEqual(counts(await take(`${columns}\n${full}`)), [1, 0, 0, 0]);
  const before = await product(slug);
  assert.deepEqual(counts(await take(`${columns}\n${blank}`)), [0, 0, 1, 0]);
  assert.deepEqual(counts(await take(`${columns}\n${blank}`, { blank: "clear" })), [0, 1, 0, 0]);
  const after = await product(slug);
  assert.deepEqual(after.variants[0], {
    sku: slug,
    gtin: null,
    attributes: {},
    prices: { EUR: 1000 },
    availability: "in_stock",
    sales: [],
  });
  assert.deepEqual(
    [after.name, after.brand, after.description, after.categories, after.images, after.attributes],
    [before.name, before.brand, "", [], [], {}],
  );
});

test("rows that contradict each other are found over the whole file, and a repeat writes nothing", async () => {
  const slug = `i-${unique()}`;
  const filler = Array.from({ length: 1_500 }, (_, index) => `${slug}-f${index},100,${slug}-f${index},F,Lux`);
  const file = [
    HEAD.concat(",gtin"),
    `${slug}-1,100,${slug},Lamp red,Lux,96385074`,
    ...filler.map((line) => `${line},`),
    `${slug}-2,100,${slug},Lamp blue,Lux,`,
    `${slug}-1,200,${slug},Lamp red,Lux,`,
    `${slug}-3,100,${slug}-other,Chair,Lux,0000096385074`,
    `${slug}-4,100,${slug},Lamp red,Lux,96385074`,
  ].join("\n");
  const first = await take(file);
  assert.deepEqual(counts(first), [1_502, 0, 0, 3]);
  assert.deepEqual(
    first.errors.map(({ line }) => line),
    [1_503, 1_504, 1_505],
  );
  assert.match(first.errors[0]!.message, /^product\.name is "Lamp blue" here and "Lamp red" in line 2,/);
  assert.match(first.errors[1]!.message, /stands in line 2 already/);
  assert.match(first.errors[2]!.message, /^gtin 0000096385074 is that of SKU \S+-1 .*\(line 2\)$/);
  const before = await versions();
  const second = await take(file);
  assert.deepEqual(counts(second), [0, 0, 1_502, 3]);
  assert.deepEqual(second.errors, first.errors);
  assert.equal(await versions(), before);
});

test("rows without a slug contradict each other by the product that their SKU or name leads to", async () => {
  const name = `Lamp ${unique()}`;
  const sku = unique();
  const head = "sku,prices.EUR,product.name,product.brand,product.description,gtin";
  const filler = Array.from({ length: 1_100 }, (_, index) => `${sku}-f${index},100,${name} ${index},F,,`);
  // The second is of the product of that name; the third belongs to it since the first import.
  const file = (name: string, other: string) =>
    [
      head,
      `${sku}-1,100,${name},Lux,x,73513537`,
      ...filler,
      `${sku}-2,100,${name},Lux,,73513537`,
      `${sku}-3,100,${other},Lux,y,`,
    ].join("\n");
  const first = await take(file(name, name));
  assert.deepEqual(counts(first), [1_102, 0, 0, 1], JSON.stringify(first.errors));
  assert.deepEqual(
    first.errors.map(({ line }) => line),
    [1_104],
  );
  assert.match(first.errors[0]!.message, /^product\.description is "y" here and "x" in line 2,/);
  const whole = await take(file(name, name).replace(",y,", ",,"));
  assert.deepEqual(counts(whole), [1, 0, 1_102, 0]);
  const renamed = file(`${name} red`, `${name} blue`).replace(",y,", ",,");
  const third = await take(renamed);
  assert.equal(third.failed, 1, JSON.stringify(third.errors));
  assert.match(third.errors[0]!.message, /^product\.name is ".* blue" here and ".* red" in line 1103,/);
  const again = await take(renamed);
  assert.deepEqual([again.updated, again.errors], [0, third.errors]);
  const gtins = await take(`sku,gtin\n${sku}-1,5901234123457\n${sku}-2,5901234123457`);
  assert.deepEqual(counts(gtins), [0, 2, 0, 0], JSON.stringify(gtins.errors));
});

test("rows of one batch that contradict each other name the line of the file", async () => {
  const sku = unique();
  const result = await take(
    `sku,prices.EUR,product.name,product.brand,product.description\n\n${sku}-1,100,L ${sku},Lux,x\n${sku}-2,100,L ${sku},Lux,y`,
  );
  assert.match(result.errors[0]!.message, / in line 3, and product l-\S+ has only one/);
});

test("a dry run refuses the same rows as the import, and writes nothing", async () => {
  const fault = fc.constantFrom(
    (sku: string, slug: string) => `${sku},100,${slug},Lamp,Lux,books`,
    (sku: string, slug: string) => `${sku},100,${slug},,,`, // of a product that an earlier row made, or of none
    (sku: string, slug: string) => `${sku},100,${slug},Lamp,Lux,nowhere`,
    (sku: string, slug: string) => `${sku},100,${slug},Other,Lux,`,
    (sku: string, slug: string) => `${sku},,${slug},Lamp,Lux,`,
    (sku: string, slug: string) => `${sku},-1,${slug},Lamp,Lux,`,
    (sku: string, slug: string) => `${sku},100,${slug} x,Lamp,Lux,`,
    (sku: string, slug: string) => `${sku},100,${slug},Lamp 15" wide,Lux,`,
    (sku: string) => `${sku},100`,
  );
  const row = fc.tuple(fault, fc.nat(8), fc.nat(4));
  await fc.assert(
    fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 12 }), async (rows) => {
      const name = `i-${unique()}`;
      const file = [
        HEAD.concat(",product.categories"),
        ...rows.map(([write, sku, slug]) => write(`${name}-${sku}`, `${name}-p${slug}`)),
      ].join("\n");
      const before = await versions();
      const dry = await take(file, { dryRun: true });
      assert.equal(await versions(), before);
      const real = await take(file);
      assert.deepEqual(dry.errors, real.errors);
      assert.deepEqual(counts(dry), counts(real));
      assert.equal(accounted(real), rows.length);
      const again = await take(file);
      assert.deepEqual([again.created, again.updated], [0, 0], JSON.stringify(again));
      assert.deepEqual(again.errors, real.errors);
    }),
    { numRuns: 40 },
  );
});

test("a dry run knows the categories that the file makes above, by their ids alone", async () => {
  const id = `c-${unique()}`;
  const categories = (await api.get("/v1/categories")).text;
  const file = [
    "category.id,category.name,category.parent,sku,prices.EUR,product.slug,product.name,product.brand,product.categories",
    `${id},Lamps > small,,,,,,,`,
    `${id}-desk,Desk,${id},,,,,,`,
    `,,,${id}-1,100,${id}-1,Lamp,Lux,${id}-desk|books`,
    `,,,${id}-2,100,${id}-2,Lamp,Lux,${id}-floor`,
  ].join("\n");
  const dry = await take(file, { dryRun: true });
  assert.deepEqual(counts(dry), [3, 0, 0, 1], JSON.stringify(dry.errors));
  assert.equal((await api.get("/v1/categories")).text, categories, "nothing was written");
  const real = await take(file);
  assert.deepEqual([counts(real), real.errors], [counts(dry), dry.errors]);
});

test("a dry run knows in a later batch what an earlier one would have made", async () => {
  const slug = `i-${unique()}`;
  const rows = Array.from(
    { length: 1_200 },
    (_, index) => `${slug}-${index},100,${slug}-p${index % 1_100},${index < 1_100 ? "Lamp,Lux" : ","}`,
  );
  const dry = await take([HEAD, ...rows].join("\n"), { dryRun: true });
  assert.deepEqual(counts(dry), [1_200, 0, 0, 0], JSON.stringify(dry.errors.slice(0, 3)));
});

test("semicolons, tabs, a list of JSON, a byte order mark and Windows-1252 are understood", async () => {
  const slug = `i-${unique()}`;
  const rows = [
    ["sku", "prices.EUR", "product.slug", "product.name", "product.brand"],
    [slug, "12,90", slug, "Crème", "Lux"],
  ];
  const table = (delimiter: string) =>
    rows.map((row) => row.map((cell) => `"${cell}"`).join(delimiter)).join("\r\n");
  assert.equal((await take(rows.map((row) => row.join(";")).join("\n"))).failed, 1);
  assert.deepEqual(
    counts(await take(rows.map((row) => row.join(";")).join("\n"), { prices: "major" })),
    [1, 0, 0, 0],
  );
  assert.equal((await product(slug)).price.amount, 1_290);
  for (const content of [table("\t"), table(","), `\ufeff${table(";")}`, `sep=;\n${table(";")}`])
    assert.deepEqual(counts(await take(content, { prices: "major" })), [0, 0, 1, 0], content);
  const windows = Buffer.from(table(";"), "latin1");
  await assert.rejects(take(windows, { prices: "major" }), /line 2, column 46.*add --encoding windows-1252/s);
  assert.deepEqual(counts(await take(windows, { prices: "major", encoding: "windows-1252" })), [0, 0, 1, 0]);
  const json = { sku: slug, prices: { EUR: 1_290 } };
  for (const content of [
    JSON.stringify([json]),
    JSON.stringify([json], null, 2),
    `\ufeff${JSON.stringify(json)}\n`,
    JSON.stringify(json),
  ])
    assert.deepEqual(counts(await take(content)), [0, 0, 1, 0], content);
});

test("a broken member of a JSON list is refused at its line, and the rest goes on", async () => {
  const slug = `i-${unique()}`;
  const item = (sku: string) =>
    JSON.stringify({ sku, prices: { EUR: 1 }, product: { slug, name: 'a [} " \\', brand: "Lux" } });
  const result = await take(
    `[\n${item(`${slug}-1`)},\n{"sku": oops},\n${item(`${slug}-2`)},\n17,\n{"sku":"x\\ud83d"}\n]`,
  );
  assert.deepEqual(counts(result), [2, 0, 0, 3]);
  assert.deepEqual(
    result.errors.map(({ line }) => line),
    [3, 5, 6],
  );
  const open = await take(`[${item(`${slug}-1`)},\n{"sku":`);
  assert.equal(open.unchanged, 1);
  assert.match(open.errors[0]!.message, /the list does not end/);
});

test("availability is read as feeds write it, lists and texts are trimmed, zeros are no GTIN", async () => {
  const slug = `i-${unique()}`;
  const result = await take(
    `sku,gtin,availability,prices.EUR,product.slug,product.name,product.brand,product.categories,product.images\n` +
      `${slug}-1,00000000,In Stock,1,${slug}," padded\u200b ",Lux,books| books ||audio,https://a.example/1 | https://a.example/2\n` +
      `${slug}-2,,https://schema.org/OutOfStock,1,${slug},,,,\n${slug}-3,,backorder,1,${slug},,,,`,
  );
  assert.deepEqual(counts(result), [3, 0, 0, 0], JSON.stringify(result.errors));
  assert.match(result.warnings[0]!.message, /taken as none/);
  assert.match(result.warnings[1]!.message, /availability backorder is taken as preorder/);
  const { name, categories, images, variants } = await product(slug);
  assert.deepEqual(
    [name, categories.map(({ id }: { id: string }) => id), images.length],
    ["padded", ["books", "audio"], 2],
  );
  assert.deepEqual(
    variants.map(({ availability, gtin }: Record<string, string>) => [availability, gtin]),
    [
      ["in_stock", null],
      ["out_of_stock", null],
      ["preorder", null],
    ],
  );
});
