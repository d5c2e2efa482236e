import { ALL_LEVELS } from "../catalog/categories.ts";
import { slugOf } from "../catalog/slug.ts";
import { cleanText } from "../catalog/text.ts";
import { statement } from "../database/connection.ts";
import type { Transaction } from "../database/writer.ts";
import { findPaths } from "./store.ts";

/** `Home > Lamps > Desk`: names from the root down. One name alone needs the sign before it: `> Home`. */
export const isPath = (reference: string): boolean => reference.includes(">");

const namesOf = (reference: string): string[] =>
  reference
    .split(">")
    .map(cleanText)
    .filter((name) => name !== "");

/** One spelling of a path, which no id is. */
export function pathText(reference: string): string {
  const names = namesOf(reference);
  return `${names.length > 1 ? "" : "> "}${names.join(" > ")}`;
}

/** Names are compared without case: `home > lamps` is no second department. */
const keyOf = (names: readonly string[]): string => JSON.stringify(names.map((name) => name.toLowerCase()));

const ALL = statement(
  "SELECT id, parent_id, name, array_to_json(path), position FROM categories ORDER BY cardinality(path), position, name, id",
);
/** Whoever makes, moves or removes categories does so alone; whoever reads them is not held up. */
const LOCK = statement("LOCK TABLE categories IN SHARE ROW EXCLUSIVE MODE");
const INSERT = statement(`
  INSERT INTO categories (id, parent_id, name, position, path)
  SELECT id, parent, name, position, ARRAY(SELECT jsonb_array_elements_text(path))
  FROM jsonb_to_recordset($1::jsonb) AS r (id text, parent text, name text, position integer, path jsonb)`);

export async function lockCategories(tx: Transaction): Promise<void> {
  await tx.query(LOCK, []);
}

interface Place {
  id: string;
  path: string[];
}

/** All categories by the names on the way to them. */
class Places {
  readonly #byNames = new Map<string, Place>();
  readonly #ids = new Set<string>();
  readonly #children = new Map<string | null, number>();
  readonly made: { id: string; parent: string | null; name: string; position: number; path: string[] }[] = [];

  constructor(rows: readonly (readonly [id: string, parent: string | null, name: string, path: string[]])[]) {
    const names = new Map<string, string[]>();
    for (const [id, parent, name, path] of rows) {
      const all = [...(parent === null ? [] : (names.get(parent) ?? [])), name];
      names.set(id, all);
      const key = keyOf(all);
      // Of two siblings with one name the first is meant.
      if (!this.#byNames.has(key)) this.#byNames.set(key, { id, path });
      this.#add(id, parent);
    }
  }

  #add(id: string, parent: string | null): void {
    this.#ids.add(id);
    this.#children.set(parent, (this.#children.get(parent) ?? 0) + 1);
  }

  find(names: readonly string[]): Place | undefined {
    return this.#byNames.get(keyOf(names));
  }

  /** Makes what is missing on the way. */
  make(names: readonly string[]): Place {
    const known = this.find(names);
    if (known) return known;
    const parent = names.length > 1 ? this.make(names.slice(0, -1)) : undefined;
    const name = names.at(-1)!;
    const id = this.#freeId(name, parent?.id);
    const place = { id, path: [...(parent?.path ?? []), id] };
    const position = this.#children.get(parent?.id ?? null) ?? 0;
    this.made.push({ id, parent: parent?.id ?? null, name, position, path: place.path });
    this.#byNames.set(keyOf(names), place);
    this.#add(id, parent?.id ?? null);
    return place;
  }

  /** Of its name; where that is taken, of its parent's as well. What ASCII cannot say is left out. */
  #freeId(name: string, parent: string | undefined): string {
    const word =
      slugOf(name)
        .replace(/[^a-z0-9-]+/g, "")
        .replace(/^-+|-+$/g, "") || "category";
    const candidates = [word, ...(parent === undefined ? [] : [`${parent}-${word}`])].map((id) =>
      id.slice(0, 58),
    );
    for (const id of candidates) if (!this.#ids.has(id)) return id;
    for (let number = 2; ; number++) {
      const id = `${candidates.at(-1)}-${number}`;
      if (!this.#ids.has(id)) return id;
    }
  }
}

async function readPlaces(tx: Transaction): Promise<Places> {
  const rows = await tx.query(ALL, []);
  return new Places(
    rows.map(([id, parent, name, path]) => [id, parent, name, JSON.parse(path as string)] as never),
  );
}

/** The categories that paths lead to; those that lead nowhere yet are missing. */
export async function findByPaths(
  tx: Transaction,
  references: readonly string[],
): Promise<Map<string, Place>> {
  if (references.length === 0) return new Map();
  const places = await readPlaces(tx);
  const found = references.flatMap((reference) => {
    const place = places.find(namesOf(reference));
    return place ? [[reference, place] as const] : [];
  });
  return new Map(found);
}

/** The same, and makes those that lead nowhere yet. */
export async function makePaths(tx: Transaction, references: readonly string[]): Promise<Map<string, Place>> {
  if (references.length === 0) return new Map();
  await lockCategories(tx);
  const places = await readPlaces(tx);
  const found = new Map(references.map((reference) => [reference, places.make(namesOf(reference))]));
  if (places.made.length > 0) await tx.query(INSERT, [JSON.stringify(places.made)]);
  return found;
}

/**
 * Lets the categories that products go into stay where they are until the transaction ends, be they named by ids or by paths; where
 * a path leads nowhere yet, nobody else makes categories until then. To be called before any product is locked: whoever moves a
 * category locks it, and then its products.
 *
 * @returns whether a category was reserved, by its id or by the path to it
 */
export async function reserveCategories(
  tx: Transaction,
  references: readonly string[],
): Promise<(category: string) => boolean> {
  const paths = references.filter((reference) => isPath(reference) && pathMistake(reference) === undefined);
  const found = await findByPaths(tx, paths);
  const all = found.size < new Set(paths).size;
  if (all) await lockCategories(tx);
  const ids = [
    ...references.filter((reference) => !isPath(reference)),
    ...[...found.values()].map(({ id }) => id),
  ];
  const kept = await findPaths(tx, ids, true);
  return (category) => all || kept.has(category);
}

/** What is wrong with a path, as the end of a sentence; undefined: nothing. */
export function pathMistake(reference: string): string | undefined {
  const names = namesOf(reference);
  if (names.length === 0) return "names no category: write names with > between them, such as Home > Lamps";
  if (names.length > ALL_LEVELS) return `has ${names.length} levels, and may have ${ALL_LEVELS}`;
  const longest = Math.max(...names.map((name) => [...name].length));
  return longest > 200 ? `has a name of ${longest} characters, and may have 200` : undefined;
}
