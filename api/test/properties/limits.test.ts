import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { loadCatalogue } from "../../dev/catalogue/load.ts";
import { addProducts, allPages, startApi, type TestApi } from "../support/api.ts";

/** More than any of the limits on what is read for facets and for a search. */
const PRODUCTS = 30_000;
/** Of so few matches, no sample is taken where as few more have to be looked through for them. */
const FEW = 350;

let api: TestApi;

before(async () => {
  // No cache: every page is asked for.
  api = await startApi({ CACHE_MAX_MIB: "0", DB_STATEMENT_TIMEOUT_MS: "60000" });
  await loadCatalogue(api.client, PRODUCTS, 1);
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

interface FacetValue {
  value: string;
  count: number;
}

test("beyond the limits, facets are what filtering by each value finds, or near it where that is much", async () => {
  const filters = [
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
  let few = 0;
  for (const filter of filters) {
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

test("a search by relevance in a range of prices finds all that is there, however many products have the word", async () => {
  const { rows } = await api.client.query(
    `SELECT word, count(*)::int AS products FROM product_terms, unnest(tsvector_to_array(search)) AS word
     WHERE length(word) > 3 GROUP BY word ORDER BY 2 DESC, 1 LIMIT 1`,
  );
  const [{ word, products }] = rows;
  assert.ok(products > 6_000, `only ${products} products have ${word}`);
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
