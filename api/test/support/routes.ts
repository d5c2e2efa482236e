import assert from "node:assert/strict";
import { startApi, type TestApi } from "./api.ts";

// biome-ignore lint/suspicious/noExplicitAny: the document is walked as plain JSON
type Json = any;

/** One operation with an address that leads to something, as the document's examples have it. */
export interface Route {
  name: string;
  method: string;
  /** As the document has it. */
  path: string;
  address: string;
  /** Media types of the body; none: it takes no body. */
  types: string[];
  /** Media type → a body that can be carried out. */
  bodies: Record<string, string>;
  needsKey: boolean;
}

/** The operations of the document. */
export const routesOf = (document: Json): Route[] =>
  Object.entries<Json>(document.paths).flatMap(([path, methods]) =>
    Object.entries<Json>(methods).map(([method, operation]) => toRoute(path, method, operation)),
  );

function toRoute(path: string, method: string, operation: Json): Route {
  const query: string[] = [];
  let address = path;
  for (const { in: place, name, example, required } of operation.parameters ?? []) {
    if (place === "path") address = address.replace(`{${name}}`, example);
    if (place === "query" && required) query.push(`${name}=${encodeURIComponent([example].flat()[0])}`);
  }
  const content = Object.entries<Json>(operation.requestBody?.content ?? {});
  return {
    name: operation.operationId,
    method: method.toUpperCase(),
    path,
    address: query.length > 0 ? `${address}?${query.join("&")}` : address,
    types: content.map(([type]) => type),
    bodies: Object.fromEntries(
      content.map(([type, { example }]) => [
        type,
        typeof example === "string" ? example : JSON.stringify(example),
      ]),
    ),
    needsKey: operation.security.length > 0,
  };
}

export const sendTo = (
  api: TestApi,
  { method, address, needsKey }: Route,
  headers: Record<string, string> = {},
  body?: string | Buffer,
) => api.call(method, address, { key: needsKey, headers, ...(body === undefined ? {} : { body }) });

/** An API that has the product and the category that the document's examples are about, and its operations. */
export async function startExamples(): Promise<{ api: TestApi; routes: Route[] }> {
  const api = await startApi();
  await api.client.query("INSERT INTO categories (id, name, path) VALUES ('lamps', 'Lamps', '{lamps}')");
  const routes = routesOf((await api.get("/openapi.json")).json);
  const { bodies, address } = routes.find(({ name }) => name === "putProduct")!;
  const made = await api.call("PUT", address, {
    key: true,
    headers: { "content-type": "application/json", "if-none-match": "*" },
    body: bodies["application/json"],
  });
  assert.equal(made.status, 201, made.text);
  return { api, routes };
}
