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

/** How often to look. */
const LOOK_MS = 2_000;
/** So long after its connections were replaced, and after the database is back, a pool must have been answered. */
const REPAIR_MS = 10_000;

/**
 * Sees whether a pool does what it is for, repairs it when it does not, and tells a task that cannot be repaired from a database that
 * is away for everybody: only the first is a reason to replace the task.
 */
export class PoolWatch {
  readonly #pool: Watched;
  readonly #silentMs: number;
  readonly #now: () => number;
  readonly #since: number;
  #isProbing = false;
  /** Since its connections were replaced the pool has not been answered. */
  #renewed = false;
  /** Since then fresh connections have worked, without a break, while the pool did not. */
  #freshWorksSince: number | undefined;
  #broken = false;
  #looking: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param silentMs longer than any statement may go unanswered, time-outs included: the connections of a pool that has been silent so
   *   long are of no use.
   * @param now the clock of the pool, in milliseconds. @default performance.now
   */
  constructor(pool: Watched, silentMs: number, now: () => number = () => performance.now()) {
    this.#pool = pool;
    this.#silentMs = silentMs;
    this.#now = now;
    this.#since = now();
  }

  start(): void {
    this.#timer = setInterval(() => void this.look(), LOOK_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** The pool stays without an answer though others would get one. */
  get broken(): boolean {
    return this.#broken;
  }

  /** Whether requests get answers over the pool. */
  get isUp(): boolean {
    return this.#silence < this.#silentMs;
  }

  /** One at a time: what an earlier look finds late must not count as what is so now. */
  look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #look(): Promise<void> {
    if (this.#silence >= LOOK_MS) this.#probe();
    if (!this.isUp && !this.#renewed) this.#pool.renew();
    this.#renewed = !this.isUp;
    const freshWorks = !this.isUp && (await this.#pool.freshWorks());
    this.#freshWorksSince = freshWorks ? (this.#freshWorksSince ?? this.#now()) : undefined;
    // A database that was away is back for fresh connections first.
    this.#broken = !this.isUp && this.#now() - (this.#freshWorksSince ?? this.#now()) >= REPAIR_MS;
  }

  get #silence(): number {
    return this.#now() - Math.max(this.#pool.answeredAt, this.#since);
  }

  #probe(): void {
    if (this.#isProbing) return;
    this.#isProbing = true;
    const done = () => {
      this.#isProbing = false;
    };
    // What comes of it, `answeredAt` says.
    this.#pool.probe().then(done, done);
  }
}
