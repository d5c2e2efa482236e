import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import * as Type from "typebox/type";
import type { Catalog } from "../catalog/list.ts";
import { NoQuery, ProductParams } from "../catalog/parameters.ts";
import { type ProductRow, productQuery, productResponse } from "../catalog/product.ts";
import { Product } from "../catalog/schemas.ts";
import { notShown } from "../catalog/unpublished.ts";
import { closed, Status } from "../catalog/vocabulary.ts";
import { UNCACHED_HEADERS } from "../contract/headers.ts";
import { isWanted } from "../http/preconditions.ts";
import { Problem } from "../http/problem.ts";
import { sendNotModified } from "../http/send.ts";
import { empty, json, plainRead, security, sendPlain } from "./responses.ts";

const HEADERS = ["ETag", "Content-Location", ...UNCACHED_HEADERS];

const time = (description: string) =>
  Type.Unsafe<string | null>({ type: ["string", "null"], format: "date-time", description });
const NotShown = Type.Object(
  {
    items: Type.Array(
      Type.Object(
        {
          id: Type.Integer(),
          slug: Type.String(),
          name: Type.String(),
          brand: Type.String(),
          status: Status,
          publishFrom: time("Shown from then on; null: open"),
          publishTo: time("Shown until then; null: open"),
          updatedAt: Type.String({ format: "date-time" }),
        },
        { ...closed, title: "UnpublishedItem" },
      ),
    ),
    next: Type.Unsafe<number | null>({
      type: ["integer", "null"],
      description: "Send it as after; null on the last page",
    }),
  },
  { ...closed, title: "Unpublished" },
);

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
      const load = async ({ database, categories, currency }: Catalog) => {
        const { statement, values } = productQuery(product, { now: new Date(), currency }, true);
        const [tree, [row]] = await Promise.all([
          categories.tree(database),
          database.read(statement, values),
        ]);
        if (!row) throw new Problem("not-found", `there is no product ${product}`);
        return productResponse(tree, row as ProductRow, product, {});
      };
      const { body, etag, location } = await app.readRecord(request, reply, load);
      reply.headers({ etag, "content-location": `${location}/record` });
      if (!isWanted(request.headers, etag)) return sendNotModified(reply);
      return reply.type("application/json; charset=utf-8").send(body.toString());
    },
  );

  app.get(
    "/v1/unpublished",
    {
      onRequest: app.requireKey,
      schema: {
        tags: ["writing"],
        operationId: "listUnpublished",
        summary: "Products that are not shown now: drafts, those to come, and those that were",
        description:
          "With a key. In the order in which they were made. What one of them is, /v1/products/{product}/record says.",
        security,
        querystring: Type.Object(
          {
            after: Type.Optional(
              Type.Integer({
                minimum: 1,
                maximum: 999_999_999_999_999,
                description: "next of the page before",
              }),
            ),
            limit: Type.Integer({ minimum: 1, maximum: 1_000, default: 100 }),
          },
          closed,
        ),
        response: plainRead("A page of products", NotShown, UNCACHED_HEADERS),
      },
    },
    async (request, reply) => {
      const { after = 0, limit } = request.query;
      const items = await app.readUncached(request, reply, ({ database }) =>
        notShown(database, new Date(), after, limit),
      );
      const next = items.length === limit ? items.at(-1)!.id : null;
      return sendPlain(request, reply, { items, next });
    },
  );
};
