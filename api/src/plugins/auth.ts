import { createHash, timingSafeEqual } from "node:crypto";
import type { onRequestAsyncHookHandler } from "fastify";
import fp from "fastify-plugin";
import type { WriteKey } from "../config.ts";
import { Problem } from "../http/problem.ts";

const CHALLENGE = 'Bearer realm="catalog"';

/** Whoever writes shows one of the keys, as `Authorization: Bearer <key>` or `X-Api-Key: <key>`. Reads are public. */
export default fp(
  async (app, { keys }: { keys: readonly WriteKey[] }) => {
    const known = keys.map(({ secret, ...key }) => ({ key, digest: sha256(secret) }));
    app.decorateRequest("client", "");
    app.decorateRequest("key");
    app.decorate("requireKey", async (request) => {
      const { authorization, "x-api-key": header } = request.headers;
      const given = typeof header === "string" ? header : /^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1];
      if (given === undefined) {
        const detail = "send the API key as Authorization: Bearer <key> or X-Api-Key: <key>";
        throw new Problem("unauthorized", detail, { headers: { "www-authenticate": CHALLENGE } });
      }
      // Digests have one length, and every key is compared: neither a key nor which one it was shows in the time it takes.
      const digest = sha256(given);
      let found: Omit<WriteKey, "secret"> | undefined;
      for (const one of known) if (timingSafeEqual(one.digest, digest)) found = one.key;
      if (!found) {
        await app.limitRate(request);
        // RFC 6750, section 3.1: the client may fetch another key and try again.
        throw new Problem("unauthorized", "this API key is not among the valid ones", {
          headers: { "www-authenticate": `${CHALLENGE}, error="invalid_token"` },
        });
      }
      request.key = found;
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
    /** What is known of that key; set by `requireKey`. */
    key: Omit<WriteKey, "secret">;
  }
}

const sha256 = (text: string): Buffer => createHash("sha256").update(text).digest();
