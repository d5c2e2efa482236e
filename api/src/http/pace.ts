import { setTimeout as sleep } from "node:timers/promises";
import { LRUCache } from "lru-cache";

/** How far apart what one client is told leaves. */
const APART_MS = 100;
/** The longest that anything is held back. */
const LONGEST_MS = 2_000;
/** How much is held back at once, of all clients together: beyond it, holding back costs more than what it is for. */
const HELD = 1_000;
/** Clients that are remembered. */
const CLIENTS = 10_000;

/** The clock, and what waits by it. @default the system's */
export interface Clock {
  now: () => number;
  sleep: (ms: number) => Promise<unknown>;
}

/**
 * Holds back what one client is told, so that a client in a loop is told so ten times a second over all of its connections, and not
 * as often as the task can: refusing costs as much as answering. The first leaves at once.
 */
export class Pace {
  readonly #clock: Clock;
  /** Client → when it may be told the next. */
  readonly #next = new LRUCache<string, number>({ max: CLIENTS });
  #held = 0;

  constructor(clock: Clock = { now: () => performance.now(), sleep }) {
    this.#clock = clock;
  }

  /** Resolves when this client may be told. */
  async turn(client: string): Promise<void> {
    const now = this.#clock.now();
    const at = Math.min(Math.max(this.#next.get(client) ?? now, now), now + LONGEST_MS);
    this.#next.set(client, at + APART_MS);
    if (at === now || this.#held === HELD) return;
    this.#held++;
    await this.#clock.sleep(at - now);
    this.#held--;
  }
}
