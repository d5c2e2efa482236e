/** Lets so many work at once, and the others wait in line (a counting semaphore, with a timeout). */
export class Semaphore {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(permits: number) {
    this.#free = permits;
  }

  /** @returns whether a permit was got; false when none became free in time. Whoever got one must release it. */
  async acquire(timeoutMs: number): Promise<boolean> {
    if (this.#free > 0) {
      this.#free--;
      return true;
    }
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const waiter = () => resolve(true);
    this.#waiting.push(waiter);
    const timer = setTimeout(() => {
      this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
      resolve(false);
    }, timeoutMs);
    const granted = await promise;
    clearTimeout(timer);
    return granted;
  }

  release(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#free++;
  }
}
