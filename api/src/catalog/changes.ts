import { statement } from "../database/connection.ts";
import type { ReadSession } from "../database/session.ts";

/** A place in the feed: the transaction that made a change, and the product. */
export interface FeedPosition {
  transaction: string;
  product: number;
}

export interface Change {
  id: number;
  slug: string;
  version: number;
  at: string;
  removed: boolean;
  /** The name of the key that it was written with; null for what was not written by a request, or before keys had names. */
  by: string | null;
}

/**
 * Changes in the order of the transactions that made them. Versions come from a sequence and commit in any order, so a feed in
 * their order would pass over what commits late: this one ends before the oldest transaction that still runs. Slugs are looked up
 * for what is in the page: joined before, all products up to it might be read.
 */
const CHANGES = statement(`
  SELECT changed_in::text, product_id, coalesce(slug, (SELECT p.slug FROM products p WHERE p.id = product_id)), version, catalog_time(at),
    removed, writer
  FROM (SELECT * FROM (
      (SELECT changed_in, product_id, NULL AS slug, version, updated_at AS at, false AS removed, writer FROM product_states
        WHERE (changed_in, product_id) > ($1::xid8, $2::bigint) ORDER BY changed_in, product_id LIMIT $3::integer)
      UNION ALL
      (SELECT changed_in, product_id, slug, version, deleted_at, true, writer FROM product_tombstones
        WHERE (changed_in, product_id) > ($1::xid8, $2::bigint) ORDER BY changed_in, product_id LIMIT $3::integer)) c
    WHERE changed_in < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY changed_in, product_id LIMIT $3::integer) c
  ORDER BY changed_in, product_id`);

export async function changesSince(
  database: ReadSession,
  since: FeedPosition | undefined,
  limit: number,
): Promise<{ changes: Change[]; last: FeedPosition }> {
  const from = since ?? { transaction: "0", product: 0 };
  const rows = await database.read(CHANGES, [from.transaction, from.product, limit], { slow: true });
  const changes = rows.map(
    ([, id, slug, version, at, removed, by]) => ({ id, slug, version, at, removed, by }) as Change,
  );
  const [transaction, product] = rows.at(-1) ?? [from.transaction, from.product];
  return { changes, last: { transaction: transaction as string, product: product as number } };
}

export const writeFeedPosition = ({ transaction, product }: FeedPosition): string =>
  `${transaction}-${product}`;

export function readFeedPosition(text: string): FeedPosition | undefined {
  const [, transaction, product] = /^(\d{1,19})-(\d{1,15})$/.exec(text) ?? [];
  return transaction === undefined ? undefined : { transaction, product: Number(product) };
}
