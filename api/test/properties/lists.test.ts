import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import fc from "fast-check";
import { countsOf, startApi, type TestApi, writeRows } from "../support/api.ts";

/** The catalogue once more, in memory, with everything that the filters look at. */
interface Model {
  id: number;
  slug: string;
  name: string;
  brand: string;
  /** Its categories and all above them. */
  path: string[];
  colour: string;
  variants: { size: string; price: number; availability: string }[];
}

const PATHS: Record<string, string[]> = {
  headphones: ["electronics", "audio", "headphones"],
  speakers: ["electronics", "audio", "speakers"],
  phones: ["electronics", "phones"],
  books: ["books"],
};
const BRANDS = ["Acme", "Élan", "O'Neill & Co", "b:rand", "100%"];
const WORDS = ["lamp", "chair", "violet", "marble"];
const COLOURS = ["red", "blue", "a:b", "50% grey, pale"];
const SIZES = ["S", "M", "L"];
const AVAILABILITIES = ["in_stock", "preorder", "out_of_stock", "discontinued"];
const PRICES = [0, 100, 250, 999];

let api: TestApi;
let catalogue: Model[];

before(async () => {
  // No cache: every page is asked for.
  api = await startApi({ CACHE_MAX_MIB: "0" });
  const products = fc.sample(
    fc.record({
      name: fc.tuple(fc.constantFrom(...WORDS), fc.constantFrom(...WORDS)),
      brand: fc.constantFrom(...BRANDS),
      leaf: fc.constantFrom(...Object.keys(PATHS)),
      colour: fc.constantFrom(...COLOURS),
      variants: fc.array(
        fc.record({
          size: fc.constantFrom(...SIZES),
          price: fc.constantFrom(...PRICES),
          availability: fc.constantFrom(...AVAILABILITIES),
        }),
        { minLength: 1, maxLength: 3 },
      ),
    }),
    { numRuns: 80, seed: 20_240_607 },
  );
  const rows = products.flatMap(({ name, brand, leaf, colour, variants }, i) =>
    variants.map(({ size, price, availability }, j) => ({
      sku: `V-${i}-${j}`,
      prices: { EUR: price },
      availability,
      attributes: { size },
      product: { slug: `p-${i}`, name: name.join(" "), brand, categories: [leaf], attributes: { colour } },
    })),
  );
  await writeRows(api, rows);
  const ids = new Map<string, number>(
    (await api.client.query("SELECT slug, id FROM products")).rows.map(({ slug, id }) => [slug, Number(id)]),
  );
  catalogue = products.map(({ name, brand, leaf, colour, variants }, i) => ({
    id: ids.get(`p-${i}`)!,
    slug: `p-${i}`,
    name: name.join(" "),
    brand,
    path: PATHS[leaf]!,
    colour,
    variants,
  }));
});
after(() => api?.close());

interface Query {
  category?: string | undefined;
  brand?: string[] | undefined;
  availability?: string[] | undefined;
  colour?: string[] | undefined;
  size?: string[] | undefined;
  minPrice?: number | undefined;
  maxPrice?: number | undefined;
  q?: string[] | undefined;
}

const some = (values: string[]) =>
  fc.option(fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 3 }), { nil: undefined });
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 2 });
const query: fc.Arbitrary<Query> = fc
  .record({
    category: maybe(fc.constantFrom("electronics", "audio", "headphones", "speakers", "phones", "books")),
    brand: some([...BRANDS, "Nobody"]),
    availability: some(AVAILABILITIES),
    colour: some([...COLOURS, "none"]),
    size: some(SIZES),
    minPrice: maybe(fc.constantFrom(...PRICES, 101)),
    maxPrice: maybe(fc.constantFrom(...PRICES, 998)),
    q: some(WORDS),
  })
  .filter(({ minPrice = 0, maxPrice = Number.POSITIVE_INFINITY }) => minPrice <= maxPrice);

function parameters({ colour = [], size = [], ...rest }: Query): [string, string][] {
  const pairs: [string, string][] = [
    ...colour.map((value): [string, string] => ["attribute", `colour:${value}`]),
    ...size.map((value): [string, string] => ["attribute", `size:${value}`]),
  ];
  for (const [name, value] of Object.entries(rest)) {
    if (value === undefined) continue;
    if (name === "q") pairs.push([name, (value as string[]).join(" ")]);
    else for (const item of [value].flat()) pairs.push([name, String(item)]);
  }
  return pairs;
}

const any = (wanted: string[] | undefined, has: string): boolean => !wanted || wanted.includes(has);
const within = (price: number, { minPrice = 0, maxPrice = Number.POSITIVE_INFINITY }: Query): boolean =>
  price >= minPrice && price <= maxPrice;

/** The variants that the filters let through: what is asked of variants is asked of one of them. */
const passing = ({ variants }: Model, wanted: Query) =>
  variants.filter(
    ({ size, price, availability }) =>
      any(wanted.size, size) && any(wanted.availability, availability) && within(price, wanted),
  );

/** What the documentation says of the filters, one product at a time. */
const matches = (product: Model, wanted: Query): boolean =>
  (wanted.category === undefined || product.path.includes(wanted.category)) &&
  any(wanted.brand, product.brand) &&
  any(wanted.colour, product.colour) &&
  (wanted.q ?? []).every((word) => product.name.split(" ").includes(word)) &&
  passing(product, wanted).length > 0;

/** The lowest price that minPrice lets through. */
const priceOf = ({ variants }: Model, { minPrice = 0 }: Query): number =>
  Math.min(...variants.map(({ price }) => price).filter((price) => price >= minPrice));

const ORDERS: Record<string, (a: Model, b: Model, wanted: Query) => number> = {
  newest: (a, b) => b.id - a.id,
  price: (a, b, wanted) => priceOf(a, wanted) - priceOf(b, wanted) || a.id - b.id,
  "-price": (a, b, wanted) => priceOf(b, wanted) - priceOf(a, wanted) || b.id - a.id,
  name: (a, b) => compare(a.name, b.name) || a.id - b.id,
  "-name": (a, b) => compare(b.name, a.name) || b.id - a.id,
};
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** All pages, one after the other. */
async function pages(pairs: [string, string][], limit: number): Promise<{ slugs: string[]; total: number }> {
  const slugs: string[] = [];
  let total = -1;
  let cursor: string | null = null;
  do {
    const search = new URLSearchParams([
      ...pairs,
      ["limit", String(limit)],
      ...(cursor === null ? [] : [["cursor", cursor]]),
    ] as [string, string][]);
    const { status, json, text } = await api.get(`/v1/products?${search}`);
    assert.equal(status, 200, `${search} ${text}`);
    assert.ok(json.items.length <= limit && (json.items.length === limit || json.nextCursor === null));
    slugs.push(...json.items.map(({ slug }: { slug: string }) => slug));
    total = json.total.value;
    cursor = json.nextCursor;
    assert.ok(slugs.length <= catalogue.length, `${search}: paging does not end`);
  } while (cursor !== null);
  return { slugs, total };
}

test("every combination of filters, in every order, gives what looking at each product gives, page after page", async () => {
  await fc.assert(
    fc.asyncProperty(
      query,
      fc.constantFrom(...Object.keys(ORDERS), "relevance"),
      fc.integer({ min: 1, max: 40 }),
      async (wanted, sort, limit) => {
        fc.pre(sort !== "relevance" || wanted.q !== undefined);
        const expected = catalogue.filter((product) => matches(product, wanted));
        // Each page is a request: small pages for short lists.
        const size = Math.max(limit, Math.ceil(expected.length / 6));
        const { slugs, total } = await pages([...parameters(wanted), ["sort", sort]], size);
        assert.equal(total, expected.length);
        const order = ORDERS[sort];
        const names = (order ? expected.toSorted((a, b) => order(a, b, wanted)) : expected).map(
          ({ slug }) => slug,
        );
        // How relevance ranks is not said here; that each is there once is.
        if (order) assert.deepEqual(slugs, names);
        else assert.deepEqual(slugs.toSorted(), names.toSorted());
      },
    ),
    { numRuns: 250 },
  );
});

test("a small catalogue is counted to the last product, whatever alone is asked for and however short the page", async () => {
  const alone: Query[] = [
    {},
    { category: "audio" },
    ...BRANDS.map((brand) => ({ brand: [brand] })),
    ...AVAILABILITIES.map((availability) => ({ availability: [availability] })),
    { availability: AVAILABILITIES.slice(0, 2) },
    { colour: ["red"] },
    { size: ["S"] },
    { minPrice: 250 },
    { maxPrice: 100 },
    { q: ["lamp"] },
  ];
  for (const wanted of alone)
    for (const sort of Object.keys(ORDERS)) {
      const search = new URLSearchParams([...parameters(wanted), ["sort", sort], ["limit", "1"]]);
      const { total } = (await api.get(`/v1/products?${search}`)).json;
      const value = catalogue.filter((product) => matches(product, wanted)).length;
      assert.deepEqual(total, { value, relation: "eq" }, String(search));
    }
});

test("facets count what filtering by each of their values would give, without their own group's filter", async () => {
  await fc.assert(
    fc.asyncProperty(query, async (wanted) => {
      const search = new URLSearchParams([...parameters(wanted), ["facets", "true"], ["limit", "1"]]);
      const { facets } = (await api.get(`/v1/products?${search}`)).json;
      /** Value → in how many products it occurs, when the filter of its own group is not there. */
      const counted = (own: Partial<Query>, of: (product: Model, wanted: Query) => string[]) => {
        const others = { ...wanted, ...own };
        const counts = new Map<string, number>();
        for (const product of catalogue.filter((each) => matches(each, others)))
          for (const value of new Set(of(product, others))) counts.set(value, (counts.get(value) ?? 0) + 1);
        return Object.fromEntries([...counts].toSorted());
      };
      assert.deepEqual(
        countsOf(facets.brand),
        counted({ brand: undefined }, ({ brand }) => [brand]),
      );
      assert.deepEqual(
        countsOf(facets.availability),
        counted({ availability: undefined }, (product, others) =>
          passing(product, others).map(({ availability }) => availability),
        ),
      );
      assert.deepEqual(
        countsOf(facets.category),
        counted({}, ({ path }) => path),
      );
      assert.deepEqual(
        countsOf(facets.attributes.colour),
        counted({ colour: undefined }, ({ colour }) => [colour]),
      );
      assert.deepEqual(
        countsOf(facets.attributes.size),
        counted({ size: undefined }, (product, others) => passing(product, others).map(({ size }) => size)),
      );
      assert.equal(facets.exact, true);
    }),
    { numRuns: 100 },
  );
});

test("however an address is written, it has one canonical form, one ETag and one body; that form is its own", async () => {
  const extra = fc.record({
    sort: maybe(fc.constantFrom(...Object.keys(ORDERS))),
    fields: maybe(fc.shuffledSubarray(["id", "slug", "price", "brand"], { minLength: 1 })),
    count: maybe(fc.boolean()),
    limit: maybe(fc.constantFrom("1", "20", "50")),
  });
  await fc.assert(
    fc.asyncProperty(
      query,
      extra,
      fc.infiniteStream(fc.nat()),
      fc.boolean(),
      async (wanted, { sort, fields, count, limit }, random, plus) => {
        const pairs = parameters(wanted);
        if (sort) pairs.push(["sort", sort]);
        if (fields) pairs.push(["fields", fields.join(",")]);
        if (count !== undefined) pairs.push(["count", String(count)]);
        if (limit) pairs.push(["limit", limit]);
        const one = await api.get(`/v1/products?${new URLSearchParams(pairs)}`);
        assert.equal(one.status, 200, one.text);
        const location = String(one.headers["content-location"]);
        // Another order, another encoding, defaults spelt out.
        const spelt: [string, string][] = [...pairs];
        if (count === undefined) spelt.push(["count", "true"]);
        if (!limit) spelt.push(["limit", "20"]);
        spelt.push(["facets", "false"]);
        const mixed = spelt
          .map((pair) => ({ pair, place: random.next().value }))
          .sort((a, b) => a.place - b.place)
          .map(
            ({ pair: [name, value] }) =>
              `${name}=${encodeURIComponent(value).replaceAll("%20", plus ? "+" : "%20")}`,
          )
          .join("&");
        const other = await api.get(`/v1/products?${mixed}`);
        assert.equal(other.headers["content-location"], location, mixed);
        assert.equal(other.headers.etag, one.headers.etag, mixed);
        assert.equal(other.text, one.text);
        const again = await api.get(location);
        assert.equal(again.headers["content-location"], location);
        assert.equal(again.headers.etag, one.headers.etag);
      },
    ),
    { numRuns: 120 },
  );
});
