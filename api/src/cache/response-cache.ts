import { LRUCache } from "lru-cache";

/** A serialised response, ready to be sent. */
export interface CachedResponse {
  readonly body: Buffer;
  readonly etag: string;
  /** The canonical address of this representation. */
  readonly location: string;
  /** Further response headers. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface Loaded extends CachedResponse {
  /** What in the catalogue it was made from: `p:<product>`, `r:<id or slug in the address>`, `c:<category>`, or `any` for all products. */
  readonly tags: readonly string[];
}

export type Outcome = "hit" | "miss" | "joined" | "stale";

export interface CacheOptions {
  /** 0: nothing is kept, but requests for one key still share one flight. */
  maxBytes: number;
  /** How long a response is fresh though nobody has said that it changed: writers that do not notify are seen after it. */
  ttlMs: number;
  /** Whether a failed load may be answered with what was known before. */
  mayServeStale: (error: unknown) => boolean;
}

interface Entry extends Loaded {
  /** The invalidations that the load had seen when it began. */
  readonly epoch: number;
  readonly storedAt: number;
}

interface Flight {
  readonly epoch: number;
  readonly promise: Promise<Loaded>;
}

interface Change {
  epoch: number;
  at: number;
}

/** While notifications may be missed, a response is trusted for so long: one query per key and second at most. */
const UNCERTAIN_TTL_MS = 1_000;
/** How far a replica may be behind the writer. Loads that follow a write so closely ask the writer. */
const REPLICA_LAG_MS = 2_000;
/** Changed tags remembered one by one; beyond, everything counts as changed. */
const MAX_TAGS = 50_000;
const ENTRY_OVERHEAD_BYTES = 600;

/**
 * Responses by canonical address. An entry that a write made obsolete stays, to be served while the database is away; it is
 * not fresh any more. Obsolescence is a comparison of counters, so that a write costs the same whatever the cache holds, and a
 * load that was under way while the write happened is not taken for fresh.
 */
export class ResponseCache {
  readonly #options: CacheOptions;
  readonly #entries: LRUCache<string, Entry> | undefined;
  /** Addresses as clients wrote them → canonical ones. Only addresses that have passed validation are in it. */
  readonly #aliases = new LRUCache<string, string>({
    maxSize: 4_194_304,
    sizeCalculation: (canonical, raw) => 2 * (canonical.length + raw.length) + 100,
  });
  readonly #flights = new Map<string, Flight>();
  readonly #changes = new Map<string, Change>();
  #everything: Change = { epoch: 0, at: Number.NEGATIVE_INFINITY };
  #epoch = 0;
  #certain = false;

  constructor(options: CacheOptions) {
    this.#options = options;
    if (options.maxBytes > 0) {
      this.#entries = new LRUCache({
        maxSize: options.maxBytes,
        sizeCalculation: (entry, key) => entry.body.length + 2 * key.length + ENTRY_OVERHEAD_BYTES,
      });
    }
  }

  get bytes(): number {
    return this.#entries?.calculatedSize ?? 0;
  }

  /** What is fresh for an address, however the client has written it. */
  lookup(address: string): CachedResponse | undefined {
    const entry = this.#find(address);
    return entry && this.#isFresh(entry) ? entry : undefined;
  }

  /** What was last known for an address, fresh or not: for when nothing better can be had. */
  lastKnown(address: string): CachedResponse | undefined {
    return this.#find(address);
  }

  /** Lets `lookup` find a canonical address under another spelling. */
  alias(address: string, canonical: string): void {
    if (address !== canonical && this.#entries) this.#aliases.set(address, canonical);
  }

  /**
   * The response for a canonical address, loaded at most once at a time. Whoever asks after a write does not join a load that
   * began before it.
   *
   * @param tags what the response will certainly depend on, as far as the address tells.
   * @param load is told whether a write was so recent that replicas may not have it yet.
   */
  async get(
    key: string,
    tags: readonly string[],
    load: (fresh: boolean) => Promise<Loaded>,
  ): Promise<{ response: CachedResponse; outcome: Outcome }> {
    const known = this.#entries?.get(key);
    if (known && this.#isFresh(known)) return { response: known, outcome: "hit" };
    try {
      const flight = this.#flights.get(key);
      if (flight && flight.epoch >= this.#lastChange(tags).epoch) {
        return { response: await flight.promise, outcome: "joined" };
      }
      return { response: await this.#load(key, known?.tags ?? tags, load), outcome: "miss" };
    } catch (error) {
      if (known && this.#options.mayServeStale(error)) return { response: known, outcome: "stale" };
      // It is not there any more, say: what was known is not to be served when the database is away next time.
      this.#entries?.delete(key);
      throw error;
    }
  }

  /** Tags as they come with a notification; `*` is everything. */
  invalidate(tags: readonly string[]): void {
    if (tags.length === 0) return;
    const change = { epoch: ++this.#epoch, at: performance.now() };
    if (tags.includes("*") || this.#changes.size > MAX_TAGS) {
      this.#changes.clear();
      this.#everything = change;
      return;
    }
    // A product's address alone says nothing of the lists.
    if (tags.some((tag) => !tag.startsWith("r:"))) this.#changes.set("any", change);
    for (const tag of tags) this.#changes.set(tag, change);
  }

  /** @param certain whether every write will be heard of from now on. What was missed before is not known: all is dropped. */
  setCertain(certain: boolean): void {
    this.#certain = certain;
    if (certain) this.invalidate(["*"]);
  }

  async #load(
    key: string,
    tags: readonly string[],
    load: (fresh: boolean) => Promise<Loaded>,
  ): Promise<Loaded> {
    const epoch = this.#epoch;
    const fresh = performance.now() - this.#lastChange(tags).at < REPLICA_LAG_MS;
    const promise = load(fresh);
    const flight = { epoch, promise };
    this.#flights.set(key, flight);
    try {
      const loaded = await promise;
      const entry = { ...loaded, epoch, storedAt: performance.now() };
      // A load that began later may have ended sooner: what it found is newer.
      const present = this.#entries?.peek(key);
      if (!present || present.epoch <= epoch) this.#entries?.set(key, entry);
      return entry;
    } finally {
      if (this.#flights.get(key) === flight) this.#flights.delete(key);
    }
  }

  #find(address: string): Entry | undefined {
    return this.#entries?.get(address) ?? this.#entries?.get(this.#aliases.get(address) ?? "");
  }

  #isFresh(entry: Entry): boolean {
    const ttl = this.#certain ? this.#options.ttlMs : Math.min(UNCERTAIN_TTL_MS, this.#options.ttlMs);
    return performance.now() - entry.storedAt < ttl && entry.epoch >= this.#lastChange(entry.tags).epoch;
  }

  #lastChange(tags: readonly string[]): Change {
    let last = this.#everything;
    for (const tag of tags) {
      const change = this.#changes.get(tag);
      if (change && change.epoch > last.epoch) last = change;
    }
    return last;
  }
}
