/** What is asked goes on by itself when it takes too long. @throws what `late` says, then. */
export async function within<T>(ms: number, answer: Promise<T>, late: () => Error): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(late()), ms);
  try {
    return await Promise.race([answer, promise]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * The time in which an answer is made. It begins with the request; whatever is waited for on the way, a connection, another's load,
 * a statement and its repetition, has what is left of it, and no time of its own beyond.
 */
export class Deadline {
  /** On the clock of `performance.now()`. */
  readonly at: number;
  readonly #missed: () => Error;

  /**
   * @param ms from now on
   * @param missed why there is no answer, to whoever has waited for one
   */
  constructor(ms: number, missed: () => Error) {
    this.at = performance.now() + ms;
    this.#missed = missed;
  }

  /** Milliseconds, 0 or more. */
  get left(): number {
    return Math.max(0, this.at - performance.now());
  }

  /** @throws what `missed` says. */
  check(): void {
    if (this.left === 0) throw this.#missed();
  }

  /** Waits for no longer than there is time. */
  async bound<T>(answer: Promise<T>): Promise<T> {
    return within(this.left, answer, this.#missed);
  }
}
