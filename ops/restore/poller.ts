/** Waiting for AWS: what is waited for is said, and each change of what AWS answers. */
import { setTimeout as delay } from "node:timers/promises";
import { UserError } from "../../cli/user-error.ts";

export interface PollerOptions {
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
  /** @default 15 s */
  readonly everyMs?: number | undefined;
  /** How long one thing may take. A restored cluster of terabytes takes hours. @default 4 hours */
  readonly timeoutMs?: number | undefined;
}

/** States that nothing waits out. */
const BROKEN = /fail|incompatible|inaccessible|stopped/;

export class Poller {
  readonly #options: PollerOptions & { readonly everyMs: number; readonly timeoutMs: number };

  constructor({ everyMs = 15_000, timeoutMs = 4 * 3_600_000, ...options }: PollerOptions) {
    this.#options = { ...options, everyMs, timeoutMs };
  }

  say(line: string): void {
    this.#options.say(line);
  }

  pause(): Promise<void> {
    return delay(this.#options.everyMs, undefined, { signal: this.#options.signal });
  }

  /** @throws UserError when it takes too long, or ends otherwise */
  async until(what: string, state: () => Promise<unknown>, wanted = "available"): Promise<void> {
    const { everyMs, timeoutMs, signal } = this.#options;
    let told: string | undefined;
    for (let waited = 0; waited <= timeoutMs; waited += everyMs) {
      signal.throwIfAborted();
      const seen = await state();
      if (seen === wanted) return;
      const text = typeof seen === "string" ? seen : "still there";
      if (BROKEN.test(text))
        throw new UserError(`Waiting until ${what}: it is ${text}. See RDS's events for why.`);
      if (text !== told) this.say(`  waiting until ${what}: ${text}`);
      told = text;
      await this.pause();
    }
    throw new UserError(`Waited ${Math.round(timeoutMs / 60_000)} min until ${what}: run it again to go on.`);
  }
}
