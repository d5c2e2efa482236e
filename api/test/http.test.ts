import assert from "node:assert/strict";
import { after, before, describe, it, test } from "node:test";
import { addProducts, startApi, type TestApi } from "./support/api.ts";

let api: TestApi;

before(async () => {
  api = await startApi({ RATE_LIMIT_PER_MINUTE: "30", TRUST_PROXY: "127.0.0.0/8", TRUST_PROXY_HOPS: "2" });
  await addProducts(api, [{ slug: "one", name: "One", brand: "Acme", categories: ["books"] }]);
});
after(() => api?.close());

const READS = [
  "/v1/products",
  "/v1/products/one",
  "/v1/categories",
  "/v1/categories/books",
  "/v1/search?q=one",
  "/v1/suggest?q=on",
];

describe("each read", () => {
  for (const url of READS) {
    it(`${url} bears a strong ETag and tells browsers and CDN how long it lasts`, async () => {
      const { status, headers } = await api.get(url);
      assert.equal(status, 200);
      assert.match(String(headers.etag), /^"[\w.-]+"$/);
      assert.equal(
        headers["cache-control"],
        "public, max-age=10, s-maxage=30, stale-while-revalidate=30, stale-if-error=86400",
      );
      assert.equal(headers.vary, undefined);
    });

    it(`${url} is answered with 304 to whoever has it`, async () => {
      const { headers, text } = await api.get(url);
      const etag = String(headers.etag);
      for (const held of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
        const again = await api.get(url, { "if-none-match": held });
        assert.equal(again.status, 304, held);
        assert.equal(again.text, "");
        assert.equal(again.headers.etag, etag);
        assert.equal(again.headers["cache-control"], headers["cache-control"]);
        assert.equal(again.headers["content-length"], undefined);
      }
      assert.equal((await api.get(url, { "if-none-match": '"other"' })).text, text);
    });

    it(`${url} refuses a parameter that it does not know, and lists those that it does`, async () => {
      const { status, json } = await api.get(`${url}${url.includes("?") ? "&" : "?"}utm_source=x`);
      assert.equal(status, 400);
      assert.equal(json.type, "/problems/unknown-parameter");
      assert.ok(Array.isArray(json.known) && !json.known.includes("utm_source"));
    });
  }
});

test("one list is one entry, however its address is written", async () => {
  const canonical = "/v1/products?attribute=a%3A1&attribute=b%3A2&brand=Acme&sort=price";
  for (const url of [
    "/v1/products?sort=price&brand=Acme&attribute=b:2&attribute=a:1",
    "/v1/products?attribute=a:1&attribute=a:1&attribute=b:2&brand=Acme&sort=price&limit=20&count=true&facets=false",
  ]) {
    const { headers } = await api.get(url);
    assert.equal(headers["content-location"], canonical);
    const again = await api.get(url);
    assert.match(String(again.headers["cache-status"]), /; hit$/);
  }
  assert.match(String((await api.get(canonical)).headers["cache-status"]), /; hit$/);
  // A SKU may have a word twice.
  const { headers } = await api.get("/v1/search?q=%20%20ONE!%20one&sort=relevance");
  assert.equal(headers["content-location"], "/v1/search?q=one%20one");
});

test("requests for one key that come together are one load", async () => {
  const url = "/v1/products?brand=Acme&limit=7";
  const before = { ...api.app.served };
  const answers = await Promise.all(Array.from({ length: 50 }, () => api.get(url)));
  assert.equal(new Set(answers.map(({ text }) => text)).size, 1);
  assert.equal(api.app.served.miss - before.miss, 1);
  assert.equal(api.app.served.joined - before.joined, 49);
});

test("each problem type resolves to what it means", async () => {
  const { json } = await api.get("/v1/products/nothing");
  const meaning = await api.get(json.type);
  assert.equal(meaning.json.status, 404);
  assert.equal((await api.get("/problems/unheard-of")).status, 404);
  assert.equal((await api.get("/problems/toString")).status, 404);
});

test("a request id is taken over when it is one, and made otherwise", async () => {
  assert.equal(
    (await api.get("/v1/products", { "x-request-id": "Root=1-67891233-abcdef" })).headers["x-request-id"],
    "Root=1-67891233-abcdef",
  );
  const made = (await api.get("/v1/nothing", { "x-request-id": 'a"b{}' })).headers["x-request-id"];
  assert.match(String(made), /^[0-9a-f-]{36}$/);
});

test("costly routes are limited for each client; what is in the cache is not", async () => {
  const search = (i: number, client: string) =>
    api.get(`/v1/search?q=word${i}`, { "x-forwarded-for": `${client}, 198.51.100.1` });
  const answers = [];
  for (let i = 0; i < 35; i++) answers.push(await search(i, "203.0.113.7"));
  const refused = answers.filter(({ status }) => status === 429);
  assert.equal(refused.length, 5);
  assert.ok(Number(refused[0]!.headers["retry-after"]) > 0);
  assert.equal(refused[0]!.json.type, "/problems/too-many-requests");
  assert.equal((await search(0, "203.0.113.7")).status, 200, "cached");
  assert.equal((await search(100, "203.0.113.8")).status, 200, "another client");
  // What the client itself writes into X-Forwarded-For stands before what the CDN adds.
  const spoofed = await api.get("/v1/search?q=word200", {
    "x-forwarded-for": "192.0.2.1, 203.0.113.7, 198.51.100.1",
  });
  assert.equal(spoofed.status, 429);
});

test("a clock that is set back keeps nobody out for longer than a minute", async (t) => {
  const search = (i: number) =>
    api.get(`/v1/search?q=back${i}`, { "x-forwarded-for": "203.0.113.70, 198.51.100.1" });
  const now = Date.now();
  t.mock.timers.enable({ apis: ["Date"], now });
  for (let i = 0; i < 30; i++) await search(i);
  t.mock.timers.setTime(now - 3_600_000);
  const { status, headers } = await search(30);
  assert.equal(status, 429);
  assert.ok(Number(headers["retry-after"]) <= 60, `Retry-After: ${headers["retry-after"]}`);
});

test("one count for a client: search by either route, facets, suggestions, HEAD and wrong keys", async () => {
  const client = { "x-forwarded-for": "203.0.113.77, 198.51.100.1" };
  const requests = Array.from(
    { length: 32 },
    (_, i): [string, string] =>
      (
        [
          ["GET", `/v1/search?q=count${i}`],
          ["HEAD", `/v1/search?q=head${i}`],
          ["GET", `/v1/suggest?q=count${i}`],
          ["GET", `/v1/products?q=count${i}`],
          ["GET", `/v1/products?facets=true&minPrice=${i}`],
          ["DELETE", "/v1/products/nothing"],
        ] as [string, string][]
      )[i % 6]!,
  );
  const statuses: number[] = [];
  for (const [method, url] of requests) {
    const headers = { ...client, ...(method === "DELETE" ? { "x-api-key": "wrong-key-wrong-key" } : {}) };
    statuses.push((await api.call(method, url, { headers })).status);
  }
  assert.deepEqual(
    statuses,
    requests.map(([method], i) => (i >= 30 ? 429 : method === "DELETE" ? 401 : 200)),
  );
  for (const url of ["/v1/search?q=fresh", "/v1/products?q=fresh", "/v1/products?facets=true&minPrice=99"])
    assert.equal((await api.get(url, client)).status, 429, url);
  assert.equal((await api.get("/v1/products?minPrice=99", client)).status, 429, "no index has it in order");
  assert.equal((await api.get("/v1/products?limit=99", client)).status, 200, "a plain list");
  assert.equal((await api.call("HEAD", "/v1/search?q=fresh", { headers: client })).status, 429);
});

test("API_REFERENCE=off takes the page away, and leaves the document", async () => {
  const other = await api.another({ API_REFERENCE: "off" });
  try {
    assert.equal((await other.get("/docs")).status, 404);
    assert.equal((await other.get("/docs/swagger-ui.css")).status, 404);
    assert.equal((await other.get("/openapi.json")).status, 200);
  } finally {
    await other.close();
  }
});

test("health is never cached, and says how the database is", async () => {
  const { status, json, headers } = await api.get("/health");
  assert.equal(status, 200);
  assert.equal(headers["cache-control"], "no-store");
  assert.deepEqual(json.database, { read: "up", search: "up", write: "up", notifications: "up" });
});

test("the reference page and all that it loads come from here", async () => {
  const page = await api.get("/docs");
  assert.equal(page.status, 200);
  const links = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link]) => link!);
  assert.ok(links.length >= 3);
  for (const link of links) {
    assert.match(link, /^\/docs\//);
    const file = await api.get(link);
    assert.equal(file.status, 200, link);
    assert.ok(file.text.length > 20, link);
  }
  assert.equal((await api.get("/docs/..%2findex.js")).status, 404);
  assert.equal((await api.get("/docs/package.json")).status, 404);
  const { json } = await api.get("/openapi.json");
  assert.equal(json.openapi, "3.1.0");
});
