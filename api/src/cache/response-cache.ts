import { LRUCache } from "lru-cache";
import type { Freshness, Stamp } from "./freshness.ts";

/** A serialised response, ready to be sent. */
export interface CachedResponse {
  readonly body: Buffer;
  readonly etag: string;
  /** The canonical address of this representation. */
  readonly location: string;
  /** Further response headers. */
  readonly headers: Readonly<Record<string, string>>;
  /** When it is not right any more though nothing is written: a sale begins or ends. Milliseconds since 1970. @default Infinity */
  readonly until?: number;
}

export interface Loaded extends CachedResponse {
  /** What in the catalogue it was made from, see Freshness. */
  readonly tags: readonly string[];
  /** The version that it shows, when it is of one product. */
  readonly product?: { readonly id: number; readonly version: number };
  /** It may lack a change that this task knows of: it is served as stale and not kept. */
  readonly behind?: boolean;
}

export type Outcome = "hit" | "miss" | "joined" | "stale";

export interface CacheOptions {
  /** 0: nothing is kept, but requests for one key still share one flight. */
  maxBytes: number;
  freshness: Freshness;
  /**
   * How old what was known before may be, in ms since it was loaded, to be served where a load fails. Infinity: as old as it is,
   * though it has ended by itself; 0: the failure is the answer, and what was known is wrong.
   */
  staleMs: (error: unknown) => number;
}

/** @param epoch every change that was heard of up to it must be in what is loaded. */
export type Load = (epoch: number) => Promise<Loaded>;

interface Entry extends Loaded {
  readonly stamp: Stamp;
}

interface Flight {
  readonly epoch: number;
  readonly promise: Promise<Loaded>;
}

const ENTRY_OVERHEAD_BYTES = 600;
/** Products whose last version is remembered. */
const VERSIONS = 50_000;

/**
 * Responses by canonical address. An entry that a write made obsolete stays, to be served while the database is away; it is
 * not fresh any more.
 */
export class ResponseCache {
  readonly #options: CacheOptions;
  readonly #freshness: Freshness;
  readonly #entries: LRUCache<string, Entry> | undefined;
  /** Addresses as clients wrote them → canonical ones. Only addresses that have passed validation are in it. */
  readonly #aliases = new LRUCache<string, string>({
    maxSize: 4_194_304,
    sizeCalculation: (canonical, raw) => 2 * (canonical.length + raw.length) + 100,
  });
  readonly #flights = new Map<string, Flight>();
  /** Product → the last version that was served of it, at whatever address, and when. */
  readonly #versions = new LRUCache<number, { version: number; epoch: number }>({ max: VERSIONS });

  constructor(options: CacheOptions) {
    this.#options = options;
    this.#freshness = options.freshness;
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

  /**
   * What was last known for an address, fresh or not: for when nothing better can be had.
   *
   * @param maxAgeMs since it was loaded; what has ended by itself is not served, unless anything may be (Infinity)
   */
  lastKnown(address: string, maxAgeMs: number): CachedResponse | undefined {
    const entry = this.#find(address);
    return entry && isServable(entry, maxAgeMs) ? entry : undefined;
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
   */
  async get(
    key: string,
    tags: readonly string[],
    load: Load,
  ): Promise<{ response: CachedResponse; outcome: Outcome }> {
    const known = this.#entries?.get(key);
    if (known && this.#isFresh(known)) return { response: known, outcome: "hit" };
    try {
      const flight = this.#flights.get(key);
      const joins = flight && flight.epoch >= this.#freshness.lastChange(tags);
      const loaded = await (joins
        ? flight.promise
        : this.#load(key, [...(known?.tags ?? []), ...tags], load));
      if (loaded.behind) return { response: later(loaded, known), outcome: "stale" };
      return { response: loaded, outcome: joins ? "joined" : "miss" };
    } catch (error) {
      const staleMs = this.#options.staleMs(error);
      if (known && isServable(known, staleMs)) return { response: known, outcome: "stale" };
      // It is not there any more, say: what was known is not to be served when the database is away next time.
      if (staleMs === 0) this.#forget(key, known);
      throw error;
    }
  }

  /** One flight for all who ask meanwhile. */
  #load(key: string, tags: readonly string[], load: Load): Promise<Loaded> {
    const flight = { epoch: this.#freshness.epoch, promise: this.#loadAndKeep(key, tags, load) };
    this.#flights.set(key, flight);
    const done = () => {
      if (this.#flights.get(key) === flight) this.#flights.delete(key);
    };
    flight.promise.then(done, done);
    return flight.promise;
  }

  async #loadAndKeep(key: string, tags: readonly string[], load: Load): Promise<Loaded> {
    const { loaded, stamp } = await this.#loadForward(load, this.#freshness.lastChange(tags));
    if (loaded.behind) return loaded;
    const entry = { ...loaded, body: inOwnMemory(loaded.body), stamp };
    // A load that began later may have ended sooner: what it found is newer.
    const present = this.#entries?.peek(key);
    if (!present || present.stamp.epoch <= entry.stamp.epoch) this.#entries?.set(key, entry);
    return entry;
  }

  /** An answer that nobody keeps, and that shows a product no older than others have, which show it no older from then on. */
  async getUnkept(load: Load): Promise<Loaded> {
    return (await this.#loadForward(load, this.#freshness.epoch)).loaded;
  }

  /** What is no older than what this task has shown before; unless it is behind. */
  async #loadForward(load: Load, epoch: number): Promise<{ loaded: Loaded; stamp: Stamp }> {
    let stamp = this.#freshness.stamp();
    let loaded = await load(epoch);
    if (this.#isBackwards(loaded)) {
      // Another reader than before, which is behind: nobody has told of the change that was seen there.
      this.#freshness.changed([`p:${loaded.product!.id}`]);
      stamp = this.#freshness.stamp();
      loaded = await load(stamp.epoch);
    }
    return { loaded, stamp: loaded.behind ? stamp : this.#learn(loaded, stamp) };
  }

  #isBackwards({ product }: Loaded): boolean {
    const known = product && this.#versions.get(product.id);
    return known !== undefined && product!.version < known.version;
  }

  /** A version that nobody has told of makes obsolete what is kept of the product at its other addresses, and of lists. */
  #learn({ product, tags }: Loaded, stamp: Stamp): Stamp {
    if (!product) return stamp;
    const { id, version } = product;
    const known = this.#versions.get(id);
    const unheard =
      known !== undefined && known.version < version && this.#freshness.lastChange(tags) <= known.epoch;
    if (unheard) this.#freshness.changed(tags);
    const seen = unheard ? { ...stamp, epoch: this.#freshness.epoch } : stamp;
    if (known === undefined || known.version <= version)
      this.#versions.set(id, { version, epoch: seen.epoch });
    return seen;
  }

  #forget(key: string, known: Entry | undefined): void {
    this.#entries?.delete(key);
    // A product that is gone is gone at all its addresses.
    if (known?.product) this.#freshness.changed([`p:${known.product.id}`]);
  }

  #find(address: string): Entry | undefined {
    return this.#entries?.get(address) ?? this.#entries?.get(this.#aliases.get(address) ?? "");
  }

  #isFresh(entry: Entry): boolean {
    return this.#freshness.isFresh(entry.stamp, entry.tags, entry.until);
  }
}

/** For want of better. A price whose sale is over is worse than a refusal for a moment, but not than none while the database is away. */
const isServable = ({ stamp, until = Number.POSITIVE_INFINITY }: Entry, maxAgeMs: number): boolean =>
  performance.now() - stamp.at < maxAgeMs && (Date.now() < until || maxAgeMs === Number.POSITIVE_INFINITY);

/** What is behind may be older than what is kept. */
function later(loaded: Loaded, known: Entry | undefined): CachedResponse {
  const isOlder = known?.product && loaded.product && loaded.product.version < known.product.version;
  return isOlder ? known : loaded;
}

/** Buffers below 4 KiB are slices of slabs that Node shares among them: one that is kept would keep its slab of 8 KiB. */
function inOwnMemory(body: Buffer): Buffer {
  // A copy of a large one would be as much garbage again, which nothing collects before a full collection.
  if (body.buffer.byteLength === body.length) return body;
  const own = Buffer.allocUnsafeSlow(body.length);
  body.copy(own);
  return own;
}
