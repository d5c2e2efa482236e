import { Ajv } from "ajv";
import * as Type from "typebox/type";
import { UserError } from "../../../cli/user-error.ts";
import { explain } from "../../src/catalog/explain.ts";
import { cleanValue } from "../../src/catalog/text.ts";
import { CategoryId, closed } from "../../src/catalog/vocabulary.ts";
import { CategoryInput } from "../../src/writes/category-schemas.ts";
import type { Target } from "./send.ts";

/** A category as an export has it: a row without a SKU. */
export interface CategoryRow {
  id: string;
  name: string;
  parent: string | null;
  /** Among the categories beside it, from 0. */
  position: number;
}

const Row = Type.Object(
  { category: Type.Object({ id: CategoryId, ...CategoryInput.properties }, closed) },
  { ...closed, title: "CategoryRow" },
);
const validate = new Ajv({ strict: false, verbose: true }).compile(Row);
const LEVELS = 20;

interface Tree {
  id: string;
  name: string;
  children?: Tree[];
}

/** The rows of a whole tree, each after the one above it, in the order of siblings. */
export function* rowsOfTree(trees: readonly Tree[], parent: string | null = null): Generator<CategoryRow> {
  for (const [position, { id, name, children = [] }] of trees.entries()) {
    yield { id, name, parent, position };
    yield* rowsOfTree(children, id);
  }
}

/** @throws UserError when the API does not give them */
export async function readTree(url: string, signal: AbortSignal): Promise<Tree[]> {
  const response = await ask(url, "/v1/categories", { signal });
  if (!response.ok)
    throw new UserError(`the API at ${url} did not give its categories (${response.status}).`);
  return ((await response.json()) as { categories: Tree[] }).categories;
}

/** @throws UserError when nobody answers */
function ask(url: string, path: string, init: RequestInit & { signal: AbortSignal }): Promise<Response> {
  return fetch(new URL(path, url), init).catch((error: Error) => {
    init.signal.throwIfAborted();
    const reason = (error.cause as Error | undefined)?.message || error.message;
    throw new UserError(`the API at ${url} did not answer (${reason}): try again when it does.`);
  });
}

/** The tree as the rows so far leave it, so that what is so already is not written. */
export class CategoryWriter {
  readonly #target: Target;
  readonly #nodes = new Map<string, CategoryRow>();
  readonly #children = new Map<string | null, string[]>();
  /** What a dry run would have made. */
  readonly #unwritten = new Set<string>();
  #read: Promise<void> | undefined;

  constructor(target: Target) {
    this.#target = target;
  }

  /** @returns what became of the row, or why it is refused */
  async take(raw: unknown): Promise<"created" | "updated" | "unchanged" | { error: string }> {
    const { value, mistake } = cleanValue(raw);
    if (mistake !== undefined) return { error: mistake.error };
    if (!validate(value)) return { error: explain(validate.errors, "the row") };
    const { id, name, parent = null, position } = (value as { category: CategoryRow }).category;
    this.#read ??= this.#readTree();
    await this.#read;
    const way = parent === null ? [] : this.#wayTo(parent);
    if (way === undefined)
      return { error: `category.parent: there is no category ${parent}: put its row before this one` };
    if (way.includes(id)) return { error: `category.parent: ${parent} is below ${id} itself` };
    if (way.length >= LEVELS) return { error: `category.parent: there may be ${LEVELS} levels` };
    const before = this.#nodes.get(id);
    const siblings = this.#children.get(parent) ?? [];
    const isInPlace = before?.parent === parent && (position === undefined || siblings[position] === id);
    if (before?.name === name && isInPlace) return "unchanged";
    if (!this.#target.dryRun) {
      const refused = await this.#put(id, { name, parent, ...(position !== undefined && { position }) });
      if (refused !== undefined) return { error: refused };
    } else if (!before) this.#unwritten.add(id);
    this.#place({ id, name, parent, position: position ?? siblings.length });
    return before ? "updated" : "created";
  }

  /**
   * How a category that a dry run has not written can be named all the same: by the way to it, which the API would make.
   *
   * @returns the id itself where the API has it, or nobody does
   */
  reference(id: string): string {
    if (!this.#unwritten.has(id)) return id;
    const names = this.#wayTo(id)!.map((step) => this.#nodes.get(step)!.name.replaceAll(">", " "));
    return `> ${names.join(" > ")}`;
  }

  async #readTree(): Promise<void> {
    const { url, signal } = this.#target;
    for (const row of rowsOfTree(await readTree(url, signal))) this.#place(row);
  }

  #place(row: CategoryRow): void {
    const before = this.#nodes.get(row.id);
    const left = this.#children.get(before?.parent ?? null)?.filter((id) => id !== row.id);
    if (before && left) this.#children.set(before.parent, left);
    this.#nodes.set(row.id, row);
    this.#children.set(row.parent, (this.#children.get(row.parent) ?? []).toSpliced(row.position, 0, row.id));
  }

  /** From the root to the category; undefined: there is none. */
  #wayTo(id: string): string[] | undefined {
    const way: string[] = [];
    for (let at: string | null = id; at !== null; ) {
      const node = this.#nodes.get(at);
      if (!node) return undefined;
      way.unshift(at);
      at = node.parent;
    }
    return way;
  }

  /** @returns why it was refused */
  async #put(id: string, body: object): Promise<string | undefined> {
    const { url, key, signal } = this.#target;
    const response = await ask(url, `/v1/categories/${id}`, {
      method: "PUT",
      headers: { "x-api-key": key, "content-type": "application/json" },
      body: JSON.stringify(body),
      signal,
    });
    if (response.ok) return undefined;
    const { detail = response.statusText } = (await response.json().catch(() => ({}))) as { detail?: string };
    return `category ${id}: ${detail}`;
  }
}

/** Whether a row is one of a category. */
export const isCategoryRow = (value: unknown): boolean =>
  typeof value === "object" && value !== null && "category" in value;
