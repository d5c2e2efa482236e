import type { OutgoingHttpHeaders } from "node:http";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { CachedResponse, Outcome } from "../cache/response-cache.ts";
import { isWanted } from "./preconditions.ts";

/** How this cache has handled the request (RFC 9211). */
const CACHE_STATUS: Record<Outcome, string> = {
  hit: "catalog-api; hit",
  miss: "catalog-api; fwd=miss; stored",
  joined: "catalog-api; fwd=miss; collapsed",
  stale: "catalog-api; hit; detail=stale",
};

/** Sends 304 with the header fields set so far. Fastify would give it a Content-Length of 0 for HEAD (RFC 9110, section 8.6). */
export function sendNotModified(reply: FastifyReply): FastifyReply {
  reply.hijack();
  reply.raw.writeHead(304, reply.getHeaders() as OutgoingHttpHeaders);
  reply.raw.end();
  return reply;
}

/**
 * Sends a serialised response, or 304. Written to the socket without Fastify's serialisation and send hooks: nothing about it
 * is left to decide, and this is the path that most requests take.
 *
 * @throws {Problem} precondition-failed
 */
export function sendCached(
  request: FastifyRequest,
  reply: FastifyReply,
  response: CachedResponse,
  cacheControl: string,
  outcome: Outcome,
): void {
  const wanted = isWanted(request.headers, response.etag);
  const headers: Record<string, string | number> = {
    ...response.headers,
    etag: response.etag,
    "cache-control": cacheControl,
    "content-location": response.location,
    "cache-status": CACHE_STATUS[outcome],
    "x-request-id": request.id,
  };
  reply.hijack();
  if (wanted) {
    headers["content-type"] = "application/json; charset=utf-8";
    headers["content-length"] = response.body.length;
  }
  reply.raw.writeHead(wanted ? 200 : 304, headers);
  reply.raw.end(wanted && request.method !== "HEAD" ? response.body : undefined);
}
