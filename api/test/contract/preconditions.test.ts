import assert from "node:assert/strict";
import { after, before, describe, it, test } from "node:test";
import type { Answer, TestApi } from "../support/api.ts";
import { type Route, startExamples } from "../support/routes.ts";

let api: TestApi;
let routes: Route[];

before(async () => {
  ({ api, routes } = await startExamples());
});
after(() => api?.close());

const write = (
  method: string,
  address: string,
  headers: Record<string, string>,
  body?: string,
): Promise<Answer> =>
  api.call(method, address, {
    key: true,
    headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
    ...(body === undefined ? {} : { body }),
  });

test("preconditions of reads are evaluated in order (RFC 9110, section 13.2.2)", async () => {
  const reads = [
    ...routes.filter(({ method }) => method === "GET").map(({ address }) => address),
    "/openapi.json",
    "/docs",
  ];
  for (const address of reads) {
    const { etag } = (await api.call("GET", address, { key: true })).headers as { etag?: string };
    const other = '"other"';
    const current = etag ?? other;
    const weak = `W/${current}`;
    // Without a validator no tag matches.
    const [match, noneMatch] = etag === undefined ? [412, 200] : [200, 304];
    const table: [ifMatch: string | undefined, ifNoneMatch: string | undefined, status: number][] = [
      [undefined, undefined, 200],
      ["*", undefined, 200],
      [current, undefined, match],
      [`${other}, ${current}`, undefined, match],
      [other, undefined, 412],
      [weak, undefined, 412],
      [undefined, "*", 304],
      [undefined, current, noneMatch],
      [undefined, weak, noneMatch],
      [undefined, other, 200],
      [`${other},, ${current} ,`, undefined, match],
      [`w/${current}`, undefined, 412],
      [`${other} ${current}`, undefined, 412],
      [`*, ${current}`, undefined, 412],
      [undefined, `${other} ${current}`, 200],
      [undefined, `${current}, *`, 200],
      ["*", "*", 304],
      ["*", other, 200],
      [other, "*", 412],
      [other, current, 412],
      [current, current, etag === undefined ? 412 : 304],
    ];
    for (const method of ["GET", "HEAD"]) {
      for (const [ifMatch, ifNoneMatch, status] of table) {
        const answer = await api.call(method, address, {
          key: true,
          headers: {
            ...(ifMatch === undefined ? {} : { "if-match": ifMatch }),
            ...(ifNoneMatch === undefined ? {} : { "if-none-match": ifNoneMatch }),
          },
        });
        assert.equal(
          answer.status,
          status,
          `${method} ${address} If-Match: ${ifMatch} If-None-Match: ${ifNoneMatch}`,
        );
      }
    }
  }
});

test("preconditions do not count where the answer would be no success without them (RFC 9110, section 13.2.1)", async (t) => {
  const failing = routes
    .filter(({ method }) => method === "GET")
    .flatMap(({ path, address }) => [
      path.replace(/\{\w+\}/, "none-such"),
      ...["since", "after", "cursor", "x"].map(
        (name) => `${address}${address.includes("?") ? "&" : "?"}${name}=none`,
      ),
    ]);
  t.mock.method(api.app, "isDraining", () => true);
  let failed = 0;
  for (const address of failing) {
    const { status } = await api.call("GET", address, { key: true });
    if (status < 400) continue;
    failed++;
    for (const headers of [{ "if-none-match": "*" }, { "if-match": '"other"' }] as Record<string, string>[])
      assert.equal((await api.call("GET", address, { key: true, headers })).status, status, address);
  }
  assert.ok(failed > 20, `${failed} failed`);
});

describe("preconditions of writes: each method, with something there and without", () => {
  /** Of those that cannot be read, each is sent in turn. */
  const TAGS = ["none", "current", "weak", "other", "*", "unread"] as const;
  const UNREAD = [
    (tag: string) => tag.slice(1),
    (tag: string) => `w/${tag}`,
    (tag: string) => `"a" ${tag}`,
    () => "*, *",
  ];
  const RESOURCES = {
    products: (slug: string) => ({
      slug,
      name: "A",
      brand: "B",
      variants: [{ sku: slug, prices: { EUR: 1 } }],
    }),
    categories: () => ({ name: "A" }),
  };

  /** RFC 9110, sections 13.1.1, 13.1.2 and 13.2.2, and what this API asks for beyond it. */
  function model(
    resource: string,
    method: string,
    exists: boolean,
    ifMatch: string,
    ifNoneMatch: string,
  ): number {
    const isProduct = resource === "products";
    if ([ifMatch, ifNoneMatch].includes("unread")) return 412;
    if (ifMatch === "other" || (ifMatch !== "none" && !exists)) return 412;
    if (exists && ["*", "current", "weak"].includes(ifNoneMatch)) return 412;
    if (!exists) return method === "PUT" && !(isProduct && ifNoneMatch === "none") ? 201 : 404;
    if (isProduct && ifMatch === "none") return 428;
    return method === "DELETE" ? 204 : 200;
  }

  for (const [resource, make] of Object.entries(RESOURCES)) {
    for (const method of ["PUT", "PATCH", "DELETE"]) {
      it(`${method} /v1/${resource}`, async () => {
        let number = 0;
        for (const exists of [true, false]) {
          for (const ifMatch of TAGS) {
            for (const ifNoneMatch of TAGS) {
              const id = `${method.toLowerCase()}-${++number}`;
              const address = `/v1/${resource}/${id}`;
              const body = JSON.stringify(make(id));
              const made = await write("PUT", address, { "if-none-match": "*" }, body);
              assert.equal(made.status, 201, made.text);
              const etag = String((await api.get(address)).headers.etag);
              if (!exists) await write("DELETE", address, { "if-match": "*" });
              // As CloudFront sends it on when it has compressed the answer.
              const tag = (kind: string) =>
                ({
                  current: etag,
                  weak: `W/${etag}`,
                  other: '"0.other"',
                  unread: UNREAD[number % UNREAD.length]!(etag),
                })[kind] ?? kind;
              const headers = {
                ...(ifMatch === "none" ? {} : { "if-match": tag(ifMatch) }),
                ...(ifNoneMatch === "none" ? {} : { "if-none-match": tag(ifNoneMatch) }),
              };
              const change = { PUT: body, PATCH: '{"name":"Other"}' }[method];
              const answer = await write(method, address, headers, change);
              const where = `${exists ? "there" : "not there"}, If-Match ${ifMatch}, If-None-Match ${ifNoneMatch}: ${answer.text}`;
              assert.equal(answer.status, model(resource, method, exists, ifMatch, ifNoneMatch), where);
              const now = await api.get(address);
              if (answer.status >= 400) assert.equal(now.headers.etag, exists ? etag : undefined, where);
              else if (answer.headers.etag) assert.equal(answer.headers.etag, now.headers.etag, where);
            }
          }
        }
      });
    }
  }
});
