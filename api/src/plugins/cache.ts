import type { FastifyReply } from "fastify";
import fp from "fastify-plugin";
import { type Loaded, ResponseCache } from "../cache/response-cache.ts";
import type { Config } from "../config.ts";
import { isTransient } from "../database/errors.ts";
import { sendCached } from "../http/send.ts";

/**
 * Serves the catalogue's reads. A hit is answered in the first hook, before anything is parsed or validated: its address was,
 * when the response was made. It comes before load shedding and rate limits as well: refusing costs as much as answering.
 */
export default fp(
  async (app, { config }: { config: Config["cache"] }) => {
    const { maxAgeSeconds, sharedMaxAgeSeconds } = config;
    // One header for browsers and for the CDN (RFC 9111, RFC 5861).
    const cacheControl = `public, max-age=${maxAgeSeconds}, s-maxage=${sharedMaxAgeSeconds}, stale-while-revalidate=300, stale-if-error=86400`;
    const responses = new ResponseCache({
      maxBytes: config.maxBytes,
      ttlMs: config.ttlMs,
      mayServeStale: isTransient,
    });
    app.decorate("responses", responses);
    app.decorate("served", { hit: 0, miss: 0, joined: 0, stale: 0 });

    app.addHook("onRequest", (request, reply, done) => {
      if (request.routeOptions.config.cached) {
        const response = responses.lookup(request.raw.url!);
        if (response) {
          app.served.hit++;
          sendCached(request, reply, response, cacheControl, "hit");
          return;
        }
      }
      done();
    });

    app.decorate("serveLastKnown", (request, reply) => {
      const { cached } = request.routeOptions.config;
      const response = cached ? responses.lastKnown(request.raw.url!) : undefined;
      if (!response) return false;
      app.served.stale++;
      sendCached(request, reply, response, cacheControl, "stale");
      return true;
    });

    app.decorate("serve", async (request, reply, { target, tags, load }) => {
      const { response, outcome } = await responses.get(target, tags, load);
      responses.alias(request.raw.url!, target);
      app.served[outcome]++;
      sendCached(request, reply, response, cacheControl, outcome);
    });
  },
  { name: "cache" },
);

export interface Serving {
  /** The canonical address of what is asked for. */
  target: string;
  /** See ResponseCache.get. */
  tags: readonly string[];
  load: (fresh: boolean) => Promise<Loaded>;
}

declare module "fastify" {
  interface FastifyInstance {
    responses: ResponseCache;
    /** How requests for the catalogue were answered since the start. */
    served: { hit: number; miss: number; joined: number; stale: number };
    serve(request: FastifyRequest, reply: FastifyReply, serving: Serving): Promise<void>;
    /** Answers with what was known last, fresh or not. @returns whether there was anything. */
    serveLastKnown(request: FastifyRequest, reply: FastifyReply): boolean;
  }
  interface FastifyContextConfig {
    /** The route's responses are cached by address. */
    cached?: boolean;
  }
}
