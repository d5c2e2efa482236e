import { createHash, timingSafeEqual } from "node:crypto";
import type { onRequestAsyncHookHandler } from "fastify";
import fp from "fastify-plugin";
import { Problem } from "../http/problem.ts";

const CHALLENGE = 'Bearer realm="catalog"';

/** Whoever writes shows one of the API keys, as `Authorization: Bearer <key>` or `X-Api-Key: <key>`. Reads are public. */
export default fp(
  async (app, { apiKeys }: { apiKeys: readonly string[] }) => {
    const digests = apiKeys.map(sha256);
    app.decorateRequest("client", "");
    app.decorate("requireKey", async (request) => {
      const { authorization, "x-api-key": header } = request.headers;
      const given = typeof header === "string" ? header : /^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1];
      if (given === undefined) {
        const detail = "send the API key as Authorization: Bearer <key> or X-Api-Key: <key>";
        throw new Problem("unauthorized", detail, { headers: { "www-authenticate": CHALLENGE } });
      }
      // Digests have one length, and every key is compared: neither a key nor which one it was shows in the time it takes.
      const digest = sha256(given);
      let valid = false;
      for (const known of digests) valid = timingSafeEqual(known, digest) || valid;
      if (!valid) {
        await app.limitRate(request);
        // RFC 6750, section 3.1: the client may fetch another key and try again.
        throw new Problem("unauthorized", "this API key is not among the valid ones", {
          headers: { "www-authenticate": `${CHALLENGE}, error="invalid_token"` },
        });
      }
      request.client = digest.toString("base64url").slice(0, 22);
    });
  },
  { name: "auth", dependencies: ["shedding"] },
);

declare module "fastify" {
  interface FastifyInstance {
    /** Hook for routes that write. */
    requireKey: onRequestAsyncHookHandler;
  }
  interface FastifyRequest {
    /** Which API key was used, as a digest; empty on routes without one. */
    client: string;
  }
}

const sha256 = (text: string): Buffer => createHash("sha256").update(text).digest();
