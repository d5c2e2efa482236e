import type { FastifyRequest } from "fastify";
import fp from "fastify-plugin";
import { HEADERS } from "../contract/headers.ts";
import { track } from "../http/exchanges.ts";

const METHODS = "GET, HEAD, PUT, PATCH, DELETE";
const REQUEST_HEADERS =
  "Authorization, X-Api-Key, Content-Type, Content-Encoding, If-Match, If-None-Match, Idempotency-Key, X-Request-Id";
/** What a page may read of an answer beside the fields that it always may. */
const EXPOSED = Object.keys(HEADERS).join(", ");
/** How long a browser need not ask again; Chromium takes no more. */
const PREFLIGHT_SECONDS = 7_200;

/**
 * Which pages of other origins may read answers (https://fetch.spec.whatwg.org/#http-cors-protocol). Set on the raw response: what
 * the cache answers passes by Fastify's. `@fastify/cors` sets them on the reply, which those answers never reach.
 */
export default fp(
  async (app, { origins }: { origins: readonly string[] }) => {
    if (origins.length === 0) return;
    const any = origins.includes("*");
    const isPreflight = ({ raw }: FastifyRequest): boolean =>
      raw.method === "OPTIONS" &&
      raw.headers.origin !== undefined &&
      raw.headers["access-control-request-method"] !== undefined;
    app.addHook("onRequest", (request, reply, done) => {
      const { origin } = request.raw.headers;
      // A cache must know that another origin would get another answer, be there an origin or not.
      if (!any) reply.raw.setHeader("vary", "Origin");
      // To all alike, asked from a page or not: a cache may keep the answer for one (https://fetch.spec.whatwg.org/#cors-protocol-and-http-caches).
      if (!any && (origin === undefined || !origins.includes(origin))) return done();
      reply.raw.setHeader("access-control-allow-origin", any ? "*" : origin!);
      if (!isPreflight(request)) {
        reply.raw.setHeader("access-control-expose-headers", EXPOSED);
        return done();
      }
      track(request.raw, reply.raw);
      reply
        .code(204)
        .headers({
          "access-control-allow-methods": METHODS,
          "access-control-allow-headers": REQUEST_HEADERS,
          "access-control-max-age": PREFLIGHT_SECONDS,
          "cache-control": "no-store",
          "x-request-id": request.id,
        })
        .send();
    });
  },
  { name: "cors" },
);
