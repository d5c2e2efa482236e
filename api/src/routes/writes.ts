import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import type { FastifyReply, FastifyRequest } from "fastify";
import * as Type from "typebox/type";
import { NoQuery, ProductParams } from "../catalog/parameters.ts";
import { type ProductRow, productQuery, productResponse } from "../catalog/product.ts";
import { cleanValue } from "../catalog/text.ts";
import type { Transaction } from "../database/writer.ts";
import { decodeJson } from "../http/body.ts";
import { preconditionsOf } from "../http/preconditions.ts";
import { Problem } from "../http/problem.ts";
import { patchProduct, putProduct, removeProduct, type Saved } from "../writes/product.ts";
import { withCategoryIds, withoutReadOnly } from "../writes/representation.ts";
import { ProductInput, ProductPatch } from "../writes/schemas.ts";
import { empty, json, problems, security } from "./responses.ts";

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
      config: { accepts: { "application/json": (text) => withoutReadOnly(decodeJson(text)) } },
      schema: {
        ...common,
        summary: "Replace a product (If-Match), or make one (If-None-Match: *)",
        body: ProductInput,
        response: {
          200: json("The product", Type.Ref("Product#")),
          201: json("The new product", Type.Ref("Product#")),
          ...problems,
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
      config: { accepts: { [MERGE_PATCH]: decodePatch, "application/json": decodePatch } },
      schema: {
        ...common,
        summary: "Change members of a product (RFC 7396; If-Match)",
        body: ProductPatch,
        response: { 200: json("The product", Type.Ref("Product#")), ...problems },
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
      schema: {
        ...common,
        summary: "Remove a product (If-Match)",
        response: { 204: empty("It is gone"), ...problems },
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
