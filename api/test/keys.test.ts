import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import fc from "fast-check";
import { readConfig } from "../src/config.ts";
import { API_KEY, startApi, type TestApi, unique } from "./support/api.ts";

const KEYS = {
  prices: "key-of-the-till-0001",
  catalogue: "key-of-the-pim-00001",
  all: "key-of-the-owner-001",
};
type Scope = keyof typeof KEYS;

let api: TestApi;
before(async () => {
  api = await startApi({
    API_KEYS: `${API_KEY},till:prices:${KEYS.prices},pim:catalogue:${KEYS.catalogue}, owner:all:${KEYS.all}`,
  });
});
after(() => api?.close());

const as = (scope: Scope) => ({ "x-api-key": KEYS[scope] });
const bulk = async (scope: Scope, rows: object[]) =>
  (await api.call("PUT", "/v1/products:bulk", { headers: as(scope), body: { rows } })).json.results;

const named = () => `k-${unique()}`;
const product = (sku: string) => ({
  sku,
  prices: { EUR: 100 },
  product: { slug: sku, name: "L", brand: "B" },
});

/** What a row may do to a SKU that is there, and which scopes may do it. */
const CHANGES: { change: object; scopes: Scope[] }[] = [
  { change: { prices: { EUR: 777 } }, scopes: ["prices", "all"] },
  { change: { prices: { SEK: 777 } }, scopes: ["prices", "all"] },
  { change: { sales: [{ prices: { EUR: 1 } }] }, scopes: ["prices", "all"] },
  { change: { availability: "out_of_stock" }, scopes: ["catalogue", "all"] },
  { change: { attributes: { size: "XL" } }, scopes: ["catalogue", "all"] },
  { change: { gtin: "4006381333931" }, scopes: ["catalogue", "all"] },
  { change: { product: { name: "Renamed" } }, scopes: ["catalogue", "all"] },
  { change: { product: { attributes: { care: "cold" } } }, scopes: ["catalogue", "all"] },
  { change: { product: { name: "Renamed" }, prices: { EUR: 778 } }, scopes: ["all"] },
  { change: { gtin: null, attributes: {} }, scopes: ["prices", "catalogue", "all"] },
];

test("a row is written by keys whose scope has what it changes, and refused to others by one sentence", async () => {
  for (const { change, scopes } of CHANGES) {
    for (const scope of Object.keys(KEYS) as Scope[]) {
      const sku = named();
      await bulk("all", [product(sku)]);
      const [result] = await bulk(scope, [{ sku, ...change }]);
      const where = `${scope}: ${JSON.stringify(change)} → ${JSON.stringify(result)}`;
      if (scopes.includes(scope)) assert.notEqual(result.status, "failed", where);
      else assert.match(result.error, new RegExp(`scope ${scope}\\)`), where);
      // A GTIN belongs to one product.
      await api.call("DELETE", `/v1/products/${sku}`, {
        key: true,
        headers: { "if-match": "*" },
      });
    }
  }
});

test("only a key of scope prices cannot make and remove products, and cannot change categories", async () => {
  for (const scope of Object.keys(KEYS) as Scope[]) {
    const may = scope !== "prices";
    const sku = named();
    const slug = sku;
    const [made] = await bulk(scope, [product(sku)]);
    assert.equal(made.status, may ? "created" : "failed", JSON.stringify(made));
    const body = { slug, name: "L", brand: "B", variants: [{ sku, prices: { EUR: 100 } }] };
    if (!may) await bulk("all", [product(sku)]);
    const key = as(scope);
    const match = { ...key, "if-match": "*" };
    for (const [method, url, content, headers = match] of [
      ["PUT", `/v1/products/${slug}`, { ...body, variants: [{ sku: `${sku}-2`, prices: { EUR: 1 } }] }],
      ["PATCH", `/v1/products/${slug}`, { name: "M" }],
      ["DELETE", `/v1/products/${slug}`, undefined],
      ["PUT", `/v1/categories/${slug}`, { name: "C" }, key],
      ["PATCH", `/v1/categories/${slug}`, { name: "D" }],
      ["DELETE", `/v1/categories/${slug}`, undefined],
    ] as const) {
      const answer = await api.call(method, url, { headers, body: content });
      if (may) assert.ok(answer.status < 300, `${scope} ${method} ${url}: ${answer.text}`);
      else {
        assert.equal(answer.status, 403, `${method} ${url}: ${answer.text}`);
        assert.equal(answer.json.type, "/problems/forbidden");
      }
    }
  }
});

test("the feed names the key of each change, removals included", async () => {
  const [a, b] = [named(), named()];
  await bulk("catalogue", [product(a), product(b)]);
  await bulk("prices", [{ sku: a, prices: { EUR: 5 } }]);
  await api.call("DELETE", `/v1/products/${b}`, { headers: { ...as("all"), "if-match": "*" } });
  await api.call("PUT", "/v1/products:bulk", {
    key: true,
    body: { rows: [product(`${a}-c`)] },
  });
  const by = new Map<string, string>();
  for (let since = "", more = true; more; ) {
    const { json } = await api.call("GET", `/v1/changes${since}`, { headers: { "x-api-key": API_KEY } });
    for (const change of json.changes) by.set(change.slug, change.by);
    since = `?since=${json.next}`;
    more = json.more;
  }
  assert.deepEqual([by.get(a), by.get(b), by.get(`${a}-c`)], ["till", "owner", "api-key"]);
});

test("a named key is NAME:SCOPE:KEY, and what is none is refused without being repeated", () => {
  const name = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,30}$/);
  const secret = fc.stringMatching(/^[\x21-\x2b\x2d-\x7e]{16,40}$/);
  fc.assert(
    fc.property(name, fc.constantFrom("prices", "catalogue", "all"), secret, (name, scope, secret) => {
      const [key] = readConfig({ API_KEYS: `${name}:${scope}:${secret}` }).keys;
      assert.deepEqual(key, { name, scope, secret });
    }),
  );
  // Without a name it is one that may do everything.
  for (const plain of ["0123456789abcdef", "till:price:0123456789abcdef", "Till:all:0123456789abcdef"])
    assert.deepEqual(readConfig({ API_KEYS: plain }).keys, [
      { name: "api-key", scope: "all", secret: plain },
    ]);
  for (const wrong of ["short", "till:all:short", "till:prices:0123456789 bcdef"])
    assert.throws(
      () => readConfig({ API_KEYS: wrong }),
      (error: Error) =>
        /^API_KEYS: item 1 is not valid/.test(error.message) && !error.message.includes(wrong),
    );
});
