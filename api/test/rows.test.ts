import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type CallOptions, row, startApi, type TestApi, unique } from "./support/api.ts";

let api: TestApi;

before(async () => {
  api = await startApi();
});
after(() => api?.close());

const URL = "/v1/products:bulk";
const bulk = (rows: unknown[], options: CallOptions = {}) =>
  api.call("PUT", URL, { key: true, body: { rows }, ...options });
const statuses = (json: { results: { status: string }[] }) => json.results.map(({ status }) => status);
test("a GTIN is never altered: wrong ones and those of another product are refused, zeros are none", async () => {
  const slug = `b-${unique()}`;
  const gtin = (name: string, value: unknown) => ({ ...row({ slug: `${slug}-${name}` }), gtin: value });
  const cases: [unknown, RegExp | undefined][] = [
    ["4006381333931", undefined],
    ["04006381333931", /^gtin 04006381333931 is that of SKU \S+ of product \S+-0 already/],
    ["4006381333932", /^gtin "4006381333932" has a wrong check digit, its last digit would be 1/],
    ["4.0E+12", /^gtin "4\.0E\+12" is not a GTIN: a spreadsheet changed it/],
    ["4,00638E+12", /a spreadsheet changed it/],
    ["4006381333931.0", /decimal number/],
    ["4006380000000", /a spreadsheet rounded it/],
    ["36000291452", /has 11 digits.*leading zeros/],
    ["978-3-16-148410-0", /write the digits alone, 9783161484100/],
    ["none", /8, 12, 13 or 14 digits/],
    [4006381333931, /put it between quotes/],
    ["96385074", undefined],
    ["036000291452", undefined],
  ];
  const { json } = await bulk(cases.map(([value], index) => gtin(String(index), value)));
  for (const [index, [value, pattern]] of cases.entries()) {
    const { error } = json.results[index];
    if (pattern) assert.match(error, pattern);
    else assert.equal(error, undefined);
    if (!pattern) assert.equal((await api.get(`/v1/products/${slug}-${index}`)).json.variants[0].gtin, value);
  }
  const zeros = await bulk([gtin("zeros", "0000000000000")]);
  assert.deepEqual(statuses(zeros.json), ["created"]);
  assert.match(zeros.json.results[0].warnings[0], /taken as none/);
  assert.equal((await api.get(`/v1/products/${slug}-zeros`)).json.variants[0].gtin, null);
  // A second variant of the same product may have it; a product may give it up and another take it.
  assert.deepEqual(
    statuses(
      (
        await bulk([
          { sku: `${slug}-twin`, gtin: "4006381333931", prices: { EUR: 1 }, product: { slug: `${slug}-0` } },
          { sku: `SKU-${slug}-11`, gtin: null },
          gtin("new", "96385074"),
        ])
      ).json,
    ),
    ["created", "updated", "created"],
  );
});

test("one GTIN that is given to several products at once ends with one of them", async () => {
  for (const gtin of ["2900000000001", "2900000000018", "2900000000025"]) {
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => bulk([{ ...row({ slug: `b-${unique()}` }), gtin }])),
    );
    const created = answers.filter(({ json }) => json.created === 1);
    assert.equal(created.length, 1, answers.map(({ text }) => text).join("\n"));
  }
});

test("half a character, a NUL and a bad name are their row's own mistake", async () => {
  const slug = `b-${unique()}`;
  const { status, json } = await bulk([
    row({ slug, name: "good" }),
    row({ slug: `${slug}-2`, name: "bad \ud83d" }),
    row({ slug: `${slug}-3`, description: "a\u0000b" }),
    row({ slug: `${slug}-4`, attributes: { "a\u0000": "b" } }),
    row({ slug: `${slug}-5`, name: "two\nlines" }),
    row({ slug: `${slug}-6`, name: " \u200b " }),
    row({ slug: `${slug}-7`, attributes: { Größe: "L", "Gro\u0308\u00dfe": "M" } }),
    row({ slug: "My Lamp" }),
    row({ slug: "12345" }),
  ]);
  assert.equal(status, 200);
  assert.equal(json.created, 1);
  const errors = json.results.slice(1).map(({ error }: { error: string }) => error);
  for (const [index, pattern] of [
    /^product\.name holds half of a character/,
    /^product\.description holds a NUL/,
    /^product\.attributes has a name that holds a NUL/,
    /^product\.name is "two\\nlines", and must be one line of text/,
    /^product\.name is empty$/,
    /^product\.attributes has two members of one name/,
    /^product\.slug "My Lamp" cannot be part of an address: write my-lamp, /,
    /^product\.slug "12345" cannot be part of an address: write product-12345, /,
  ].entries())
    assert.match(errors[index], pattern);
});

test("text is kept composed, trimmed and without invisible characters, and found so", async () => {
  const slug = `b-${unique()}`;
  const decomposed = "Cafe\u0301 \u200b\ufeff";
  const joined = "\u{1f469}\u200d\u{1f52c}";
  await bulk([
    row({
      slug: ` ${slug} `,
      name: `  padded ${joined} `,
      brand: decomposed,
      attributes: { "Gro\u0308\u00dfe": " L " },
    }),
  ]);
  const { json } = await api.get(`/v1/products/${slug}`);
  assert.equal(json.name, `padded ${joined}`);
  assert.equal(json.brand, "Caf\u00e9");
  assert.deepEqual(json.attributes, { "Gr\u00f6\u00dfe": "L" });
  for (const query of [
    `brand=${encodeURIComponent(decomposed)}`,
    `attribute=${encodeURIComponent("Gro\u0308\u00dfe:L")}`,
  ]) {
    const { items } = (await api.get(`/v1/products?${query}`)).json;
    assert.ok(
      items.some((item: { slug: string }) => item.slug === slug),
      query,
    );
  }
});

test("a product without a slug gets one of its name, and rows of one name and brand are one product", async () => {
  const name = `Lampe ${unique()} Größe`;
  const item = (sku: string, brand: string) => ({ sku, prices: { EUR: 1 }, product: { name, brand } });
  const rows = [item(`${name}-a`, "Lux"), item(`${name}-b`, "Lux"), item(`${name}-c`, "Nox")];
  const { json } = await bulk(rows);
  assert.deepEqual(statuses(json), ["created", "created", "created"]);
  const [a, b, c] = json.results.map(({ product }: { product: number }) => product);
  assert.equal(a, b);
  assert.notEqual(a, c);
  const slug = name.toLowerCase().replaceAll(" ", "-").replace("größe", "grosse");
  assert.equal((await api.get(`/v1/products/${slug}`)).json.id, a);
  assert.deepEqual(statuses((await bulk(rows)).json), ["unchanged", "unchanged", "unchanged"]);
});

test("a product without a slug never becomes another one: where its slugs are taken, its row says so", async () => {
  const name = `Lamp ${unique()}`;
  const item = (sku: string, brand: string) => ({ sku, prices: { EUR: 1 }, product: { name, brand } });
  // Both SKUs are one in a slug.
  const sku = `${name}.1`;
  const rows = [item(`${name}-0`, "Acme"), item(sku, "Bolt"), item(sku.replace(".", "-"), "Crux")];
  for (const batches of [[rows], rows.map((row) => [row])]) {
    const results = [];
    for (const batch of batches) results.push(...(await bulk(batch)).json.results);
    assert.match(
      results[2].error,
      /^product\.slug is needed: \S+ and \S+, which SKU .* would get by its name, are those of other products$/,
    );
    for (const [index, brand] of ["Acme", "Bolt"].entries())
      assert.equal((await api.get(`/v1/products/${results[index].product}`)).json.brand, brand);
  }
});

test("SKUs, attribute names and slugs are as they are in the world", async () => {
  const slug = `größe.${unique()}_新品`;
  const skus = ["AB 12/3", '4058"NB\\09', "Ä-1", "#?&%", "products:bulk"].map((sku) =>
    `${sku} ${slug}`.slice(0, 64),
  );
  const rows = skus.map((sku, index) => ({
    sku,
    prices: { EUR: 1 },
    attributes: { "Größe/Länge": String(index) },
    product: { slug, name: 'A "lamp" \\ x', brand: "Lux" },
  }));
  assert.equal((await bulk(rows)).json.created, rows.length);
  const { status, json, headers } = await api.get(`/v1/products/${encodeURIComponent(slug)}`);
  assert.equal(status, 200);
  assert.deepEqual(
    json.variants.map(({ sku }: { sku: string }) => sku),
    skus,
  );
  assert.equal(headers["content-location"], `/v1/products/${encodeURIComponent(slug)}`);
  const list = await api.get(`/v1/products?attribute=${encodeURIComponent("Größe/Länge:3")}`);
  assert.ok(list.json.items.some((item: { slug: string }) => item.slug === slug));
});

test("a sale holds in its time and no longer, and says what the price was", async () => {
  const slug = `b-${unique()}`;
  const at = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
  const sale = (from: number | undefined, to: number | undefined, price: number) => ({
    ...(from !== undefined && { from: at(from) }),
    ...(to !== undefined && { to: at(to) }),
    prices: { EUR: price },
  });
  const price = async (sales: unknown) => {
    const { json } = await bulk([{ ...row({ slug, price: 1_000 }), sales }]);
    assert.notEqual(json.results[0].status, "failed", JSON.stringify(json));
    const product = (await api.get(`/v1/products/${slug}`)).json;
    const list = (await api.get(`/v1/products?brand=Acme&fields=slug,price&limit=100`)).json.items;
    assert.deepEqual(list.find((item: { slug: string }) => item.slug === slug).price, product.price);
    return product.price;
  };
  assert.deepEqual(await price([sale(-1, 1, 700)]), { amount: 700, currency: "EUR", was: 1_000 });
  assert.deepEqual(await price([sale(1, 2, 700)]), { amount: 1_000, currency: "EUR" });
  assert.deepEqual(await price([sale(-2, -1, 700)]), { amount: 1_000, currency: "EUR" });
  assert.deepEqual(await price([sale(undefined, undefined, 900)]), {
    amount: 900,
    currency: "EUR",
    was: 1_000,
  });
  assert.deepEqual(await price(null), { amount: 1_000, currency: "EUR" });
  const refused = await bulk([
    { ...row({ slug }), sales: [sale(2, 1, 1)] },
    { ...row({ slug: `${slug}-2` }), sales: [{ from: "2026-02-30T25:00:00Z", prices: { EUR: 1 } }] },
    { ...row({ slug: `${slug}-3` }), sales: [{ from: "tomorrow", prices: { EUR: 1 } }] },
  ]);
  for (const [index, pattern] of [
    /ends at .* before it begins/,
    /which no calendar has/,
    /sales\[0\]\.from/,
  ].entries())
    assert.match(refused.json.results[index].error, pattern);
});

test("sales of a product are bounded in all its variants together, by a batch and by a PUT", async () => {
  const instant = (index: number) => new Date(Date.UTC(2030, 0, 1, index)).toISOString();
  const sales = (count: number, first = 0) =>
    Array.from({ length: count }, (_, index) => ({
      from: instant(first + 2 * index),
      to: instant(first + 2 * index + 1),
      prices: { EUR: 1 },
    }));
  const cases: [variants: object[][], RegExp | undefined][] = [
    [Array.from({ length: 50 }, () => sales(20)), undefined],
    [
      Array.from({ length: 51 }, () => sales(20)),
      /^sales: there would be 1,020 of them in all variants; a product has at most 1,000/,
    ],
    [[sales(20), sales(5, 40)], undefined],
    [
      [sales(20), sales(6, 40)],
      /^sales: they would begin and end at 52 different times; those of a product have at most 50/,
    ],
  ];
  for (const [lists, pattern] of cases) {
    const slug = `b-${unique()}`;
    const variants = lists.map((sales, index) => ({ ...row({ slug }), sku: `${slug}-${index}`, sales }));
    const { results } = (await bulk(variants)).json;
    const put = await api.call("PUT", `/v1/products/${slug}-put`, {
      key: true,
      headers: { "if-none-match": "*" },
      body: {
        slug: `${slug}-put`,
        name: "Lamp",
        brand: "Lux",
        variants: lists.map((sales, index) => ({ sku: `${slug}-put-${index}`, prices: { EUR: 1 }, sales })),
      },
    });
    if (pattern) {
      assert.match(results.at(-1).error, pattern);
      assert.match(put.json.detail, pattern);
    } else {
      assert.ok(results.every(({ status }: { status: string }) => status === "created"));
      assert.equal(put.status, 201, put.text);
    }
  }
});
