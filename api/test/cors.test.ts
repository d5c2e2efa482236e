import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { readConfig } from "../src/config.ts";
import { API_KEY, addProducts, startApi, type TestApi } from "./support/api.ts";
import { sendAlone } from "./support/raw-http.ts";

const SHOP = "https://shop.example.com";
let api: TestApi;
let open: TestApi;
let closed: TestApi;
before(async () => {
  closed = await startApi();
  api = await closed.another({ CORS_ORIGINS: `${SHOP}, https://admin.example.com:8443` });
  open = await closed.another({ CORS_ORIGINS: "*" });
  await addProducts(closed, [{ slug: "cors" }]);
});
after(async () => {
  await open?.close();
  await api?.close();
  await closed?.close();
});

const send = (task: TestApi, url: string, headers: Record<string, string>, method = "GET") =>
  task.app.inject({ method: method as "GET", url, headers });
const allowed = { "access-control-request-method": "PUT", "access-control-request-headers": "x-api-key" };

test("pages of the origins that are set may read every answer, and no others; from the cache as well", async () => {
  const urls = [
    "/v1/products/cors",
    "/v1/products/cors",
    "/v1/products",
    "/v1/products/nothing",
    "/health",
    "/nowhere",
  ];
  for (const url of urls) {
    for (const [task, origin, expected, vary] of [
      [api, SHOP, SHOP, "Origin"],
      [api, "https://admin.example.com:8443", "https://admin.example.com:8443", "Origin"],
      [api, "https://evil.example", undefined, "Origin"],
      [api, "http://shop.example.com", undefined, "Origin"],
      [open, "https://evil.example", "*", undefined],
      [closed, SHOP, undefined, undefined],
    ] as const) {
      const { headers } = await send(task, url, { origin });
      assert.deepEqual(
        [headers["access-control-allow-origin"], headers.vary],
        [expected, vary],
        `${url} ${origin}`,
      );
      if (expected !== undefined) assert.match(String(headers["access-control-expose-headers"]), /ETag/);
    }
    // A cache must not give an answer without the header to a page.
    assert.equal((await send(api, url, {})).headers.vary, "Origin");
    assert.equal((await send(open, url, {})).headers["access-control-allow-origin"], "*");
  }
});

test("an answer to what never becomes a request is one that such a page may read", async () => {
  for (const [task, origin, expected] of [
    [api, SHOP, SHOP],
    [api, "https://evil.example", undefined],
    [open, SHOP, "*"],
    [closed, SHOP, undefined],
  ] as const) {
    if (!task.app.server.listening) await task.app.listen({ host: "127.0.0.1", port: 0 });
    const { port } = task.app.server.address() as { port: number };
    for (const [sent, status] of [
      [{ address: "/v1/products/%zz" }, 400],
      [{ address: "/v1/products", headers: { "x-large": "x".repeat(20_000) } }, 431],
      [{ address: "/v1/products", version: "3.0" }, 505],
    ] as const) {
      const answer = await sendAlone(port, {
        method: "GET",
        ...sent,
        headers: { origin, ...("headers" in sent ? sent.headers : {}) },
      });
      assert.deepEqual([answer.status, answer.headers["access-control-allow-origin"]], [status, expected]);
      assert.equal(answer.headers.vary, task === api ? "Origin" : undefined);
    }
  }
});

test("a preflight is answered for these origins, and is no operation for others", async () => {
  const url = "/v1/products/cors";
  const preflight = await send(api, url, { origin: SHOP, ...allowed }, "OPTIONS");
  assert.equal(preflight.statusCode, 204);
  assert.match(String(preflight.headers["access-control-allow-methods"]), /PUT/);
  assert.match(String(preflight.headers["access-control-allow-headers"]), /X-Api-Key/);
  for (const [task, headers] of [
    [api, { origin: "https://evil.example", ...allowed }],
    [api, { origin: SHOP }],
    [closed, { origin: SHOP, ...allowed }],
  ] as const)
    assert.equal((await send(task, url, headers, "OPTIONS")).statusCode, 405);
  const written = await send(api, "/v1/changes", { origin: SHOP, "x-api-key": API_KEY });
  assert.deepEqual([written.statusCode, written.headers["access-control-allow-origin"]], [200, SHOP]);
});

test("an origin is scheme, host and port, or * for all", () => {
  for (const origins of ["*", SHOP, "http://localhost:5173", "https://a.example,https://b.example"])
    assert.deepEqual(readConfig({ CORS_ORIGINS: origins }).corsOrigins, origins.split(","));
  for (const wrong of [
    "shop.example.com",
    "https://shop.example.com/",
    "https://*.example.com",
    "null",
    "ftp://a.example",
  ])
    assert.throws(
      () => readConfig({ CORS_ORIGINS: wrong }),
      /^ConfigError: CORS_ORIGINS: item 1 is not valid/,
      wrong,
    );
});
