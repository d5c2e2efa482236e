import assert from "node:assert/strict";
import { after, before, describe, it, test } from "node:test";
import { createConfig, lintFromString } from "@redocly/openapi-core";
import spectral from "@stoplight/spectral-core";
import rulesets from "@stoplight/spectral-rulesets";
import { Ajv2020 } from "ajv/dist/2020.js";
import { PROBLEMS } from "../../src/http/problem.ts";
import { API_KEY, startApi, type TestApi } from "../support/api.ts";

// biome-ignore lint/suspicious/noExplicitAny: the document is walked as plain JSON
type Json = any;

let api: TestApi;
let document: Json;

before(async () => {
  api = await startApi();
  document = (await api.get("/openapi.json")).json;
  await api.client.query("INSERT INTO categories (id, name, path) VALUES ('lamps', 'Lamps', '{lamps}')");
});
after(() => api?.close());

async function spectralSays(given: Json): Promise<string[]> {
  const linter = new spectral.Spectral();
  linter.setRuleset({ extends: [[rulesets.oas, "recommended"]] } as never);
  return (await linter.run(given)).map(({ code, path, message }) => `${code} ${path.join("/")} ${message}`);
}

async function redoclySays(given: Json): Promise<string[]> {
  const config = await createConfig({ extends: ["recommended"] });
  const problems = await lintFromString({
    source: JSON.stringify(given),
    absoluteRef: "openapi.json",
    config,
  });
  return problems.map(({ ruleId, message, location }) => `${ruleId} ${location[0]?.pointer} ${message}`);
}

describe("the linters' recommended rules", () => {
  for (const [name, lint] of [
    ["Spectral", spectralSays],
    ["Redocly", redoclySays],
  ] as const) {
    it(`${name} finds nothing`, async () => {
      assert.deepEqual(await lint(document), []);
    });

    it(`${name} would find a missing operationId, server and reference`, async () => {
      const broken = structuredClone(document);
      delete broken.paths["/v1/products"].get.operationId;
      broken.paths["/v1/search"].get.responses[200].content["application/json"].schema.$ref += "X";
      const found = await lint(broken);
      assert.ok(found.length >= 2, found.join("\n"));
    });
  }
});

interface Operation {
  where: string;
  method: string;
  path: string;
  operation: Json;
}

const operations = (): Operation[] =>
  Object.entries<Json>(document.paths).flatMap(([path, methods]) =>
    Object.entries<Json>(methods).map(([method, operation]) => ({
      where: `${method} ${path}`,
      method: method.toUpperCase(),
      path,
      operation,
    })),
  );

/** Every schema of the document with the way to it; what is below a reference is not followed. */
function* schemas(node: Json, path: string): Generator<{ path: string; schema: Json }> {
  if (typeof node !== "object" || node === null) return;
  const isSchema =
    /\/(schema|items|additionalProperties|propertyNames|components\/schemas\/\w+|properties\/[^/]+|(any|one|all)Of\/\d+)$/.test(
      path,
    );
  if (isSchema) yield { path, schema: node };
  for (const [name, child] of Object.entries(node)) {
    if (["example", "examples", "x-limits"].includes(name)) continue;
    yield* schemas(child, `${path}/${name}`);
  }
}

test("each shape has a name and stands once", () => {
  for (const { path, schema } of schemas(document, "")) {
    const isComponent = /^\/components\/schemas\/\w+$/.test(path);
    const isShape = schema.properties !== undefined || (schema.enum?.length ?? 0) > 1;
    assert.ok(isComponent || !isShape, `${path} is a shape without a name`);
  }
  const bodies = Object.entries<Json>(document.components.schemas).map(
    ([name, { description: _, ...schema }]) => [name, JSON.stringify(schema)],
  );
  const shapes = bodies.filter(([, text]) => /"properties"|"enum"/.test(text!)).map(([, text]) => text);
  assert.equal(new Set(shapes).size, shapes.length, "two names for one shape");
});

test("each pattern is one for RE2, Python and JavaScript", () => {
  let patterns = 0;
  for (const { path, schema } of schemas(document, "")) {
    if (schema.pattern === undefined) continue;
    patterns++;
    assert.doesNotMatch(schema.pattern, /\\u|\\p|\\[1-9]|\(\?/, path);
    new RegExp(schema.pattern, "u");
  }
  assert.ok(patterns > 10);
});

test("each operation has its own id, a tag of the root, all statuses with their types, and no parameter that is needless", () => {
  const tags = document.tags.map(({ name }: Json) => name);
  const ids = operations().map(({ operation }) => operation.operationId);
  assert.equal(new Set(ids).size, ids.length);
  for (const { where, operation } of operations()) {
    assert.match(operation.operationId, /^[a-z][A-Za-z]+$/, where);
    assert.ok(
      operation.tags.every((tag: string) => tags.includes(tag)),
      where,
    );
    assert.ok(operation.security, where);
    assert.equal(operation.responses.default, undefined, where);
    for (const { name, required, schema } of operation.parameters ?? [])
      assert.ok(!required || schema.default === undefined, `${where} requires ${name}, which has a default`);
    for (const [status, { headers, content }] of Object.entries<Json>(operation.responses)) {
      assert.ok(headers?.["X-Request-Id"] && headers["Cache-Control"], `${where} ${status}`);
      const problem = content?.["application/problem+json"]?.schema.$ref.split("/").at(-1);
      if (Number(status) < 400 || problem === undefined) continue;
      const { $ref } = document.components.schemas[problem].properties.type;
      const types: string[] = document.components.schemas[$ref.split("/").at(-1)].enum;
      for (const type of types)
        assert.equal(PROBLEMS[type.split("/").at(-1) as "not-found"][0], Number(status));
    }
  }
});

test("answers may grow, requests may not", () => {
  const reachable = new Set<string>();
  const follow = (node: Json): void => {
    for (const [, name] of JSON.stringify(node).matchAll(/#\/components\/schemas\/(\w+)/g)) {
      if (reachable.has(name!)) continue;
      reachable.add(name!);
      follow(document.components.schemas[name!]);
    }
  };
  for (const { operation } of operations()) follow(operation.responses);
  for (const name of reachable)
    assert.notEqual(document.components.schemas[name].additionalProperties, false, name);
  assert.equal(document.components.schemas.ProductInput.additionalProperties, false);
});

/** Sends what the document shows of an operation. */
async function sendExample({ method, path, operation }: Operation, type?: string) {
  const headers: Record<string, string> = {};
  const query: string[] = [];
  let address = path;
  for (const { in: place, name, example } of operation.parameters ?? []) {
    if (example === undefined) continue;
    if (place === "path") address = address.replace(`{${name}}`, encodeURIComponent(example));
    else if (place === "header") headers[name.toLowerCase()] = example;
    else query.push(...[example].flat().map((value) => `${name}=${encodeURIComponent(value)}`));
  }
  assert.doesNotMatch(address, /\{/, `${method} ${path}: a path parameter has no example`);
  if (type !== undefined) headers["content-type"] = type;
  const body = type && operation.requestBody.content[type].example;
  return api.call(method, query.length > 0 ? `${address}?${query.join("&")}` : address, {
    headers: { ...headers, ...(operation.security.length > 0 ? { "x-api-key": API_KEY } : {}) },
    ...(type ? { body: typeof body === "string" ? body : JSON.stringify(body) } : {}),
  });
}

test("each example can be sent as it stands, and the answer that is shown fits", async () => {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema({ $id: "api", components: document.components });
  // What the others are about is made first, and removed last.
  const turn = ({ method, operation }: Operation) =>
    operation.operationId === "putProduct" ? 0 : method === "DELETE" ? 2 : 1;
  const order = operations().sort((a, b) => turn(a) - turn(b));
  for (const operation of order) {
    const types = Object.keys(operation.operation.requestBody?.content ?? {});
    for (const type of types.length > 0 ? types : [undefined]) {
      if (type !== undefined) {
        assert.ok(
          operation.operation.requestBody.content[type].example,
          `${operation.where} ${type} has no example`,
        );
        if (type === types[1])
          delete operation.operation.parameters.find(({ name }: Json) => name === "Idempotency-Key")?.example;
      }
      const answer = await sendExample(operation, type);
      assert.ok(answer.status < 300, `${operation.where} ${type ?? ""} ${answer.status} ${answer.text}`);
      if (answer.status === 204) continue;
      const media = operation.operation.responses[answer.status].content["application/json"];
      assert.ok(media.example, `${operation.where} shows no answer`);
      const schema = JSON.parse(JSON.stringify(media.schema).replaceAll("#/components", "api#/components"));
      assert.ok(ajv.validate(schema, media.example), `${operation.where} ${ajv.errorsText()}`);
      assert.deepEqual(
        Object.keys(media.example).sort(),
        Object.keys(answer.json)
          .filter((name) => name !== "facets")
          .sort(),
        operation.where,
      );
    }
  }
});
