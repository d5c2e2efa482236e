import assert from "node:assert/strict";
import { test } from "node:test";
import { Freshness } from "../src/cache/freshness.ts";
import { Categories, type CategoryTree } from "../src/catalog/categories.ts";
import type { Row } from "../src/database/connection.ts";
import type { ReadSession } from "../src/database/session.ts";

const rows = (name: string): Row[] => [["c", null, name, '["c"]']];

/** Loads end when, and in which order, a test says. */
function make() {
  const loads: ((name: string) => void)[] = [];
  const read = () => new Promise<Row[]>((resolve) => loads.push((name) => resolve(rows(name))));
  const bound = <T>(loading: Promise<T>) => loading;
  const session = { read, bound, behind: false, markBehind: () => {} } as unknown as ReadSession;
  const freshness = new Freshness(60_000);
  freshness.listening();
  const categories = new Categories({ session: () => session }, freshness);
  const within = async (name: string) =>
    (await categories.within({ query: async () => rows(name) })).name("c");
  const tree = async (): Promise<string> => ((await categories.tree(session)) as CategoryTree).name("c");
  return { loads, freshness, within, tree };
}

test("while the tree is loaded anew, a transaction reads it by itself", async () => {
  const { loads, freshness, within, tree } = make();
  const first = tree();
  loads[0]!("before");
  assert.equal(await first, "before");
  assert.equal(await within("not asked"), "before");
  freshness.changed(["*"]);
  const second = tree();
  assert.equal(await within("after"), "after");
  loads[1]!("after");
  assert.equal(await second, "after");
  assert.equal(await within("not asked"), "after");
});

test("a load that ends late does not take the place of a newer one", async () => {
  const { loads, freshness, within, tree } = make();
  const first = tree();
  freshness.changed(["*"]);
  const second = tree();
  loads[1]!("after");
  assert.equal(await second, "after");
  loads[0]!("before");
  await first;
  assert.equal(await within("not asked"), "after");
});
