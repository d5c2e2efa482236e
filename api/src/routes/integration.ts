import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import * as Type from "typebox/type";
import { changesSince, readFeedPosition, writeFeedPosition } from "../catalog/changes.ts";
import { exportPage, readPosition, writePosition } from "../catalog/export.ts";
import { NoQuery } from "../catalog/parameters.ts";
import { Currency, closed } from "../catalog/vocabulary.ts";
import { UNCACHED_HEADERS } from "../contract/headers.ts";
import { Problem } from "../http/problem.ts";
import { BulkRow } from "../writes/schemas.ts";
import { plainRead, security, sendPlain } from "./responses.ts";

const Change = Type.Object(
  {
    id: Type.Integer(),
    slug: Type.String(),
    version: Type.Integer(),
    at: Type.String({ format: "date-time" }),
    removed: Type.Boolean({ description: "The product is gone" }),
    by: Type.Unsafe<string | null>({
      type: ["string", "null"],
      description:
        "The name of the key that it was written with: api-key for those of API_KEYS; null for what no request has written",
    }),
  },
  { ...closed, title: "Change" },
);
const Changes = Type.Object(
  {
    changes: Type.Array(Change),
    next: Type.String({ description: "Send it as since, to go on behind the last of these" }),
    more: Type.Boolean({ description: "Whether there is more at once" }),
  },
  { ...closed, title: "Changes" },
);
const Catalogue = Type.Object({ currency: Currency }, { ...closed, title: "Catalogue" });
const ExportPage = Type.Object(
  {
    rows: Type.Array(BulkRow, { description: "As PUT /v1/products:bulk takes them" }),
    next: Type.Unsafe<string | null>({
      type: ["string", "null"],
      description: "Send it as after; null on the last page",
    }),
  },
  { ...closed, title: "ExportPage" },
);

/** For systems that keep a copy: the whole catalogue, and what has changed since. */
export const integration: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    "/v1/catalogue",
    {
      schema: {
        tags: ["catalogue"],
        operationId: "getCatalogue",
        summary: "What holds for the whole catalogue",
        description: "The currency that every variant has a price in, and that lists are sorted by.",
        querystring: NoQuery,
        response: plainRead("The catalogue", Catalogue),
      },
    },
    async (request, reply) => {
      reply.headers({ "cache-control": "no-store", "x-request-id": request.id });
      return sendPlain(request, reply, { currency: app.listCurrency() });
    },
  );

  app.get(
    "/v1/changes",
    {
      onRequest: app.requireKey,
      config: { problems: ["invalid-cursor"] },
      schema: {
        tags: ["catalogue"],
        operationId: "listChanges",
        summary: "Products that changed or are gone, since a point of the feed",
        description:
          "Each product stands in it once, where its last change is. Read it to its end, keep next, and come back with it: nothing is passed over, and nothing comes twice unless it has changed again.",
        security,
        querystring: Type.Object(
          {
            since: Type.Optional(
              Type.String({
                maxLength: 40,
                description: "next of the last answer. Default: from the beginning",
              }),
            ),
            limit: Type.Integer({ minimum: 1, maximum: 1_000, default: 1_000 }),
          },
          closed,
        ),
        response: plainRead("Changes, the oldest first", Changes, UNCACHED_HEADERS),
      },
    },
    async (request, reply) => {
      const { since, limit } = request.query;
      const position = since === undefined ? undefined : readFeedPosition(since);
      if (since !== undefined && position === undefined)
        throw new Problem("invalid-cursor", "since: it is not the next of an answer of this feed");
      const { changes, last } = await app.readUncached(request, reply, ({ database }) =>
        changesSince(database, position, limit),
      );
      return sendPlain(request, reply, {
        changes,
        next: writeFeedPosition(last),
        more: changes.length === limit,
      });
    },
  );

  app.get(
    "/v1/export",
    {
      onRequest: app.requireKey,
      config: { problems: ["invalid-cursor"] },
      schema: {
        tags: ["catalogue"],
        operationId: "exportProducts",
        summary: "The whole catalogue, page by page, as rows that a bulk upsert takes back",
        description:
          "Up to 1,000 variants a page. What a product is stands on its first row. Categories are the names on the way to them, or an id where these lead elsewhere.",
        security,
        querystring: Type.Object(
          { after: Type.Optional(Type.String({ maxLength: 400, description: "next of the page before" })) },
          closed,
        ),
        response: plainRead("A page of rows", ExportPage, UNCACHED_HEADERS),
      },
    },
    async (request, reply) => {
      const { after } = request.query;
      const position = after === undefined ? undefined : readPosition(after);
      if (after !== undefined && position === undefined)
        throw new Problem("invalid-cursor", "after: it is not the next of a page of this export");
      const { rows, next } = await app.readUncached(request, reply, async ({ database, categories }) =>
        exportPage(database, await categories.tree(database), position),
      );
      return sendPlain(
        request,
        reply,
        `{"rows":[${rows.join(",")}],"next":${next ? `"${writePosition(next)}"` : null}}`,
      );
    },
  );
};
