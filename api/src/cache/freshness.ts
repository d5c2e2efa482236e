/** What was known when something began to be loaded. */
export interface Stamp {
  /** The changes that had been heard of. */
  readonly epoch: number;
  /** On the clock of `performance.now()`. */
  readonly at: number;
}

/** While notifications may be missed, what is known is trusted for so long: two loads of a key in a second at most. */
const UNCERTAIN_TTL_MS = 500;
/**
 * For so long after the last moment up to which everything was heard of, as much is taken for granted: two heartbeats of the
 * connection that listens. With half a second above, and another that a reader may be behind, it is how old an answer gets while
 * nobody is told (docs/FRESHNESS.md).
 */
const HEARD_MS = 4_000;
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
  readonly #now: () => number;
  #everything = 0;
  #epoch = 0;
  /** Every change up to then has been heard of, and those that follow are while somebody listens. */
  #heardUntil = Number.NEGATIVE_INFINITY;

  /**
   * @param ttlMs how long something is right though nobody says that it changed: writers that do not notify are seen after it.
   * @param now the clock of the stamps, in milliseconds. @default performance.now
   */
  constructor(ttlMs: number, now: () => number = () => performance.now()) {
    this.#ttlMs = ttlMs;
    this.#now = now;
  }

  /** Whether every write is heard of. It ends by itself, whatever this process was kept from noticing. */
  get certain(): boolean {
    return this.#now() - this.#heardUntil < HEARD_MS;
  }

  get epoch(): number {
    return this.#epoch;
  }

  /** To be taken before the first statement of a load. */
  stamp(): Stamp {
    return { epoch: this.#epoch, at: this.#now() };
  }

  /** @param until when it ends by itself, in milliseconds since 1970. @default never */
  isFresh({ epoch, at }: Stamp, tags: readonly string[], until = Number.POSITIVE_INFINITY): boolean {
    const ttl = this.certain ? this.#ttlMs : Math.min(UNCERTAIN_TTL_MS, this.#ttlMs);
    return Date.now() < until && this.#now() - at < ttl && epoch >= this.lastChange(tags);
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

  /** Somebody listens now. What was missed before is not known: all has changed. */
  listening(): void {
    this.heard(this.#now());
    this.changed(["*"]);
  }

  /** @param until every change before this moment has been heard of, on the clock of `performance.now()`. */
  heard(until: number): void {
    this.#heardUntil = until;
  }

  /** Nobody listens: from now on changes may be missed. */
  deaf(): void {
    this.#heardUntil = Number.NEGATIVE_INFINITY;
  }
}
