import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Ajv } from "ajv";
import { CategoryInput, CategoryPatch } from "../src/writes/category-schemas.ts";
import { BulkRow, ProductInput, ProductPatch } from "../src/writes/schemas.ts";
import { startApi, type TestApi, unique } from "./support/api.ts";

/**
 * Each way in which a body can break its schema: every keyword of every member, as the schemas have them. What is refused must be
 * said in a sentence, and must not have been written.
 */

let api: TestApi;
before(async () => {
  api = await startApi();
});
after(() => api?.close());

// biome-ignore lint/suspicious/noExplicitAny: schemas and bodies are walked as plain JSON
type Json = any;

interface Fault {
  /** The member and the keyword that it breaks. */
  name: string;
  member: string;
  body: Json;
}

const OF_OTHER_TYPES = [true, 12.5, {}, [], null, "x"];
const typeOf = (value: Json): string =>
  value === null ? "null" : Array.isArray(value) ? "array" : typeof value;

/** Values that break a schema where the given one keeps it, each with the keyword. */
function* brokenValues(schema: Json, value: Json): Generator<[keyword: string, value: Json]> {
  const types = [schema.type ?? []].flat().map((type: string) => (type === "integer" ? "number" : type));
  if (types.length > 0)
    for (const other of OF_OTHER_TYPES.filter((other) => !types.includes(typeOf(other))))
      yield [`type (${typeOf(other)})`, other];
  if (schema.enum || schema.anyOf?.some((each: Json) => each.enum)) yield ["enum", "nonsense"];
  if (schema.minLength > 0) yield ["minLength", ""];
  if (schema.maxLength) yield ["maxLength", "x".repeat(schema.maxLength + 1)];
  if (schema.pattern)
    yield* ["a\nb", "a\u0007b", "\u200b", "next week", " "].map(
      (text) => ["pattern", text] as [string, Json],
    );
  if (schema.minimum !== undefined) yield ["minimum", schema.minimum - 1];
  if (schema.maximum !== undefined) yield ["maximum", schema.maximum + 1];
  if (types.includes("number") && [schema.type].flat().includes("integer")) yield ["integer", 1.5];
  if (schema.minItems > 0) yield ["minItems", []];
  if (schema.maxItems) yield ["maxItems", Array.from({ length: schema.maxItems + 1 }, () => value[0])];
  if (schema.minProperties > 0) yield ["minProperties", {}];
  if (schema.maxProperties)
    yield [
      "maxProperties",
      Object.fromEntries(Array.from({ length: schema.maxProperties + 1 }, (_, at) => [`n${at}`, "x"])),
    ];
  for (const name of schema.required ?? []) {
    const { [name]: _, ...rest } = value;
    yield [`required ${name}`, rest];
  }
  if (schema.additionalProperties === false) yield ["additionalProperties", { ...value, nonsense: 1 }];
  if (schema.propertyNames)
    for (const name of ["", "a\nb", "x".repeat(70)])
      yield ["propertyNames", { ...value, [name]: Object.values(value)[0] }];
}

/** All faults of a body, its own and those of its members. */
function* faultsOf(schema: Json, value: Json, path: string, put: (value: Json) => Json): Generator<Fault> {
  for (const [keyword, broken] of brokenValues(schema, value))
    yield {
      name: `${path || "the whole"}: ${keyword} ${JSON.stringify(broken)?.slice(0, 40)}`,
      member: path,
      body: put(broken),
    };
  if (Array.isArray(value) && value.length > 0)
    yield* faultsOf(schema.items, value[0], `${path}[0]`, (item) => put([item, ...value.slice(1)]));
  if (typeOf(value) !== "object") return;
  for (const [name, member] of Object.entries<Json>(value)) {
    const inner = schema.properties?.[name] ?? schema.additionalProperties;
    if (typeof inner !== "object" || inner.readOnly) continue;
    yield* faultsOf(inner, member, path === "" ? name : `${path}.${name}`, (given) =>
      put({ ...value, [name]: given }),
    );
  }
}

const SALE = { from: "2027-01-01T00:00:00Z", to: "2027-01-02T00:00:00Z", prices: { EUR: 90 } };
const VARIANT = {
  gtin: "4006381333931",
  attributes: { size: "L" },
  prices: { EUR: 100 },
  availability: "in_stock",
  sales: [SALE],
};
const PRODUCT = {
  name: "Lamp",
  brand: "Lux",
  description: "Long",
  categories: ["books"],
  attributes: { material: "wool" },
  images: [{ url: "https://a.example/1.jpg", alt: "A lamp" }],
  status: "published",
  publishFrom: "2026-01-01T00:00:00Z",
  publishTo: "2099-01-01T00:00:00Z",
};
const slug = `r-${unique()}`;
const WHOLE = { slug, ...PRODUCT, variants: [{ sku: slug, ...VARIANT }] };
const ROW = { sku: slug, ...VARIANT, product: { slug, ...PRODUCT } };
const CATEGORY = { name: "Lamps", parent: "books", position: 0 };

/** Each kind of write, with a body that has every member that its schema knows. */
const WRITES: { name: string; method: string; url: string; schema: Json; body: Json; type?: string }[] = [
  { name: "a row of a batch", method: "PUT", url: "/v1/products:bulk", schema: BulkRow, body: ROW },
  { name: "a product", method: "PUT", url: `/v1/products/${slug}`, schema: ProductInput, body: WHOLE },
  { name: "a part of one", method: "PATCH", url: `/v1/products/${slug}`, schema: ProductPatch, body: WHOLE },
  { name: "a category", method: "PUT", url: "/v1/categories/lamps", schema: CategoryInput, body: CATEGORY },
  {
    name: "a part of one",
    method: "PATCH",
    url: "/v1/categories/audio",
    schema: CategoryPatch,
    body: CATEGORY,
  },
];

/** All that a write may change. */
async function state(): Promise<string> {
  const { rows } = await api.client.query(
    `SELECT (SELECT json_agg(p ORDER BY id) FROM (SELECT id, xmin::text FROM products) p) AS products,
      (SELECT json_agg(v ORDER BY sku) FROM (SELECT sku, xmin::text FROM variants) v) AS variants,
      (SELECT json_agg(c ORDER BY id) FROM (SELECT id, xmin::text FROM categories) c) AS categories`,
  );
  return JSON.stringify(rows);
}

/** What tells people nothing: parts of patterns, of programs, and the words of validators. */
const NO_SENTENCE =
  /\\[pxuds]|\[\^|\(\?|\^\[|\]\*|\$"|must match|must NOT|pattern|additionalProperties|anyOf|instancePath|undefined|\[object|\bNaN\b|Error:|\n\s*at |\.ts:\d|node_modules|SQLSTATE|constraint|relation "/;

/** @returns what is wrong with it; undefined: it is a sentence that names the member */
function faultOf(text: string | undefined, member: string): string | undefined {
  if (text === undefined || text.length < 10 || text.length > 700) return "is no sentence";
  // Values are repeated as JSON has them.
  const words = text.replaceAll(/"(?:[^"\\]|\\.)*"…?/g, "");
  const [strange] = NO_SENTENCE.exec(words) ?? [];
  if (strange !== undefined) return `has ${JSON.stringify(strange)}, which tells nobody what to change`;
  const [first = ""] = member.split(/[.[]/);
  return text.includes(first) ? undefined : `does not name ${first}`;
}

for (const { name, method, url, schema, body } of WRITES)
  test(`${method} ${url.replace(slug, "{product}")}, ${name}: each refusal is a sentence that names the member, and nothing is written`, async () => {
    const made = await api.call("PUT", "/v1/products:bulk", { key: true, body: { rows: [ROW] } });
    assert.equal(made.json.failed, 0, made.text);
    const known = Object.entries<Json>(schema.properties).filter(([, { readOnly }]) => !readOnly);
    assert.deepEqual(
      known.map(([member]) => member).sort(),
      Object.keys(body).sort(),
      "every member is tried",
    );
    const isValid = new Ajv({ strict: false }).compile(schema);
    assert.ok(isValid(body), JSON.stringify(isValid.errors));
    const isRow = schema === BulkRow;
    const headers = {
      "content-type": method === "PATCH" ? "application/merge-patch+json" : "application/json",
      ...(url.includes(slug) && { "if-match": "*" }),
    };
    const before = await state();
    const wrong: string[] = [];
    let tried = 0;
    for (const fault of faultsOf(schema, body, "", (value) => value)) {
      if (isValid(fault.body)) continue;
      tried++;
      const given = JSON.stringify(isRow ? { rows: [fault.body] } : fault.body);
      const { status, json, text } = await api.call(method, url, { key: true, body: given, headers });
      const isRefused = isRow ? status === 200 && json.failed === 1 : status === 400 || status === 422;
      const said = isRow ? json.results?.[0].error : json.detail;
      const mistake = isRefused ? faultOf(said, fault.member) : "was not refused so";
      if (mistake !== undefined) wrong.push(`${fault.name} → ${status} ${mistake}: ${said ?? text}`);
    }
    assert.deepEqual(wrong, []);
    assert.ok(tried > 15, `${tried} faults`);
    assert.equal(await state(), before);
  });

/** What may stand in an address for any parameter, and is right for few. */
const ODD_VALUES = [
  "",
  "-1",
  "1.5",
  "0",
  "nonsense",
  "a:b:c",
  "\u0007",
  "\u200b",
  "x".repeat(1_000),
  "9".repeat(20),
  "%00",
  "a,b",
  "null",
];

test("each parameter of each address: what is refused is refused in a sentence that names it", async () => {
  const document = (await api.get("/openapi.json")).json;
  const wrong: string[] = [];
  let refused = 0;
  for (const [path, { get }] of Object.entries<Json>(document.paths)) {
    if (!get) continue;
    const parameters: Json[] = (get.parameters ?? []).map((each: Json) =>
      each.$ref ? document.components.parameters[each.$ref.split("/").at(-1)] : each,
    );
    const needed = new URLSearchParams(
      parameters
        .filter((each) => each.in === "query" && each.required)
        .map((each): [string, string] => [each.name, String([each.example].flat()[0])]),
    );
    const names = parameters.filter((each) => each.in === "query").map(({ name }) => name);
    for (const name of [...names, "nonsense"])
      for (const value of ODD_VALUES) {
        const query = new URLSearchParams(needed);
        query.set(name, value);
        const address = `${path.replaceAll(/\{\w+\}/g, slug)}?${query}`;
        const { status, json, text } = await api.call("GET", address, { key: true });
        if (status < 400 || status === 404) continue;
        refused++;
        const mistake = status === 400 ? faultOf(json.detail, name) : "was not refused so";
        if (mistake !== undefined)
          wrong.push(`${address.slice(0, 80)} → ${status} ${mistake}: ${json?.detail ?? text}`);
      }
  }
  assert.deepEqual(wrong, []);
  assert.ok(refused > 100, `${refused} refusals`);
});
