import { Random } from "../../api/dev/catalogue/random.ts";
import { type CatalogueValues, someWord } from "./values.ts";

/**
 * Requests from the whole space of what the OpenAPI document allows: every parameter of every GET operation, there or not, with
 * values that the catalogue has and with hostile ones. The same for the same seed.
 */

export interface CornerRequest {
  path: string;
  /** Its parameters without their values: what a slow one has in common with others. */
  signature: string;
}

interface Parameter {
  name: string;
  in: "query" | "path" | "header";
  required?: boolean;
  schema: Schema;
}

interface Schema {
  $ref?: string;
  type?: string;
  enum?: string[];
  minimum?: number;
  maximum?: number;
  default?: unknown;
  items?: Schema;
}

export interface OpenApi {
  paths: Record<string, { get?: { parameters?: Parameter[]; security?: object[] } }>;
  components?: { schemas?: Record<string, Schema> };
}

/** An operation of the catalogue with what may be asked of it. */
interface Operation {
  path: string;
  parameters: Parameter[];
}

/** Documents and probes: there is nothing to choose in them. */
const CATALOGUE = /^\/v1\//;
/** One value with commas. */
const COMMAS = ["fields", "ids"];
const LOOK_UPS = ["ids", "sku", "gtin"];
/** How often an operation is asked, beside the others. */
const WEIGHTS: Record<string, number> = { "/v1/products": 5, "/v1/search": 3, "/v1/suggest": 2 };
function operationsOf(document: OpenApi): Operation[] {
  const resolve = (schema: Schema): Schema => {
    const named = schema.$ref && document.components?.schemas?.[schema.$ref.split("/").at(-1)!];
    const known = named || schema;
    return known.items ? { ...known, items: resolve(known.items) } : known;
  };
  return Object.entries(document.paths).flatMap(([path, { get }]) => {
    // What needs a key is for the owner of the catalogue, and reads all of it.
    if (!get || !CATALOGUE.test(path) || get.security?.length) return [];
    const parameters = (get.parameters ?? []).filter((parameter) => parameter.in !== "header");
    return [{ path, parameters: parameters.map((each) => ({ ...each, schema: resolve(each.schema) })) }];
  });
}

/** @param only operations whose path begins so. @default all of them */
export function* requests(
  document: OpenApi,
  values: CatalogueValues,
  seed: number,
  only = "/v1/",
): Generator<CornerRequest> {
  const operations = operationsOf(document).filter(({ path }) => path.startsWith(only));
  const weighted = operations.flatMap((operation) =>
    Array.from({ length: WEIGHTS[operation.path] ?? 1 }, () => operation),
  );
  for (let number = 0; ; number++) {
    const random = new Random(seed, 2, number);
    yield makeRequest(random, random.pick(weighted), values);
  }
}

function makeRequest(
  random: Random,
  { path, parameters }: Operation,
  values: CatalogueValues,
): CornerRequest {
  // Some requests ask for much at once, most for a little.
  const share = random.pick([0.1, 0.25, 0.5]);
  const query = new URLSearchParams();
  let target = path;
  for (const parameter of parameters) {
    if (parameter.in === "path") {
      target = target.replace(`{${parameter.name}}`, encodeURIComponent(givenFor(random, parameter, values)));
    } else if (parameter.required || random.chance(share)) {
      const several = parameter.schema.type === "array" && !COMMAS.includes(parameter.name);
      const count = several && random.chance(0.4) ? random.integer(2, 6) : 1;
      for (let i = 0; i < count; i++) query.append(parameter.name, givenFor(random, parameter, values));
    }
  }
  // Look-ups name what they find: nothing else goes with them.
  const named = LOOK_UPS.filter((name) => query.has(name));
  const lookUp = named.length > 0 && random.chance(0.2);
  for (const name of new Set(query.keys())) {
    if (lookUp ? !named.includes(name) : named.includes(name)) query.delete(name);
  }
  // A cursor is what an answer gave; prices that contradict each other, and relevance of nothing, are refused.
  query.delete("cursor");
  const [low, high] = ["minPrice", "maxPrice"].map((name) => query.get(name));
  if (
    low !== null &&
    high !== null &&
    low !== undefined &&
    high !== undefined &&
    Number(low) > Number(high)
  ) {
    query.set("minPrice", high);
    query.set("maxPrice", low);
  }
  if (query.get("sort") === "relevance" && !query.has("q")) query.delete("sort");
  const search = query.toString();
  return { path: search === "" ? target : `${target}?${search}`, signature: signatureOf(path, query) };
}

/** `/v1/products?brand*&minPrice&sort=price`: an asterisk for several values; values where they are few. */
function signatureOf(path: string, query: URLSearchParams): string {
  const parts = [...new Set(query.keys())].toSorted().map((name) => {
    const given = query.getAll(name);
    if (["sort", "facets", "count"].includes(name)) return `${name}=${given[0]}`;
    return given.length > 1 ? `${name}*` : name;
  });
  return parts.length === 0 ? path : `${path}?${parts.join("&")}`;
}

function givenFor(random: Random, { name, schema }: Parameter, values: CatalogueValues): string {
  const product = random.pick(values.products);
  const known: Record<string, () => string> = {
    category: () => (random.chance(0.5) ? random.pick(product.path) : random.pickPopular(values.categories)),
    brand: () => (random.chance(0.05) ? "Nobody & Sons" : product.brand),
    attribute: () =>
      product.attributes.length === 0 || random.chance(0.05) ? "no:such" : random.pick(product.attributes),
    minPrice: () => String(random.pick([0, 1, product.price, Math.floor(product.price / 2), 10_000_000])),
    maxPrice: () => String(random.pick([0, product.price, product.price * 2, 1_000_000_000_000])),
    product: () => (random.chance(0.5) ? product.slug : String(random.integer(1, 1_000_000))),
    fields: () =>
      random.sample(["id", "slug", "name", "price", "brand"], random.integer(1, 4)).join(",") || "id",
    q: () => wordsOf(random, values),
    ids: () =>
      random
        .sample(values.products, random.integer(1, 20))
        .map(({ id }) => id)
        .join(",") || "1",
    currency: () => (random.chance(0.05) ? "XTS" : random.pick(values.currencies)),
    sku: () => (random.chance(0.1) ? "no-such-sku" : product.sku),
    gtin: () => product.gtin ?? values.products.find(({ gtin }) => gtin)!.gtin!,
    limit: () => String(random.pick([1, 20, 50, 100].filter((limit) => limit <= (schema.maximum ?? limit)))),
  };
  const make = known[name];
  if (make) return make();
  return bySchema(random, schema);
}

/** What is typed into a search box: words, parts of them, stop words, numbers, and what no keyboard meant. */
function wordsOf(random: Random, values: CatalogueValues): string {
  const words = Array.from({ length: random.integer(1, 3) }, () => someWord(random, values));
  const kind = random.next();
  if (kind < 0.6) return words.join(" ");
  if (kind < 0.85) {
    const text = words.join(" ");
    return text.slice(0, Math.max(2, random.integer(2, text.length)));
  }
  return random.pick([
    "the",
    "a1",
    "4k",
    "of the and",
    "wi-fi",
    "aa",
    "é".repeat(20),
    "x".repeat(100),
    `${words[0]} -- '`,
  ]);
}

/** A parameter that nobody has told this generator about. */
function bySchema(random: Random, schema: Schema): string {
  if (schema.type === "array" && schema.items) return bySchema(random, schema.items);
  if (schema.enum) return random.pick(schema.enum);
  if (schema.type === "boolean") return String(random.chance(0.5));
  if (schema.type === "integer") {
    const { minimum = 0, maximum = 1_000_000 } = schema;
    return String(
      random.chance(0.3)
        ? random.pick([minimum, maximum])
        : random.integer(minimum, Math.min(maximum, 1_000)),
    );
  }
  return random.pick(["a", "EUR", "1"]);
}

/** The page behind an answer: it has another plan than the first. Undefined on the last page, and of what has no pages. */
export function nextPage({ path, signature }: CornerRequest, body: string): CornerRequest | undefined {
  const cursor = /"nextCursor":"([\w-]+)"/.exec(body)?.[1];
  if (cursor === undefined) return undefined;
  const joint = (text: string) => `${text}${text.includes("?") ? "&" : "?"}`;
  return { path: `${joint(path)}cursor=${cursor}`, signature: `${joint(signature)}cursor` };
}
