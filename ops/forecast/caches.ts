/**
 * What caches answer, in closed form. Requests for a key come at random (Poisson) at a rate r. A cache that keeps an answer for T
 * after it was loaded lets one request pass, then answers those of the next T: of 1 + rT it passes one. Which keys are asked for
 * follows Zipf's law, as is usual for shops and for the web (Breslau et al., 1999).
 */

/** Keys of about the same popularity. */
export interface Band {
  keys: number;
  /** Of all requests, for each of the keys. */
  share: number;
}

/** Bands in which ranks grow by no more than this: the sum over a band then is off by less than a hundredth. */
const GROWTH = 1.1;

/**
 * @param keys how many there are
 * @param exponent the share of rank k is as 1 / k^exponent; 0: all alike
 */
export function zipf(keys: number, exponent: number): Band[] {
  const bands: Band[] = [];
  for (let from = 1; from <= keys; ) {
    const to = Math.min(keys, Math.max(from, Math.floor(from * GROWTH)));
    const middle = Math.sqrt(from * to);
    bands.push({ keys: to - from + 1, share: middle ** -exponent });
    from = to + 1;
  }
  const total = bands.reduce((sum, { keys, share }) => sum + keys * share, 0);
  return bands.map(({ keys, share }) => ({ keys, share: share / total }));
}

/** Rate that passes a cache which keeps an answer for so many seconds after it was loaded. */
export const passing = (rate: number, seconds: number): number => rate / (1 + rate * seconds);

/** How long an answer is kept, on average, that a write ends early: writes come at random as well, at a rate. */
export const keptFor = (seconds: number, writes: number): number =>
  writes === 0 ? seconds : -Math.expm1(-writes * seconds) / writes;

export interface CacheChain {
  bands: readonly Band[];
  /** Caches at the edge that do not share what they have, each with as many requests. */
  edges: number;
  edgeSeconds: number;
  taskSeconds: number;
  /** Writes a second that make an answer of the tasks obsolete, for each key. */
  writesPerKey: number;
}

/** Of so many requests a second, those that reach the tasks, and those that reach the database. */
export function throughCaches(
  rate: number,
  tasks: number,
  chain: CacheChain,
): { origin: number; misses: number } {
  const kept = keptFor(chain.taskSeconds, chain.writesPerKey);
  let origin = 0;
  let misses = 0;
  for (const { keys, share } of chain.bands) {
    const passed = chain.edges * passing((rate * share) / chain.edges, chain.edgeSeconds);
    origin += keys * passed;
    misses += keys * tasks * passing(passed / tasks, kept);
  }
  return { origin, misses };
}
