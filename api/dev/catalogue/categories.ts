import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

export interface Category {
  id: string;
  parentId: string | null;
  name: string;
  /** Order among siblings. */
  position: number;
  /** Ids from the department down to this category, itself included. */
  path: string[];
}

interface SourceCategory {
  path: { id: string; name: string }[];
}

/** The merchandise departments of the data set; what else it holds are services, promotions and tests. */
const DEPARTMENTS = [
  "abcat0100000", // TV & Home Theater
  "abcat0200000", // Audio
  "abcat0207000", // Musical Instruments
  "abcat0300000", // Car Electronics & GPS
  "abcat0400000", // Cameras & Camcorders
  "abcat0500000", // Computers & Tablets
  "abcat0600000", // Movies & Music
  "abcat0700000", // Video Games
  "abcat0800000", // Cell Phones
  "abcat0900000", // Appliances
  "pcmcat242800050021", // Health, Fitness & Beauty
  "pcmcat252700050006", // Toys, Games & Drones
  "pcmcat312300050015", // Connected Home & Housewares
];

/**
 * The category tree, parents before children. A category's parents are named in its path, also the few that the
 * data set does not list by themselves.
 */
export function readCategories(): Category[] {
  const file = gunzipSync(readFileSync(new URL("categories.json.gz", import.meta.url)));
  const categories = new Map<string, Category>();
  const children = new Map<string | null, number>();
  for (const { path } of JSON.parse(file.toString("utf8")) as SourceCategory[]) {
    if (!DEPARTMENTS.includes(path[0]!.id)) continue;
    path.forEach(({ id, name }, depth) => {
      if (categories.has(id)) return;
      const parent = depth > 0 ? categories.get(path[depth - 1]!.id)! : undefined;
      const parentId = parent?.id ?? null;
      const position = children.get(parentId) ?? 0;
      children.set(parentId, position + 1);
      categories.set(id, { id, parentId, name, position, path: [...(parent?.path ?? []), id] });
    });
  }
  return [...categories.values()];
}

/** The categories that have none below them: products are filed there. */
export function leaves(categories: Category[]): Category[] {
  const parents = new Set(categories.map(({ parentId }) => parentId));
  return categories.filter(({ id }) => !parents.has(id));
}
