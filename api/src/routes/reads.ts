import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import * as Type from "typebox/type";
import { ALL_LEVELS } from "../catalog/categories.ts";
import { isCostly, listRequest, listTags, loadList } from "../catalog/list.ts";
import {
  CategoriesQuery,
  CategoryParams,
  ListQuery,
  ProductParams,
  ProductQuery,
  SearchQuery,
  SuggestQuery,
} from "../catalog/parameters.ts";
import { addressOf, loadProduct, productTags, viewOf } from "../catalog/product.ts";
import {
  CategoryDetail,
  CategoryList,
  Product,
  ProductList,
  ProductSelection,
  SearchResult,
  Suggestions,
} from "../catalog/schemas.ts";
import { loadSuggestions, suggestRequest } from "../catalog/suggest.ts";
import { PLAIN_HEADERS } from "../contract/headers.ts";
import { assertText, canonicalTarget, type Query } from "../http/canonical.ts";
import { etagOf } from "../http/etag.ts";
import { Moved } from "../http/moved.ts";
import { Problem } from "../http/problem.ts";
import { cachedRead, empty } from "./responses.ts";

/** Not for as long as a redirection is kept by default: another product may take the slug. */
const MOVED = "public, max-age=10, s-maxage=30";

/** The catalogue's reads: public, cached here and at the edge. */
export const reads: FastifyPluginAsyncTypebox = async (app) => {
  app.addHook("preValidation", async (request) => {
    assertText(request.query as Query);
    request.query = withJoinedFields(request.query as Query);
  });

  app.get(
    "/v1/products",
    {
      config: { cached: true, problems: ["invalid-cursor", "too-many-requests"] },
      schema: {
        tags: ["catalogue"],
        operationId: "listProducts",
        summary: "Filter and sort products",
        description:
          "A page of products that fit all filters. The next page is at nextCursor, which is also the Link with rel=next: it holds as long as filters and sort stay the same.",
        querystring: ListQuery,
        response: cachedRead("A page of products", ProductList, ["Link"]),
      },
    },
    async (request, reply) => {
      const list = listRequest("/v1/products", request.query, app.listCurrency());
      // It costs as much as a search. Not while it is loaded: others may wait for the same.
      if (isCostly(list)) await app.limitRate(request);
      return app.serve(request, reply, {
        target: list.target,
        tags: listTags(list),
        load: (catalog) => loadList(catalog, list),
      });
    },
  );

  app.get(
    "/v1/search",
    {
      config: { cached: true, costly: true, problems: ["invalid-cursor"] },
      schema: {
        tags: ["catalogue"],
        operationId: "searchProducts",
        summary: "Ranked full-text search with facets, tolerant of typing mistakes",
        description:
          "Takes the filters of the list. Each word that no product has is corrected by itself; query says how the words were read.",
        querystring: SearchQuery,
        response: cachedRead("A page of products", SearchResult, ["Link"]),
      },
    },
    (request, reply) => {
      const list = listRequest("/v1/search", request.query, app.listCurrency());
      return app.serve(request, reply, {
        target: list.target,
        tags: listTags(list),
        load: (catalog) => loadList(catalog, list),
      });
    },
  );

  app.get(
    "/v1/suggest",
    {
      config: { cached: true, costly: true },
      schema: {
        tags: ["catalogue"],
        operationId: "suggest",
        summary: "Complete what has been typed",
        description: "Brands, categories and products that begin like it; each leads to something.",
        querystring: SuggestQuery,
        response: cachedRead("Completions, best first", Suggestions),
      },
    },
    (request, reply) => {
      const suggest = suggestRequest(request.query);
      return app.serve(request, reply, {
        target: suggest.target,
        tags: ["any"],
        load: (catalog) => loadSuggestions(catalog, suggest),
      });
    },
  );

  app.get(
    "/v1/products/:product",
    {
      config: { cached: true },
      schema: {
        tags: ["catalogue"],
        operationId: "getProduct",
        summary: "One product, by id or slug",
        description:
          "With variants, prices per currency, images, and the way to its categories. The ETag is what If-Match takes. What is not shown now is not found: see /v1/products/{product}/record. The address of a former slug leads to the present one.",
        params: ProductParams,
        querystring: ProductQuery,
        response: {
          ...cachedRead("The product", Type.Union([Product, ProductSelection])),
          301: empty("It has another slug now", ["Location", ...PLAIN_HEADERS]),
        },
      },
    },
    async (request, reply) => {
      const { product } = request.params;
      const view = viewOf(request.query, app.listCurrency());
      try {
        return await app.serve(request, reply, {
          target: addressOf(product, view),
          tags: productTags(product),
          load: (catalog) => loadProduct(catalog, product, view),
        });
      } catch (error) {
        if (!(error instanceof Moved)) throw error;
        const headers = { location: error.location, "cache-control": MOVED, "x-request-id": request.id };
        return reply.code(301).headers(headers).send();
      }
    },
  );

  app.get(
    "/v1/categories",
    {
      config: { cached: true },
      schema: {
        tags: ["catalogue"],
        operationId: "listCategories",
        summary: "The category tree",
        description: "All categories, as deep as depth says.",
        querystring: CategoriesQuery,
        response: cachedRead("The tree", CategoryList),
      },
    },
    (request, reply) => {
      const target = canonicalTarget("/v1/categories", request.query, { depth: ALL_LEVELS });
      return app.serve(request, reply, {
        target,
        tags: [],
        load: async ({ database, categories }) => {
          const tree = await categories.tree(database);
          return respond(target, JSON.stringify({ categories: tree.roots(request.query.depth) }));
        },
      });
    },
  );

  app.get(
    "/v1/categories/:category",
    {
      config: { cached: true },
      schema: {
        tags: ["catalogue"],
        operationId: "getCategory",
        summary: "A category, with the way to it and what is below it",
        description: "The category with its children, as deep as depth says, and the path from the root.",
        params: CategoryParams,
        querystring: CategoriesQuery,
        response: cachedRead("The category", CategoryDetail),
      },
    },
    (request, reply) => {
      const id = request.params.category;
      const target = canonicalTarget(`/v1/categories/${id}`, request.query, { depth: ALL_LEVELS });
      return app.serve(request, reply, {
        target,
        tags: [],
        load: async ({ database, categories }) => {
          const tree = await categories.tree(database);
          const detail = tree.detailJson(id, request.query.depth);
          if (detail === undefined) throw new Problem("not-found", `there is no category ${id}`);
          return respond(target, detail);
        },
      });
    },
  );
};

/** `fields=a&fields=b` is `fields=a,b`: some clients write lists in one way only. */
function withJoinedFields(query: Query): Query {
  return Array.isArray(query.fields) ? { ...query, fields: query.fields.join(",") } : query;
}

/** Categories change as a whole: no tag but `*` concerns them. */
function respond(location: string, json: string) {
  const body = Buffer.from(json);
  return { body, etag: etagOf(body), location, headers: {}, tags: [] };
}
