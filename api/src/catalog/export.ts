import { statement } from "../database/connection.ts";
import type { ReadSession } from "../database/session.ts";
import type { CategoryTree } from "./categories.ts";

export const EXPORT_ROWS = 1_000;

/** A place in the export: products in the order in which they were made, variants in the order of the product. */
export interface ExportPosition {
  product: number;
  position: number;
  sku: string;
}

/**
 * What a product is stands on its first row, so that the import makes it before the others. The page is taken from the variants
 * first: joined before, all products up to the position would be read again for each page.
 */
const ROWS = statement(`
  SELECT v.product_id, v.position, v.sku, v.gtin, v.attributes, v.prices, v.availability, coalesce(v.schedule, '[]'), p.slug,
    CASE WHEN NOT EXISTS (SELECT FROM variants e WHERE e.product_id = v.product_id AND (e.position, e.sku) < (v.position, v.sku))
      THEN json_build_object('slug', p.slug, 'name', p.name, 'brand', p.brand, 'description', p.description,
        'categories', p.category_ids, 'attributes', p.attributes, 'images', p.images, 'status', p.status,
        'publishFrom', catalog_time(p.publish_from), 'publishTo', catalog_time(p.publish_to)) END
  FROM (
    SELECT * FROM variants WHERE (product_id, position, sku) > ($1::bigint, $2::integer, $3::text)
    ORDER BY product_id, position, sku LIMIT ${EXPORT_ROWS}) v
    CROSS JOIN LATERAL (SELECT * FROM products WHERE id = v.product_id OFFSET 0) p
  ORDER BY v.product_id, v.position, v.sku`);

/** Rows as PUT /v1/products:bulk takes them, in an order in which they can be taken back. */
export async function exportPage(
  database: ReadSession,
  tree: CategoryTree,
  after: ExportPosition | undefined,
): Promise<{ rows: string[]; next: ExportPosition | undefined }> {
  const { product, position, sku } = after ?? { product: 0, position: 0, sku: "" };
  const found = await database.read(ROWS, [product, position, sku], { slow: true });
  const rows = found.map(([, , sku, gtin, attributes, prices, availability, sales, slug, members]) => {
    const [a, p, s] = [attributes, prices, sales].map((text) => JSON.parse(text as string));
    const full = members === null ? { slug } : JSON.parse(members as string);
    if (full.categories) full.categories = full.categories.map((id: string) => tree.reference(id));
    return JSON.stringify({ sku, gtin, attributes: a, prices: p, availability, sales: s, product: full });
  });
  const last = found.length === EXPORT_ROWS ? found.at(-1) : undefined;
  return {
    rows,
    next: last && { product: last[0] as number, position: last[1] as number, sku: last[2] as string },
  };
}

/** A position as an opaque text, and back; undefined when it is none. */
export const writePosition = ({ product, position, sku }: ExportPosition): string =>
  Buffer.from(JSON.stringify([product, position, sku])).toString("base64url");

export function readPosition(text: string): ExportPosition | undefined {
  try {
    const [product, position, sku] = JSON.parse(Buffer.from(text, "base64url").toString());
    const valid = Number.isSafeInteger(product) && Number.isInteger(position) && typeof sku === "string";
    return valid && Math.abs(position) < 2 ** 31 && !sku.includes("\0")
      ? { product, position, sku }
      : undefined;
  } catch {
    return undefined;
  }
}
