/** A pool of connections, as the watch sees it. */
export interface Watched {
  /** When the server has answered last over one of its connections, on the clock of `performance.now()`. */
  readonly answeredAt: number;
  /** Asks for nothing over the pool as it is, as a request would. */
  probe(): Promise<unknown>;
  /** Replaces every connection. */
  renew(): void;
  /** Whether a connection that is made just now, to where the pool would make one, works. */
  freshWorks(): Promise<boolean>;
}

export interface WatchOptions<Name extends string> {
  pools: Readonly<Record<Name, Watched>>;
  /** Longer than any statement may go unanswered, time-outs included: the connections of a pool that has been silent so long are of no use. */
  silentMs: number;
  /** On the clock of the pools. @default performance.now */
  now?: () => number;
}

/** How often to look. */
const LOOK_MS = 2_000;
/** So long after its connections were replaced a pool must have been answered. */
const REPAIR_MS = 10_000;

/**
 * Sees whether each pool does what it is for, repairs one that does not, and tells a task that cannot be repaired from a database
 * that is away for everybody: only the first is a reason to replace the task.
 */
export class PoolWatch<Name extends string> {
  readonly #options: WatchOptions<Name>;
  readonly #now: () => number;
  readonly #since: number;
  readonly #probing = new Set<Name>();
  readonly #renewedAt = new Map<Name, number>();
  #broken = new Set<Name>();
  /** Since when fresh connections have worked, without a break, while the pool did not. */
  readonly #worksSince = new Map<Name, number>();
  #looking: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: WatchOptions<Name>) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#since = this.#now();
  }

  start(): void {
    this.#timer = setInterval(() => void this.look(), LOOK_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** The pools that stay without an answer though others would get one. */
  get broken(): ReadonlySet<Name> {
    return this.#broken;
  }

  /** Whether requests get answers over the pool. */
  isUp(name: Name): boolean {
    return this.#silence(name) < this.#options.silentMs;
  }

  /** One at a time: what an earlier look finds late must not count as what is so now. */
  look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #look(): Promise<void> {
    const silent = this.#names().filter((name) => this.#silence(name) >= LOOK_MS);
    for (const name of silent) this.#probe(name);
    const dead = silent.filter((name) => this.#silence(name) >= this.#options.silentMs);
    const beyondRepair = new Set(dead.filter((name) => !this.#repair(name)));
    for (const name of this.#names()) if (!dead.includes(name)) this.#renewedAt.delete(name);
    const works = new Set(await this.#workFresh(dead));
    for (const name of this.#names())
      if (!works.has(name)) this.#worksSince.delete(name);
      else if (!this.#worksSince.has(name)) this.#worksSince.set(name, this.#now());
    this.#broken = new Set(
      [...beyondRepair].filter((name) => !this.isUp(name) && !this.#follows(this.#worksSince.get(name))),
    );
  }

  async #workFresh(names: readonly Name[]): Promise<Name[]> {
    const work = await Promise.all(names.map((name) => this.#options.pools[name].freshWorks()));
    return names.filter((_, index) => work[index]);
  }

  /** A database that was away is back for fresh connections first: a pool has as long to follow as after a repair. */
  #follows(worksSince: number | undefined): boolean {
    return worksSince === undefined || this.#now() - worksSince < REPAIR_MS;
  }

  #names(): Name[] {
    return Object.keys(this.#options.pools) as Name[];
  }

  #silence(name: Name): number {
    return this.#now() - Math.max(this.#options.pools[name].answeredAt, this.#since);
  }

  #probe(name: Name): void {
    if (this.#probing.has(name)) return;
    this.#probing.add(name);
    const done = () => this.#probing.delete(name);
    // What comes of it, `answeredAt` says.
    this.#options.pools[name].probe().then(done, done);
  }

  /** @returns whether there is hope: its connections are new, or become so now. */
  #repair(name: Name): boolean {
    const renewedAt = this.#renewedAt.get(name);
    if (renewedAt !== undefined) return this.#now() - renewedAt < REPAIR_MS;
    this.#renewedAt.set(name, this.#now());
    this.#options.pools[name].renew();
    return true;
  }
}
