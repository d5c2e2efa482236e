import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type CallOptions, OTHER_KEY, row, startApi, type TestApi, unique } from "./support/api.ts";

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
    /product\.slug is needed, or product\.name and product\.brand/,
    /stands in row 2 of the batch already/,
    /no category nowhere/,
    /^prices\.EUR is missing \(there is only SEK\)/,
    /is new and needs prices/,
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
    '{"sku":',
    "",
    "null",
    '{"__proto__":{}}',
    JSON.stringify(row({ slug: `${slug}-2` })),
  ];
  const headers = { "content-type": "application/x-ndjson" };
  const { json } = await bulk([], { headers, body: `${lines.join("\r\n")}\n` });
  assert.deepEqual(statuses(json), ["created", "failed", "failed", "failed", "created"]);
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

test("GTINs are passed on within a batch in whatever order its rows stand, unless the row that gives one away is refused", async () => {
  const slug = `b-${unique()}`;
  const gtins = ["4006381333931", "4006381333948", "4006381333955", "4006381333962"];
  const item = (at: number, gtin: string | null | undefined, categories: string[] = []) => ({
    ...row({ slug: `${slug}-${at}`, categories }),
    gtin,
  });
  const given = (order: (string | null | undefined)[]) => order.map((gtin, at) => item(at, gtin));
  assert.equal((await bulk(given([...gtins.slice(0, 3), null]))).json.created, 4);
  // A column that was shifted by one, up and down; and two that change places.
  for (const order of [
    [null, ...gtins.slice(0, 3)],
    [gtins[1], gtins[2], gtins[3], gtins[0]],
    [gtins[2], gtins[1], gtins[3], gtins[0]],
  ]) {
    const { json } = await bulk(given(order));
    assert.equal(json.failed, 0, JSON.stringify(json.results));
    assert.deepEqual(new Set(statuses((await bulk(given(order))).json)), new Set(["unchanged"]));
  }
  // What is kept is kept: by a row that leaves it as it is, that writes it in another length, and that is refused.
  for (const keeper of [item(1, undefined), item(1, `0${gtins[1]}`), item(1, null, ["nowhere"])])
    for (const rows of [
      [item(0, gtins[1]), keeper],
      [keeper, item(0, gtins[1])],
    ]) {
      const { json } = await bulk(rows);
      const { error } = json.results.find(({ sku }: { sku: string }) => sku === `SKU-${slug}-0`);
      assert.match(error, /is that of SKU/, JSON.stringify(json.results));
    }
  // One refusal leads to the next.
  const { json } = await bulk([item(0, gtins[1]), item(1, gtins[3]), item(2, null, ["nowhere"])]);
  assert.deepEqual(statuses(json), ["failed", "failed", "failed"], JSON.stringify(json.results));
});
