import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { NoQuery, ProductParams } from "../catalog/parameters.ts";
import { type ProductRow, productQuery, productResponse } from "../catalog/product.ts";
import { Product } from "../catalog/schemas.ts";
import { PLAIN_HEADERS } from "../contract/headers.ts";
import { isWanted } from "../http/preconditions.ts";
import { Problem } from "../http/problem.ts";
import { empty, json, security } from "./responses.ts";

const HEADERS = ["ETag", "Content-Location", ...PLAIN_HEADERS];

/** Products as they are kept, for whoever edits them: never cached, shown to customers or not. */
export const records: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    "/v1/products/:product/record",
    {
      onRequest: app.requireKey,
      schema: {
        tags: ["writing"],
        operationId: "getProductRecord",
        summary: "One product as it is kept, drafts and what is not shown now included",
        description: "For editing, with a key: the ETag is what If-Match takes.",
        params: ProductParams,
        querystring: NoQuery,
        security,
        response: {
          200: json("The product", Product, HEADERS),
          304: empty("What the client has is current", HEADERS),
        },
      },
    },
    async (request, reply) => {
      const { product } = request.params;
      const { database, categories, currency } = app.catalog();
      const { statement, values } = productQuery(product, { now: new Date(), currency }, true);
      const [tree, [row]] = await Promise.all([categories.tree(database), database.read(statement, values)]);
      if (!row) throw new Problem("not-found", `there is no product ${product}`);
      const { body, etag, location } = productResponse(tree, row as ProductRow, product, undefined);
      const headers = {
        etag,
        "content-location": `${location}/record`,
        "cache-control": "no-store",
        "x-request-id": request.id,
      };
      reply.headers(headers);
      if (!isWanted(request.headers, etag)) return reply.code(304).send();
      return reply.type("application/json; charset=utf-8").send(body.toString());
    },
  );
};
