import { statement } from "../database/connection.ts";
import type { ReadSession } from "../database/session.ts";

export interface Unpublished {
  id: number;
  slug: string;
  name: string;
  brand: string;
  status: string;
  publishFrom: string | null;
  publishTo: string | null;
  updatedAt: string;
}

/** From the index of the products that are not shown always: those that are, be they a million, are not read. */
const NOT_SHOWN = statement(`
  SELECT p.id, p.slug, p.name, p.brand, p.status, catalog_time(p.publish_from), catalog_time(p.publish_to),
    catalog_time(s.updated_at)
  FROM product_states s JOIN products p ON p.id = s.product_id
  WHERE (s.visible_from IS NOT NULL OR s.visible_to IS NOT NULL)
    AND NOT (coalesce(s.visible_from, '-infinity') <= $1::timestamptz AND $1::timestamptz < coalesce(s.visible_to, 'infinity'))
    AND s.product_id > $2::bigint
  ORDER BY s.product_id LIMIT $3::integer`);

/** Products that are not shown at a time, in the order in which they were made, behind one of them. */
export async function notShown(
  database: ReadSession,
  now: Date,
  after: number,
  limit: number,
): Promise<Unpublished[]> {
  const rows = await database.read(NOT_SHOWN, [now.toISOString(), after, limit], { slow: true });
  return rows.map(([id, slug, name, brand, status, publishFrom, publishTo, updatedAt]) => ({
    id,
    slug,
    name,
    brand,
    status,
    publishFrom,
    publishTo,
    updatedAt,
  })) as Unpublished[];
}
