import type pg from "pg";
import { Random } from "../../api/dev/catalogue/random.ts";

/** What the parameters of requests are filled with: values that the catalogue has, as often as it has them. */
export interface CatalogueValues {
  products: SampledProduct[];
  /** Frequent ones first. */
  categories: string[];
  slugs: string[];
  /** That products have prices in. */
  currencies: string[];
}

interface SampledProduct {
  id: number;
  sku: string;
  gtin: string | null;
  name: string;
  brand: string;
  slug: string;
  path: string[];
  /** `name:value`, of the product and its variants. */
  attributes: string[];
  price: number;
}

const SAMPLE = 1_000;

/** A random choice of products, the same for the same seed and catalogue. */
export async function readValues(client: pg.Client, seed: number): Promise<CatalogueValues> {
  const random = new Random(seed, 1);
  const { rows: bounds } = await client.query("SELECT coalesce(max(id), 0)::int AS last FROM products");
  const ids = Array.from({ length: SAMPLE }, () => random.integer(1, bounds[0].last));
  const { rows: products } = await client.query<SampledProduct>(
    `SELECT p.id::int, v.sku, v.gtin, p.name, p.brand, p.slug, p.category_path AS path, s.prices[1]::int AS price,
       ARRAY(SELECT substr(token, 3) FROM unnest(t.tokens) AS token WHERE token LIKE 'a:%') AS attributes
     FROM products p JOIN product_states s ON s.product_id = p.id JOIN product_terms t ON t.product_id = p.id
       CROSS JOIN LATERAL (SELECT sku, gtin FROM variants WHERE product_id = p.id ORDER BY position LIMIT 1) v
     WHERE p.id = ANY ($1) ORDER BY p.id`,
    [ids],
  );
  const { rows: currencies } = await client.query<{ currency: string }>(
    "SELECT DISTINCT jsonb_object_keys(prices) AS currency FROM variants WHERE product_id = ANY ($1) ORDER BY 1",
    [ids],
  );
  const counts = new Map<string, number>();
  for (const { path } of products) for (const id of path) counts.set(id, (counts.get(id) ?? 0) + 1);
  return {
    products,
    categories: [...counts].toSorted(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)).map(([id]) => id),
    slugs: products.map(({ slug }) => slug),
    currencies: currencies.map(({ currency }) => currency),
  };
}

/** A word of a product's name, now and then with a typing mistake. */
export function someWord(random: Random, { products }: CatalogueValues): string {
  const words = random.pick(products).name.split(" ");
  const word = random.pick(words);
  return random.chance(0.2) ? mistyped(random, word) : word;
}

function mistyped(random: Random, word: string): string {
  const at = random.integer(0, Math.max(0, word.length - 2));
  const letter = String.fromCharCode(97 + random.integer(0, 25));
  return random.pick([
    word.slice(0, at) + word.slice(at + 1),
    word.slice(0, at) + letter + word.slice(at),
    word.slice(0, at) + letter + word.slice(at + 1),
    word.slice(0, at) + (word[at + 1] ?? "") + (word[at] ?? "") + word.slice(at + 2),
  ]);
}
