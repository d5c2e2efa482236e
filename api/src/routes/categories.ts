import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import type { FastifyReply, FastifyRequest } from "fastify";
import { CategoryParams, NoQuery } from "../catalog/parameters.ts";
import { CategoryDetail } from "../catalog/schemas.ts";
import { PLAIN_HEADERS } from "../contract/headers.ts";
import type { WriteTime } from "../database/write-time.ts";
import type { Transaction } from "../database/writer.ts";
import { decodeJson } from "../http/body.ts";
import { etagOf } from "../http/etag.ts";
import { ofEtag, preconditionsOf, requireMet } from "../http/preconditions.ts";
import { Problem } from "../http/problem.ts";
import {
  emptyCategory,
  patchCategory,
  putCategory,
  removeCategory,
  type SavedCategory,
} from "../writes/categories.ts";
import { followMoves } from "../writes/category-moves.ts";
import { lockCategories } from "../writes/category-paths.ts";
import { CategoryInput, CategoryPatch, CategoryRemoval } from "../writes/category-schemas.ts";
import { isUsed } from "../writes/idempotency.ts";
import { categoryAsGiven } from "../writes/representation.ts";
import { empty, json, security } from "./responses.ts";
import { carryOut, cleanBody, isKeptAsSent, requireMore, sign, WriteHeaders } from "./writing.ts";

const WRITTEN = ["Content-Location", "Idempotency-Replayed", ...PLAIN_HEADERS];
const REQUEST_HEADERS = ["Idempotency-Key", "If-Match", "If-None-Match"];
const PROBLEMS = ["forbidden", "not-found", "precondition-failed", "unprocessable-content"] as const;
/** How long one request may take for its products, and for the category afterwards; CloudFront waits 30 s. */
const REFILE_MS = 20_000;
/** With less than this left the next products are for a repeat. */
const REMOVE_MS = 5_000;
/** Moves that a task has left behind are taken up by another. */
const LOOK_MS = 30_000;

/** Changes of the category tree, for whoever has an API key. */
export const categories: FastifyPluginAsyncTypebox = async (app) => {
  app.addHook("onRequest", app.requireKey);
  app.addHook("onRequest", async (request) => requireMore(request));
  app.addHook("preValidation", cleanBody);
  const url = "/v1/categories/:category";
  const common = {
    tags: ["writing"],
    params: CategoryParams,
    querystring: NoQuery,
    headers: WriteHeaders,
    security,
  };

  app.put(
    url,
    {
      config: {
        accepts: { "application/json": (text) => categoryAsGiven(decodeJson(text)) },
        makes: true,
        requestHeaders: REQUEST_HEADERS,
        problems: PROBLEMS,
      },
      schema: {
        ...common,
        operationId: "putCategory",
        summary: "Make a category, or bring it to what the body says",
        description:
          "A parent that is left out is none; without a position a new one becomes the last of its siblings, and another stays where it is. What GET answers can be sent back as it is: name and parent count. If-Match takes the ETag of GET without parameters, If-None-Match: * makes one only.",
        body: CategoryInput,
        response: {
          200: json("The category", CategoryDetail, [...WRITTEN, "ETag?"]),
          201: json("The new category", CategoryDetail, [...WRITTEN, "Location"]),
        },
      },
    },
    (request, reply) => save(request, reply, (tx, id) => putCategory(tx, id, request.body)),
  );

  app.patch(
    url,
    {
      config: {
        accepts: { "application/merge-patch+json": decodeJson, "application/json": decodeJson },
        requestHeaders: REQUEST_HEADERS,
        problems: PROBLEMS,
      },
      schema: {
        ...common,
        operationId: "patchCategory",
        summary: "Rename, move or reorder a category (RFC 7396)",
        description:
          "Its products follow: those of a large category within minutes, in small steps, while lists go on being answered.",
        body: CategoryPatch,
        response: { 200: json("The category", CategoryDetail, [...WRITTEN, "ETag"]) },
      },
    },
    (request, reply) => save(request, reply, (tx, id) => patchCategory(tx, id, request.body)),
  );

  app.delete(
    url,
    {
      config: {
        requestHeaders: REQUEST_HEADERS,
        problems: [...PROBLEMS, "conflict"],
      },
      schema: {
        ...common,
        querystring: CategoryRemoval,
        operationId: "deleteCategory",
        summary: "Remove a category",
        description:
          "Refused while there are categories below it; while it has products, unless the query says what becomes of them.",
        response: { 204: empty("It is gone", ["Idempotency-Replayed", ...PLAIN_HEADERS]) },
      },
    },
    async (request, reply) => {
      app.catalog();
      const { category } = request.params;
      const { products, moveTo } = request.query;
      if (products !== undefined && moveTo !== undefined)
        throw new Problem("invalid-request", "products and moveTo: give one of them");
      const target = products === "remove" ? null : moveTo;
      const time = app.database.writeTime(REFILE_MS);
      if (target !== undefined) await refile(request, category, target, time);
      return carryOut(app, request, reply, {
        request: asked(request, category, products, moveTo),
        subject: "categories",
        time,
        work: async (tx) => {
          await requireExpected(tx, request, category);
          await removeCategory(tx, category, target);
          return { status: 204, headers: {}, body: "", tags: ["*"] };
        },
      });
    },
  );

  /** Transaction by transaction. A repeat, or another request with its key, is for the key to answer: it files nothing. */
  async function refile(
    request: FastifyRequest,
    category: string,
    target: string | null,
    time: WriteTime,
  ): Promise<void> {
    const { client } = request;
    const key = request.headers["idempotency-key"] as string | undefined;
    let done = false;
    while (!done) {
      const filing = app.database.transaction(async (tx) => {
        // A repeat that came at once sees here that the first request has been carried out.
        await sign(tx, request);
        await lockCategories(tx);
        if (key !== undefined && (await isUsed(tx, { client, key }))) return true;
        await requireExpected(tx, request, category);
        return emptyCategory(tx, category, target);
      }, time);
      // Each is committed, or may be, whatever becomes of the rest; and who was refused has seen what is so.
      done = await filing.finally(() => app.catalogChanged(["*"]));
      if (!done && time.forStatements < REMOVE_MS)
        throw new Problem(
          "overloaded",
          "it has more products than one request can file elsewhere; repeat it",
        );
    }
  }

  async function save(
    request: FastifyRequest,
    reply: FastifyReply,
    work: (tx: Transaction, id: string) => Promise<SavedCategory>,
  ): Promise<FastifyReply> {
    const id = (request.params as { category: string }).category;
    app.catalog();
    await carryOut(app, request, reply, {
      request: asked(request, id, request.bodyDigest),
      subject: "categories",
      time: app.database.writeTime(REFILE_MS),
      work: async (tx) => {
        await requireExpected(tx, request, id);
        const { created } = await work(tx, id);
        const body = (await detailOf(tx, id))!;
        const location = `/v1/categories/${id}`;
        return {
          status: created ? 201 : 200,
          headers: {
            ...(isKeptAsSent(request, body) ? { etag: etagOf(Buffer.from(body)) } : {}),
            "content-location": location,
            ...(created ? { location } : {}),
          },
          body,
          tags: ["*"],
        };
      },
    });
    void follow();
    return reply;
  }

  /** What GET answers of the category, as the transaction leaves it; undefined: there is none. */
  const detailOf = async (tx: Transaction, id: string): Promise<string | undefined> =>
    (await app.catalog().categories.writtenBy(tx)).detailJson(id);

  /** Its validator is that of what GET answers without parameters, what is below it included. @throws {Problem} precondition-failed */
  async function requireExpected(tx: Transaction, { headers }: FastifyRequest, id: string): Promise<void> {
    const preconditions = preconditionsOf(headers);
    if (preconditions.ifMatch === undefined && preconditions.ifNoneMatch === undefined) return;
    await lockCategories(tx);
    const current = await detailOf(tx, id);
    requireMet(
      `category ${id}`,
      preconditions,
      current === undefined ? undefined : ofEtag(etagOf(Buffer.from(current))),
    );
  }

  let closing = false;
  async function follow(): Promise<void> {
    await followMoves(app.database, () => !closing).catch((error) =>
      app.log.warn({ err: error }, "products do not follow their categories yet"),
    );
  }
  const timer = setInterval(() => {
    if (app.isReady()) void follow();
  }, LOOK_MS);
  timer.unref();
  app.addHook("onClose", async () => {
    closing = true;
    clearInterval(timer);
  });
};

/**
 * What a repeat with the same Idempotency-Key must have in common with the first request; without preconditions as the version
 * wrote it that knew none, since a repeat may come while one follows the other.
 */
function asked({ method, headers }: FastifyRequest, id: string, ...content: unknown[]): unknown[] {
  const conditions = [headers["if-match"], headers["if-none-match"]];
  const isConditional = conditions.some((condition) => condition !== undefined);
  return [method, "category", id, ...content, ...(isConditional ? conditions : [])];
}
