import { ALL_LEVELS } from "../catalog/categories.ts";
import { statement } from "../database/connection.ts";
import type { Transaction } from "../database/writer.ts";
import { Problem } from "../http/problem.ts";
import { followMove } from "./category-moves.ts";
import { lockCategories } from "./category-paths.ts";
import type { CategoryInput, CategoryPatch } from "./category-schemas.ts";
import { WriteConflict } from "./store.ts";

interface Stored {
  id: string;
  parent: string | null;
  name: string;
  path: string[];
}

export interface SavedCategory {
  created: boolean;
}

const FIND = statement(
  "SELECT id, parent_id, name, array_to_json(path) FROM categories WHERE id = ANY ($1::text[])",
);
const INSERT = statement(`
  INSERT INTO categories (id, parent_id, name, position, path)
  VALUES ($1::text, $2::text, $3::text, 0, ARRAY(SELECT jsonb_array_elements_text($4::jsonb)))`);
const RENAME = statement("UPDATE categories SET name = $2::text WHERE id = $1::text AND name <> $2::text");
/** What is below it comes along: the part of each path above the category is replaced. */
const MOVE = statement(`
  UPDATE categories SET parent_id = CASE WHEN id = $1::text THEN $2::text ELSE parent_id END,
    path = ARRAY(SELECT jsonb_array_elements_text($3::jsonb)) || path[array_position(path, $1::text):]
  WHERE path @> ARRAY[$1::text]`);
const DEEPEST = statement("SELECT max(cardinality(path)) FROM categories WHERE path @> ARRAY[$1::text]");
/** Numbers siblings anew, one of them at the wanted place; the last one by default. */
const ORDER = statement(`
  UPDATE categories c SET position = r.place FROM (
    SELECT id, row_number() OVER (ORDER BY rank, id = $1::text DESC) - 1 AS place FROM (
      SELECT id, CASE WHEN id = $1::text THEN $3::integer
        ELSE row_number() OVER (PARTITION BY id = $1::text ORDER BY position, name, id) - 1 END AS rank
      FROM categories WHERE parent_id IS NOT DISTINCT FROM $2::text) s) r
  WHERE c.id = r.id AND c.position <> r.place`);
const CHILDREN = statement("SELECT id FROM categories WHERE parent_id = $1::text ORDER BY position LIMIT 3");
const REMOVE = statement("DELETE FROM categories WHERE id = $1::text");
/** Waits for who is filing a product in it right now; whoever comes later finds it gone. */
const CLOSE = statement("SELECT id FROM categories WHERE id = $1::text FOR UPDATE");
const FILED = statement("SELECT product_id FROM category_products WHERE category_id = $1::text LIMIT 1");
/** Products of the category, without it and with another in its place, when there is one. */
const REFILE = statement(`
  UPDATE products p SET category_ids = ids, category_path = catalog_category_path(ids)
  FROM (SELECT q.id, array_remove(CASE WHEN $2::text = ANY (q.category_ids) THEN array_remove(q.category_ids, $1::text)
      ELSE array_replace(q.category_ids, $1::text, $2::text) END, NULL) AS ids
    FROM products q WHERE q.id = ANY (ARRAY(
      SELECT product_id FROM category_products WHERE category_id = $1::text ORDER BY product_id LIMIT $3::integer)
    ) ORDER BY q.id FOR UPDATE) r
  WHERE p.id = r.id`);
const PENDING = statement(
  "INSERT INTO category_moves (category_id) VALUES ($1::text) ON CONFLICT (category_id) DO UPDATE SET done_to = 0",
);

/** So many products are filed elsewhere, or follow their category, in one transaction. */
const REFILED_AT_ONCE = 1_000;

/** Makes the category, or brings the one that there is to what the input says. */
export async function putCategory(tx: Transaction, id: string, input: CategoryInput): Promise<SavedCategory> {
  await lockCategories(tx);
  const current = await find(tx, id);
  const { name, parent = null, position } = input;
  if (current) return change(tx, current, { name, parent, position });
  const above = await pathOf(tx, parent);
  await tx.query(INSERT, [id, parent, name, JSON.stringify([...above, id])]);
  await order(tx, id, parent, position);
  return { created: true };
}

/** Renames, moves and reorders (RFC 7396): what the patch leaves out stays. */
export async function patchCategory(
  tx: Transaction,
  id: string,
  patch: CategoryPatch,
): Promise<SavedCategory> {
  await lockCategories(tx);
  const current = await require(tx, id);
  return change(tx, current, {
    name: patch.name ?? current.name,
    parent: patch.parent === undefined ? current.parent : patch.parent,
    position: patch.position,
    inPlace: patch.position === undefined,
  });
}

/**
 * @param moveTo see {@link emptyCategory}; undefined: it must be empty
 * @throws {Problem} conflict while there are categories below it, or products in it
 */
export async function removeCategory(
  tx: Transaction,
  id: string,
  moveTo: string | null | undefined,
): Promise<void> {
  await lockCategories(tx);
  await requireRemovable(tx, id);
  await tx.query(CLOSE, [id]);
  const isFiled = async () => (await tx.query(FILED, [id])).length > 0;
  // Somebody may have filed a product in it since it was emptied.
  if (moveTo !== undefined && (await isFiled()) && !(await emptyCategory(tx, id, moveTo)))
    throw new WriteConflict(`more products were filed in category ${id} than are filed elsewhere at once`);
  if (moveTo === undefined && (await isFiled()))
    throw new Problem(
      "conflict",
      `category ${id} has products: say what becomes of them, ?products=remove to take them out of it or ?moveTo=CATEGORY to file them there`,
    );
  await tx.query(REMOVE, [id]);
}

/**
 * Files some of its products elsewhere. The categories must be locked.
 *
 * @param moveTo the category that they go to; null: they only leave this one
 * @returns whether none is left
 */
export async function emptyCategory(tx: Transaction, id: string, moveTo: string | null): Promise<boolean> {
  await requireRemovable(tx, id);
  if (moveTo === id)
    throw new Problem("unprocessable-content", "moveTo: it is the category that is to be removed");
  if (moveTo !== null) await require(tx, moveTo, "moveTo");
  await tx.query(REFILE, [id, moveTo, REFILED_AT_ONCE]);
  return (await tx.query(FILED, [id])).length === 0;
}

async function requireRemovable(tx: Transaction, id: string): Promise<void> {
  await require(tx, id);
  const children = await tx.query(CHILDREN, [id]);
  if (children.length > 0)
    throw new Problem(
      "conflict",
      `category ${id} has categories below it (${children.map(([child]) => child).join(", ")}…): move or remove them first`,
    );
}

interface Change {
  name: string;
  parent: string | null;
  position: number | undefined;
  /** Unless it goes to another parent, it keeps its place among its siblings. */
  inPlace?: boolean;
}

async function change(tx: Transaction, current: Stored, wanted: Change): Promise<SavedCategory> {
  const { id } = current;
  const { name, parent, position, inPlace = position === undefined } = wanted;
  if (name !== current.name) await tx.query(RENAME, [id, name]);
  const moved = parent !== current.parent;
  if (moved) {
    const [[deepest] = []] = await tx.query(DEEPEST, [id]);
    const above = await pathOf(tx, parent, (deepest as number) - current.path.length + 1);
    if (above.includes(id))
      throw new Problem("unprocessable-content", `parent: ${parent} is below ${id} itself`);
    await tx.query(MOVE, [id, parent, JSON.stringify(above)]);
    await tx.query(PENDING, [id]);
    await followMove(tx, id, 0, REFILED_AT_ONCE);
  }
  if (moved || !inPlace) await order(tx, id, parent, position);
  return { created: false };
}

async function order(
  tx: Transaction,
  id: string,
  parent: string | null,
  position: number | undefined,
): Promise<void> {
  await tx.query(ORDER, [id, parent, position ?? 1_000_000]);
}

/**
 * From the root to the category; empty for null.
 *
 * @param levels that are to stand below it
 */
async function pathOf(tx: Transaction, parent: string | null, levels = 1): Promise<string[]> {
  if (parent === null) return [];
  const { path } = await require(tx, parent, "parent");
  if (path.length + levels > ALL_LEVELS)
    throw new Problem(
      "unprocessable-content",
      `parent: there would be ${path.length + levels} levels; there may be ${ALL_LEVELS}`,
    );
  return path;
}

async function find(tx: Transaction, id: string): Promise<Stored | undefined> {
  const [row] = await tx.query(FIND, [[id]]);
  if (!row) return undefined;
  const [, parent, name, path] = row;
  return { id, parent: parent as string | null, name: name as string, path: JSON.parse(path as string) };
}

async function require(tx: Transaction, id: string, member?: string): Promise<Stored> {
  const found = await find(tx, id);
  if (found) return found;
  if (member === undefined) throw new Problem("not-found", `there is no category ${id}; make it with PUT`);
  throw new Problem("unprocessable-content", `${member}: there is no category ${id}`);
}
