import { isDeepStrictEqual } from "node:util";
import type { RouteOptions } from "fastify";
import { ADDRESS_LENGTH, CANONICAL_LENGTH, HEADER_BYTES } from "../http/address.ts";
import { BODY_BYTES } from "../http/body.ts";
import { PROBLEM_JSON, type ProblemName } from "../http/problem.ts";
import { LIMITS } from "../writes/limits.ts";
import { BULK_ROWS } from "../writes/schemas.ts";
import { EXAMPLES } from "./examples.ts";
import { componentOf, HEADER_COMPONENTS, problemHeaders, REQUEST_HEADERS } from "./headers.ts";
import { problemSchemas, problemsByStatus, schemaNameOf } from "./problems.ts";

// biome-ignore lint/suspicious/noExplicitAny: an OpenAPI document is walked as plain JSON
type Json = any;

/** What the operation of a route may answer with besides success, as names in the table of problems. */
export function problemsOf({ config, schema, method }: RouteOptions): ProblemName[] {
  const { params, querystring, security } = (schema ?? {}) as Record<string, unknown>;
  const always: ProblemName[] = [
    "invalid-request",
    "uri-too-long",
    "expectation-failed",
    "header-fields-too-large",
    "internal-error",
    "not-implemented",
    "request-timeout",
    "version-not-supported",
  ];
  const database: ProblemName[] = [
    "overloaded",
    "starting",
    "database-unavailable",
    "database-timeout",
    "locked",
  ];
  const writing: ProblemName[] = ["contention", "outcome-unknown"];
  return [
    ...always,
    ...(querystring ? (["unknown-parameter"] as const) : []),
    ...(params && config?.makes !== true ? (["not-found"] as const) : []),
    ...(method === "GET" ? (["precondition-failed"] as const) : []),
    ...(security || config?.costly ? (["too-many-requests"] as const) : []),
    ...(security ? (["unauthorized"] as const) : []),
    ...(config?.accepts ? (["content-too-large", "unsupported-media-type"] as const) : []),
    ...(config?.neverShed ? [] : database),
    ...(security ? writing : []),
    ...(config?.requestHeaders?.includes("Idempotency-Key")
      ? (["conflict", "unprocessable-content"] as const)
      : []),
    ...(config?.problems ?? []),
  ];
}

/** For @fastify/swagger: what follows from how a route is made, so that no route has to say it. */
export function describeRoute({ schema, url, route }: { schema: Json; url: string; route: RouteOptions }) {
  if (schema?.hide) return { schema, url };
  const byStatus = problemsByStatus(problemsOf(route));
  const names = new Set<string>([
    ...(route.method === "GET" ? ["If-None-Match", "If-Match"] : []),
    ...(route.config?.requestHeaders ?? []),
  ]);
  const properties = Object.fromEntries([...names].map((name) => [name, REQUEST_HEADERS[name]]));
  const required = (route.config?.requiredHeaders ?? []) as string[];
  const { headers: _, ...rest } = schema;
  const consumes = Object.keys(route.config?.accepts ?? {});
  return {
    url,
    schema: {
      security: [],
      ...rest,
      ...(consumes.length > 0 && schema.body?.content === undefined ? { consumes } : {}),
      ...(names.size > 0 ? { headers: { type: "object", properties, required } } : {}),
      response: {
        ...schema.response,
        ...Object.fromEntries(
          Object.keys(byStatus).map((status) => [
            status,
            schema.response[status] ?? {
              description: schemaNameOf(Number(status)).description,
              headers: Object.fromEntries(problemHeaders(Number(status)).map((name) => [name, {}])),
              content: { [PROBLEM_JSON]: { schema: { $comment: status } } },
            },
          ]),
        ),
      },
    },
  };
}

/** Makes of what @fastify/swagger has collected the document that clients are generated from. */
export function finish({ openapiObject }: { openapiObject: Json }): Json {
  const document: Json = JSON.parse(JSON.stringify(openapiObject));
  const schemas: Record<string, Json> = { ...document.components.schemas };
  document.components.schemas = schemas;
  document.components.headers = HEADER_COMPONENTS;
  const statuses = new Set<string>();
  const operations = Object.values(document.paths as Record<string, Json>).flatMap(
    (path) => Object.values(path) as Json[],
  );
  for (const name of Object.keys(schemas)) schemas[name] = hoistInside(open(schemas[name]), schemas, false);
  for (const operation of operations) {
    for (const [status, response] of Object.entries(operation.responses as Record<string, Json>)) {
      const { headers, content } = response;
      response.headers = Object.fromEntries(
        Object.keys(headers ?? {}).map((name) => [
          name.replace("?", ""),
          { $ref: `#/components/headers/${componentOf(name)}` },
        ]),
      );
      for (const media of Object.values((content ?? {}) as Record<string, Json>)) {
        if (media.schema.$comment === status) {
          statuses.add(status);
          media.schema = { $ref: `#/components/schemas/${schemaNameOf(Number(status)).name}` };
        } else media.schema = hoist(open(media.schema), schemas, false);
      }
    }
  }
  for (const operation of operations) {
    for (const parameter of operation.parameters ?? []) finishParameter(parameter, schemas);
    for (const media of Object.values((operation.requestBody?.content ?? {}) as Record<string, Json>))
      media.schema = hoist(media.schema, schemas, true);
    addExamples(operation);
  }
  const used = [...statuses].map(Number);
  for (const [name, schema] of Object.entries(problemSchemas(used)))
    schemas[name] = hoistInside(structuredClone(schema), schemas, false);
  document.components.schemas = Object.fromEntries(
    Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1)),
  );
  return document;
}

function finishParameter(parameter: Json, schemas: Record<string, Json>): void {
  const { schema } = parameter;
  // JSON Schema's types require what has a default: it is always there when the handler runs. Clients may leave it out.
  if (schema.default !== undefined) delete parameter.required;
  if (schema["x-items"]) {
    const { "x-items": items, "x-max-items": maxItems } = schema;
    parameter.style = "form";
    parameter.explode = false;
    parameter.schema = { type: "array", minItems: 1, maxItems, items };
  }
  parameter.schema = hoist(parameter.schema, schemas, true);
}

/** Answers may grow: a client must not take a member that it does not know for a mistake. */
function open(schema: Json): Json {
  if (Array.isArray(schema)) return schema.map(open);
  if (typeof schema !== "object" || schema === null) return schema;
  const members = Object.entries(schema).filter(
    ([name, value]) => name !== "additionalProperties" || value !== false,
  );
  return Object.fromEntries(members.map(([name, value]) => [name, open(value)]));
}

/** Puts each schema that has a name (`title`) among the components, once, and a reference in its place. */
function hoist(schema: Json, schemas: Record<string, Json>, isRequest: boolean): Json {
  const { title, ...rest } = hoistInside(schema, schemas, isRequest);
  if (title === undefined) return rest;
  const fits = (name: string) => !schemas[name] || isDeepStrictEqual(plain(schemas[name]), plain(rest));
  // Answers may grow, requests may not: the same shape has two schemas then.
  const name = [title, ...(isRequest ? [`${title}Input`] : [])].find(fits);
  if (name === undefined) throw new Error(`two schemas of the document are named ${title}`);
  schemas[name] ??= rest;
  return { $ref: `#/components/schemas/${name}` };
}

const plain = ({ description: _, ...schema }: Json): Json => schema;

function hoistInside(schema: Json, schemas: Record<string, Json>, isRequest: boolean): Json {
  const inside = (child: Json): Json =>
    typeof child === "object" && child !== null ? hoist(child, schemas, isRequest) : child;
  const result = { ...schema };
  delete result.$id;
  for (const keyword of ["items", "additionalProperties", "propertyNames"])
    if (result[keyword] !== undefined) result[keyword] = inside(result[keyword]);
  for (const keyword of ["anyOf", "oneOf", "allOf"])
    if (result[keyword]) result[keyword] = result[keyword].map(inside);
  if (result.properties) {
    result.properties = Object.fromEntries(
      Object.entries(result.properties).map(([name, child]) => [name, inside(child)]),
    );
  }
  return result;
}

function addExamples(operation: Json): void {
  const { parameters = {}, bodies = {}, answer } = EXAMPLES[operation.operationId] ?? {};
  for (const parameter of operation.parameters ?? [])
    if (parameters[parameter.name] !== undefined) parameter.example = parameters[parameter.name];
  for (const [type, media] of Object.entries((operation.requestBody?.content ?? {}) as Record<string, Json>))
    if (bodies[type] !== undefined) media.example = bodies[type];
  for (const [status, { content }] of Object.entries(operation.responses as Record<string, Json>)) {
    const [media] = Object.values((content ?? {}) as Record<string, Json>);
    if (status < "300" && media && answer !== undefined) media.example = answer;
  }
}

const thousands = (value: number): string => value.toLocaleString("en");

/** What is bounded, as numbers for programs and as a text for people. */
const BOUNDS = {
  addressCharacters: ADDRESS_LENGTH,
  canonicalAddressCharacters: CANONICAL_LENGTH,
  headerBytes: HEADER_BYTES,
  bodyBytes: BODY_BYTES,
  requestSeconds: 30,
  batchRows: BULK_ROWS,
  productBytes: LIMITS.bytes,
  alternatives: 4,
  idempotencyKeySeconds: 86_400,
} as const;

const DESCRIPTION = `Products, categories and search of a retail catalogue. Reads are public and cacheable; writes need an API key.

**Limits.** An address has at most ${thousands(BOUNDS.addressCharacters)} characters, and ${thousands(BOUNDS.canonicalAddressCharacters)} in its canonical form without the cursor; address and header fields have ${BOUNDS.headerBytes / 1_024} KiB together. A body has ${BOUNDS.bodyBytes / 1_048_576} MiB, before and after its content coding (gzip, br or zstd) is undone, and must be there ${BOUNDS.requestSeconds} seconds after the request began. A batch has ${thousands(BOUNDS.batchRows)} rows, a product ${thousands(BOUNDS.productBytes)} bytes as JSON. Texts are kept trimmed, composed (Unicode NFC) and without U+200B, U+2060 and U+FEFF, and their lengths count as they are kept. At most ${BOUNDS.alternatives} parameters of a list may have several values. An \`Idempotency-Key\` is remembered for ${BOUNDS.idempotencyKeySeconds / 3_600} hours.

**Errors** are problem details (RFC 9457); branch on \`type\`. Answers may grow: ignore members that you do not know.`;

/** The document's frame. */
export const frame = (version: string) => ({
  openapi: "3.1.0" as const,
  info: {
    title: "Catalogue API",
    version,
    description: DESCRIPTION,
    contact: { name: "The catalogue's maintainers" },
    license: { name: "MIT", identifier: "MIT" },
    "x-limits": BOUNDS,
  },
  servers: [{ url: "/", description: "Where this document came from" }],
  tags: [
    { name: "catalogue", description: "Products, categories and search" },
    { name: "writing", description: "Changes, with an API key" },
    { name: "service", description: "About the service itself" },
  ],
  components: {
    securitySchemes: {
      bearer: {
        type: "http" as const,
        scheme: "bearer",
        description: "One of the API keys, as `Authorization: Bearer KEY`",
      },
      apiKey: {
        type: "apiKey" as const,
        in: "header" as const,
        name: "X-Api-Key",
        description: "The same key, in a header field of its own: one of the two is enough",
      },
    },
  },
});

declare module "fastify" {
  interface FastifyContextConfig {
    /** What is not there at its address is made. */
    makes?: boolean;
    /** Problems of the operation that do not follow from how its route is made. */
    problems?: readonly ProblemName[];
    /** Header fields that the operation reads, of those in contract/headers.ts. */
    requestHeaders?: readonly string[];
    /** Of these, the ones that it cannot do without. */
    requiredHeaders?: readonly string[];
  }
}
