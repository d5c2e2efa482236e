import assert from "node:assert/strict";
import { after, before, type TestContext, test } from "node:test";
import fc from "fast-check";
import { row, startApi, type TestApi, unique } from "./support/api.ts";

/** A task with a cache, and one that asks the database each time. */
let api: TestApi;
let bare: TestApi;
before(async () => {
  api = await startApi();
  bare = await api.another({ CACHE_MAX_MIB: "0" });
});
after(async () => {
  await bare?.close();
  await api?.close();
});

const NOON = Date.parse("2027-03-01T12:00:00.000Z");
const at = (seconds: number) => new Date(NOON + seconds * 1_000).toISOString();
/** The tasks' clock; what they keep is fresh by the clock of the machine all the while. */
const setClock = (t: TestContext, seconds: number) => {
  t.mock.timers.reset();
  t.mock.timers.enable({ apis: ["Date"], now: NOON + seconds * 1_000 });
};
const write = async (rows: object[]) => {
  const { status, json, text } = await api.call("PUT", "/v1/products:bulk?atomic=true", {
    key: true,
    body: { rows },
  });
  assert.equal(status, 200, text);
  return json.results;
};

/** Everything that a boundary may change of a brand's products: members, order, counts, prices. */
const addresses = (brand: string) => [
  `/v1/products?brand=${brand}`,
  `/v1/products?brand=${brand}&sort=price`,
  `/v1/products?brand=${brand}&sort=-price&limit=2`,
  `/v1/products?brand=${brand}&maxPrice=600`,
  `/v1/products?brand=${brand}&minPrice=600&sort=price`,
  `/v1/products?brand=${brand}&facets=true&limit=1`,
  `/v1/products?brand=${brand}&facets=true&maxPrice=600&limit=1`,
  `/v1/products?sku=SKU-${brand}-0&sku=SKU-${brand}-1`,
  `/v1/search?q=${brand}`,
  `/v1/suggest?q=${brand}`,
  `/v1/products/${brand}-0`,
];

/** How long the answer may be given by the edge, in seconds. */
function edgeSeconds(cacheControl: string): number {
  const seconds = (name: string) => Number(new RegExp(`\\b${name}=(\\d+)`).exec(cacheControl)?.[1] ?? 0);
  return Math.max(seconds("max-age"), seconds("s-maxage") + seconds("stale-while-revalidate"));
}

test("no answer is kept beyond a boundary, by the task or the edge, whatever it shows", async (t) => {
  const time = fc.integer({ min: 1, max: 90 });
  const product = fc.record({
    status: fc.constantFrom("published", "published", "published", "draft"),
    publishFrom: fc.option(time),
    publishTo: fc.option(time),
    sale: fc.option(fc.record({ from: fc.option(time), to: fc.option(time) })),
    price: fc.constantFrom(500, 700),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(product, { minLength: 3, maxLength: 4 }),
      fc.uniqueArray(fc.integer({ min: 0, max: 100 }), { minLength: 5, maxLength: 5 }),
      async (products, clock) => {
        const brand = `b${unique()}`;
        setClock(t, 0);
        const bounds: number[] = [];
        const between = (from: number | null, to: number | null, counts = true) => {
          const ordered = from !== null && to !== null && from >= to ? [to, from + 1] : [from, to];
          // A draft is shown at no time.
          if (counts) bounds.push(...ordered.filter((bound) => bound !== null));
          return ordered.map((bound) => (bound === null ? null : at(bound)));
        };
        await write(
          products.map(({ status, publishFrom, publishTo, sale, price }, index) => {
            const made = row({ slug: `${brand}-${index}`, name: `${brand} ${index}`, brand, price });
            const [from, to] = between(publishFrom, publishTo, status === "published");
            const [begin, end] = sale ? between(sale.from, sale.to) : [];
            const sales = sale
              ? [{ ...(begin && { from: begin }), ...(end && { to: end }), prices: { EUR: 300 } }]
              : [];
            return { ...made, sales, product: { ...made.product, status, publishFrom: from, publishTo: to } };
          }),
        );
        for (const seconds of clock.toSorted((a, b) => a - b)) {
          setClock(t, seconds);
          const next = Math.min(...bounds.filter((bound) => bound > seconds));
          for (const address of addresses(brand)) {
            const kept = await api.get(address);
            const right = await bare.get(address);
            const where = `${address} at ${seconds} s, boundaries ${bounds}`;
            assert.equal(kept.status, right.status, where);
            // A refusal names its request.
            if (kept.status === 200) assert.equal(kept.text, right.text, where);
            const kind = kept.headers["cache-control"] as string;
            // Of one product, its own boundaries count.
            if (kept.status === 200 && !address.startsWith("/v1/products/"))
              assert.ok(edgeSeconds(kind) <= next - seconds, `${kind}: ${where}`);
          }
        }
      },
    ),
    { numRuns: 4, endOnFailure: true },
  );
});

test("a draft is shown to nobody but by its record, and by the export", async () => {
  const slug = `d-${unique()}`;
  await write([
    { ...row({ slug, name: slug }), product: { slug, name: slug, brand: "Acme", status: "draft" } },
  ]);
  for (const address of [`/v1/products?sku=SKU-${slug}`, `/v1/search?q=${slug}`, `/v1/suggest?q=${slug}`])
    assert.doesNotMatch((await api.get(address)).text, new RegExp(`"slug":"${slug}"`), address);
  assert.equal((await api.get(`/v1/products/${slug}`)).status, 404);
  assert.equal((await api.get(`/v1/products/${slug}/record`)).status, 401);
  const record = await api.call("GET", `/v1/products/${slug}/record`, { key: true });
  assert.equal(record.json.status, "draft");
  const current = { "if-none-match": record.headers.etag as string };
  assert.equal(
    (await api.call("GET", `/v1/products/${slug}/record`, { key: true, headers: current })).status,
    304,
  );
  assert.match((await api.call("GET", "/v1/export", { key: true })).text, new RegExp(`"slug":"${slug}"`));
  const published = await api.call("PATCH", `/v1/products/${slug}`, {
    key: true,
    headers: { "if-match": record.headers.etag as string },
    body: { status: null },
  });
  assert.equal(published.json.status, "published");
  assert.equal((await api.get(`/v1/products/${slug}`)).status, 200);
});

test("times of publication are in one order and in the calendar, or refused by one sentence", async () => {
  const slug = `t-${unique()}`;
  await write([row({ slug })]);
  const cases: [object, RegExp][] = [
    [{ publishFrom: "2027-02-30T00:00:00Z" }, /publishFrom is 2027-02-30T00:00:00Z, which no calendar has/],
    [{ publishTo: "9999-12-31T23:59:59-01:00" }, /no calendar has/],
    [{ publishFrom: at(2), publishTo: at(1) }, /publishTo: .* is not after publishFrom/],
    [{ publishFrom: at(1), publishTo: at(1) }, /publishTo: .* is not after publishFrom/],
  ];
  for (const [members, sentence] of cases) {
    const patched = await api.call("PATCH", `/v1/products/${slug}`, {
      key: true,
      headers: { "if-match": "*" },
      body: members,
    });
    assert.equal(patched.status, 422, patched.text);
    assert.match(patched.json.detail, sentence);
    const { json } = await api.call("PUT", "/v1/products:bulk", {
      key: true,
      body: { rows: [{ sku: `SKU-${slug}`, product: members }] },
    });
    assert.match(json.results[0].error, sentence);
  }
  const { json } = await api.call("PUT", "/v1/products:bulk", {
    key: true,
    body: { rows: [{ sku: `SKU-${slug}`, sales: [{ to: "2027-04-31T00:00:00Z", prices: { EUR: 1 } }] }] },
  });
  assert.match(json.results[0].error, /2027-04-31T00:00:00Z, which no calendar has/);
});

test("a former slug leads to the present one, along any way of renamings, until another product takes it", async () => {
  const base = `s${unique()}`;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(4), { minLength: 2, maxLength: 6 }), async (names) => {
      const run = `${base}${unique()}`;
      const slugs = names.map((name) => `${run}-${name}`);
      await write([row({ slug: slugs[0]!, name: "L" })]);
      for (const [from, to] of slugs.slice(1).map((to, index) => [slugs[index]!, to] as const)) {
        const { status, text } = await api.call("PATCH", `/v1/products/${from}`, {
          key: true,
          headers: { "if-match": "*" },
          body: { slug: to },
        });
        assert.equal(status, 200, text);
      }
      const present = slugs.at(-1)!;
      for (const slug of new Set(slugs)) {
        const { status, headers } = await api.get(`/v1/products/${slug}?fields=slug`);
        if (slug === present) assert.equal(status, 200);
        else assert.deepEqual([status, headers.location], [301, `/v1/products/${present}?fields=slug`], slug);
      }
      const taken = slugs.find((slug) => slug !== present);
      if (taken === undefined) return;
      await write([{ ...row({ slug: taken, name: "New" }), sku: `${taken}-new` }]);
      assert.equal((await api.get(`/v1/products/${taken}`)).json.name, "New");
    }),
    { numRuns: 6 },
  );
});

test("all times have one length", async () => {
  const slug = `l-${unique()}`;
  const [{ product }] = await write([
    {
      ...row({ slug }),
      product: { slug, name: slug, brand: "Acme", publishFrom: "2020-01-01T00:00:00.5+01:00" },
    },
  ]);
  // PostgreSQL leaves zeros at the end of fractions out.
  for (const fraction of ["", ".5", ".123456"]) {
    await api.client.query("UPDATE product_states SET updated_at = $1 WHERE product_id = $2", [
      `2026-01-31 12:00:00${fraction}+00`,
      product,
    ]);
    const found = [
      await api.get(`/v1/products/${slug}?fields=createdAt,updatedAt,publishFrom`),
      await bare.get(`/v1/products?ids=${product}`),
      await api.call("GET", "/v1/changes", { key: true }),
      await api.call("GET", "/v1/export", { key: true }),
    ];
    for (const { text } of found)
      for (const [time] of text.matchAll(/\d{4}-\d\d-\d\d[T ]\d\d:[^"]*/g))
        assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, text.slice(0, 300));
  }
});

test("whoever has a key can list what is not shown now, page by page, and nobody else", async (t) => {
  const brand = `u${unique()}`;
  setClock(t, 0);
  const states = [
    { status: "draft" },
    {},
    { publishFrom: at(60) },
    { publishTo: at(60) },
    { publishTo: at(-60) },
    { publishFrom: at(-60), publishTo: at(60) },
    { status: "draft", publishFrom: at(-60) },
  ];
  await write(states.map((state, index) => row({ slug: `${brand}-${index}`, brand, ...state })));
  const listed = async (limit: number) => {
    const found = [];
    let after: number | null | undefined;
    do {
      const address = `/v1/unpublished?limit=${limit}${after ? `&after=${after}` : ""}`;
      const { status, json } = await api.call("GET", address, { key: true });
      assert.equal(status, 200);
      assert.ok(json.items.length <= limit);
      found.push(...json.items.filter((item: { brand: string }) => item.brand === brand));
      after = json.next;
    } while (after !== null);
    return found.map(({ slug }: { slug: string }) => Number(slug.slice(brand.length + 1)));
  };
  for (const limit of [1, 2, 1_000]) assert.deepEqual(await listed(limit), [0, 2, 4, 6], `limit ${limit}`);
  setClock(t, 61);
  assert.deepEqual(await listed(3), [0, 3, 4, 5, 6]);
  assert.equal((await api.get("/v1/unpublished")).status, 401);
});
