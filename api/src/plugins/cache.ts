import type { FastifyReply, FastifyRequest } from "fastify";
import fp from "fastify-plugin";
import { Freshness } from "../cache/freshness.ts";
import { type CachedResponse, type Loaded, ResponseCache } from "../cache/response-cache.ts";
import type { Catalog } from "../catalog/list.ts";
import type { Config } from "../config.ts";
import { DatabaseUnavailable, isAway, isTransient } from "../database/errors.ts";
import type { Asker } from "../database/session.ts";
import { clientOf } from "../http/client.ts";
import { Moved } from "../http/moved.ts";
import { Problem } from "../http/problem.ts";
import { sendCached } from "../http/send.ts";

/** An answer at the edge is at most so old when it is served, the first one after a pause included. */
const EDGE_SECONDS = 60;
/** What is too much to do passes, or is refused: nobody is told for longer what may be wrong, while there is a database to ask. */
const BUSY_MS = 300_000;
/** What is served for want of better is not to be kept as if it were new; but for want of anything it may be (RFC 5861). */
const STALE = "public, max-age=0, s-maxage=0, stale-if-error=86400";

/** See CacheOptions. */
function staleMs(error: unknown): number {
  if (isAway(error)) return Number.POSITIVE_INFINITY;
  return isTransient(error) ? BUSY_MS : 0;
}

/**
 * One header for browsers and for the CDN (RFC 9111, RFC 5861).
 *
 * @param left how many seconds the answer is right; for want of anything it is served for longer all the same. @default no end
 */
export function cacheControlOf(
  { maxAgeSeconds, sharedMaxAgeSeconds }: Pick<Config["cache"], "maxAgeSeconds" | "sharedMaxAgeSeconds">,
  left = Number.POSITIVE_INFINITY,
): string {
  const shared = Math.min(sharedMaxAgeSeconds, left);
  const revalidate = Math.max(0, Math.min(EDGE_SECONDS, left) - shared);
  return `public, max-age=${Math.min(maxAgeSeconds, left)}, s-maxage=${shared}, stale-while-revalidate=${revalidate}, stale-if-error=86400`;
}

/**
 * Serves the catalogue's reads. A hit is answered in the first hook, before anything is parsed or validated: its address was,
 * when the response was made. It comes before load shedding and rate limits as well: refusing costs as much as answering.
 */
export default fp(
  async (app, { config }: { config: Config["cache"] }) => {
    const endless = cacheControlOf(config);
    const controlOf = ({ until }: CachedResponse): string =>
      until === undefined || until === Number.POSITIVE_INFINITY
        ? endless
        : cacheControlOf(config, Math.max(0, Math.floor((until - Date.now()) / 1_000)));
    const freshness = new Freshness(config.ttlMs);
    const responses = new ResponseCache({ maxBytes: config.maxBytes, freshness, staleMs });
    app.decorate("freshness", freshness);
    app.decorate("responses", responses);
    app.decorate("served", { hit: 0, miss: 0, joined: 0, stale: 0 });

    app.addHook("onRequest", (request, reply, done) => {
      if (request.routeOptions.config.cached) {
        const response = responses.lookup(request.raw.url!);
        if (response) {
          app.served.hit++;
          sendCached(request, reply, response, controlOf(response), "hit");
          return;
        }
      }
      done();
    });

    app.decorate("serveLastKnown", (request, reply) => {
      const { cached } = request.routeOptions.config;
      const response = cached ? responses.lastKnown(request.raw.url!, BUSY_MS) : undefined;
      if (!response) return false;
      app.served.stale++;
      sendCached(request, reply, response, STALE, "stale");
      return true;
    });

    const loadBy = async <T>(
      asker: Pick<Asker, "deadline"> & Partial<Asker>,
      load: (catalog: Catalog) => Promise<T>,
    ): Promise<{ loaded: T; behind: boolean }> => {
      const catalog = app.catalog(asker);
      const { database } = catalog;
      try {
        const loaded = await asker.deadline.bound(load(catalog));
        return { loaded, behind: database.behind };
      } catch (error) {
        // Where a reader is behind, that there is nothing, or that it is elsewhere, cannot be said.
        if ((error instanceof Problem || error instanceof Moved) && database.behind)
          throw new DatabaseUnavailable("the reader is behind and the writer does not answer", {
            cause: error,
          });
        throw error;
      }
    };

    app.decorate("serve", async (request, reply, { target, tags, load }) => {
      // One for all that it takes, should it be loaded twice.
      const deadline = app.database.deadline();
      const { response, outcome } = await responses.get(target, tags, async (epoch) => {
        // Who asks first pays for all who wait for the same.
        const { loaded, behind } = await loadBy({ epoch, client: clientOf(request), deadline }, load);
        return { ...loaded, behind };
      });
      responses.alias(request.raw.url!, target);
      app.served[outcome]++;
      sendCached(request, reply, response, outcome === "stale" ? STALE : controlOf(response), outcome);
    });

    const sayUncached = (request: FastifyRequest, reply: FastifyReply, behind: boolean | undefined): void => {
      reply.headers({
        "cache-control": "no-store",
        "cache-status": behind ? "catalog-api; fwd=bypass; detail=stale" : "catalog-api; fwd=bypass",
        "x-request-id": request.id,
      });
    };

    app.decorate("readUncached", async (request, reply, load) => {
      const deadline = app.database.deadline();
      const { loaded, behind } = await loadBy({ client: clientOf(request), deadline }, load);
      sayUncached(request, reply, behind);
      return loaded;
    });

    app.decorate("readRecord", async (request, reply, load) => {
      const deadline = app.database.deadline();
      const record = await responses.getUnkept(async (epoch) => {
        const { loaded, behind } = await loadBy({ epoch, client: clientOf(request), deadline }, load);
        return { ...loaded, behind };
      });
      sayUncached(request, reply, record.behind);
      return record;
    });
  },
  { name: "cache" },
);

export interface Serving {
  /** The canonical address of what is asked for. */
  target: string;
  /** See ResponseCache.get. */
  tags: readonly string[];
  load: (catalog: Catalog) => Promise<Loaded>;
}

declare module "fastify" {
  interface FastifyInstance {
    responses: ResponseCache;
    freshness: Freshness;
    /** How requests for the catalogue were answered since the start. */
    served: { hit: number; miss: number; joined: number; stale: number };
    serve(request: FastifyRequest, reply: FastifyReply, serving: Serving): Promise<void>;
    /**
     * For an answer that nobody keeps: what `load` gives, by the same rule as what is kept (docs/FRESHNESS.md).
     *
     * @param reply is given the header fields that say so.
     */
    readUncached<T>(
      request: FastifyRequest,
      reply: FastifyReply,
      load: (catalog: Catalog) => Promise<T>,
    ): Promise<T>;
    /** As `readUncached`, for a product, which goes backwards at none of its addresses. */
    readRecord(
      request: FastifyRequest,
      reply: FastifyReply,
      load: (catalog: Catalog) => Promise<Loaded>,
    ): Promise<Loaded>;
    /** For a task that has too much to do: answers with what was known last, fresh or not, of the last five minutes. @returns whether there was anything. */
    serveLastKnown(request: FastifyRequest, reply: FastifyReply): boolean;
  }
  interface FastifyContextConfig {
    /** The route's responses are cached by address. */
    cached?: boolean;
  }
}
