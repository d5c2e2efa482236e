import type { FastifyReply, FastifyRequest } from "fastify";
import type * as Type from "typebox/type";
import { PLAIN_HEADERS, READ_HEADERS } from "../contract/headers.ts";
import { isWanted } from "../http/preconditions.ts";

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

/** Of what has no validator, `If-None-Match: *` says that the client has it. */
export const unvalidated = { 304: empty("The client has it") };

/** Hook for reads without a validator: preconditions count there as well. */
export async function evaluateUnvalidated(
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply | undefined> {
  if (isWanted(request.headers, undefined)) return undefined;
  return reply.code(304).headers({ "cache-control": "no-store", "x-request-id": request.id }).send();
}

/** For routes that write. */
export const security: { [scheme: string]: string[] }[] = [{ bearer: [] }, { apiKey: [] }];
