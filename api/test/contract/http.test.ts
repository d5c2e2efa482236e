import assert from "node:assert/strict";
import { METHODS } from "node:http";
import { after, before, describe, it, test } from "node:test";
import { brotliCompressSync, gzipSync, zstdCompressSync } from "node:zlib";
import type { Answer, TestApi } from "../support/api.ts";
import { type Route, sendTo, startExamples } from "../support/routes.ts";

let api: TestApi;
let routes: Route[];

before(async () => {
  ({ api, routes } = await startExamples());
});
after(() => api?.close());

const send = (route: Route, headers: Record<string, string>, body?: string | Buffer) =>
  sendTo(api, route, headers, body);

/** An address of each resource → its methods. */
const addresses = () =>
  [...Map.groupBy(routes, ({ path }) => path).values()].map(
    (each) => [each[0]!.address, each.map(({ method }) => method)] as const,
  );

describe("methods (RFC 9110, sections 9.1, 15.5.6 and 15.6.2)", () => {
  const STANDARD = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY", "TRACE"];
  const expected = (method: string) => (STANDARD.includes(method) ? 405 : 501);

  it("each address answers each method that it has not with 405 or 501 and Allow", async () => {
    const known = [...addresses(), ["/openapi.json", ["GET"]], ["/docs", ["GET"]]] as const;
    // RFC 3986, section 6.2.2.2: the same address, with a letter percent-encoded.
    const forms = known.flatMap(([address, has]) =>
      [address, address.replace(/[a-z]/, (letter) => `%${letter.charCodeAt(0).toString(16)}`)].map(
        (form) => [form, has] as const,
      ),
    );
    for (const [address, has] of forms) {
      const allowed = new Set(has);
      if (allowed.has("GET")) allowed.add("HEAD");
      for (const method of METHODS.filter((name) => name !== "CONNECT" && !allowed.has(name))) {
        for (const headers of [{}, { "content-type": "application/json" }, { "content-type": "," }]) {
          const answer = await api.call(method, address, { headers: headers as Record<string, string> });
          assert.equal(answer.status, expected(method), `${method} ${address}`);
          assert.equal(answer.headers.allow, [...allowed].sort().join(", "));
        }
      }
    }
  });

  it("an address that leads nowhere is 404, whatever is sent with it", async () => {
    for (const method of METHODS.filter((name) => name !== "CONNECT")) {
      for (const body of [undefined, "{", Buffer.alloc(9_000_000, "a")]) {
        if (body !== undefined && ["GET", "HEAD"].includes(method)) continue;
        const headers = { "content-type": "application/json" };
        const answer = await api.call(method, "/nowhere", {
          headers,
          ...(body === undefined ? {} : { body }),
        });
        assert.equal(answer.status, STANDARD.includes(method) ? 404 : 501, method);
      }
    }
  });
});

describe("each address that can be read", () => {
  /** Of the moment, or of this one request. */
  const PASSING = ["date", "x-request-id", "cache-status"];
  const lasting = ({ headers }: Answer) =>
    Object.fromEntries(Object.entries(headers).filter(([name]) => !PASSING.includes(name)));
  const reads = () => routes.filter(({ method }) => method === "GET");

  it("answers HEAD as GET, without a body (RFC 9110, section 9.3.2)", async () => {
    for (const route of reads())
      for (const headers of [{}, { "if-none-match": "*" }, { "if-match": '"other"' }] as Record<
        string,
        string
      >[]) {
        const get = await send(route, headers);
        const head = await send({ ...route, method: "HEAD" }, headers);
        assert.deepEqual([head.status, lasting(head), head.text], [get.status, lasting(get), ""], route.name);
      }
  });

  it("answers with JSON whatever is accepted, which RFC 9110, section 12.5.1 allows: there is no 406", async () => {
    for (const route of reads())
      for (const accept of [
        "text/html",
        "application/xml;q=1, */*;q=0",
        "*/*",
        "application/json;q=0",
        ",;=",
      ]) {
        const answer = await send(route, { accept, "accept-language": "tlh", "accept-charset": "x" });
        assert.equal(answer.status, 200, `${route.name} ${accept} ${answer.text}`);
        assert.match(String(answer.headers["content-type"]), /^application\/json/, route.name);
      }
  });
});

describe("media types (RFC 9110, sections 8.3.1 and 15.5.16)", () => {
  const FOREIGN = [
    "text/plain",
    "application/xml",
    "multipart/form-data; boundary=a",
    "application/octet-stream",
    "nonsense",
    ",",
    "application/json, application/json",
    "application/json; charset=iso-8859-1",
    'Application/JSON;charset="UTF-16"',
    "application/json; charset=utf-8; charset=iso-8859-1",
    // Read in time in proportion to its length.
    `application/json;${" ".repeat(12_000)}x`,
  ];

  it("each operation takes its types in every case, with parameters", async () => {
    for (const route of routes.filter(({ types }) => types.length > 0)) {
      for (const type of route.types) {
        const forms = [
          type,
          type.toUpperCase(),
          `${type}; charset=UTF-8`,
          `${type} ;charset="utf-8"`,
          `${type}; version=1`,
          `${type}; version="; charset=latin1"`,
          `${type};; charset=utf-8;`,
        ];
        for (const form of forms) {
          const answer = await send(route, { "content-type": form, "if-match": "*" }, route.bodies[type]);
          assert.notEqual(answer.status, 415, `${route.name} ${form}`);
          assert.notEqual(answer.status, 400, `${route.name} ${form} ${answer.text}`);
        }
      }
    }
  });

  it("each operation refuses others, and says which it takes", async () => {
    const all = [...new Set(routes.flatMap(({ types }) => types))];
    for (const route of routes.filter(({ types }) => types.length > 0)) {
      for (const type of [...FOREIGN, ...all].filter((name) => !route.types.includes(name))) {
        const answer = await send(
          route,
          { "content-type": type, "if-match": "*" },
          route.bodies[route.types[0]!],
        );
        assert.equal(answer.status, 415, `${route.name} ${type} ${answer.text}`);
        assert.deepEqual(String(answer.headers.accept).split(", ").sort(), route.types.toSorted());
        assert.equal(
          answer.headers["accept-patch"],
          route.method === "PATCH" ? answer.headers.accept : undefined,
        );
      }
    }
  });

  it("an operation without a body minds none", async () => {
    for (const route of routes.filter(({ types }) => types.length === 0)) {
      for (const type of ["application/json", ...FOREIGN]) {
        // What is not there is asked for, so that nothing is removed.
        const address =
          route.method === "DELETE" ? route.path.replace(/\{\w+\}/, "none-such") : route.address;
        const answer = await send(
          { ...route, address },
          { "content-type": type, "content-encoding": "x-foo", "if-match": "*" },
        );
        assert.ok([200, 404, 412].includes(answer.status), `${route.name} ${type} ${answer.text}`);
      }
    }
  });

  it("no body at all, and a body of blanks, is 400", async () => {
    for (const route of routes.filter(({ types }) => types.length > 0)) {
      for (const headers of [{}, { "content-type": route.types[0]! }]) {
        const answer = await send(route, { "if-match": "*", ...headers } as Record<string, string>);
        assert.equal(answer.status, 400, `${route.name} ${answer.text}`);
        assert.match(answer.json.detail, /the body is empty/);
      }
      assert.equal((await send(route, { "content-type": route.types[0]! }, " \n ")).status, 400, route.name);
    }
  });

  it("content codings are undone or refused, never ignored", async () => {
    for (const route of routes.filter(({ types }) => types.length > 0)) {
      const [type] = route.types;
      const plain = Buffer.from(route.bodies[type!]!);
      for (const [coding, encode] of [
        ["gzip", gzipSync],
        ["BR", brotliCompressSync],
        ["zstd", zstdCompressSync],
      ] as const) {
        const headers = { "content-type": type!, "if-match": "*", "content-encoding": coding };
        assert.ok(
          ![400, 415].includes((await send(route, headers, encode(plain))).status),
          `${route.name} ${coding}`,
        );
        assert.equal((await send(route, headers, plain)).status, 400, `${route.name} ${coding}`);
      }
      const foreign = await send(route, { "content-type": type!, "content-encoding": "x-foo" }, plain);
      assert.equal(foreign.status, 415, route.name);
      assert.equal(foreign.headers["accept-encoding"], "gzip, br, zstd");
    }
  });

  it("a part of a representation is not taken for the whole", async () => {
    for (const route of routes.filter(({ method }) => method === "PUT")) {
      const [type] = route.types;
      const headers = { "content-type": type!, "content-range": "bytes 0-1/2", "if-match": "*" };
      assert.equal((await send(route, headers, route.bodies[type!])).status, 400, route.name);
    }
  });
});

test("401 for no key and for a wrong one, with the challenge, before anything else of the request (RFC 6750)", async () => {
  for (const route of routes.filter(({ needsKey }) => needsKey)) {
    const public_ = { ...route, needsKey: false };
    for (const headers of [{}, { "content-type": "text/plain" }, { "if-match": '"x"' }] as Record<
      string,
      string
    >[]) {
      const none = await send(public_, headers, "{");
      assert.equal(none.status, 401, route.name);
      assert.equal(none.headers["www-authenticate"], 'Bearer realm="catalog"');
      for (const wrong of [
        { authorization: "Bearer wrong-key-wrong-key" },
        { "x-api-key": "wrong-key-wrong-key" },
      ] as Record<string, string>[]) {
        const answer = await send(public_, { ...headers, ...wrong }, "{");
        assert.equal(answer.status, 401, route.name);
        assert.equal(answer.headers["www-authenticate"], 'Bearer realm="catalog", error="invalid_token"');
      }
    }
  }
});
