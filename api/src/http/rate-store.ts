import type { FastifyRateLimitStore } from "@fastify/rate-limit";
import { LRUCache } from "lru-cache";

/** Clients that are remembered. */
const CLIENTS = 10_000;

/**
 * What each client has used of its rate. The store that @fastify/rate-limit brings goes by the time of day: where that is set back
 * by an hour, a client that has used its minute is refused for an hour.
 */
export class RateStore implements FastifyRateLimitStore {
  readonly #windows = new LRUCache<string, { current: number; endsAt: number }>({ max: CLIENTS });

  incr(
    client: string,
    callback: (error: null, result: { current: number; ttl: number }) => void,
    windowMs: number,
  ): void {
    const now = performance.now();
    const known = this.#windows.get(client);
    const window = known && known.endsAt > now ? known : { current: 0, endsAt: now + windowMs };
    window.current++;
    this.#windows.set(client, window);
    callback(null, { current: window.current, ttl: window.endsAt - now });
  }

  /** There is one count for all routes. */
  child(): this {
    return this;
  }
}
