/** What the load asks for: the addresses of one catalogue, as its visitors would ask for them. */
import { setTimeout as sleep } from "node:timers/promises";
import { request } from "undici";
import { UserError } from "../../../cli/user-error.ts";

/** Paths (with query) by kind of read. Their order is their popularity: the first is asked for most. */
export interface Catalogue {
  products: string[];
  lists: string[];
  searches: string[];
  suggestions: string[];
}

interface Product {
  slug: string;
  name: string;
}
interface Category {
  id: string;
  children?: Category[];
}

/** The API refuses longer pages. */
const PAGE_SIZE = 100;
const ATTEMPTS = 60;
const RETRY_MS = 500;
const SORTS = ["newest", "price", "-price", "name"];

/**
 * Looks at the catalogue through the edge and derives addresses from what is really there.
 *
 * @throws when the edge does not answer, or the catalogue is empty.
 */
export async function readCatalogue(edgeUrl: string, signal: AbortSignal): Promise<Catalogue> {
  const [{ items: products }, { categories }] = await Promise.all([
    getJson<{ items: Product[] }>(`${edgeUrl}/v1/products?limit=${PAGE_SIZE}`, signal),
    getJson<{ categories: Category[] }>(`${edgeUrl}/v1/categories`, signal),
  ]);
  if (products.length === 0) throw new UserError("The catalogue is empty: start the preview with --fresh.");
  const ids = flatten(categories).slice(0, 30);
  const words = [...new Set(products.flatMap(({ name }) => name.toLowerCase().match(/[a-z]{4,}/g) ?? []))];
  return {
    products: products.map(({ slug }) => `/v1/products/${slug}`),
    lists: ids.flatMap((id) =>
      SORTS.map((sort) => `/v1/products?category=${encodeURIComponent(id)}&limit=20&sort=${sort}`),
    ),
    searches: words.slice(0, 40).map((word) => `/v1/search?limit=20&q=${word}`),
    suggestions: words.slice(0, 60).map((word) => `/v1/suggest?q=${word.slice(0, 4)}`),
  };
}

export function allPaths(catalogue: Catalogue): string[] {
  return Object.values(catalogue).flat();
}

/** Breadth first, so that the large categories come before their parts. */
function flatten(categories: Category[]): string[] {
  const ids: string[] = [];
  for (let level = categories; level.length > 0; level = level.flatMap(({ children }) => children ?? [])) {
    ids.push(...level.map(({ id }) => id));
  }
  return ids;
}

/** A task that has much to do, as one that has just started on a busy machine, turns reads away for a moment. */
async function getJson<T>(url: string, signal: AbortSignal, attempts = ATTEMPTS): Promise<T> {
  const { statusCode, body } = await request(url, { signal });
  if (statusCode === 503 && attempts > 1) {
    await body.dump();
    await sleep(RETRY_MS, undefined, { signal });
    return getJson(url, signal, attempts - 1);
  }
  if (statusCode !== 200) throw new UserError(`${url} answered ${statusCode}: ${await body.text()}`);
  return (await body.json()) as T;
}
