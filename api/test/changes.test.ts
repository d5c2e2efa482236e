import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import fc from "fast-check";
import { addProducts, row, startApi, type TestApi, unique } from "./support/api.ts";

let api: TestApi;
before(async () => {
  api = await startApi();
});
after(() => api?.close());

interface Change {
  slug: string;
  version: number;
  removed: boolean;
}
async function read(since?: string): Promise<{ changes: Change[]; next: string }> {
  const changes: Change[] = [];
  let next = since;
  for (;;) {
    const { status, json, text } = await api.call(
      "GET",
      `/v1/changes?limit=7${next === undefined ? "" : `&since=${next}`}`,
      { key: true },
    );
    assert.equal(status, 200, text);
    changes.push(...json.changes);
    next = json.next as string;
    if (!json.more) return { changes, next };
  }
}

test("a follower that reads what has changed since has what the catalogue has, whatever was written meanwhile", async () => {
  const copy = new Map<string, number>();
  let since: string | undefined;
  const follow = async (): Promise<void> => {
    const { changes, next } = await read(since);
    for (const { slug, version, removed } of changes) {
      if (removed) copy.delete(slug);
      else copy.set(slug, version);
    }
    since = next;
  };
  const prefix = `f-${unique()}`;
  const action = fc.record({
    kind: fc.constantFrom("write", "price", "remove"),
    product: fc.nat(6),
    price: fc.nat(1_000_000),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 4, maxLength: 14 }), async (actions) => {
      await Promise.all([
        ...actions.map(async ({ kind, product, price }) => {
          const slug = `${prefix}-${product}`;
          if (kind === "remove")
            await api.call("DELETE", `/v1/products/${slug}`, { key: true, headers: { "if-match": "*" } });
          else
            await api.call("PUT", "/v1/products:bulk", {
              key: true,
              body: { rows: [row({ slug, price, ...(kind === "write" && { description: unique() }) })] },
            });
        }),
        follow(),
      ]);
      await follow();
      const { rows } = await api.client.query(
        "SELECT p.slug, s.version::int FROM products p JOIN product_states s ON s.product_id = p.id ORDER BY slug",
      );
      assert.deepEqual(
        [...copy].sort(),
        rows.map(({ slug, version }) => [slug, version]),
      );
    }),
    { numRuns: 15 },
  );
});

test("what commits late is not passed over: the feed ends before the oldest transaction that still runs", async () => {
  const [late, early] = [`f-${unique()}`, `f-${unique()}`];
  await addProducts(api, [{ slug: late }, { slug: early }]);
  const { next } = await read();
  await api.client.query(`BEGIN; UPDATE products SET description = 'late' WHERE slug = '${late}'`);
  await addProducts(api, [{ slug: early, description: "early" }]);
  const meanwhile = await read(next);
  assert.deepEqual(meanwhile.changes, []);
  await api.client.query("COMMIT");
  const { changes } = await read(meanwhile.next);
  assert.deepEqual(new Set(changes.map(({ slug }) => slug)), new Set([late, early]));
  assert.equal((await api.call("GET", "/v1/changes?since=x", { key: true })).status, 400);
  assert.equal((await api.get("/v1/changes")).status, 401);
});
