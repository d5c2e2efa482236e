import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import type { FastifyReply, FastifyRequest } from "fastify";
import { CategoryTree } from "../catalog/categories.ts";
import { NoQuery, ProductParams } from "../catalog/parameters.ts";
import { type ProductRow, productQuery, productResponse } from "../catalog/product.ts";
import { Product } from "../catalog/schemas.ts";
import { PLAIN_HEADERS } from "../contract/headers.ts";
import type { Transaction } from "../database/writer.ts";
import { decodeJson } from "../http/body.ts";
import { preconditionsOf } from "../http/preconditions.ts";
import { patchProduct, putProduct, removeProduct, type Saved } from "../writes/product.ts";
import { withCategoryIds, withoutReadOnly } from "../writes/representation.ts";
import { ProductInput, ProductPatch } from "../writes/schemas.ts";
import type { WriteRules } from "../writes/scope.ts";
import { empty, json, security } from "./responses.ts";
import { carryOut, cleanBody, isKeptAsSent, requireMore, WriteHeaders } from "./writing.ts";

const WRITTEN = ["Content-Location", "Idempotency-Replayed", ...PLAIN_HEADERS];
const CONDITIONAL = ["precondition-failed", "precondition-required"] as const;
/** RFC 7396 */
const MERGE_PATCH = "application/merge-patch+json";
const decodePatch = (text: string): unknown => withCategoryIds(decodeJson(text));

const NO_CATEGORIES = new CategoryTree([]);

/** Changes of one product: for whoever has an API key, conditional, never cached, on the writer. */
export const writes: FastifyPluginAsyncTypebox = async (app) => {
  app.addHook("onRequest", app.requireKey);
  app.addHook("preValidation", cleanBody);
  const common = {
    tags: ["writing"],
    params: ProductParams,
    querystring: NoQuery,
    headers: WriteHeaders,
    security,
  };
  const url = "/v1/products/:product";

  app.put(
    url,
    {
      config: {
        accepts: { "application/json": (text) => withoutReadOnly(decodeJson(text)) },
        requestHeaders: ["Idempotency-Key", "If-Match", "If-None-Match"],
        problems: [...CONDITIONAL, "forbidden", "conflict", "unprocessable-content"],
      },
      schema: {
        ...common,
        operationId: "putProduct",
        summary: "Replace a product (If-Match), or make one (If-None-Match: *)",
        description:
          "What is left out gets its default. What GET answers can be sent back as it is: members that are read only are ignored, and of categories the ids count. The answer has an ETag only when not a byte of what was sent differs from what GET answers now (RFC 9110, 9.3.4); otherwise ask GET for it.",
        body: ProductInput,
        response: {
          200: json("The product", Product, [...WRITTEN, "ETag?"]),
          201: json("The new product", Product, [...WRITTEN, "Location"]),
        },
      },
    },
    (request, reply) =>
      save(request, reply, request.params.product, (tx, rules) =>
        putProduct(tx, request.params.product, request.body, preconditionsOf(request.headers), rules),
      ),
  );

  app.patch(
    url,
    {
      config: {
        accepts: { [MERGE_PATCH]: decodePatch, "application/json": decodePatch },
        requestHeaders: ["Idempotency-Key", "If-Match", "If-None-Match"],
        requiredHeaders: ["If-Match"],
        problems: [...CONDITIONAL, "forbidden", "conflict", "unprocessable-content"],
      },
      schema: {
        ...common,
        operationId: "patchProduct",
        summary: "Change members of a product (RFC 7396; If-Match)",
        description:
          "A merge patch: null takes a member back to its default, attributes are merged, arrays are replaced as a whole. What comes out has the limits of a product.",
        body: ProductPatch,
        response: { 200: json("The product", Product, [...WRITTEN, "ETag"]) },
      },
    },
    (request, reply) =>
      save(request, reply, request.params.product, (tx, rules) =>
        patchProduct(tx, request.params.product, request.body, preconditionsOf(request.headers), rules),
      ),
  );

  app.delete(
    url,
    {
      config: {
        requestHeaders: ["Idempotency-Key", "If-Match", "If-None-Match"],
        requiredHeaders: ["If-Match"],
        problems: [...CONDITIONAL, "forbidden", "conflict", "unprocessable-content"],
      },
      schema: {
        ...common,
        operationId: "deleteProduct",
        summary: "Remove a product (If-Match)",
        description: "With its variants. A product that is made anew at its slug never has a former ETag.",
        response: { 204: empty("It is gone", ["Idempotency-Replayed", ...PLAIN_HEADERS]) },
      },
    },
    (request, reply) => {
      app.catalog();
      requireMore(request);
      const { product } = request.params;
      return carryOut(app, request, reply, {
        request: asked(request, product),
        subject: { reference: product },
        work: async (tx) => {
          const tags = await removeProduct(tx, product, preconditionsOf(request.headers));
          return { status: 204, headers: {}, body: "", tags: [...tags, `r:${product}`] };
        },
      });
    },
  );

  function save(
    request: FastifyRequest,
    reply: FastifyReply,
    reference: string,
    work: (tx: Transaction, rules: WriteRules) => Promise<Saved>,
  ): Promise<FastifyReply> {
    const { currency, categories } = app.catalog();
    return carryOut(app, request, reply, {
      request: asked(request, reference),
      subject: { reference },
      work: async (tx) => {
        const saved = await work(tx, { currency, scope: request.key.scope });
        // Read and made inside the transaction: the answer shows exactly what this request has written.
        const { statement, values } = productQuery(String(saved.id), { now: new Date(), currency }, true);
        const [row] = (await tx.query(statement, values)) as [ProductRow];
        const tree = saved.tags.includes("*")
          ? await categories.writtenBy(tx)
          : row[3] === "[]"
            ? NO_CATEGORIES
            : await categories.within(tx);
        const { etag, location, body } = productResponse(tree, row, row[1], {});
        const text = body.toString();
        return {
          status: saved.created ? 201 : 200,
          headers: {
            ...(isKeptAsSent(request, text) ? { etag } : {}),
            "content-location": location,
            ...(saved.created ? { location } : {}),
          },
          body: text,
          tags: [...saved.tags, ...(saved.tags.length > 0 ? [`r:${reference}`] : [])],
        };
      },
    });
  }
};

/** What a repeat with the same Idempotency-Key must have in common with the first request. */
const asked = ({ method, headers, bodyDigest }: FastifyRequest, reference: string): unknown => [
  method,
  reference,
  headers["if-match"],
  headers["if-none-match"],
  bodyDigest,
];
