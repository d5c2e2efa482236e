import type { Loaded } from "../cache/response-cache.ts";
import { type Statement, statement } from "../database/connection.ts";
import type { Row } from "../database/lane.ts";
import { canonicalTarget } from "../http/canonical.ts";
import { productEtag } from "../http/etag.ts";
import { Problem } from "../http/problem.ts";
import type { CategoryTree } from "./categories.ts";
import { priceJson } from "./items.ts";
import type { Catalog } from "./list.ts";

const COLUMNS = `p.id, p.slug, p.version, p.name, p.brand, p.description, p.price, p.availability, p.images,
  array_to_json(p.category_ids), p.attributes, p.options, p.created_at, p.updated_at,
  (SELECT '[' || string_agg(row_to_json(v)::text, ',') || ']' FROM (
     SELECT sku, gtin, attributes, prices, availability FROM variants WHERE product_id = p.id ORDER BY position, sku) v)`;

const BY_ID = statement(`SELECT ${COLUMNS} FROM products p WHERE p.id = $1::bigint`);
const BY_SLUG = statement(`SELECT ${COLUMNS} FROM products p WHERE p.slug = $1::text`);

/** All digits: an id. A slug has at least one letter. */
export const isId = (reference: string): boolean => /^\d+$/.test(reference);

export function productStatement(reference: string): Statement {
  return isId(reference) ? BY_ID : BY_SLUG;
}

/** What the response will depend on, as far as the address tells. */
export const productTags = (reference: string): string[] => [isId(reference) ? `p:${reference}` : "any"];

/** @param fields the value of the parameter `fields`; undefined: all of them. */
export async function loadProduct(
  catalog: Catalog,
  reference: string,
  fields: string | undefined,
  fresh: boolean,
): Promise<Loaded> {
  const [tree, [row]] = await Promise.all([
    catalog.categories.tree(fresh),
    catalog.database.read(productStatement(reference), [reference], { fresh }),
  ]);
  if (!row) throw new Problem("not-found", `there is no product ${reference}`);
  return productResponse(catalog.currency, tree, row, reference, fields);
}

export function productResponse(
  currency: string,
  tree: CategoryTree,
  row: Row,
  reference: string,
  fields: string | undefined,
): Loaded {
  const body = Buffer.from(productJson(currency, tree, row, fields));
  return {
    body,
    etag: productEtag(row[2] as number, body),
    location: canonicalTarget(`/v1/products/${reference}`, fields === undefined ? {} : { fields }),
    headers: {},
    tags: [`p:${row[0]}`],
  };
}

function productJson(currency: string, tree: CategoryTree, row: Row, fields: string | undefined): string {
  const [
    id,
    slug,
    ,
    name,
    brand,
    description,
    price,
    availability,
    images,
    categories,
    attributes,
    options,
    created,
    updated,
    variants,
  ] = row as [
    number,
    string,
    number,
    string,
    string,
    string,
    number,
    string,
    string,
    string,
    string,
    string,
    string,
    string,
    string | null,
  ];
  const categoryViews = (JSON.parse(categories) as string[]).map((category) => ({
    id: category,
    name: tree.name(category),
    path: tree.path(category),
  }));
  const members: Record<string, string> = {
    id: String(id),
    slug: `"${slug}"`,
    name: JSON.stringify(name),
    brand: JSON.stringify(brand),
    description: JSON.stringify(description),
    price: priceJson(price, currency),
    availability: `"${availability}"`,
    images,
    categories: JSON.stringify(categoryViews),
    attributes,
    options,
    variants: variants ?? "[]",
    createdAt: `"${created}"`,
    updatedAt: `"${updated}"`,
  };
  const wanted = fields === undefined ? undefined : new Set(fields.split(","));
  const parts: string[] = [];
  for (const [member, json] of Object.entries(members)) {
    if (!wanted || wanted.has(member)) parts.push(`"${member}":${json}`);
  }
  return `{${parts.join(",")}}`;
}
