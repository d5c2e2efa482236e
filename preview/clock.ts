/**
 * The stack's clock: health-check intervals, cool-downs and drains run on it, so that a person can watch in a minute
 * what takes AWS ten. What a process in a task does with its own clock is not sped up, nor are time-outs of requests.
 */
import { setTimeout as delay } from "node:timers/promises";

/** A sleeper looks again at least this often, so that a change of speed reaches it. */
const LONGEST_NAP_MS = 100;

export class StackClock {
  #speed: number;
  #wall = performance.now();
  #stack = 0;

  /** @param speed how many stack seconds pass in a second. */
  constructor(speed: number) {
    this.#speed = speed;
  }

  get speed(): number {
    return this.#speed;
  }

  set speed(factor: number) {
    this.#stack = this.now();
    this.#wall = performance.now();
    this.#speed = factor;
  }

  /** Milliseconds of stack time since the clock was made. */
  now(): number {
    return this.#stack + (performance.now() - this.#wall) * this.#speed;
  }

  /** Milliseconds of this machine's time until the given moment of stack time. */
  untilWall(stackMs: number): number {
    return (stackMs - this.now()) / this.#speed;
  }

  /** Waits until the given seconds of stack time are over, or the signal says so. Never rejects. */
  async sleep(seconds: number, signal?: AbortSignal): Promise<void> {
    const until = this.now() + seconds * 1000;
    for (let left = this.untilWall(until); left > 0 && !signal?.aborted; left = this.untilWall(until)) {
      await delay(Math.min(left, LONGEST_NAP_MS), undefined, { signal }).catch(() => {});
    }
  }
}
