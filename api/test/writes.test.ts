import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type Answer, OTHER_KEY, startApi, type TestApi, unique } from "./support/api.ts";

let api: TestApi;

before(async () => {
  api = await startApi();
});
after(() => api?.close());

const product = (slug: string, changes: object = {}) => ({
  slug,
  name: "Wave One",
  brand: "Sonora",
  categories: ["headphones"],
  attributes: { colour: "black" },
  variants: [{ sku: `${slug}-s`, prices: { EUR: 900, SEK: 9_900 }, attributes: { size: "S" } }],
  ...changes,
});

const put = (slug: string, body: object, headers: Record<string, string>): Promise<Answer> =>
  api.call("PUT", `/v1/products/${slug}`, { key: true, headers, body });

/** @returns its slug and ETag */
async function create(changes: object = {}): Promise<{ slug: string; etag: string }> {
  const slug = `p-${unique()}`;
  const answer = await put(slug, product(slug, changes), { "if-none-match": "*" });
  assert.equal(answer.status, 201, answer.text);
  return { slug, etag: String((await api.get(`/v1/products/${slug}`)).headers.etag) };
}

test("If-None-Match: * makes a product, once", async () => {
  const { slug } = await create();
  const read = await api.get(`/v1/products/${slug}`);
  assert.equal(read.json.price.amount, 900);
  assert.deepEqual(read.json.options, { size: ["S"] });
  assert.equal((await put(slug, product(slug), { "if-none-match": "*" })).status, 412);
  const other = await put("another-address", product(`p-${unique()}`), { "if-none-match": "*" });
  assert.equal(other.status, 422);
});

test("PUT replaces what was read: what is left out goes back to its default", async () => {
  const { slug, etag } = await create({
    description: "Long",
    images: [{ url: "https://example.com/1.jpg" }],
  });
  const variants = [
    { sku: `${slug}-m`, prices: { EUR: 700 }, attributes: { size: "M" }, availability: "out_of_stock" },
    { sku: `${slug}-l`, prices: { EUR: 800 }, attributes: { size: "L" }, gtin: "4006381333931" },
  ];
  const answer = await put(slug, { slug, name: "Wave Two", brand: "Sonora", variants }, { "if-match": etag });
  assert.equal(answer.status, 200, answer.text);
  const { json, headers } = await api.get(`/v1/products/${slug}`);
  assert.notEqual(headers.etag, etag);
  assert.deepEqual(json, answer.json);
  assert.equal(json.description, "");
  assert.deepEqual(json.images, []);
  assert.deepEqual(
    json.variants.map(({ sku }: { sku: string }) => sku),
    [`${slug}-m`, `${slug}-l`],
  );
  assert.deepEqual(json.price, { amount: 700, currency: "EUR" });
  assert.equal(json.availability, "in_stock");
  assert.deepEqual(json.options, { size: ["M", "L"] });
  const list = (await api.get("/v1/products?category=headphones")).json;
  assert.ok(
    !list.items.some((item: { slug: string }) => item.slug === slug),
    "it has left its category's list",
  );
});

test("of two writers who have read the same, one wins", async () => {
  const { slug, etag } = await create();
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, i) =>
      api.call("PATCH", `/v1/products/${slug}`, {
        key: true,
        headers: { "if-match": etag },
        body: { name: `Name ${i}` },
      }),
    ),
  );
  assert.deepEqual(answers.map(({ status }) => status).toSorted(), [200, 412, 412, 412, 412, 412, 412, 412]);
});

test("the ETag of any selection of fields, and one that a CDN has weakened, stand for the product", async () => {
  const { slug } = await create();
  const part = await api.get(`/v1/products/${slug}?fields=name`);
  const headers = { "if-match": `"0.x", W/${part.headers.etag}` };
  const answer = await api.call("PATCH", `/v1/products/${slug}`, {
    key: true,
    headers,
    body: { brand: "Klang" },
  });
  assert.equal(answer.status, 200, answer.text);
});

test("PATCH changes what it names, merges attributes, and takes a member back with null", async () => {
  const { slug, etag } = await create({ description: "Long" });
  const answer = await api.call("PATCH", `/v1/products/${slug}`, {
    key: true,
    headers: { "if-match": etag, "content-type": "application/merge-patch+json" },
    body: JSON.stringify({ attributes: { colour: null, weight: "250 g" }, description: null }),
  });
  assert.equal(answer.status, 200, answer.text);
  assert.deepEqual(answer.json.attributes, { weight: "250 g" });
  assert.equal(answer.json.description, "");
  assert.equal(answer.json.name, "Wave One");
  assert.equal(answer.json.variants.length, 1);
});

test("a product that is already as the request wants it is not rewritten", async () => {
  const { slug, etag } = await create();
  const answer = await put(slug, product(slug), { "if-match": etag });
  assert.equal(answer.status, 200);
  assert.equal((await api.get(`/v1/products/${slug}`)).headers.etag, etag);
});

test("PUT answers with an ETag only when what was sent is what is kept (RFC 9110, section 9.3.4)", async () => {
  const { slug, etag } = await create();
  const { text } = await api.get(`/v1/products/${slug}`);
  const send = (body: string) =>
    put(slug, Buffer.from(body), { "if-match": "*", "content-type": "application/json" });
  assert.equal((await send(text)).headers.etag, etag);
  for (const completed of [
    JSON.stringify(product(slug)),
    ` ${text}`,
    text.replace("Wave One", "Wave One "),
  ]) {
    const answer = await send(completed);
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.headers.etag, undefined, completed);
  }
});

test("DELETE removes it everywhere; a product made anew never has a former ETag", async () => {
  const { slug, etag } = await create();
  assert.equal((await api.get(`/v1/products/${slug}`)).status, 200);
  const gone = await api.call("DELETE", `/v1/products/${slug}`, { key: true, headers: { "if-match": etag } });
  assert.equal(gone.status, 204);
  assert.equal((await api.get(`/v1/products/${slug}`)).status, 404);
  const { rows } = await api.client.query("SELECT FROM variants WHERE sku = $1", [`${slug}-s`]);
  assert.equal(rows.length, 0);
  const again = await put(slug, product(slug), { "if-none-match": "*" });
  assert.equal(again.status, 201);
  const anew = (await api.get(`/v1/products/${slug}`)).headers.etag;
  assert.notEqual(String(anew).split(".")[0], etag.split(".")[0]);
});

test("a slug or SKU of another product is a conflict", async () => {
  const first = await create();
  const second = await create();
  const patch = (body: object) =>
    api.call("PATCH", `/v1/products/${second.slug}`, { key: true, headers: { "if-match": "*" }, body });
  assert.equal((await patch({ slug: first.slug })).status, 409);
  assert.equal((await patch({ variants: [{ sku: `${first.slug}-s`, prices: { EUR: 1 } }] })).status, 409);
});

test("a new slug is a new address, to which the former one leads", async () => {
  const { slug, etag } = await create();
  await api.get(`/v1/products/${slug}`);
  const renamed = `p-${unique()}`;
  const answer = await api.call("PATCH", `/v1/products/${slug}`, {
    key: true,
    headers: { "if-match": etag },
    body: { slug: renamed },
  });
  assert.equal(answer.headers["content-location"], `/v1/products/${renamed}`);
  assert.equal((await api.get(`/v1/products/${slug}`)).headers.location, `/v1/products/${renamed}`);
  assert.equal((await api.get(`/v1/products/${renamed}`)).status, 200);
});

test("what the schema does not say is refused all the same, and the place is named", async () => {
  const slug = `p-${unique()}`;
  const cases: [object, number, RegExp][] = [
    [{ name: 5 }, 400, /name is 5, and must be text/],
    [{ variants: [{ sku: "a", prices: { SEK: 1 } }] }, 422, /EUR/],
    [
      {
        variants: [
          { sku: "a", prices: { EUR: 1 } },
          { sku: "a", prices: { EUR: 1 } },
        ],
      },
      422,
      /twice/,
    ],
    [{ categories: ["nowhere"] }, 422, /nowhere/],
    [{ attributes: { "a:b": "c" } }, 400, /attributes/],
    [{ description: "a\u0000b" }, 400, /description/],
    [{ description: "half a pair \ud800" }, 400, /description holds half of a character/],
    [{ variants: [{ sku: "a", prices: { EUR: 1 }, gtin: "4006381333932" }] }, 422, /check digit/],
    [{ variants: [{ sku: "a", prices: { EUR: 1 }, gtin: "00000000" }] }, 422, /all zeros/],
  ];
  for (const [changes, status, detail] of cases) {
    const answer = await put(slug, product(slug, changes), { "if-none-match": "*" });
    assert.equal(answer.status, status, answer.text);
    assert.match(answer.json.detail, detail);
  }
});

test("a key is taken from either header, whatever the case of its scheme", async () => {
  const attempt = (headers: Record<string, string>) =>
    api.call("DELETE", "/v1/products/nothing", { headers: { "if-match": "*", ...headers } });
  assert.equal((await attempt({ "x-api-key": OTHER_KEY })).status, 412);
  assert.equal((await attempt({ authorization: `bearer ${OTHER_KEY}` })).status, 412);
});
