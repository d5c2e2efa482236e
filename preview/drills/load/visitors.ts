/** Who asks for what: a deterministic stream of reads over a catalogue. */
import type { Catalogue } from "./catalogue.ts";

/** Share of each kind of read: mostly product pages, then lists, as shops see them. */
const MIX: [keyof Catalogue, number][] = [
  ["products", 0.5],
  ["lists", 0.3],
  ["searches", 0.1],
  ["suggestions", 0.1],
];

/**
 * The next path to read, without end.
 *
 * @param options.seed the same seed gives the same stream.
 * @param options.uncached share of reads, 0 to 1, that no cache can answer: a list with a price limit nobody else
 *   has asked for, as a visitor moving a slider makes.
 */
export function createVisitors(
  catalogue: Catalogue,
  options: { seed: number; uncached: number },
): () => string {
  const random = createRandom(options.seed);
  const mix = MIX.filter(([kind]) => catalogue[kind].length > 0);
  const total = mix.reduce((sum, [, part]) => sum + part, 0);
  const pickKind = () => {
    let share = random() * total;
    for (const [kind, part] of mix) {
      share -= part;
      if (share < 0) return kind;
    }
    return mix[0]![0]; // rounding
  };
  const pick = new Map(mix.map(([kind]) => [kind, createZipf(catalogue[kind], random)]));
  return () => {
    if (random() < options.uncached) {
      const path = pick.get("lists")!();
      return `${path}&maxPrice=${100 + Math.floor(random() * 1e7)}`;
    }
    return pick.get(pickKind())!();
  };
}

/** Picks the item of rank r with a probability in proportion to 1/r (Zipf's law with exponent 1). */
export function createZipf<T>(items: T[], random: () => number): () => T {
  let sum = 0;
  const cumulative = items.map((_, index) => {
    sum += 1 / (index + 1);
    return sum;
  });
  return () => {
    const target = random() * sum;
    let low = 0;
    for (let high = cumulative.length - 1; low < high; ) {
      const middle = (low + high) >> 1;
      if (cumulative[middle]! > target) high = middle;
      else low = middle + 1;
    }
    return items[low]!;
  };
}

/** A repeatable source of numbers in [0, 1): mulberry32, small and good enough for load. */
export function createRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
