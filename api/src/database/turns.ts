/** Lets so many work at once, and the others wait in line. */
export class Turns {
  #free: number;
  readonly #line: (() => void)[] = [];

  constructor(atOnce: number) {
    this.#free = atOnce;
  }

  /** @returns whether it is one's turn; false when it did not come in time. Whoever got one must end it. */
  async begin(patienceMs: number): Promise<boolean> {
    if (this.#free > 0) {
      this.#free--;
      return true;
    }
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const turn = () => resolve(true);
    this.#line.push(turn);
    const timer = setTimeout(() => {
      this.#line.splice(this.#line.indexOf(turn), 1);
      resolve(false);
    }, patienceMs);
    const mine = await promise;
    clearTimeout(timer);
    return mine;
  }

  end(): void {
    const next = this.#line.shift();
    if (next) next();
    else this.#free++;
  }
}
