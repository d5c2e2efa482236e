/**
 * Numbers that look random and are the same for the same seeds, on any machine: the state is mixed from the seeds
 * by multiplication and shifts (as splitmix32 does), so that neighbouring products have nothing in common.
 */
export class Random {
  #state: number;

  constructor(...seeds: number[]) {
    this.#state = seeds.reduce((state, seed) => mix(state ^ seed), 0x9e3779b9);
  }

  /** From 0 up to but not including 1. */
  next(): number {
    this.#state = (this.#state + 0x9e3779b9) | 0;
    return (mix(this.#state) >>> 0) / 4_294_967_296;
  }

  /** A whole number from `low` to `high`, both included. */
  integer(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.next() * items.length)] as T;
  }

  /** Earlier items more often, as popularity is spread in shops: the first tenth is taken about half of the time. */
  pickPopular<T>(items: readonly T[]): T {
    return items[Math.floor(this.next() ** 3 * items.length)] as T;
  }

  /** `count` different items, in their order. */
  sample<T>(items: readonly T[], count: number): T[] {
    let missing = Math.min(count, items.length);
    return items.filter((_, index) => {
      const taken = this.next() < missing / (items.length - index);
      if (taken) missing--;
      return taken;
    });
  }
}

function mix(value: number): number {
  let z = value | 0;
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
  return z ^ (z >>> 15);
}
