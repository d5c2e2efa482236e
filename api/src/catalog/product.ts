import type { Loaded } from "../cache/response-cache.ts";
import { statement } from "../database/connection.ts";
import { canonicalTarget } from "../http/canonical.ts";
import { productEtag } from "../http/etag.ts";
import { Moved } from "../http/moved.ts";
import { Problem } from "../http/problem.ts";
import type { CategoryTree } from "./categories.ts";
import { type Scope, Values, visible, withState } from "./conditions.ts";
import { priceMember, selectFields, TIME_MEMBERS } from "./items.ts";
import { type Catalog, scopeOf } from "./list.ts";
import type { Query } from "./list-sql.ts";
import type { ProductQuery } from "./parameters.ts";

/** The members before and after `categories`, whose names and ways to the root are in memory here. */
const columns = (values: Values) => `p.id, p.slug, s.version, array_to_json(p.category_ids),
  '{"id":' || p.id || ',"slug":' || to_json(p.slug) || ',"name":' || to_json(p.name) || ',"brand":' || to_json(p.brand)
    || ',"description":' || to_json(p.description) || ${priceMember(values)} || ',"availability":"' || s.availabilities[1]
    || '","images":' || p.images,
  ',"attributes":' || p.attributes::text || ',"options":' || p.options || ',"variants":[' || coalesce((SELECT string_agg(
      '{"sku":' || to_json(v.sku) || ',"gtin":' || coalesce('"' || v.gtin || '"', 'null') || ',"attributes":' || v.attributes
        || ',"prices":' || v.prices || ',"availability":"' || v.availability
        || '","sales":' || coalesce(v.schedule, '[]') || '}', ',' ORDER BY v.position, v.sku)
    FROM variants v WHERE v.product_id = p.id), '') || '],"status":"' || p.status
    || '","publishFrom":' || coalesce('"' || catalog_time(p.publish_from) || '"', 'null')
    || ',"publishTo":' || coalesce('"' || catalog_time(p.publish_to) || '"', 'null') || ${TIME_MEMBERS} || '}', ${values.until}`;

/** All digits: an id. A slug has at least one letter. */
export const isId = (reference: string): boolean => /^\d+$/.test(reference);

/** Where the product is now that had this slug before; no row: there is none, or it is not shown. */
function formerSlugQuery(slug: string, scope: Scope): Query {
  const values = new Values(scope);
  const text = `SELECT p.slug FROM former_slugs f JOIN products p ON p.id = f.product_id JOIN product_states s ON s.product_id = p.id
    WHERE f.slug = ${values.add(slug, "text")} AND ${visible(values)}`;
  return { statement: statement(text), values: values.list };
}

/**
 * Gives a {@link ProductRow}.
 *
 * @param all whether products that are not shown now are found as well.
 */
export function productQuery(reference: string, scope: Scope, all = false): Query {
  const values = new Values(scope);
  const condition = isId(reference)
    ? `p.id = ${values.add(reference, "bigint")}`
    : `p.slug = ${values.add(reference, "text")}`;
  const text = `SELECT ${columns(values)} FROM products p${withState("p.id", values)}
    WHERE ${condition}${all ? "" : ` AND ${visible(values)}`}`;
  return { statement: statement(text), values: values.list };
}

export type ProductRow = [
  id: number,
  slug: string,
  version: number,
  categories: string,
  head: string,
  tail: string,
  until: number | null,
];

/** What the response will depend on, as far as the address tells. */
export const productTags = (reference: string): string[] => [isId(reference) ? `p:${reference}` : "any"];

/** What is asked for of a product. */
export interface View {
  /** The value of the parameter `fields`, its names sorted and each once. @default all members */
  fields?: string;
  /** Another than the list currency. @default the list currency */
  currency?: string;
}

/** @param listCurrency what the price is in where nothing else is asked for. */
export function viewOf({ fields, currency }: ProductQuery, listCurrency: string): View {
  return {
    ...(fields && { fields: [...new Set(fields.split(","))].sort().join(",") }),
    ...(currency !== undefined && currency !== listCurrency && { currency }),
  };
}

/** @throws {Problem} not-found, also where it has no price in the currency now. */
export async function loadProduct(catalog: Catalog, reference: string, view: View): Promise<Loaded> {
  const { database } = catalog;
  const ask = async ({ statement, values }: Query) => (await database.read(statement, values))[0];
  const scope = scopeOf(catalog, view.currency);
  const [tree, row] = await Promise.all([
    catalog.categories.tree(database),
    ask(productQuery(reference, scope)),
  ]);
  if (row) return productResponse(tree, row as ProductRow, reference, view);
  if (view.currency !== undefined && (await ask(productQuery(reference, scopeOf(catalog)))))
    throw new Problem("not-found", `product ${reference} has no price in ${view.currency}`);
  const former = isId(reference) ? undefined : await ask(formerSlugQuery(reference, scope));
  if (former === undefined) throw new Problem("not-found", `there is no product ${reference}`);
  throw new Moved(addressOf(former[0] as string, view));
}

/** The canonical address. */
export const addressOf = (reference: string, view: View): string =>
  canonicalTarget(`/v1/products/${encodeURIComponent(reference)}`, { ...view });

export function productResponse(
  tree: CategoryTree,
  [id, slug, version, categories, head, tail, until]: ProductRow,
  reference: string,
  view: View,
): Loaded {
  const views = (JSON.parse(categories) as string[]).map((category) => tree.placeJson(category));
  const body = Buffer.from(selectFields(`${head},"categories":[${views.join(",")}]${tail}`, view.fields));
  return {
    body,
    etag: productEtag(version, body),
    location: addressOf(reference, view),
    headers: {},
    tags: [`p:${id}`, `r:${slug}`],
    product: { id, version },
    ...(until !== null && { until }),
  };
}
