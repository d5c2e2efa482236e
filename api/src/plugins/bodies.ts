import { createHash } from "node:crypto";
import type { FastifyRequest } from "fastify";
import fp from "fastify-plugin";
import { BODY_BYTES, contentCoding, readText, tooLarge } from "../http/body.ts";
import { parseMediaType } from "../http/media-type.ts";
import { Problem } from "../http/problem.ts";

/**
 * The one way in for bodies. What the headers alone decide is refused before anything is read, and before a client that waits for
 * `100 Continue` sends anything. Bodies of operations that take none are not looked at, whatever their headers say.
 */
export default fp(
  async (app) => {
    app.decorateRequest("bodyDigest", "");
    app.removeAllContentTypeParsers();
    app.addHook("preParsing", async (request, reply, payload) => {
      if (request.routeOptions.config.accepts) {
        refuseByHeaders(request);
        // RFC 9110, section 10.1.1: not to a client of HTTP/1.0, which knows of no answer before the answer.
        if (request.headers.expect !== undefined && request.raw.httpVersion === "1.1")
          reply.raw.writeContinue();
      }
      // Fastify itself refuses what is no media type; many clients send that header with everything.
      else delete request.raw.headers["content-type"];
      return payload;
    });
    app.addContentTypeParser("*", async (request: FastifyRequest) => {
      const { accepts } = request.routeOptions.config;
      if (!accepts) return undefined;
      const { essence } = parseMediaType(request.headers["content-type"])!;
      const text = await readText(request.raw, contentCoding(request.headers["content-encoding"]));
      request.bodyDigest = digestOf(text);
      if (text.trim() === "") throw emptyBody(accepts);
      return accepts[essence]!(text);
    });
  },
  { name: "bodies" },
);

/** What tells texts apart, whatever they mean. */
export const digestOf = (text: string): string => createHash("sha256").update(text).digest("base64");

/** Media type → what makes the body's text into what the handler takes; throws a Problem when it cannot. */
export type Decoders = Readonly<Record<string, (text: string) => unknown>>;

declare module "fastify" {
  interface FastifyRequest {
    /** Of the body's text, whatever it means; empty where the operation takes none. */
    bodyDigest: string;
  }
  interface FastifyContextConfig {
    /** What the operation takes. @default it takes no body */
    accepts?: Decoders;
  }
}

function refuseByHeaders({ method, headers, routeOptions }: FastifyRequest): void {
  const accepts = routeOptions.config.accepts!;
  const length = headers["content-length"];
  const isEmpty =
    headers["transfer-encoding"] === undefined && (length === undefined || Number(length) === 0);
  const given = headers["content-type"];
  if (given !== undefined || !isEmpty) refuseType(method, given, accepts);
  if (isEmpty) throw emptyBody(accepts);
  // RFC 9110, section 14.5: a part must not be taken for the whole.
  if (headers["content-range"] !== undefined)
    throw new Problem("invalid-request", "Content-Range: a part of a representation cannot be written");
  contentCoding(headers["content-encoding"]);
  if (Number(length) > BODY_BYTES) throw tooLarge();
}

/** Says what would be taken: `Accept` (RFC 9110, section 15.5.16), `Accept-Patch` (RFC 5789) or `Accept-Post` (Linked Data Platform 1.0). */
function refuseType(method: string, given: string | undefined, accepts: Decoders): void {
  const type = parseMediaType(given);
  const known = type !== undefined && Object.hasOwn(accepts, type.essence);
  if (known && (type.charset === undefined || ["utf-8", "utf8", "us-ascii"].includes(type.charset))) return;
  const types = Object.keys(accepts).join(", ");
  const detail = known
    ? `JSON is UTF-8, not ${type.charset}: convert the body, and leave charset out`
    : `Content-Type ${given === undefined || given === "" ? "is missing" : `is ${given.slice(0, 100)}`}; send ${types.replaceAll(", ", " or ")}`;
  throw new Problem("unsupported-media-type", detail, {
    headers: {
      accept: types,
      ...(method === "PATCH" ? { "accept-patch": types } : {}),
      ...(method === "POST" ? { "accept-post": types } : {}),
    },
  });
}

const emptyBody = (accepts: Decoders): Problem =>
  new Problem("invalid-request", `the body is empty; send ${Object.keys(accepts).join(" or ")}`);
