import assert from "node:assert/strict";
import { connect } from "node:net";
import { after, afterEach, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { until } from "../../../test/support/until.ts";
import { PROBLEMS } from "../../src/http/problem.ts";
import { unique } from "../support/api.ts";
import { encoded, malformed, PARAMETERS, unfinished, VALUES } from "../support/hostile.ts";
import {
  assertNothingInside,
  assertProblem,
  Fleet,
  fill,
  KEY,
  type Reply,
  type Sending,
  type Task,
} from "../support/tasks.ts";

const fleet = new Fleet();
let task: Task;
let client: pg.Client;

before(async () => {
  const server = await fleet.database();
  client = await fleet.client(server);
  await fill(client, 30);
  task = await fleet.healthy(server, { RATE_LIMIT_PER_MINUTE: "0" });
});
after(() => fleet.stop());

const TYPES = new Set(Object.keys(PROBLEMS).map((name) => `/problems/${name}`));

/** Whatever was sent, the answer is a success or a problem of a known type that shows nothing of the inside; never a 5xx. */
function assertCivil(reply: Reply, where: string): void {
  const seen = `${where.slice(0, 300)} → ${reply.status} ${reply.body.slice(0, 300)}`;
  assert.ok(reply.status < 500, seen);
  assertNothingInside(reply.status < 400 ? "" : reply.body, seen);
  if (reply.status < 400) return;
  assertProblem(reply, where.slice(0, 300));
  assert.ok(TYPES.has(reply.json.type), seen);
}

async function sendAll(requests: [path: string, sending?: Sending][]): Promise<Reply[]> {
  const replies: Reply[] = [];
  // Some at a time, as clients come.
  for (let i = 0; i < requests.length; i += 8) {
    const some = requests.slice(i, i + 8);
    const got = await Promise.all(some.map(([path, sending]) => task.send(path, sending)));
    got.forEach((reply, j) => {
      const [path, sending] = some[j]!;
      assertCivil(reply, `${sending?.method ?? "GET"} ${path} ${String(sending?.body ?? "")}`);
    });
    replies.push(...got);
  }
  return replies;
}

/** Errors in the log that an earlier test has complained about. */
let reported = 0;
afterEach(() => {
  reported = task.log().filter(({ level }) => level === "error" || level === "fatal").length;
});

/** The server is alive, has not been restarted, and has taken nothing of all that for its own error. */
async function assertUnharmed(): Promise<void> {
  assert.equal(task.child.exitCode, null, task.output().slice(-2_000));
  assert.equal((await task.send(`/v1/products?brand=${unique()}`)).status, 200);
  const { rows } = await client.query("SELECT count(*)::int AS n FROM products WHERE slug LIKE 'product-%'");
  assert.equal(rows[0].n, 30);
  const errors = task.log().filter(({ level }) => level === "error" || level === "fatal");
  assert.deepEqual(
    errors.slice(reported).map(({ err, message }) => err?.stack ?? message),
    [],
  );
}

test("SQL, broken encodings, NUL, huge and strange values in every parameter", async () => {
  const requests: [string][] = [];
  for (const [path, names] of Object.entries(PARAMETERS)) {
    const needed = path === "/v1/search" ? "q=lamp&" : path === "/v1/suggest" ? "q=la&" : "";
    for (const name of names) {
      for (const value of VALUES) {
        const query = name === "q" ? "" : needed;
        requests.push([`${path}?${query}${name}=${encoded(value)}`]);
        if (name === "attribute") requests.push([`${path}?${query}attribute=${encoded(`colour:${value}`)}`]);
      }
    }
  }
  const replies = await sendAll(requests);
  assert.ok(replies.some(({ status }) => status === 200) && replies.some(({ status }) => status === 400));
  await assertUnharmed();
});

test("parameters that are repeated, nested, unknown, without a name, or a thousand", async () => {
  const odd = [
    "limit=1&limit=2",
    "sort=name&sort=price",
    "q=a&q=b",
    "cursor=a&cursor=b",
    "brand[]=a",
    "brand[a]=b",
    "brand[__proto__]=b",
    "__proto__=1",
    "constructor=1",
    "__proto__[limit]=1",
    "hasOwnProperty=1",
    "=",
    "&&&",
    "=a",
    "limit",
    "?",
    "a=b=c",
    Array(1_000).fill("a=1").join("&"),
    Array(21).fill("brand=a").join("&"),
    Array.from({ length: 20 }, (_, i) => `attribute=n${i}:a&attribute=n${i}:b`).join("&"),
    "minPrice=2&maxPrice=1",
  ];
  const replies = await sendAll(
    Object.keys(PARAMETERS).flatMap((path) => odd.map((query): [string] => [`${path}?${query}`])),
  );
  assert.ok(replies.filter(({ status }) => status === 400).length > 50);
  await assertUnharmed();
});

test("paths that lead out, around or nowhere", async () => {
  const paths = VALUES.map(encoded).flatMap((value) => [
    `/v1/products/${value}`,
    `/v1/categories/${value}`,
    `/problems/${value}`,
    `/docs/${value}`,
    `/${value}`,
  ]);
  await sendAll(
    [
      ...paths,
      "//",
      "/v1//products",
      "/v1/products/",
      "/v1/products/a/../b",
      "/v1/products;a=b",
      "/v1/products%2Fa",
    ].map((path): [string] => [path]),
  );
  await assertUnharmed();
});

const ROW = { sku: "S-1", prices: { EUR: 1 }, product: { slug: "s-one", name: "S", brand: "B" } };
const deep = (open: string, close: string, levels: number): string =>
  open.repeat(levels) + close.repeat(levels);

test("bodies that are broken, deep, of wrong types, or carry prototype keys", async () => {
  const members = ["name", "slug", "brand", "description", "categories", "attributes", "images", "variants"];
  const strange = [
    "1",
    "null",
    "[]",
    "{}",
    '""',
    "true",
    '"\\u0000"',
    '"\\ud800"',
    "1e999",
    '[[["a"]]]',
    '{"__proto__":{"a":1}}',
    '{"constructor":{"prototype":{"a":1}}}',
    '{"constructor":"x"}',
    '{"toString":"x"}',
    '"<script>"',
  ];
  const bodies = [
    "",
    "{",
    "nonsense",
    "[]",
    "null",
    "1",
    '"text"',
    "\u0000",
    '{"a":1}',
    '{"__proto__":{"admin":true}}',
    '{"constructor":{"prototype":{"admin":true}}}',
    deep("[", "]", 100_000),
    deep('{"rows":', "}", 20_000).replace("}", "1}"),
    `{"rows":${deep("[", "]", 50_000)}}`,
    '{"rows":[]}',
    '{"rows":{"length":1}}',
    '{"rows":[null,1,"a",[],{}]}',
    `{"rows":[${Array(1_001).fill("{}").join(",")}]}`,
    ...members.flatMap((name) => strange.map((value) => `{"${name}":${value}}`)),
    ...strange.map((value) => `{"rows":[{"sku":"S-1","prices":${value}}]}`),
    ...strange.map((value) => `{"rows":[{"sku":${value},"prices":{"EUR":1}}]}`),
    ...strange.map((value) => JSON.stringify({ rows: [{ ...ROW, attributes: "@" }] }).replace('"@"', value)),
    ...strange.map((value) => JSON.stringify({ rows: [{ ...ROW, product: "@" }] }).replace('"@"', value)),
    ...strange.map((value) =>
      JSON.stringify({ rows: [{ ...ROW, product: { ...ROW.product, attributes: "@" } }] }).replace(
        '"@"',
        value,
      ),
    ),
  ];
  const put = (path: string, method: string, body: string, type: string): [string, Sending] => [
    path,
    { method, key: true, body, headers: { "content-type": type, "if-match": "*" } },
  ];
  await sendAll(
    bodies.flatMap((body) => [
      put("/v1/products:bulk", "PUT", body, "application/json"),
      put("/v1/products/s-one", "PATCH", body, "application/merge-patch+json"),
      put("/v1/products/s-two", "PUT", body, "application/json"),
      put("/v1/products:bulk", "PUT", body, "application/x-ndjson"),
    ]),
  );
  await sendAll(
    [
      "text/plain",
      "application/xml",
      "multipart/form-data",
      "application/json; charset=utf-16",
      "a",
      ",",
      "application/json, application/json",
    ].map((type) => put("/v1/products:bulk", "PUT", '{"rows":[]}', type)),
  );
  await assertUnharmed();
});

test("names that every object has are names of attributes like any other", async () => {
  const attributes = { constructor: "a", toString: "b", valueOf: "c", hasOwnProperty: "d" };
  const body = JSON.stringify({
    rows: [{ ...ROW, sku: "S-2", attributes, product: { ...ROW.product, slug: "s-proto", attributes } }],
  });
  const [reply] = await sendAll([["/v1/products:bulk", { method: "PUT", key: true, body }]]);
  assert.equal(reply!.json.created, 1, reply!.body);
  const product = (await task.send("/v1/products/s-proto")).json;
  assert.deepEqual(product.attributes, attributes);
  assert.deepEqual(product.options, {
    constructor: ["a"],
    toString: ["b"],
    valueOf: ["c"],
    hasOwnProperty: ["d"],
  });
  const found = (await task.send("/v1/products?attribute=constructor:a&facets=true")).json;
  assert.equal(found.items.length, 1);
  assert.deepEqual(found.facets.attributes.constructor, [{ value: "a", count: 1 }]);
  await assertUnharmed();
});

test("headers that are over-long, forged or strange", async () => {
  const odd = [
    "\x7f",
    "a".repeat(8_000),
    "' OR 1=1 --",
    'W/"',
    '"',
    "*, *",
    "\xff\xfe",
    "${jndi:ldap://x}",
    "__proto__",
  ];
  for (const name of [
    "if-none-match",
    "if-match",
    "x-request-id",
    "authorization",
    "x-api-key",
    "x-forwarded-for",
    "idempotency-key",
    "traceparent",
    "accept",
    "range",
    "cookie",
  ]) {
    await sendAll(
      odd.flatMap((value): [string, Sending][] => [
        ["/v1/products", { headers: { [name]: value.replace("\x7f", "~") } }],
        [
          "/v1/products/product-0",
          {
            method: "DELETE",
            headers: { "x-api-key": "wrong-key-wrong-key", [name]: value.replace("\x7f", "~") },
          },
        ],
      ]),
    );
  }
  await assertUnharmed();
});

test("bytes that are no proper HTTP get a problem or a closed connection", async () => {
  for (const message of malformed(KEY)) {
    const answer = await task.exchange(message);
    const seen = `${message.toString("latin1").slice(0, 80)} → ${answer.slice(0, 400)}`;
    assert.doesNotMatch(answer, /^HTTP\/1\.1 50[^15]/, seen);
    assertNothingInside(answer, seen);
    if (/^HTTP\/1\.1 4/.test(answer)) assert.match(answer, /content-type: application\/problem\+json/i, seen);
  }
  await assertUnharmed();
});

test("clients that send half a body, nothing more, or a byte at a time hold nobody else up, and may go away", async () => {
  const halves = unfinished(KEY);
  const sockets = Array.from({ length: 60 }, (_, i) => {
    const socket = connect(task.port, "127.0.0.1");
    socket.on("error", () => {});
    socket.write(halves[i % halves.length]!);
    return socket;
  });
  for (let i = 0; i < 5; i++) {
    for (const socket of sockets.slice(0, 6)) socket.write("a");
    assert.equal((await task.send(`/v1/products?brand=${unique()}`)).status, 200);
    await sleep(20);
  }
  for (const socket of sockets) socket.destroy();
  await until(async () => (await task.send("/health")).status === 200);
  await sleep(300);
  await assertUnharmed();
});
