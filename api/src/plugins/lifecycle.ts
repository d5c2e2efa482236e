import { setTimeout as sleep } from "node:timers/promises";
import fp from "fastify-plugin";
import type { Config } from "../config.ts";

/**
 * The way out. Fargate sends SIGTERM before, while or after the balancer takes the task out of its target group, so requests go
 * on coming: they are served, each connection is told to close after its answer, and the server closes only when none has come
 * for a while. `app.close()` alone would answer them with 503.
 */
export default fp(
  async (app, { drain }: Pick<Config, "drain">) => {
    let draining = false;
    let lastRequest = performance.now();

    app.addHook("onRequest", (request, reply, done) => {
      if (draining) {
        // Node then writes "Connection: close". Idle connections are left alone: the balancer may be sending on one just now.
        reply.raw.shouldKeepAlive = false;
        // The balancer's health checks say nothing about traffic.
        if (!request.routeOptions.config.neverShed) lastRequest = performance.now();
      }
      done();
    });

    app.decorate("isDraining", () => draining);
    app.decorate("drain", async () => {
      draining = true;
      const start = performance.now();
      lastRequest = start;
      app.log.info("draining: /health fails, requests are still served");
      for (;;) {
        const now = performance.now();
        const left = Math.min(lastRequest + drain.idleMs, start + drain.maxMs) - now;
        if (left <= 0) break;
        await sleep(Math.min(left, 250));
      }
      app.log.info({ seconds: Math.round((performance.now() - start) / 1_000) }, "drained");
    });
  },
  { name: "lifecycle" },
);

declare module "fastify" {
  interface FastifyInstance {
    isDraining(): boolean;
    /** Resolves when no request has come for a while, or after the longest wait. */
    drain(): Promise<void>;
  }
}
