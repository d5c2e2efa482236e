import rateLimit from "@fastify/rate-limit";
import underPressure from "@fastify/under-pressure";
import type { FastifyInstance, FastifyRequest } from "fastify";
import fp from "fastify-plugin";
import type { Config } from "../config.ts";
import { clientOf } from "../http/client.ts";
import { Pace } from "../http/pace.ts";
import { Problem } from "../http/problem.ts";
import { RateStore } from "../http/rate-store.ts";

/** Refuses work before there is too much of it: by event-loop utilisation for all, by rate for each client of what is costly. */
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
    // One count for each client: of all costly routes together, HEAD included, and of keys that are not valid.
    const count = await rateCounter(app, config.rateLimitPerMinute);
    const pace = new Pace();
    app.decorate("limitRate", async (request: FastifyRequest) => {
      const { isExceeded, max, ttlInSeconds } = await count(request);
      if (!isExceeded) return;
      await pace.turn(clientOf(request));
      throw new Problem(
        "too-many-requests",
        `this client may send ${max} searches, suggestions and batches a minute`,
        {
          headers: { "retry-after": String(ttlInSeconds) },
        },
      );
    });
    // After the routes' own hooks, which say who the client is, and before the body is read.
    app.addHook("preParsing", async (request, _reply, payload) => {
      if (request.routeOptions.config.costly) await app.limitRate(request);
      return payload;
    });
  },
  { name: "shedding", dependencies: ["cache"] },
);

interface Count {
  isExceeded: boolean;
  max: number;
  ttlInSeconds: number;
}

/** @param max requests a minute; 0: no limit */
async function rateCounter(
  app: FastifyInstance,
  max: number,
): Promise<(request: FastifyRequest) => Promise<Count>> {
  if (max === 0) return async () => ({ isExceeded: false, max, ttlInSeconds: 0 });
  await app.register(rateLimit, { global: false, store: RateStore });
  return app.createRateLimit({
    max,
    timeWindow: 60_000,
    keyGenerator: clientOf,
  }) as (request: FastifyRequest) => Promise<Count>;
}

declare module "fastify" {
  interface FastifyInstance {
    /** Counts a costly request of this client. @throws {Problem} too-many-requests, ten times a second at most (see Pace) */
    limitRate(request: FastifyRequest): Promise<void>;
  }
  interface FastifyContextConfig {
    /** The balancer's own requests. */
    neverShed?: boolean;
    /** Limited for each client. */
    costly?: boolean;
  }
}
