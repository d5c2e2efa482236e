import { sampleCatalogue } from "../../api/dev/catalogue/products.ts";
import { Random } from "../../api/dev/catalogue/random.ts";
import { VOCABULARY } from "../../api/dev/catalogue/vocabulary/index.ts";
import { Cursors } from "../../api/src/catalog/cursor.ts";
import { listRequest } from "../../api/src/catalog/list.ts";
import { API_KEY } from "./contenders.ts";
import type { Request } from "./load.ts";

const SEED = 1;
const PAGE = 20;
const DEEP_PAGE = 50_000;
/** Asked for in turn. */
export const DISTINCT_PRODUCTS = 20_000;
const catalogue = sampleCatalogue(SEED);
const ndjson = { "content-type": "application/x-ndjson", "x-api-key": API_KEY };

const BRANDS = [...new Set(Object.values(VOCABULARY).flatMap(({ brands }) => brands))];

function many<T>(count: number, salt: number, make: (random: Random, index: number) => T): T[] {
  const random = new Random(SEED, 100, salt);
  return Array.from({ length: count }, (_, index) => make(random, index));
}

const id = (random: Random, products: number): number => random.integer(1, products);

/** Any product, each as likely: next to none is asked for twice. */
export const productById = (products: number): Request[] =>
  many(DISTINCT_PRODUCTS, 1, (random) => ({ path: `/v1/products/${id(random, products)}` }));

const brandList = (brand: string, limit = PAGE): string =>
  `/v1/products?brand=${encodeURIComponent(brand)}&count=false&limit=${limit}&sort=price`;

/**
 * A brand's cheapest products. Not counted, since the peers do not count either; lists of different lengths, since the
 * API answers clients that ask for the same at the same time with one query.
 */
export const filteredList = (): Request[] => lists((brand, limit) => ({ path: brandList(brand, limit) }));

const lists = (make: (brand: string, limit: number) => Request): Request[] =>
  many(2_000, 2, (random) => make(random.pick(BRANDS), random.integer(PAGE - 4, PAGE)));

const MEMBERS =
  "id,slug,name,brand,price,availability,images,categoryIds,attributes,options,createdAt,updatedAt";

/**
 * The same two over Platformatic's REST interface: the same rows and columns. A product comes with its variants, which are a
 * request of their own there; the two count as one (see PLATFORMATIC_PRODUCT_REQUESTS).
 */
export const platformatic = {
  product: (products: number): Request[] =>
    many(DISTINCT_PRODUCTS, 1, (random) => id(random, products)).flatMap((product) => [
      { path: `/products/${product}?fields=${MEMBERS},description` },
      {
        path: `/variants?where.productId.eq=${product}&orderby.position=asc&limit=100&fields=sku,gtin,attributes,prices,availability`,
      },
    ]),
  list: (): Request[] =>
    lists((brand, limit) => ({
      path: `/products?where.brand.eq=${encodeURIComponent(brand)}&orderby.price=asc&limit=${limit}&fields=${MEMBERS}`,
    })),
};
export const PLATFORMATIC_PRODUCT_REQUESTS = 2;

const GRAPHQL = { "content-type": "application/json" };
const ITEM =
  "rowId slug name brand price availability images categoryIds attributes options createdAt updatedAt";
const PRODUCT_QUERY = `query Product($id: BigInt!) { productByRowId(rowId: $id) { ${ITEM} description variantsByProductId(orderBy: POSITION_ASC) { nodes { sku gtin attributes prices availability } } } }`;
const LIST_QUERY = `query List($brand: String!, $limit: Int!) { allProducts(first: $limit, condition: { brand: $brand }, orderBy: PRICE_ASC) { nodes { ${ITEM} } } }`;
const graphql = (query: string, variables: object): Request => ({
  path: "/graphql",
  method: "POST",
  headers: GRAPHQL,
  body: JSON.stringify({ query, variables }),
});

/** The same two as GraphQL, with variables, so that the plan is made once. */
export const postgraphile = {
  product: (products: number): Request[] =>
    many(DISTINCT_PRODUCTS, 1, (random) => graphql(PRODUCT_QUERY, { id: String(id(random, products)) })),
  list: (): Request[] => lists((brand, limit) => graphql(LIST_QUERY, { brand, limit })),
};

/** Pages of all products, newest first: the first 500, and the 500 up to number 50,000 (or the last ones of a small catalogue). */
export function pages(
  products: number,
  cursorKey: Buffer,
): { first: Request[]; deep: Request[]; deepPage: number } {
  const deepPage = Math.min(DEEP_PAGE, Math.floor(products / PAGE));
  const list = { limit: PAGE, count: true, facets: false, facetValues: 20 };
  const { identity } = listRequest("/v1/products", list, "EUR");
  const cursors = new Cursors(cursorKey);
  const page = (number: number): Request => {
    // The key is the database's own: a client would have to walk 50,000 pages to get these cursors.
    const last = products - (number - 1) * PAGE + 1;
    const cursor = cursors.encode(identity, { key: last, id: last, total: undefined });
    return { path: `/v1/products?count=false&cursor=${cursor}&limit=${PAGE}` };
  };
  const upTo = (number: number) => Array.from({ length: 500 }, (_, index) => page(number - index));
  return { first: upTo(500), deep: upTo(deepPage), deepPage };
}

/** Two or three words of a product's name. */
export const searches = (products: number): Request[] =>
  many(2_000, 3, (random) => {
    const words = catalogue
      .product(random.integer(0, products - 1))
      .name.split(" ")
      .filter((word) => /^[A-Za-z-]{4,}$/.test(word));
    const q = random.sample(words, random.integer(2, 3)).join(" ");
    return {
      path: `/v1/search?facets=false&q=${encodeURIComponent(q || "wireless speaker").replaceAll("%20", "+")}`,
    };
  });

/** What a category's products can be filtered by, with counts; categories as large as products are in them. */
export const facets = (products: number): Request[] =>
  many(1_000, 4, (random) => {
    const { path } = catalogue.product(random.integer(0, products - 1)).category;
    return { path: `/v1/products?category=${random.pick(path)}&facets=true` };
  });

/** 95 reads to 5 writes; products, lists and searches are asked for by Zipf's law, as in a shop. */
export const mix = (products: number): Request[] => {
  const searched = searches(products).slice(0, 300);
  const brands = BRANDS.map((brand) => ({ path: brandList(brand) }));
  return many(40_000, 5, (random) => {
    const kind = random.next();
    if (kind < 0.05) return oneRow(zipf(random, products), random.integer(100, 100_000));
    if (kind < 0.7) return { path: `/v1/products/${zipf(random, products)}` };
    return kind < 0.9
      ? brands[zipf(random, brands.length) - 1]!
      : searched[zipf(random, searched.length) - 1]!;
  });
};

/** The reads of the mix. */
export const mixReads = (products: number): Request[] =>
  mix(products).filter(({ method }) => method === undefined);

/** Rank 1 to `ranks`, each as often as 1/rank: the inverse of the (continuous) distribution. */
function zipf(random: Random, ranks: number): number {
  return Math.min(ranks, Math.floor((ranks + 1) ** random.next()));
}

function oneRow(product: number, price: number): Request {
  const { sku } = catalogue.product(product - 1).variants[0];
  return {
    path: "/v1/products:bulk",
    method: "PUT",
    headers: ndjson,
    body: `${JSON.stringify({ sku, prices: { EUR: price } })}\n`,
  };
}

/** One search that costs much (a frequent word, with facets), and that no cache has: `run` makes it another one. */
export const slowSearch = (run: number): Request[] => [{ path: `/v1/search?minPrice=${run + 1}&q=wireless` }];

/** 1,000 whole rows; another `price` changes every one of them. */
export function bulk(products: number, block: number, price: number): Request {
  const rows = Array.from({ length: Math.min(1_000, products) }, (_, index) => {
    const product = catalogue.product((block * 1_000 + index) % products);
    const { sku, gtin, attributes, availability } = product.variants[0];
    const { slug, name, brand, description, category, images } = product;
    return JSON.stringify({
      sku,
      gtin,
      attributes,
      availability,
      prices: { EUR: price, SEK: price * 11, USD: price },
      product: {
        slug,
        name,
        brand,
        description,
        categories: [category.id],
        attributes: product.attributes,
        images,
      },
    });
  });
  return { path: "/v1/products:bulk", method: "PUT", headers: ndjson, body: `${rows.join("\n")}\n` };
}
