import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import type { FastifyReply, FastifyRequest } from "fastify";
import { NoQuery, ProductParams } from "../catalog/parameters.ts";
import { type ProductRow, productQuery, productResponse } from "../catalog/product.ts";
import { Product } from "../catalog/schemas.ts";
import { cleanValue } from "../catalog/text.ts";
import { PLAIN_HEADERS } from "../contract/headers.ts";
import type { Transaction } from "../database/writer.ts";
import { decodeJson } from "../http/body.ts";
import { preconditionsOf } from "../http/preconditions.ts";
import { Problem } from "../http/problem.ts";
import { patchProduct, putProduct, removeProduct, type Saved } from "../writes/product.ts";
import { withCategoryIds, withoutReadOnly } from "../writes/representation.ts";
import { ProductInput, ProductPatch } from "../writes/schemas.ts";
import { empty, json, security } from "./responses.ts";

const WRITTEN = ["ETag", "Content-Location", ...PLAIN_HEADERS];
const CONDITIONAL = ["precondition-failed", "precondition-required"] as const;
/** RFC 7396 */
const MERGE_PATCH = "application/merge-patch+json";
const decodePatch = (text: string): unknown => withCategoryIds(decodeJson(text));

/** Changes of one product: for whoever has an API key, conditional, never cached, on the writer. */
export const writes: FastifyPluginAsyncTypebox = async (app) => {
  app.addHook("onRequest", app.requireKey);
  app.addHook("preValidation", async (request) => {
    const { value, mistake } = cleanValue(request.body);
    if (mistake !== undefined) throw new Problem("invalid-request", mistake);
    request.body = value;
  });
  const common = { tags: ["writing"], params: ProductParams, querystring: NoQuery, security };
  const url = "/v1/products/:product";

  app.put(
    url,
    {
      config: {
        accepts: { "application/json": (text) => withoutReadOnly(decodeJson(text)) },
        requestHeaders: ["If-Match", "If-None-Match"],
        problems: [...CONDITIONAL, "conflict", "unprocessable-content"],
      },
      schema: {
        ...common,
        operationId: "putProduct",
        summary: "Replace a product (If-Match), or make one (If-None-Match: *)",
        description:
          "What is left out gets its default. What GET answers can be sent back as it is: members that are read only are ignored, and of categories the ids count.",
        body: ProductInput,
        response: {
          200: json("The product", Product, WRITTEN),
          201: json("The new product", Product, [...WRITTEN, "Location"]),
        },
      },
    },
    (request, reply) =>
      save(request, reply, (tx, currency) =>
        putProduct(tx, request.params.product, request.body, preconditionsOf(request.headers), currency),
      ),
  );

  app.patch(
    url,
    {
      config: {
        accepts: { [MERGE_PATCH]: decodePatch, "application/json": decodePatch },
        requestHeaders: ["If-Match", "If-None-Match"],
        requiredHeaders: ["If-Match"],
        problems: [...CONDITIONAL, "conflict", "unprocessable-content"],
      },
      schema: {
        ...common,
        operationId: "patchProduct",
        summary: "Change members of a product (RFC 7396; If-Match)",
        description:
          "A merge patch: null takes a member back to its default, attributes are merged, arrays are replaced as a whole. What comes out has the limits of a product.",
        consumes: [MERGE_PATCH, "application/json"],
        body: ProductPatch,
        response: { 200: json("The product", Product, WRITTEN) },
      },
    },
    (request, reply) =>
      save(request, reply, (tx, currency) =>
        patchProduct(tx, request.params.product, request.body, preconditionsOf(request.headers), currency),
      ),
  );

  app.delete(
    url,
    {
      config: {
        requestHeaders: ["If-Match", "If-None-Match"],
        requiredHeaders: ["If-Match"],
        problems: CONDITIONAL,
      },
      schema: {
        ...common,
        operationId: "deleteProduct",
        summary: "Remove a product (If-Match)",
        description: "With its variants. A product that is made anew at its slug never has a former ETag.",
        response: { 204: empty("It is gone") },
      },
    },
    async (request, reply) => {
      app.catalog();
      const tags = await app.database.transaction((tx) =>
        removeProduct(tx, request.params.product, preconditionsOf(request.headers)),
      );
      app.catalogChanged(tags);
      return reply.code(204).headers({ "cache-control": "no-store", "x-request-id": request.id }).send();
    },
  );

  async function save(
    request: FastifyRequest,
    reply: FastifyReply,
    work: (tx: Transaction, currency: string) => Promise<Saved>,
  ): Promise<FastifyReply> {
    const { currency, categories } = app.catalog();
    const { saved, row } = await app.database.transaction(async (tx) => {
      const saved = await work(tx, currency);
      // Read inside the transaction: the answer shows exactly what this request has written.
      const { statement, values } = productQuery(String(saved.id), { now: new Date(), currency }, true);
      const [row] = await tx.query(statement, values);
      return { saved, row: row as ProductRow };
    });
    if (saved.tags.length > 0) app.catalogChanged(saved.tags);
    const response = productResponse(await categories.tree(true), row, row[1], undefined);
    reply.code(saved.created ? 201 : 200).headers({
      etag: response.etag,
      "cache-control": "no-store",
      "content-location": response.location,
      "x-request-id": request.id,
      ...(saved.created ? { location: response.location } : {}),
    });
    return reply.type("application/json; charset=utf-8").send(response.body);
  }
};
