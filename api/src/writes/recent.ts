import { isId } from "../catalog/product.ts";
import { statement } from "../database/connection.ts";
import type { Transaction } from "../database/writer.ts";

/** Products by what they are called, or by their ids; or the tree of categories. */
export type Subject = { reference: string } | { ids: readonly number[] } | "categories";

/**
 * Longer than a change can go unheard: a transaction may take 20 s from the time that it writes down to its COMMIT, and a gap in
 * the notifications is noticed within seconds.
 */
const RECENT = statement(`
  SELECT p.id, array_to_json(p.category_path) FROM products p JOIN product_states s ON s.product_id = p.id
  WHERE (p.id = ANY ($1::bigint[]) OR p.slug = ANY ($2::text[])) AND s.updated_at > now() - interval '1 minute'`);

/**
 * Cache tags of those products that have changed so lately that this task may not have heard of it. A task that has looked at
 * the database for a write must not answer with something older afterwards.
 */
export async function recentTags(tx: Transaction, subject: Subject): Promise<string[]> {
  // Nothing says when they have changed.
  if (subject === "categories") return ["*"];
  const [ids, slugs, references]: [readonly (number | string)[], string[], string[]] =
    "ids" in subject
      ? [subject.ids, [], []]
      : isId(subject.reference)
        ? [[subject.reference], [], [`r:${subject.reference}`]]
        : [[], [subject.reference], [`r:${subject.reference}`]];
  if (ids.length + slugs.length === 0) return [];
  const rows = await tx.query(RECENT, [ids, slugs]);
  return [
    ...references,
    ...new Set(rows.flatMap(([id, path]) => tagsOf(id as number, JSON.parse(path as string)))),
  ];
}

/** Cache tags of a product in these categories. */
export const tagsOf = (id: number, path: readonly string[]): string[] => [
  `p:${id}`,
  ...path.map((category) => `c:${category}`),
];
