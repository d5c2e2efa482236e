import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import fc from "fast-check";
import { until } from "../../test/support/until.ts";
import { readConfig } from "../src/config.ts";
import { prepareDatabase } from "../src/database/database.ts";
import { type Answer, addProducts, allPages, row, startApi, type TestApi, unique } from "./support/api.ts";

let api: TestApi;
before(async () => {
  api = await startApi();
});
after(() => api?.close());

const write = (method: string, id: string, body?: object, query = ""): Promise<Answer> =>
  api.call(method, `/v1/categories/${id}${query}`, { key: true, ...(body && { body }) });
const make = async (name: string, parent?: string): Promise<string> => {
  const id = `c-${unique()}`;
  const answer = await write("PUT", id, { name, ...(parent && { parent }) });
  assert.equal(answer.status, 201, answer.text);
  return id;
};
const slugsIn = async (category: string): Promise<string[]> =>
  (await allPages(api, `/v1/products?category=${category}&limit=100`)).items.map(({ slug }) => slug).sort();
const childrenOf = async (id: string): Promise<string[]> =>
  ((await api.get(`/v1/categories/${id}`)).json.category.children ?? []).map(({ id }: { id: string }) => id);

test("categories are made, renamed, moved, reordered and removed, and the products follow", async () => {
  const home = await make("Home");
  const lamps = await make("Lamps", home);
  const desk = await make("Desk", lamps);
  const office = await make("Office");
  const slug = `k-${unique()}`;
  await addProducts(api, [{ slug, categories: [desk] }]);
  assert.deepEqual(await slugsIn(home), [slug]);
  const renamed = await write("PATCH", lamps, { name: " Lights " });
  assert.equal(renamed.status, 200, renamed.text);
  const names = async () =>
    (await api.get(`/v1/products/${slug}`)).json.categories[0].path.map(({ name }: { name: string }) => name);
  assert.deepEqual(await names(), ["Home", "Lights", "Desk"]);
  const etag = String((await api.get(`/v1/products/${slug}`)).headers.etag);
  const moved = await write("PATCH", lamps, { parent: office });
  assert.deepEqual(
    moved.json.path.map(({ name }: { name: string }) => name),
    ["Office", "Lights"],
  );
  assert.deepEqual(await names(), ["Office", "Lights", "Desk"]);
  assert.deepEqual([await slugsIn(home), await slugsIn(office), await slugsIn(desk)], [[], [slug], [slug]]);
  assert.notEqual(String((await api.get(`/v1/products/${slug}`)).headers.etag), etag);
  assert.equal((await write("PATCH", office, { parent: desk })).status, 422);
  assert.equal((await write("PATCH", lamps, { parent: "nowhere" })).status, 422);
  assert.equal((await write("DELETE", lamps)).status, 409);
  const full = await write("DELETE", desk);
  assert.equal(full.status, 409);
  assert.match(full.json.detail, /products=remove .*moveTo=CATEGORY/);
  assert.equal((await write("DELETE", desk, undefined, `?moveTo=${home}`)).status, 204);
  assert.deepEqual([await slugsIn(home), await slugsIn(office)], [[slug], []]);
  assert.equal((await api.get(`/v1/categories/${desk}`)).status, 404);
  assert.equal((await write("DELETE", home, undefined, "?products=remove")).status, 204);
  assert.deepEqual((await api.get(`/v1/products/${slug}`)).json.categories, []);
  assert.equal((await write("DELETE", lamps)).status, 204);
  assert.equal((await write("DELETE", lamps)).status, 404);
});

test("a removal with a key files products once: a repeat gets the first answer, another request is refused", async () => {
  const remove = (id: string, query: string, key: string) =>
    api.call("DELETE", `/v1/categories/${id}${query}`, { key: true, headers: { "idempotency-key": key } });
  const filled = async () => {
    const id = await make("Filled");
    const slug = `k-${unique()}`;
    await addProducts(api, [{ slug, categories: [id] }]);
    return { id, slug };
  };
  const target = await make("Target");
  for (const query of ["?products=remove", `?moveTo=${target}`]) {
    const key = unique();
    const { id } = await filled();
    assert.equal((await remove(id, query, key)).status, 204, query);
    const again = await remove(id, query, key);
    assert.deepEqual([again.status, again.headers["idempotency-replayed"]], [204, "true"], query);
    const other = await filled();
    assert.equal((await remove(other.id, query, key)).status, 422, query);
    assert.deepEqual(await slugsIn(other.id), [other.slug], query);
    const { id: contended } = await filled();
    const atOnce = unique();
    const answers = await Promise.all([1, 2, 3].map(() => remove(contended, query, atOnce)));
    assert.deepEqual(
      answers.map(({ status }) => status),
      [204, 204, 204],
      query,
    );
    assert.equal(answers.filter(({ headers }) => headers["idempotency-replayed"]).length, 2, query);
  }
});

test("what a removal has filed before it failed, this task's cache is told of", async (t) => {
  const id = await make("Filled");
  await addProducts(api, [{ slug: `k-${unique()}`, categories: [id] }]);
  const told = t.mock.method(api.app, "catalogChanged");
  await api.client.query(
    `CREATE FUNCTION refuse_removal() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'refused'; END $$;
     CREATE TRIGGER refuse_removal BEFORE DELETE ON categories FOR EACH ROW EXECUTE FUNCTION refuse_removal()`,
  );
  try {
    assert.equal((await write("DELETE", id, undefined, "?products=remove")).status, 500);
    assert.ok(told.mock.calls.some(({ arguments: [tags] }) => tags.includes("*")));
  } finally {
    await api.client.query("DROP FUNCTION refuse_removal CASCADE");
  }
});

test("a category keeps or takes the place among its siblings that it is given", async () => {
  const parent = await make("Parent");
  const ids = [];
  for (const name of ["a", "b", "c", "d"]) ids.push(await make(name, parent));
  const [a, b, c, d] = ids as [string, string, string, string];
  assert.deepEqual(await childrenOf(parent), [a, b, c, d]);
  await write("PATCH", d, { position: 0 });
  assert.deepEqual(await childrenOf(parent), [d, a, b, c]);
  await write("PATCH", d, { position: 2 });
  assert.deepEqual(await childrenOf(parent), [a, b, d, c]);
  await write("PATCH", a, { position: 99 });
  assert.deepEqual(await childrenOf(parent), [b, d, c, a]);
  await write("PATCH", b, { name: "renamed" });
  assert.deepEqual(await childrenOf(parent), [b, d, c, a]);
  const inserted = `c-${unique()}`;
  await write("PUT", inserted, { name: "e", parent, position: 1 });
  assert.deepEqual(await childrenOf(parent), [b, inserted, d, c, a]);
  assert.equal((await write("PUT", inserted, { name: "e2", parent })).status, 200);
  assert.deepEqual(await childrenOf(parent), [b, inserted, d, c, a]);
});

test("a path of names in a row leads to its category, and makes what is missing, once", async () => {
  const top = `Top ${unique()}`;
  const slug = `k-${unique()}`;
  const bulk = async (categories: string[][]) =>
    (
      await api.call("PUT", "/v1/products:bulk", {
        key: true,
        body: { rows: categories.map((list, index) => row({ slug: `${slug}-${index}`, categories: list })) },
      })
    ).json;
  const lists = [
    [`${top} > Lampen > Größe`],
    [`${top.toUpperCase()}>lampen>größe`, `${top} > Lampen >  > Größe`],
    [`> ${top}`],
    [">"],
  ];
  const first = await bulk(lists);
  assert.deepEqual(
    first.results.map(({ status }: { status: string }) => status),
    ["created", "created", "created", "failed"],
  );
  assert.match(first.results[3].error, /names no category/);
  assert.equal((await bulk(lists)).unchanged, 3);
  const tree = (await api.get("/v1/categories")).json.categories;
  const made = tree.filter(({ name }: { name: string }) => name === top);
  assert.equal(made.length, 1);
  assert.deepEqual(made[0].children[0].children[0].name, "Größe");
  assert.match(made[0].id, /^[a-z0-9-]+$/);
  assert.deepEqual(await slugsIn(made[0].id), [`${slug}-0`, `${slug}-1`, `${slug}-2`]);
  // A row that is refused makes nothing.
  await bulk([[`${top} x > y`, "nowhere"]]);
  assert.ok(!(await api.get("/v1/categories")).text.includes(`${top} x`));
});

test("batches that make the same path at once make it once", async () => {
  const top = `Top ${unique()}`;
  const answers = await Promise.all(
    Array.from({ length: 6 }, (_, index) =>
      api.call("PUT", "/v1/products:bulk?atomic=true", {
        key: true,
        body: {
          rows: [row({ slug: `k-${unique()}`, categories: [`${top} > a`, `${top} > b${index % 2}`] })],
        },
      }),
    ),
  );
  assert.deepEqual(
    new Set(answers.map(({ status }) => status)),
    new Set([200]),
    answers.map(({ text }) => text).join(),
  );
  const { rows } = await api.client.query("SELECT count(*)::int AS n FROM categories WHERE name = $1", [top]);
  assert.equal(rows[0].n, 1);
});

test("categories that are moved while products are written end with every product under the way to it", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(5), fc.nat(6)), { minLength: 3, maxLength: 8 }),
      fc.array(fc.tuple(fc.nat(19), fc.nat(5)), { minLength: 4, maxLength: 16 }),
      async (moves, filings) => {
        const ids: string[] = [];
        for (let index = 0; index < 6; index++)
          ids.push(await make(`n${index}`, ids[Math.floor((index - 1) / 2)]));
        const prefix = `k-${unique()}`;
        const statuses = await Promise.all([
          ...moves.map(
            async ([child, parent]) =>
              (await write("PATCH", ids[child]!, { parent: ids[parent] ?? null })).status,
          ),
          ...filings.map(
            async ([product, category]) =>
              (
                await api.call("PUT", "/v1/products:bulk?atomic=true", {
                  key: true,
                  body: { rows: [row({ slug: `${prefix}-${product}`, categories: [ids[category]!] })] },
                })
              ).status,
          ),
        ]);
        // 422: below itself by now; 503: too many at once, nothing was written.
        assert.ok(
          statuses.every((status) => [200, 422, 503].includes(status)),
          statuses.join(),
        );
        await until(async () => (await api.client.query("SELECT FROM category_moves")).rowCount === 0);
        const { rows: wrong } = await api.client.query(`
          SELECT p.slug, p.category_path, catalog_category_path(p.category_ids) AS wanted FROM products p
          WHERE p.category_path IS DISTINCT FROM catalog_category_path(p.category_ids)
            OR ARRAY(SELECT category_id FROM category_products WHERE product_id = p.id ORDER BY 1)
              IS DISTINCT FROM ARRAY(SELECT unnest(p.category_path) ORDER BY 1)`);
        assert.deepEqual(wrong, []);
        const { rows: broken } = await api.client.query(`
          SELECT c.id FROM categories c LEFT JOIN categories p ON p.id = c.parent_id
          WHERE c.path IS DISTINCT FROM coalesce(p.path, '{}') || c.id`);
        assert.deepEqual(broken, []);
        // The lists say so too, whatever they had in their cache.
        for (const id of ids) {
          const { rows } = await api.client.query(
            "SELECT slug FROM products WHERE $1 = ANY (category_path) ORDER BY slug",
            [id],
          );
          assert.deepEqual(
            await slugsIn(id),
            rows.map(({ slug }) => slug),
          );
        }
      },
    ),
    { numRuns: 6 },
  );
});

test("a category in which a product is being filed is not removed: the removal waits, and is refused or files it elsewhere", async () => {
  const elsewhere = await make("Elsewhere");
  for (const [query, status] of [
    ["", 409],
    ["?products=remove", 204],
    [`?moveTo=${elsewhere}`, 204],
  ] as const) {
    const id = await make("Busy");
    const slug = `k-${unique()}`;
    await addProducts(api, [{ slug }]);
    const removal = await whileFiling(id, slug, () => write("DELETE", id, undefined, query));
    assert.equal(removal.status, status, removal.text);
    assert.deepEqual(
      await slugsIn(status === 409 ? id : elsewhere),
      query === "?products=remove" ? [] : [slug],
    );
  }
});

/** Somebody files a product in the category, and commits when what is done meanwhile waits for it. */
async function whileFiling(id: string, slug: string, meanwhile: () => Promise<Answer>): Promise<Answer> {
  await api.client.query("BEGIN");
  await api.client.query("SELECT id FROM categories WHERE id = $1 FOR SHARE", [id]);
  await api.client.query(
    "UPDATE products SET category_ids = ARRAY[$1], category_path = ARRAY[$1] WHERE slug = $2",
    [id, slug],
  );
  const waiting = meanwhile();
  await until(async () => {
    const { rows } = await api.client.query(
      "SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))",
    );
    return rows.length > 0;
  });
  await api.client.query("COMMIT");
  return waiting;
}

test("a category that is larger than a step is followed and emptied to its end", async () => {
  const [from, to] = [await make("From"), await make("To")];
  const leaf = await make("Leaf", from);
  const prefix = `k-${unique()}`;
  const slugs = Array.from({ length: 450 }, (_, index) => `${prefix}-${index}`).sort();
  await addProducts(
    api,
    slugs.map((slug) => ({ slug, categories: [leaf] })),
  );
  assert.equal((await write("PATCH", leaf, { parent: to })).status, 200);
  assert.deepEqual(await slugsIn(to), slugs);
  assert.deepEqual(await slugsIn(from), []);
  assert.equal((await write("DELETE", leaf, undefined, `?moveTo=${from}`)).status, 204);
  assert.deepEqual(await slugsIn(from), slugs);
});

test("the list currency is chosen while the catalogue is empty, and kept afterwards", async () => {
  await assert.rejects(
    prepareDatabase(readConfig({ ...api.env, LIST_CURRENCY: "USD" }), () => {}),
    /LIST_CURRENCY=USD, and the products of this catalogue are listed in EUR/,
  );
  const empty = await startApi({ LIST_CURRENCY: "USD" });
  try {
    const item = { sku: "U-1", prices: { USD: 1_999 }, product: { slug: "us", name: "Lamp", brand: "Lux" } };
    const { json } = await empty.call("PUT", "/v1/products:bulk", {
      key: true,
      body: { rows: [item, { sku: "U-1" }] },
    });
    assert.equal(json.results[0].status, "created", JSON.stringify(json));
    assert.deepEqual((await empty.get("/v1/products/us")).json.price, { amount: 1_999, currency: "USD" });
  } finally {
    await empty.close();
  }
});
