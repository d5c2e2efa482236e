import rateLimit from "@fastify/rate-limit";
import underPressure from "@fastify/under-pressure";
import fp from "fastify-plugin";
import type { Config } from "../config.ts";
import { Problem } from "../http/problem.ts";

/** Refuses work before there is too much of it: by event-loop utilisation for all, by rate for each client of a costly route. */
export default fp(
  async (app, { config }: { config: Config }) => {
    await app.register(underPressure, {
      // Over the last interval; the default is since the start, which stops moving after a while.
      eventLoopUtilizationMode: "interval",
      sampleInterval: 500,
      maxEventLoopUtilization: config.maxEventLoopUtilization,
      pressureHandler: async (request, reply) => {
        // The balancer must not take a busy task for a broken one.
        if (request.routeOptions.config.neverShed) return;
        // An answer that is known costs as little as a refusal, even when it is not fresh any more.
        if (app.serveLastKnown(request, reply)) return;
        throw new Problem("overloaded", "the service has more requests than it can answer; try again");
      },
    });
    if (config.rateLimitPerMinute === 0) return;
    app.addHook("onRoute", (route) => {
      if (route.config?.costly) route.config.rateLimit = {};
    });
    await app.register(rateLimit, {
      global: false,
      max: config.rateLimitPerMinute,
      timeWindow: 60_000,
      cache: 10_000,
      keyGenerator: (request) => request.client || request.ip,
      // Responses are cached for everybody: what is left to one client does not belong into them.
      addHeaders: { "x-ratelimit-limit": false, "x-ratelimit-remaining": false, "x-ratelimit-reset": false },
      addHeadersOnExceeding: {
        "x-ratelimit-limit": false,
        "x-ratelimit-remaining": false,
        "x-ratelimit-reset": false,
      },
      errorResponseBuilder: (_request, { max, ttl }) =>
        new Problem("too-many-requests", `at most ${max} requests a minute`, {
          headers: { "retry-after": String(Math.ceil(ttl / 1_000)) },
        }),
    });
  },
  { name: "shedding", dependencies: ["cache"] },
);

declare module "fastify" {
  interface FastifyContextConfig {
    /** The balancer's own requests. */
    neverShed?: boolean;
    /** Limited for each client. */
    costly?: boolean;
  }
}
