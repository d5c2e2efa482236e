import { isPath } from "./category-paths.ts";
import { READ_ONLY } from "./schemas.ts";

/** Undoes what an answer shows otherwise than a request says it: categories with names and paths, members that are read only. */
export function withoutReadOnly(value: unknown): unknown {
  if (!isObject(value)) return value;
  const members = Object.entries(value).filter(([name]) => !(READ_ONLY as readonly string[]).includes(name));
  return withCategoryIds(Object.fromEntries(members));
}

/** `categories` as an answer shows them → their ids. */
export function withCategoryIds(value: unknown): unknown {
  if (!isObject(value) || !Array.isArray(value.categories)) return value;
  return { ...value, categories: value.categories.map(idOf) };
}

/**
 * A category as an answer shows it, `{"category": …, "path": […]}` → as a request says it: what it is called, and below which one it
 * is. Its place stays, and what is below it is read only.
 */
export function categoryAsGiven(value: unknown): unknown {
  if (!isObject(value) || !isObject(value.category) || !Array.isArray(value.path)) return value;
  const parent: unknown = value.path.at(-2) ?? null;
  return { name: value.category.name, parent: idOf(parent) };
}

/** A row of a batch, with the categories of its product as ids. */
export function rowWithCategoryIds(row: unknown): unknown {
  return isObject(row) && isObject(row.product) ? { ...row, product: withCategoryIds(row.product) } : row;
}

/** What is no id stays where it is, for the schema to refuse: a path of names there would be taken for one. */
const idOf = (category: unknown): unknown =>
  isObject(category) && typeof category.id === "string" && !isPath(category.id) ? category.id : category;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
