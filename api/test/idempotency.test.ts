import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { until } from "../../test/support/until.ts";
import { forgetKeys } from "../src/writes/idempotency.ts";
import {
  type Answer,
  addProducts,
  connectOwner,
  row,
  startApi,
  type TestApi,
  unique,
} from "./support/api.ts";

let api: TestApi;

before(async () => {
  // Longer than anybody waits for another's write on a busy machine.
  api = await startApi({ DB_LOCK_TIMEOUT_MS: "20000" });
});
after(() => api?.close());

/** Each way to write, with a body that may differ. */
const WRITES: Record<string, (slug: string, key: string, body: string) => Promise<Answer>> = {
  make: (slug, key, body) =>
    api.call("PUT", `/v1/products/${slug}-made`, {
      key: true,
      headers: { "if-none-match": "*", "idempotency-key": key },
      body: {
        slug: `${slug}-made`,
        name: body,
        brand: "Acme",
        variants: [{ sku: `${slug}-made`, prices: { EUR: 100 } }],
      },
    }),
  replace: (slug, key, body) =>
    api.call("PUT", `/v1/products/${slug}`, {
      key: true,
      headers: { "if-match": "*", "idempotency-key": key },
      body: { slug, name: body, brand: "Acme", variants: [{ sku: `SKU-${slug}`, prices: { EUR: 100 } }] },
    }),
  change: (slug, key, body) =>
    api.call("PATCH", `/v1/products/${slug}`, {
      key: true,
      headers: { "if-match": "*", "idempotency-key": key },
      body: { name: body },
    }),
  remove: (slug, key, body) =>
    api.call("DELETE", `/v1/products/${slug}`, {
      key: true,
      headers: { "if-match": body === "first" ? "*" : '"1-x"', "idempotency-key": key },
    }),
  batch: (slug, key, body) =>
    api.call("PUT", "/v1/products:bulk", {
      key: true,
      headers: { "content-type": "application/x-ndjson", "idempotency-key": key },
      body: `${JSON.stringify(row({ slug, price: 4_711 }))}\n{"sku": ${body}`,
    }),
};

const versionOf = async (slug: string): Promise<string> => {
  const { rows } = await api.client.query(
    "SELECT slug, s.version FROM products JOIN product_states s ON s.product_id = id WHERE slug LIKE $1 || '%'",
    [slug],
  );
  return JSON.stringify(rows);
};

for (const [name, write] of Object.entries(WRITES)) {
  test(`${name}: a repeat with the same key gets the first answer and writes nothing; another request is refused`, async () => {
    const slug = `i-${unique()}`;
    const key = unique();
    await addProducts(api, [{ slug }]);
    const first = await write(slug, key, "first");
    assert.ok(first.status < 300, first.text);
    const state = await versionOf(slug);
    const again = await write(slug, key, "first");
    assert.equal(again.headers["idempotency-replayed"], "true");
    for (const header of ["etag", "location", "content-location", "content-type"])
      assert.equal(again.headers[header], first.headers[header], header);
    assert.deepEqual([again.status, again.text], [first.status, first.text]);
    const other = await write(slug, key, "other");
    assert.equal(other.status, 422, other.text);
    assert.equal(await versionOf(slug), state);
  });

  test(`${name}: of several with one key at once, one is carried out and all get its answer`, async () => {
    const slug = `i-${unique()}`;
    const key = unique();
    await addProducts(api, [{ slug }]);
    const answers = await Promise.all([1, 2, 3].map(() => write(slug, key, "first")));
    assert.equal(new Set(answers.map(({ text, status }) => `${status} ${text}`)).size, 1);
    assert.equal(answers.filter(({ headers }) => headers["idempotency-replayed"]).length, 2);
  });
}

test("a key is free again after a day, and forgotten keys are gone", async () => {
  const slug = `i-${unique()}`;
  await addProducts(api, [{ slug }]);
  const key = unique();
  await WRITES.change!(slug, key, "first");
  const age = (hours: number) =>
    api.client.query(
      "UPDATE idempotency_keys SET created_at = now() - make_interval(hours => $1) WHERE key = $2",
      [hours, key],
    );
  await age(23);
  assert.equal((await WRITES.change!(slug, key, "first")).headers["idempotency-replayed"], "true");
  await age(25);
  assert.equal((await WRITES.change!(slug, key, "another")).json.name, "another");
  await age(25);
  await forgetKeys(api.app.database);
  const { rows } = await api.client.query("SELECT FROM idempotency_keys WHERE key = $1", [key]);
  assert.equal(rows.length, 0);
});

test("a refusal is not remembered: the same key may succeed later", async () => {
  const slug = `i-${unique()}`;
  const key = unique();
  assert.equal((await WRITES.change!(slug, key, "first")).status, 412);
  await addProducts(api, [{ slug }]);
  assert.equal((await WRITES.change!(slug, key, "first")).status, 200);
});

test("expired keys hold nobody up: a keyed batch that runs does not refuse others with keys", async () => {
  const slugs = [`held-${unique()}`, `free-${unique()}`];
  await addProducts(
    api,
    slugs.map((slug) => ({ slug })),
  );
  const keyed = (slug: string) => WRITES.batch!(slug, unique(), "first");
  await keyed(slugs[1]!);
  await api.client.query("UPDATE idempotency_keys SET created_at = now() - interval '25 hours'");
  const other = await connectOwner(api);
  await other.query(`BEGIN; SELECT FROM products WHERE slug = '${slugs[0]}' FOR UPDATE`);
  const held = keyed(slugs[0]!);
  await until(async () => {
    const { rows } = await api.client.query("SELECT FROM pg_locks WHERE NOT granted");
    return rows.length > 0;
  });
  assert.equal((await keyed(slugs[1]!)).status, 200);
  await other.end();
  assert.equal((await held).status, 200);
});
