/** Counts the calls that change something, of whoever calls through one gateway. */
import { setTimeout as delay } from "node:timers/promises";
import type { Call } from "../call.ts";

export class ChangeCounter {
  seen = 0;
  #last = Date.now();
  #waiting: { at: number; resolve: () => void } | undefined;

  /** For the gateway. */
  count(call: Call): void {
    this.#last = Date.now();
    if (!changes(call)) return;
    this.seen++;
    if (this.#waiting && this.seen >= this.#waiting.at) this.#waiting.resolve();
  }

  /** Resolves after so many more. */
  reached(more: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting = { at: this.seen + more, resolve };
    return promise;
  }

  /** Resolves when nothing has called for so long. */
  async quiet(ms: number): Promise<void> {
    while (Date.now() - this.#last < ms) await delay(ms / 10);
  }
}

/** Writing the state and taking its lock are changes too: between the two is where a kill hurts most. */
export const changes = ({ method, operation }: Pick<Call, "method" | "operation">): boolean =>
  method !== "GET" && method !== "HEAD" && !/^(?:Describe|List|Get|BatchGet|Simulate)/.test(operation);
