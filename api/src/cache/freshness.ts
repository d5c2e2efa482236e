/** What was known when something began to be loaded. */
export interface Stamp {
  /** The changes that had been heard of. */
  readonly epoch: number;
  /** On the clock of `performance.now()`. */
  readonly at: number;
}

/** While notifications may be missed, what is known is trusted for so long: one query per key and second at most. */
const UNCERTAIN_TTL_MS = 1_000;
/** Changed tags remembered one by one; beyond, everything counts as changed. */
const MAX_TAGS = 50_000;

/**
 * What this task has heard of changes, and so whether something that it has kept is still right: the one rule for everything that
 * is kept. A change costs the same whatever is kept, and a load that was under way while it happened is not taken for fresh.
 *
 * Tags: `p:<product>`, `r:<slug>`, `c:<category>`, `any` for all products; `*` is everything.
 */
export class Freshness {
  readonly #ttlMs: number;
  readonly #changes = new Map<string, number>();
  #everything = 0;
  #epoch = 0;
  #certain = false;

  /** @param ttlMs how long something is right though nobody says that it changed: writers that do not notify are seen after it. */
  constructor(ttlMs: number) {
    this.#ttlMs = ttlMs;
  }

  /** Whether every write is heard of. */
  get certain(): boolean {
    return this.#certain;
  }

  get epoch(): number {
    return this.#epoch;
  }

  /** To be taken before the first statement of a load. */
  stamp(): Stamp {
    return { epoch: this.#epoch, at: performance.now() };
  }

  /** @param until when it ends by itself, in milliseconds since 1970. @default never */
  isFresh({ epoch, at }: Stamp, tags: readonly string[], until = Number.POSITIVE_INFINITY): boolean {
    const ttl = this.#certain ? this.#ttlMs : Math.min(UNCERTAIN_TTL_MS, this.#ttlMs);
    return Date.now() < until && performance.now() - at < ttl && epoch >= this.lastChange(tags);
  }

  /** The last change that concerns one of the tags. */
  lastChange(tags: readonly string[]): number {
    return tags.reduce((last, tag) => Math.max(last, this.#changes.get(tag) ?? 0), this.#everything);
  }

  changed(tags: readonly string[]): void {
    if (tags.length === 0) return;
    this.#epoch++;
    if (tags.includes("*") || this.#changes.size > MAX_TAGS) {
      this.#changes.clear();
      this.#everything = this.#epoch;
      return;
    }
    // An address alone says nothing of the lists.
    if (tags.some((tag) => !tag.startsWith("r:"))) this.#changes.set("any", this.#epoch);
    for (const tag of tags) this.#changes.set(tag, this.#epoch);
  }

  /** @param certain whether every write will be heard of from now on. What was missed before is not known: all has changed. */
  setCertain(certain: boolean): void {
    this.#certain = certain;
    if (certain) this.changed(["*"]);
  }
}
