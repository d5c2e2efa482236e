import assert from "node:assert/strict";
import { Ajv2020 } from "ajv/dist/2020.js";
import type { FastifyInstance } from "fastify";
import type { Answer } from "./api.ts";

/** Header fields of the connection and of the message, which no document names. */
const MESSAGE_HEADERS = new Set([
  "connection",
  "content-length",
  "content-type",
  "date",
  "keep-alive",
  "transfer-encoding",
]);

type Checker = (method: string, url: string, answer: Answer) => void;

export const responseChecker = (app: FastifyInstance): Checker =>
  documentChecker(JSON.parse(JSON.stringify(app.swagger())));

/**
 * What holds for every answer of this API, and what the OpenAPI document says of the operation's.
 *
 * @param document what is left out of its paths later is missed
 */
// biome-ignore lint/suspicious/noExplicitAny: the document is walked as plain JSON
export function documentChecker(document: any): Checker {
  const ajv = new Ajv2020({ strict: false });
  ajv.addFormat("date-time", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
  // Answers may grow, but not without the document.
  for (const schema of Object.values<Record<string, unknown>>(document.components.schemas))
    if (schema.properties) schema.additionalProperties = false;
  ajv.addSchema({ $id: "api", components: document.components });
  const templates = Object.keys(document.paths).map((path) => ({
    path,
    pattern: new RegExp(`^${path.replace(/\{[^}]+\}/g, "[^/]+")}$`),
  }));
  return (method, url, answer) => {
    const where = `${method} ${url} → ${answer.status} ${answer.text.slice(0, 300)}`;
    assert.ok(answer.headers["x-request-id"], `no request id: ${where}`);
    assert.equal(answer.headers["set-cookie"], undefined, where);
    assert.ok(answer.headers["cache-control"], `no Cache-Control: ${where}`);
    assert.doesNotMatch(
      answer.text,
      /node_modules|\.ts:\d+|(?:\n|\\n)\s+at \S+ \(/,
      `a stack trace: ${where}`,
    );
    if (answer.status >= 400 && answer.status !== 503)
      assert.equal(answer.headers["cache-control"], "no-store", where);
    const path = url.split("?")[0]!;
    // An exact path goes before a template.
    const template =
      templates.find((t) => t.path === path) ?? templates.find(({ pattern }) => pattern.test(path));
    const operation =
      template && document.paths[template.path][method === "HEAD" ? "get" : method.toLowerCase()];
    if (!operation) {
      assert.ok(answer.status >= 400 || !path.startsWith("/v1/"), `not in the document: ${where}`);
      return;
    }
    const described = operation.responses[answer.status];
    assert.ok(described, `a status that the document does not have: ${where}`);
    for (const [name, { $ref }] of Object.entries<{ $ref: string }>(described.headers ?? {})) {
      const { required } = document.components.headers[$ref.split("/").at(-1)!];
      if (required) assert.ok(answer.headers[name.toLowerCase()] !== undefined, `no ${name}: ${where}`);
    }
    const names = new Set(Object.keys(described.headers ?? {}).map((name) => name.toLowerCase()));
    for (const name of Object.keys(answer.headers))
      assert.ok(names.has(name) || MESSAGE_HEADERS.has(name), `${name} is not in the document: ${where}`);
    if (!described.content || method === "HEAD") {
      assert.equal(answer.text, "", where);
      return;
    }
    const type = String(answer.headers["content-type"]).split(";")[0]!;
    const schema = described.content[type]?.schema;
    assert.ok(schema, `${type} is not a type that the document has: ${where}`);
    const local = JSON.parse(JSON.stringify(schema).replaceAll("#/components", "api#/components"));
    assert.ok(ajv.validate(local, answer.json), `${ajv.errorsText()}: ${where}`);
  };
}
