import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startApi, type TestApi } from "../support/api.ts";
import { type Route, routesOf, sendTo } from "../support/routes.ts";

// biome-ignore lint/suspicious/noExplicitAny: the document is walked as plain JSON
type Json = any;

let api: TestApi;
let document: Json;
let routes: Route[];

before(async () => {
  api = await startApi();
  await api.client.query("INSERT INTO categories (id, name, path) VALUES ('lamps', 'Lamps', '{lamps}')");
  document = (await api.get("/openapi.json")).json;
  routes = routesOf(document);
});
after(() => api?.close());

/** Query parameters of a type, each with its operation. */
const parametersOf = (type: string): { route: Route; name: string }[] =>
  routes.flatMap((route) =>
    (document.paths[route.path][route.method.toLowerCase()].parameters ?? [])
      .filter(({ in: place, schema }: Json) => place === "query" && schema.type === type)
      .map(({ name }: Json) => ({ route, name })),
  );

test("what is no percent-encoded UTF-8 is 400 everywhere", async () => {
  for (const { method, address, needsKey } of routes) {
    const path = address.split("?")[0]!;
    for (const broken of ["%", "%4", "%zz", "%E9", "%C3%28", "%ED%A0%80", "%FF", "%C0%80", "%F4%90%80%80"]) {
      for (const url of [`${path}?q=${broken}`, `${path}?${broken}=a`, `${path}/${broken}`]) {
        const answer = await api.call(method, url, { key: needsKey });
        assert.equal(answer.status, 400, `${method} ${url}`);
      }
    }
  }
});

test("each address that the API makes is one that it takes", async () => {
  for (let length = 1; length < 97; length += 5) {
    const brands = Array.from({ length: 19 }, (_, i) => `brand=${"/".repeat(length)}${i}`).join("&");
    const answer = await api.get(`/v1/products?limit=1&brand=Meridal&${brands}`);
    if (answer.status === 414) continue;
    assert.equal(answer.status, 200, answer.text);
    const link = /<(.*)>/.exec(String(answer.headers.link ?? ""))?.[1];
    for (const address of [String(answer.headers["content-location"]), ...(link ? [link] : [])])
      assert.equal((await api.get(address)).status, 200, address);
  }
});

/** How a whole number may be written in an address, as anywhere in JSON, and how not. */
const NUMBERS = { 3: ["3", "3.0", "3e0", "30e-1", "0.3E+1"] };
const NO_NUMBERS = [
  "",
  " 3",
  "3 ",
  "+3",
  "03",
  "0x3",
  "0b11",
  "0o3",
  "3n",
  "3_0",
  "３",
  "−3",
  "1.5",
  "3.",
  ".3e1",
  "3e",
  "1e400",
  "3.00000000000000000001",
  "Infinity",
  "NaN",
  "null",
  "true",
  "3,3",
];

test("numbers in an address are those of JSON, at every parameter of every operation", async () => {
  let parameters = 0;
  for (const { route, name } of parametersOf("integer")) {
    parameters++;
    const ask = (text: string) =>
      api.call(
        route.method,
        `${route.address}${route.address.includes("?") ? "&" : "?"}${name}=${encodeURIComponent(text)}`,
        { key: route.needsKey },
      );
    const [first, ...others] = await Promise.all(NUMBERS[3].map(ask));
    assert.equal(first!.status, 200, `${route.name} ${name} ${first!.text}`);
    for (const other of others)
      assert.deepEqual([other.status, other.text], [200, first!.text], `${route.name} ${name}`);
    for (const text of NO_NUMBERS) {
      const { status, json } = await ask(text);
      assert.equal(status, 400, `${route.name} ${name}=${text}`);
      assert.equal(json.errors[0].at, `query/${name}`);
      assert.doesNotMatch(json.detail, /quotes|cents|currency/);
    }
  }
  assert.ok(parameters >= 8, `${parameters} parameters`);
});

test("flags in an address are true or false", async () => {
  for (const { route, name } of parametersOf("boolean")) {
    for (const text of ["", "1", "0", "TRUE", "True", "yes", "null", " true", "true,true"]) {
      const address = `${route.address}${route.address.includes("?") ? "&" : "?"}${name}=${encodeURIComponent(text)}`;
      const body = route.types[0] && route.bodies[route.types[0]];
      const headers = body ? { "content-type": route.types[0]! } : {};
      const answer = await sendTo(api, { ...route, address }, headers as Record<string, string>, body);
      assert.equal(answer.status, 400, `${route.name} ${name}=${text}`);
    }
  }
});

test("a parameter that takes one value is refused when it has several", async () => {
  for (const limit of ["limit=1&limit=2", "q=a&q=b", "sort=name&sort=name", "cursor=a&cursor=b"]) {
    const { status, json } = await api.get(`/v1/products?${limit}`);
    assert.equal(status, 400, limit);
    assert.match(json.detail, /more than once/, limit);
  }
});
