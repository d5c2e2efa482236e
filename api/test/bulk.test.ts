import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type CallOptions, OTHER_KEY, row, startApi, type TestApi, unique } from "./support.ts";

let api: TestApi;

before(async () => {
  api = await startApi();
});
after(() => api?.close());

const URL = "/v1/products:bulk";
const bulk = (rows: unknown[], options: CallOptions & { atomic?: boolean } = {}) =>
  api.call("PUT", options.atomic ? `${URL}?atomic=true` : URL, { key: true, body: { rows }, ...options });
const statuses = (json: { results: { status: string }[] }) => json.results.map(({ status }) => status);
/** The versions of products, and of their rows in the table. */
const versionsOf = async (slugs: string[]): Promise<string[]> => {
  const { rows } = await api.client.query(
    "SELECT concat_ws(' ', s.version, s.xmin, p.xmin) AS version FROM products p JOIN product_states s ON s.product_id = p.id WHERE slug = ANY ($1) ORDER BY array_position($1, slug)",
    [slugs],
  );
  return rows.map(({ version }) => version);
};

test("makes products with several variants, and rolls these up", async () => {
  const slug = `b-${unique()}`;
  const { status, json } = await bulk([
    {
      sku: `${slug}-s`,
      prices: { EUR: 900 },
      availability: "out_of_stock",
      attributes: { size: "S" },
      product: { slug, name: "Shirt", brand: "Acme", categories: ["audio", "books"] },
    },
    { sku: `${slug}-m`, prices: { EUR: 800 }, attributes: { size: "M" }, product: { slug } },
  ]);
  assert.equal(status, 200);
  assert.deepEqual(statuses(json), ["created", "created"]);
  const product = (await api.get(`/v1/products/${slug}`)).json;
  assert.equal(product.id, json.results[1].product);
  assert.deepEqual(product.price, { amount: 800, currency: "EUR" });
  assert.equal(product.availability, "in_stock");
  assert.deepEqual(product.options, { size: ["S", "M"] });
  for (const category of ["electronics", "audio", "books"]) {
    const list = (await api.get(`/v1/products?category=${category}&fields=slug`)).json.items;
    assert.ok(
      list.some((item: { slug: string }) => item.slug === slug),
      category,
    );
  }
});

test("a row changes what it names and leaves the rest; the lists follow", async () => {
  const slug = `b-${unique()}`;
  await bulk([row({ slug, price: 1_000, categories: ["books"], description: "Long" })]);
  const { json } = await bulk([{ sku: `SKU-${slug}`, prices: { EUR: 5 } }]);
  assert.deepEqual(statuses(json), ["updated"]);
  const product = (await api.get(`/v1/products/${slug}`)).json;
  assert.equal(product.description, "Long");
  assert.equal(product.price.amount, 5);
  const cheapest = (await api.get("/v1/products?category=books&sort=price&limit=1")).json.items[0];
  assert.equal(cheapest.slug, slug);
});

test("a row that changes nothing writes nothing", async () => {
  const slugs = Array.from({ length: 50 }, () => `b-${unique()}`);
  const rows = slugs.map((slug) => row({ slug, categories: ["books"], attributes: { a: "1", b: "2" } }));
  await bulk(rows);
  const before = await versionsOf(slugs);
  const { json } = await bulk(rows);
  assert.deepEqual(new Set(statuses(json)), new Set(["unchanged"]));
  assert.equal(json.unchanged, 50);
  assert.deepEqual(await versionsOf(slugs), before);
  const mixed = await bulk([...rows.slice(0, 49), { sku: rows[49]!.sku, availability: "preorder" }]);
  assert.equal(mixed.json.updated, 1);
  const after = await versionsOf(slugs);
  assert.deepEqual(after.slice(0, 49), before.slice(0, 49));
  assert.notEqual(after[49], before[49]);
});

test("each row has its own result, and a mistake in one does not touch the others", async () => {
  const slug = `b-${unique()}`;
  await bulk([row({ slug: `${slug}-old` })]);
  const { status, json } = await bulk([
    row({ slug }),
    { sku: "two\nlines", prices: { EUR: 1 } },
    { sku: `N-${slug}`, prices: { EUR: 1 } },
    { sku: `N-${slug}`, prices: { EUR: 1 } },
    row({ slug: `${slug}-2`, categories: ["nowhere"] }),
    { sku: `M-${slug}`, prices: { SEK: 1 }, product: { slug } },
    { sku: `K-${slug}`, product: { slug } },
    { ...row({ slug: `${slug}-3` }), product: { slug: `${slug}-3` } },
    { sku: `SKU-${slug}-old`, product: { slug } },
    { ...row({ slug: `${slug}-4` }), colour: "red" },
    17,
  ]);
  assert.equal(status, 200);
  assert.equal(json.created, 1);
  assert.equal(json.failed, 10);
  const errors = json.results.map(({ error }: { error?: string }) => error);
  for (const [index, pattern] of [
    undefined,
    /^sku is "two\\nlines", and must be a stock keeping unit/,
    /product is needed/,
    /stands in row 2 of the batch already/,
    /no category nowhere/,
    /^prices has no EUR \(only SEK\)/,
    /: prices are needed/,
    /product.brand are needed/,
    /belongs to product/,
    /colour/,
    /must be an object/,
  ].entries()) {
    if (pattern) assert.match(errors[index], pattern);
    else assert.equal(errors[index], undefined);
  }
  assert.equal((await api.get(`/v1/products/${slug}`)).status, 200);
});

test("atomic=true writes all rows or none", async () => {
  const slug = `b-${unique()}`;
  const rows = [row({ slug }), row({ slug: `${slug}-2`, categories: ["nowhere"] })];
  const refused = await bulk(rows, { atomic: true });
  assert.equal(refused.status, 422);
  assert.equal(refused.json.results[0].row, 1);
  assert.equal((await api.get(`/v1/products/${slug}`)).status, 404);
  const accepted = await bulk([row({ slug }), row({ slug: `${slug}-2` })], { atomic: true });
  assert.equal(accepted.json.created, 2);
});

test("NDJSON is read line by line; a line that is no JSON is one row's mistake", async () => {
  const slug = `b-${unique()}`;
  const lines = [
    JSON.stringify(row({ slug, name: "Smörgås" })),
    "{broken",
    "",
    JSON.stringify(row({ slug: `${slug}-2` })),
  ];
  const headers = { "content-type": "application/x-ndjson" };
  const { json } = await bulk([], { headers, body: `${lines.join("\r\n")}\n` });
  assert.deepEqual(statuses(json), ["created", "failed", "created"]);
  assert.equal((await api.get(`/v1/products/${slug}`)).json.name, "Smörgås");
  const broken = await bulk([], { headers, body: Buffer.from([0x7b, 0xff, 0x7d]) });
  assert.equal(broken.status, 400);
  assert.match(broken.json.detail, /UTF-8/);
});

test("a batch has 1 to 1,000 rows of one form", async () => {
  const many = Array.from({ length: 1_001 }, () => ({ sku: "a" }));
  assert.equal((await bulk(many)).status, 413);
  const headers = { "content-type": "application/x-ndjson" };
  assert.equal(
    (await bulk([], { headers, body: many.map((item) => JSON.stringify(item)).join("\n") })).status,
    413,
  );
  assert.equal((await bulk([], { headers, body: " ".repeat(9 * 1_048_576) })).status, 413);
  assert.equal((await bulk([])).status, 400);
  for (const body of [[], { rows: {} }, { rows: [], more: 1 }, "text"]) {
    assert.equal(
      (await bulk([], { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }))
        .status,
      400,
    );
  }
  assert.equal((await bulk([], { headers: { "content-type": "text/csv" }, body: "a,b" })).status, 415);
});

test("an Idempotency-Key gets the first answer again, and writes once", async () => {
  const slug = `b-${unique()}`;
  const headers = { "idempotency-key": unique() };
  const first = await bulk([row({ slug, price: 100 })], { headers });
  assert.deepEqual(statuses(first.json), ["created"]);
  await bulk([{ sku: `SKU-${slug}`, prices: { EUR: 200 } }]);
  const repeat = await bulk([row({ slug, price: 100 })], { headers });
  assert.equal(repeat.headers["idempotency-replayed"], "true");
  assert.equal(repeat.text, first.text);
  assert.equal((await api.get(`/v1/products/${slug}`)).json.price.amount, 200);
});

test("an Idempotency-Key is bound to its request and to its API key", async () => {
  const headers = { "idempotency-key": unique() };
  const rows = [row({ slug: `b-${unique()}` })];
  await bulk(rows, { headers });
  assert.equal((await bulk([row({ slug: `b-${unique()}` })], { headers })).status, 422);
  assert.equal((await bulk(rows, { headers, atomic: true })).status, 422);
  const other = await bulk(rows, { key: false, headers: { ...headers, "x-api-key": OTHER_KEY } });
  assert.deepEqual(statuses(other.json), ["unchanged"]);
  assert.equal((await bulk(rows, { headers: { "idempotency-key": "a b" } })).status, 400);
});

test("repeats that arrive together are carried out once", async () => {
  const slug = `b-${unique()}`;
  const headers = { "idempotency-key": unique() };
  const answers = await Promise.all(Array.from({ length: 6 }, () => bulk([row({ slug })], { headers })));
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
  assert.deepEqual(new Set(answers.map(({ json }) => json.results[0].status)), new Set(["created"]));
  assert.equal(answers.filter(({ headers }) => headers["idempotency-replayed"] === undefined).length, 1);
});

test("a failed batch is not remembered: its repeat may succeed", async () => {
  const slug = `b-${unique()}`;
  const headers = { "idempotency-key": unique() };
  const rows = [row({ slug, categories: ["later"] })];
  assert.equal((await bulk(rows, { headers, atomic: true })).status, 422);
  await api.client.query("INSERT INTO categories (id, name, path) VALUES ('later', 'Later', '{later}')");
  assert.equal((await bulk(rows, { headers, atomic: true })).status, 200);
});

test("batches that overlap in opposite orders all succeed, and end in one of their states", async () => {
  const slugs = Array.from({ length: 30 }, () => `b-${unique()}`);
  const answers = await Promise.all(
    Array.from({ length: 6 }, (_, i) => {
      const rows = slugs.map((slug) =>
        row({ slug, price: 100 + i, name: `Common${i} Word${unique()}`, categories: ["books"] }),
      );
      return bulk(i % 2 ? rows.toReversed() : rows, { atomic: true });
    }),
  );
  assert.deepEqual(
    answers.map(({ status }) => status),
    Array(6).fill(200),
    answers.map(({ text }) => text.slice(0, 200)).join("\n"),
  );
  const { rows } = await api.client.query(
    "SELECT count(*)::int AS n FROM category_products c JOIN products p ON p.id = c.product_id AND p.price = c.price WHERE p.slug = ANY ($1)",
    [slugs],
  );
  assert.equal(rows[0].n, 30);
});

test("rows that contradict each other: the later one is refused and both are named, and a repeat writes nothing", async () => {
  const slug = `b-${unique()}`;
  const rows = [
    { ...row({ slug, name: "Lamp red", attributes: { material: "wool" } }), sku: `${slug}-1` },
    { ...row({ slug, name: "Lamp blue" }), sku: `${slug}-2` },
    { sku: `${slug}-3`, prices: { EUR: 1 }, product: { slug, attributes: { material: "linen" } } },
    { sku: `${slug}-4`, prices: { EUR: 1 }, product: { slug, attributes: null } },
    { sku: `${slug}-5`, prices: { EUR: 1 }, product: { slug, name: "Lamp red" } },
  ];
  const { json } = await bulk(rows);
  assert.deepEqual(statuses(json), ["created", "failed", "failed", "failed", "created"]);
  assert.match(
    json.results[1].error,
    /^product\.name is "Lamp blue" here and "Lamp red" in row 0 of the batch/,
  );
  assert.match(json.results[2].error, /^product\.attributes\.material is "linen" here and "wool" in row 0/);
  assert.match(json.results[3].error, /^product\.attributes is null here and "wool" in row 0/);
  const before = await versionsOf([slug]);
  assert.deepEqual(statuses((await bulk(rows)).json), [
    "unchanged",
    "failed",
    "failed",
    "failed",
    "unchanged",
  ]);
  assert.deepEqual(await versionsOf([slug]), before);
});

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
