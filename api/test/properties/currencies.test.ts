import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import fc from "fast-check";
import { countsOf, startApi, type TestApi, writeRows } from "../support/api.ts";
import {
  AVAILABILITIES,
  BRANDS,
  CURRENCIES,
  madeOf,
  PATHS,
  PRICES,
  type Product,
  priceAt,
  productOf,
  rowsOf,
  SIZES,
  setClock,
  type Variant,
} from "../support/priced.ts";

let api: TestApi;
before(async () => {
  // No cache: every page is asked for.
  api = await startApi({ CACHE_MAX_MIB: "0" });
});
after(() => api?.close());

const write = (rows: object[]) => writeRows(api, rows);
const clear = () => api.client.query("DELETE FROM products");

interface Query {
  category: string | undefined;
  brand: string | undefined;
  size: string[] | undefined;
  availability: string | undefined;
  minPrice: number | undefined;
  maxPrice: number | undefined;
}

const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 2 });
const query: fc.Arbitrary<Query> = fc
  .record({
    category: maybe(fc.constantFrom("electronics", "audio", "phones", "books")),
    brand: maybe(fc.constantFrom(...BRANDS)),
    size: maybe(fc.uniqueArray(fc.constantFrom(...SIZES), { minLength: 1, maxLength: 2 })),
    availability: maybe(fc.constantFrom(...AVAILABILITIES)),
    minPrice: maybe(fc.constantFrom(...PRICES, 101)),
    maxPrice: maybe(fc.constantFrom(...PRICES, 998)),
  })
  .filter(({ minPrice = 0, maxPrice = Infinity }) => minPrice <= maxPrice);

const parameters = ({ size = [], ...rest }: Query, currency: string): [string, string][] => [
  ["currency", currency],
  ...size.map((value): [string, string] => ["attribute", `size:${value}`]),
  ...Object.entries(rest).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, String(value)]],
  ),
];

/** The catalogue at a second, as a list in a currency must see it: only variants with a price in it count. */
class Model {
  readonly #products: (Product & { id: number })[];
  readonly #priceOf: (variant: Variant) => number | undefined;

  constructor(products: (Product & { id: number })[], currency: string, second: number) {
    this.#products = products;
    this.#priceOf = (variant) => priceAt(variant, currency, second);
  }

  passing({ variants }: Product, wanted: Query): Variant[] {
    const { size, availability, minPrice = 0, maxPrice = Infinity } = wanted;
    return variants.filter((each) => {
      const price = this.#priceOf(each);
      return (
        price !== undefined &&
        price >= minPrice &&
        price <= maxPrice &&
        (size ?? [each.size]).includes(each.size) &&
        (availability ?? each.availability) === each.availability
      );
    });
  }

  matches(wanted: Query): (Product & { id: number })[] {
    const { category, brand } = wanted;
    return this.#products.filter(
      (product) =>
        (category === undefined || PATHS[product.leaf]!.includes(category)) &&
        (brand ?? product.brand) === product.brand &&
        this.passing(product, wanted).length > 0,
    );
  }

  prices({ variants }: Product): number[] {
    return variants.flatMap((each) => this.#priceOf(each) ?? []).toSorted((a, b) => a - b);
  }

  inOrder(wanted: Query, sort: string): string[] {
    const key = (product: Product) => this.prices(product).find((price) => price >= (wanted.minPrice ?? 0))!;
    const direction = sort.startsWith("-") ? -1 : 1;
    const sorted = this.matches(wanted).toSorted((a, b) => {
      if (sort === "newest") return b.id - a.id;
      if (sort.endsWith("name")) return direction * (a.slug < b.slug ? -1 : 1);
      return direction * (key(a) - key(b) || a.id - b.id);
    });
    return sorted.map((product) => `${product.slug} ${this.prices(product)[0]}`);
  }
}

/** All pages, one after the other. */
async function pages(pairs: [string, string][], limit: number): Promise<{ items: string[]; total: number }> {
  const items: string[] = [];
  let total = -1;
  let cursor: string | null = null;
  do {
    const search = new URLSearchParams([...pairs, ["limit", String(limit)]]);
    if (cursor !== null) search.set("cursor", cursor);
    const { status, json, text } = await api.get(`/v1/products?${search}`);
    assert.equal(status, 200, `${search} ${text}`);
    for (const { slug, price } of json.items) {
      assert.equal(price.currency, search.get("currency"));
      items.push(`${slug} ${price.amount}`);
    }
    total = json.total.value;
    cursor = json.nextCursor;
    assert.ok(items.length <= 1_000, `${search}: paging does not end`);
  } while (cursor !== null);
  return { items, total };
}

/** A catalogue of which every currency but the last has prices, so that the last one is unknown. */
async function catalogue(seed: number, size: number): Promise<(Product & { id: number })[]> {
  await clear();
  const products = fc
    .sample(madeOf, { numRuns: size, seed })
    .map((made, index) => productOf(made, `p-${String(index).padStart(3, "0")}`));
  await write(products.flatMap(rowsOf));
  const { rows } = await api.client.query("SELECT slug, id FROM products");
  const ids = new Map<string, number>(rows.map(({ slug, id }) => [slug, Number(id)]));
  return products.map((product) => ({ ...product, id: ids.get(product.slug)! }));
}
const known = (products: Product[]): string[] =>
  CURRENCIES.filter((currency) =>
    products.some(({ variants }) =>
      variants.some(({ prices, sales }) =>
        [prices, ...sales.map((each) => each.prices)].some((p) => currency in p),
      ),
    ),
  );

test("in every currency and at every time, lists and facets are what looking at each variant gives", async (t) => {
  const products = await catalogue(20_261_129, 60);
  assert.deepEqual(known(products), CURRENCIES);
  await fc.assert(
    fc.asyncProperty(
      query,
      fc.constantFrom(...CURRENCIES),
      fc.integer({ min: -1, max: 10 }),
      fc.constantFrom("newest", "price", "-price", "name", "-name"),
      fc.integer({ min: 1, max: 20 }),
      async (wanted, currency, second, sort, limit) => {
        setClock(t, second);
        const model = new Model(products, currency, second);
        const expected = model.inOrder(wanted, sort);
        const pairs = parameters(wanted, currency);
        const size = Math.max(limit, Math.ceil(expected.length / 4));
        const { items, total } = await pages([...pairs, ["sort", sort]], size);
        assert.deepEqual(items, expected);
        assert.equal(total, expected.length);
        const { facets } = (
          await api.get(`/v1/products?${new URLSearchParams([...pairs, ["facets", "true"]])}`)
        ).json;
        const counted = (own: Partial<Query>, of: (product: Product, wanted: Query) => string[]) => {
          const others = { ...wanted, ...own };
          const values = model.matches(others).flatMap((product) => [...new Set(of(product, others))]);
          return Object.fromEntries(
            [...Map.groupBy(values, (value) => value)]
              .map(([value, { length }]) => [value, length])
              .toSorted(),
          );
        };
        assert.deepEqual(
          countsOf(facets.brand),
          counted({ brand: undefined }, ({ brand }) => [brand]),
        );
        assert.deepEqual(
          countsOf(facets.category),
          counted({}, ({ leaf }) => PATHS[leaf]!),
        );
        assert.deepEqual(
          countsOf(facets.availability),
          counted({ availability: undefined }, (product, others) =>
            model.passing(product, others).map(({ availability }) => availability),
          ),
        );
        assert.deepEqual(
          countsOf(facets.attributes.size),
          counted({ size: undefined }, (product, others) =>
            model.passing(product, others).map(({ size }) => size),
          ),
        );
        const range = model
          .matches({ ...wanted, minPrice: undefined, maxPrice: undefined })
          .flatMap((product) => model.prices(product));
        assert.deepEqual(
          facets.price,
          range.length === 0 ? null : { min: Math.min(...range), max: Math.max(...range), currency },
        );
        assert.equal(facets.exact, true);
      },
    ),
    { numRuns: 100, endOnFailure: true },
  );
});

test("a currency is part of a list's address and of its cursors; the list currency is the list without one", async () => {
  const products = await catalogue(7, 12);
  const own = await api.get("/v1/products?limit=2&sort=price");
  const spelt = await api.get("/v1/products?limit=2&sort=price&currency=EUR");
  assert.equal(spelt.text, own.text);
  assert.equal(spelt.headers["content-location"], "/v1/products?limit=2&sort=price");
  const cursors = new Map<string, string>();
  for (const currency of known(products)) {
    const { json, headers } = await api.get(`/v1/products?limit=1&sort=price&currency=${currency}`);
    assert.match(
      String(headers["content-location"]),
      currency === "EUR" ? /limit=1&sort=price$/ : new RegExp(`\\?currency=${currency}&`),
    );
    if (json.nextCursor) cursors.set(currency, json.nextCursor);
  }
  assert.ok(cursors.size > 2);
  for (const [of, cursor] of cursors)
    for (const currency of cursors.keys()) {
      const { status, json } = await api.get(
        `/v1/products?limit=1&sort=price&currency=${currency}&cursor=${cursor}`,
      );
      assert.equal(status, of === currency ? 200 : 400, `${of} ${currency}`);
      if (of !== currency)
        assert.equal(
          json.detail,
          "cursor: use nextCursor of the page before, with the same filters, sort and currency",
        );
    }
});

test("a currency in which nothing costs anything is refused by a sentence that names those that there are", async () => {
  await clear();
  const one = (slug: string, prices: object) => ({
    sku: slug,
    prices,
    product: { slug, name: slug, brand: "Acme" },
  });
  await write([one("a", { EUR: 1, SEK: 10, USD: 2 }), one("b", { EUR: 2, NOK: 20 })]);
  for (const address of ["/v1/products?", "/v1/search?q=a&", "/v1/products?ids=1&"]) {
    const { status, json } = await api.get(`${address}currency=JPY`);
    assert.equal(status, 400);
    assert.equal(
      json.detail,
      "currency: no product has a price in JPY; there are prices in EUR, NOK, SEK, USD",
    );
  }
  assert.match(
    (await api.get("/v1/products?currency=sek")).json.detail,
    /^currency is "sek", and must be an ISO 4217 code/,
  );
  const page = await api.get("/v1/products/a?currency=SEK&fields=price");
  assert.deepEqual(page.json, { price: { amount: 10, currency: "SEK" } });
  assert.equal(page.headers["content-location"], "/v1/products/a?currency=SEK&fields=price");
  const none = await api.get("/v1/products/b?currency=SEK");
  assert.deepEqual([none.status, none.json.detail], [404, "product b has no price in SEK"]);
  assert.equal((await api.get("/v1/products/c?currency=SEK")).json.detail, "there is no product c");
});
