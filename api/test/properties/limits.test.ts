import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { loadCatalogue } from "../../dev/catalogue/load.ts";
import type { Total } from "../../src/catalog/cursor.ts";
import { toFilter } from "../../src/catalog/filter.ts";
import { type Catalog, listRequest, loadList } from "../../src/catalog/list.ts";
import { countMatches } from "../../src/catalog/totals.ts";
import { addProducts, allPages, startApi, type TestApi } from "../support/api.ts";

/** More than any of the limits on what is read for facets and for a search. */
const PRODUCTS = 30_000;
/** Of so few matches, no sample is taken where as few more have to be looked through for them. */
const FEW = 350;

let api: TestApi;
/** More products than are ranked have it, of which the first is a draft. */
let word: string;

before(async () => {
  // No cache: every page is asked for.
  api = await startApi({ CACHE_MAX_MIB: "0", DB_STATEMENT_TIMEOUT_MS: "60000" });
  await loadCatalogue(api.client, PRODUCTS, 1);
  const { rows } = await api.client.query(
    `SELECT word, count(*), min(product_id) AS first
     FROM product_terms, unnest(tsvector_to_array(search)) AS word
     WHERE length(word) > 3 GROUP BY word HAVING count(*) BETWEEN 5500 AND 9000 ORDER BY 2 DESC, 1 LIMIT 1`,
  );
  assert.equal(rows.length, 1, "no word of so many products");
  word = rows[0].word;
  await api.client.query("UPDATE products SET status = 'draft' WHERE id = $1", [rows[0].first]);
});
after(() => api?.close());

/** Prices between which so many products are. */
async function priceRange(products: number, place: number): Promise<string> {
  const first = Math.floor(place * (PRODUCTS - products));
  const { rows } = await api.client.query(
    "SELECT prices[1]::int AS price FROM product_states ORDER BY prices[1] OFFSET $1 LIMIT $2",
    [first, products],
  );
  return `minPrice=${rows[0].price}&maxPrice=${rows.at(-1).price}`;
}

const filters = async () => [
  await priceRange(50, 0.3),
  await priceRange(200, 0.9),
  await priceRange(400, 0.3),
  `${await priceRange(500, 0.1)}&availability=preorder`,
  await priceRange(3_000, 0.2),
  await priceRange(12_000, 0.5),
  `${await priceRange(3_000, 0.6)}&availability=in_stock`,
  "availability=in_stock",
  "availability=preorder",
  "",
];

interface FacetValue {
  value: string;
  count: number;
}

test("beyond the limits, facets are what filtering by each value finds, or near it where that is much", async () => {
  let few = 0;
  for (const filter of await filters()) {
    const { facets, total } = (await api.get(`/v1/products?${filter}&facets=true&limit=1`)).json;
    const values = facets.brand as FacetValue[];
    const all = total.value <= FEW;
    if (all) few++;
    assert.ok(values.length > 0 || total.value === 0, `${filter} has no brands of ${total.value} products`);
    for (const { value, count } of values.slice(0, 5)) {
      const address = `/v1/products?${filter}&brand=${encodeURIComponent(value)}&limit=1`;
      const found = (await api.get(address)).json.total.value;
      if (all) assert.equal(count, found, `${filter}: ${value}`);
      // Chance brings the count of a sample off by a third, hardly by half.
      else
        assert.ok(
          found < 200 || (count > found / 2 && count < found * 2),
          `${filter}: ${count} of ${value}, which filtering finds ${found} of`,
        );
    }
    // A range of prices disregards itself: that of all products is a sample's.
    assert.equal(facets.exact, false, filter);
  }
  assert.ok(few >= 2, `only ${few} filters have so few matches that all are counted`);
});

/** How many products a list has, by looking at each of their variants. */
async function countAll(address: string): Promise<number> {
  const asked = new URLSearchParams(address);
  const { rows } = await api.client.query(
    `SELECT count(DISTINCT p.id)::int AS found FROM products p JOIN variants v ON v.product_id = p.id
     JOIN product_terms t ON t.product_id = p.id
     WHERE p.status = 'published' AND ($1::text IS NULL OR t.search @@ to_tsquery('simple', $1))
       AND ($2::text IS NULL OR v.availability = $2) AND CASE WHEN v.schedule IS NULL THEN (v.prices ->> 'EUR')::bigint
         ELSE catalog_variant_price(v.prices, v.schedule, 'EUR', now()) END BETWEEN $3 AND $4`,
    [asked.get("q"), asked.get("availability"), asked.get("minPrice") ?? 0, asked.get("maxPrice") ?? 1e12],
  );
  return rows[0].found;
}

const COUNT_LIMIT = 10_000;

/** @param times by which chance may bring the count of a sample off */
function assertTotal({ value, relation }: Total, found: number, times: number, message: string): void {
  const told = `${message}: ${relation} ${value} of ${found}`;
  assert.ok(value <= COUNT_LIMIT, told);
  if (relation === "eq") assert.equal(value, found, told);
  else if (relation === "gte") assert.ok(value <= found, told);
  else if (found > 300)
    assert.ok(value > Math.min(found, COUNT_LIMIT) / times && value < found * times, told);
}

test("beyond the limits, the total is what the list has, or near it where it says so, with facets and without", async () => {
  const seen = new Set<string>();
  for (const filter of [...(await filters()), `q=${word}`, `q=${word}&availability=in_stock`]) {
    const found = await countAll(filter);
    for (const more of ["facets=false", "facets=true", "facets=true&sort=name", "sort=price"]) {
      const { items, total } = (await api.get(`/v1/products?${filter}&${more}&limit=100`)).json;
      seen.add(total.relation);
      assert.ok(total.value >= items.length, `${filter}&${more}: ${total.value} above ${items.length} items`);
      assertTotal(total, found, 2, `${filter}&${more}`);
    }
  }
  assert.deepEqual([...seen].toSorted(), ["about", "eq", "gte"]);
});

test("what a page has read says exactly how many match, whatever a sample of facets says", async () => {
  const sampled = new Set<string>();
  for (const place of [0.1, 0.3, 0.5, 0.7, 0.9]) {
    // So much to read that facets are of a sample, and hardly more matches than a page has.
    const filter = `${await priceRange(3_000, place)}&q=${word}&availability=preorder`;
    for (const sort of ["relevance", "name", "price"]) {
      const list = `/v1/products?${filter}&sort=${sort}&limit=100&facets=true`;
      const { facets, total, nextCursor } = (await api.get(list)).json;
      if (facets.exact || nextCursor !== null) continue;
      sampled.add(sort);
      assert.deepEqual(total, { value: await countAll(filter), relation: "eq" }, `${filter}&sort=${sort}`);
    }
  }
  assert.ok(sampled.size > 1, "no facets of a sample");
});

/** A catalogue that is taken for one of a million products, of which so many are in a range or have a word. */
function among(found: { prices: number; terms: number }): Catalog {
  const catalog = api.app.catalog();
  const all = { from: { kind: "all" as const, values: [] }, source: 1_000_000, matches: 3_000, seen: 12 };
  const sample = Object.assign(Object.create(catalog.sample), {
    estimate: async () => ({ ...all, ahead: 0, ...found }),
  });
  return { ...catalog, sample };
}

test("prices are counted by a sample of those in the range, however many products there are", async () => {
  for (const products of [2_000, 4_000, 6_000]) {
    const range = await priceRange(products, 0.4);
    const [minPrice, maxPrice] = ["minPrice", "maxPrice"].map((name) =>
      Number(new URLSearchParams(range).get(name)),
    );
    const filter = toFilter({ minPrice, maxPrice } as never, undefined);
    const total = await countMatches(among({ prices: products, terms: 1_000_000 }), filter);
    assert.equal(total.relation, "about");
    assertTotal(total, await countAll(range), 1.15, range);
  }
});

test("no total is below the items of its page, though the sample has none of them", async () => {
  // So many products to read that of those that there are, the sample has next to none.
  const catalog = among({ prices: 1_000_000, terms: 16_000_000 });
  const query = { availability: ["preorder"], limit: 20, count: true, facets: false, facetValues: 20 };
  const { body } = await loadList(catalog, listRequest("/v1/products", query as never, "EUR"));
  const { items, total } = JSON.parse(body.toString());
  assert.equal(items.length, 20);
  assert.ok(total.value > 20 && total.value < 100 && total.relation !== "eq", JSON.stringify(total));
});

test("products that are found by their names count once each beside a sample of what has the words", async () => {
  const others = await api.client.query(
    `SELECT product_id::int AS id FROM product_terms WHERE NOT search @@ to_tsquery('simple', $1) ORDER BY 1 LIMIT 1000`,
    [word],
  );
  const products = others.rows.map(({ id }) => id as number);
  const search = { groups: [[word]], tsquery: `'${word}'`, products };
  const filter = toFilter({} as never, search);
  const found = (await countAll(`q=${word}`)) + products.length;
  const total = await countMatches(among({ prices: 1_000_000, terms: found }), filter);
  assert.equal(total.relation, "about");
  assertTotal(total, found, 1.15, word);
});

test("a search by relevance in a range of prices finds all that is there, however many products have the word", async () => {
  for (const place of [0.1, 0.5, 0.9]) {
    const wanted = `/v1/products?q=${word}&${await priceRange(500, place)}&limit=100`;
    const slugs = async (sort: string) =>
      (await allPages(api, `${wanted}&sort=${sort}`)).items.map(({ slug }) => slug).toSorted();
    const expected = await slugs("newest");
    assert.ok(expected.length > 20, `${wanted}: only ${expected.length} products`);
    assert.deepEqual(await slugs("relevance"), expected, wanted);
    const { total } = (await api.get(`${wanted}&sort=relevance`)).json;
    assert.deepEqual(total, { value: expected.length, relation: "eq" }, wanted);
  }
});

test("what matches best comes first, however many others have the words, up to what is ranked", async () => {
  const { rows } = await api.client.query(
    `SELECT word, count(*)::int AS products FROM product_terms, unnest(tsvector_to_array(search)) AS word
     WHERE length(word) > 3 GROUP BY word HAVING count(*) BETWEEN 2500 AND 4500 ORDER BY 2 DESC, 1 LIMIT 1`,
  );
  assert.equal(rows.length, 1, "no word of so many products");
  const [{ word }] = rows;
  const best = Array.from({ length: 8 }, (_, i) => ({ slug: `best-match-${i}`, name: word, brand: "Zz" }));
  await addProducts(api, best);
  const { items } = (await api.get(`/v1/search?q=${word}&limit=8`)).json;
  assert.deepEqual(
    items.map(({ slug }: { slug: string }) => slug).sort(),
    best.map(({ slug }) => slug),
  );
});

test("where names that are looked for end with a limit, so many products are there at least", async () => {
  const named = Array.from({ length: 1_001 }, (_, at) => ({
    slug: `the-${at}`,
    name: `The ${at}`,
    brand: "Zz",
    attributes: { kind: "named" },
  }));
  for (const part of [named.slice(0, 1_000), named.slice(1_000)]) await addProducts(api, part);
  for (const facets of [true, false]) {
    const { total } = (await api.get(`/v1/search?q=the&attribute=kind:named&facets=${facets}&limit=1`)).json;
    assert.deepEqual(total, { value: 1_000, relation: "gte" }, `facets=${facets}`);
  }
});
