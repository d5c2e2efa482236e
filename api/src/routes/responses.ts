import type { FastifyReply, FastifyRequest } from "fastify";
import type * as Type from "typebox/type";
import { PLAIN_HEADERS, READ_HEADERS } from "../contract/headers.ts";
import { isWanted } from "../http/preconditions.ts";
import { sendNotModified } from "../http/send.ts";

/** @param headers header fields of the answer, of those in contract/headers.ts; with a question mark: not always there */
export const json = (
  description: string,
  schema: Type.TSchema,
  headers: readonly string[] = PLAIN_HEADERS,
) => ({
  description,
  headers: named(headers),
  content: { "application/json": { schema } },
});

export const empty = (description: string, headers: readonly string[] = PLAIN_HEADERS) => ({
  description,
  headers: named(headers),
  type: "null",
});

const named = (headers: readonly string[]) => Object.fromEntries(headers.map((name) => [name, {}]));

/** The answers of a read that the cache serves. */
export const cachedRead = (description: string, schema: Type.TSchema, more: readonly string[] = []) => ({
  200: json(description, schema, [...READ_HEADERS, ...more]),
  304: empty("What the client has is current", [...READ_HEADERS, ...more]),
});

/** The answers of a read that has no validator; of that, `If-None-Match: *` says that the client has it. */
export const plainRead = (
  description: string,
  schema: Type.TSchema,
  headers: readonly string[] = PLAIN_HEADERS,
) => ({ 200: json(description, schema, headers), 304: empty("The client has it", headers) });

/** Sends one. Preconditions count when there is a success to withhold, and not before (RFC 9110, section 13.2.1). */
export function sendPlain(request: FastifyRequest, reply: FastifyReply, body: object | string): FastifyReply {
  if (reply.statusCode < 300 && !isWanted(request.headers, undefined)) return sendNotModified(reply);
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return reply.type("application/json; charset=utf-8").send(text);
}

/** For routes that write. */
export const security: { [scheme: string]: string[] }[] = [{ bearer: [] }, { apiKey: [] }];
