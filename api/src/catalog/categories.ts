import type { Freshness, Stamp } from "../cache/freshness.ts";
import type { Row } from "../database/connection.ts";
import { statement } from "../database/connection.ts";
import type { Database } from "../database/database.ts";
import { isTransient } from "../database/errors.ts";
import type { ReadSession } from "../database/session.ts";
import type { Transaction } from "../database/writer.ts";

export interface CategoryRef {
  id: string;
  name: string;
}

interface Node extends CategoryRef {
  path: string[];
  children: Node[];
}

export interface CategoryView extends CategoryRef {
  children?: CategoryView[];
}

/** There are no more (writes/categories.ts). */
export const ALL_LEVELS = 20;

const ALL = statement(
  "SELECT id, parent_id, name, array_to_json(path) FROM categories ORDER BY position, name, id",
);

/** A snapshot of the category tree. Some thousand nodes: small enough to have in memory, so that no read has to join it. */
export class CategoryTree {
  readonly #nodes = new Map<string, Node>();
  readonly #roots: Node[] = [];
  #byNames: Map<string, string> | undefined;
  readonly #places = new Map<string, string>();

  constructor(rows: readonly (readonly [id: string, parent: string | null, name: string, path: string[]])[]) {
    for (const [id, , name, path] of rows) this.#nodes.set(id, { id, name, path, children: [] });
    for (const [id, parent] of rows) {
      const siblings = parent === null ? this.#roots : this.#nodes.get(parent)?.children;
      siblings?.push(this.#nodes.get(id)!);
    }
  }

  has(id: string): boolean {
    return this.#nodes.has(id);
  }

  /** The id itself when a product mentions a category that has just been removed. */
  name(id: string): string {
    return this.#nodes.get(id)?.name ?? id;
  }

  /** From the root to the category, itself included. */
  path(id: string): CategoryRef[] {
    return (this.#nodes.get(id)?.path ?? [id]).map((step) => ({ id: step, name: this.name(step) }));
  }

  /** The names on the way to a category, by which an import finds it again; its id where they lead to another one. */
  reference(id: string): string {
    this.#byNames ??= new Map(
      [...this.#nodes.keys()].toReversed().map((key) => [this.#names(key).toLowerCase(), key]),
    );
    const names = this.#names(id);
    const plain = this.path(id).every(({ name }) => !name.includes(">"));
    if (!plain || this.#byNames.get(names.toLowerCase()) !== id) return id;
    return names.includes(">") ? names : `> ${names}`;
  }

  #names(id: string): string {
    return this.path(id)
      .map(({ name }) => name)
      .join(" > ");
  }

  /** A category with the way to it, as products show it: `{"id":…,"name":…,"path":[…]}`, written once for all of them. */
  placeJson(id: string): string {
    let json = this.#places.get(id);
    if (json === undefined) {
      json = JSON.stringify({ id, name: this.name(id), path: this.path(id) });
      if (this.has(id)) this.#places.set(id, json);
    }
    return json;
  }

  /** @param depth levels to show */
  roots(depth = ALL_LEVELS): CategoryView[] {
    return this.#roots.map((node) => view(node, depth));
  }

  /**
   * What GET answers of a category, as JSON: itself with what is below it, and the way to it.
   *
   * @returns undefined: there is none
   */
  detailJson(id: string, depth = ALL_LEVELS): string | undefined {
    const node = this.#nodes.get(id);
    return node && JSON.stringify({ category: view(node, depth), path: this.path(id) });
  }
}

function view({ id, name, children }: Node, depth: number): CategoryView {
  if (children.length === 0 || depth <= 1) return { id, name };
  return { id, name, children: children.map((child) => view(child, depth - 1)) };
}

/** Categories change as a whole: no tag but `*` concerns them. */
const TAGS: readonly string[] = [];

interface Kept {
  readonly stamp: Stamp;
  readonly loading: Promise<{ tree: CategoryTree; behind: boolean }>;
}

/** The current tree: read once, and anew after it has changed or may have, by the same rule as responses. */
export class Categories {
  readonly #database: Pick<Database, "session">;
  readonly #freshness: Freshness;
  #kept: Kept | undefined;
  /** Of the last load that has ended: another may be under way already. */
  #last: { tree: CategoryTree; stamp: Stamp } | undefined;

  constructor(database: Pick<Database, "session">, freshness: Freshness) {
    this.#database = database;
    this.#freshness = freshness;
  }

  /** @param session the answer that the tree becomes a part of; it hears when the tree may be an old one. */
  async tree(session: ReadSession): Promise<CategoryTree> {
    if (!this.#kept || !this.#freshness.isFresh(this.#kept.stamp, TAGS)) this.#kept = this.#load();
    const kept = this.#kept;
    try {
      const { tree, behind } = await session.bound(kept.loading);
      if (behind) {
        session.markBehind();
        if (this.#kept === kept) this.#kept = undefined;
        // A reader that is behind may lack what was known already.
        return this.#last?.tree ?? tree;
      }
      const { stamp } = kept;
      if (!this.#last || this.#last.stamp.epoch <= stamp.epoch) this.#last = { tree, stamp };
      return tree;
    } catch (error) {
      if (this.#kept === kept) this.#kept = undefined;
      if (!this.#last || !isTransient(error)) throw error;
      // Names of categories that were right a moment ago are better than no answer.
      session.markBehind();
      return this.#last.tree;
    }
  }

  /** The tree for an answer that is made inside a transaction, which must not wait for another connection. */
  async within(tx: Transaction): Promise<CategoryTree> {
    const last = this.#last;
    return last && this.#freshness.isFresh(last.stamp, TAGS) ? last.tree : this.writtenBy(tx);
  }

  /** The tree as a transaction leaves it that has changed it. */
  async writtenBy(tx: Transaction): Promise<CategoryTree> {
    return toTree(await tx.query(ALL, []));
  }

  #load(): Kept {
    const session = this.#database.session({
      epoch: this.#freshness.lastChange(TAGS),
      client: "",
    });
    const loading = session.read(ALL, []).then((rows) => ({ tree: toTree(rows), behind: session.behind }));
    return { stamp: this.#freshness.stamp(), loading };
  }
}

function toTree(rows: Row[]): CategoryTree {
  return new CategoryTree(
    rows.map(([id, parent, name, path]) => [id, parent, name, JSON.parse(path as string)] as never),
  );
}
