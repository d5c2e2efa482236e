import type { FastifyRequest } from "fastify";
import fp from "fastify-plugin";
import { HEADERS } from "../contract/headers.ts";
import { type CrossOrigin, track } from "../http/exchanges.ts";

const METHODS = "GET, HEAD, PUT, PATCH, DELETE";
const REQUEST_HEADERS =
  "Authorization, X-Api-Key, Content-Type, Content-Encoding, If-Match, If-None-Match, Idempotency-Key, X-Request-Id";
/** What a page may read of an answer beside the fields that it always may. */
const EXPOSED = Object.keys(HEADERS).join(", ");
/** How long a browser need not ask again; Chromium takes no more. */
const PREFLIGHT_SECONDS = 7_200;

/** @param origins `*`: all. To all alike then, asked from a page or not: a cache may keep the answer for one (https://fetch.spec.whatwg.org/#cors-protocol-and-http-caches). */
export function crossOriginOf(origins: readonly string[]): CrossOrigin {
  const any = origins.includes("*");
  const readable = { "access-control-expose-headers": EXPOSED };
  return (origin): Record<string, string> => {
    if (origins.length === 0) return {};
    if (any) return { "access-control-allow-origin": "*", ...readable };
    // A cache must know that another origin would get another answer, be there an origin or not.
    return origin === undefined || !origins.includes(origin)
      ? { vary: "Origin" }
      : { vary: "Origin", "access-control-allow-origin": origin, ...readable };
  };
}

/**
 * Which pages of other origins may read answers (https://fetch.spec.whatwg.org/#http-cors-protocol). Set on the raw response: what
 * the cache answers passes by Fastify's. `@fastify/cors` sets them on the reply, which those answers never reach. What never comes to
 * a hook has them from whoever answers it.
 */
export default fp(
  async (app, { crossOrigin }: { crossOrigin: CrossOrigin }) => {
    const isPreflight = ({ raw }: FastifyRequest): boolean =>
      raw.method === "OPTIONS" &&
      raw.headers.origin !== undefined &&
      raw.headers["access-control-request-method"] !== undefined;
    app.addHook("onRequest", (request, reply, done) => {
      const headers = crossOrigin(request.raw.headers.origin);
      for (const [name, value] of Object.entries(headers)) reply.raw.setHeader(name, value);
      if (headers["access-control-allow-origin"] === undefined || !isPreflight(request)) return done();
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
