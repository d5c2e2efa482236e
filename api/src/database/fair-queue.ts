/** What waits for a connection on behalf of somebody. */
export interface Waiting {
  /** Who asked; empty: the task itself, which is held back in nothing. */
  client: string;
  /** Whatever costs about as much bears the same name. */
  kind: string;
  /** On the clock of the queue. */
  queuedAt: number;
}

export interface FairQueueOptions {
  /** How many may wait, of all clients together. */
  length: number;
  /** Milliseconds, never going back. @default performance.now */
  now?: () => number;
}

/** What was used is forgotten by half in so long. */
const HALF_LIFE_MS = 10_000;
/** Clients are told apart while the last other one has asked so lately. */
const SEVERAL_MS = 10_000;
/** What the latest of a kind took weighs so much in what the next is expected to take. */
const LATEST = 0.2;
/** Clients whose use is remembered. */
const CLIENTS = 10_000;

/**
 * Who is answered next where statements wait for a connection: the client that will have used the least of the database's time
 * lately (least attained service), and each client's own in the order they came. So whoever asks for little does not wait for
 * what others have asked for. What a statement will take is expected from others of its kind, so that many clients who have not
 * asked before are no way around it.
 *
 * While several clients ask, the last free connection is only for one that is lighter than all who are being answered: it waits
 * for nobody then, though the others ask for as much as they can. Where all ask for as much, that keeps a connection free for
 * nobody: it costs less than it seems, since the database has fewer processors than all tasks have connections. A client that is
 * alone is held back in nothing.
 */
export class FairQueue<T extends Waiting> {
  readonly #length: number;
  readonly #now: () => number;
  readonly #lines = new Map<string, T[]>();
  readonly #used = new Map<string, { ms: number; at: number }>();
  readonly #expected = new Map<string, number>();
  #waiting = 0;
  #latest: string | undefined;
  #variedAt = Number.NEGATIVE_INFINITY;
  readonly #running = new Set<Waiting>();

  constructor({ length, now = () => performance.now() }: FairQueueOptions) {
    this.#length = length;
    this.#now = now;
  }

  get length(): number {
    return this.#waiting;
  }

  /** @param free connections. @returns whether it may be answered at once */
  admits(item: Waiting, free: number): boolean {
    this.#notice(item.client);
    return free > 1 || (free > 0 && this.#mayBeLast(item));
  }

  /** @returns what has to leave for it when too many wait: the last of the longest line, which may be itself. */
  push(item: T): T | undefined {
    this.#notice(item.client);
    const line = this.#lines.get(item.client);
    if (line) line.push(item);
    else this.#lines.set(item.client, [item]);
    if (++this.#waiting <= this.#length) return undefined;
    const [client, longest] = [...this.#lines].reduce((a, b) => (b[1].length > a[1].length ? b : a));
    const leaving = longest.pop()!;
    this.#removed(client, longest);
    return leaving;
  }

  /** @param free connections. @returns what is answered next; undefined: nothing, for now */
  shift(free: number): T | undefined {
    let best: { line: T[]; use: number } | undefined;
    for (const line of this.#lines.values()) {
      const use = this.#useWith(line[0]!);
      if (!best || use < best.use || (use === best.use && line[0]!.queuedAt < best.line[0]!.queuedAt))
        best = { line, use };
    }
    if (!best || free < 1 || (free === 1 && !this.#mayBeLast(best.line[0]!))) return undefined;
    const item = best.line.shift()!;
    this.#removed(item.client, best.line);
    return item;
  }

  /** To be called when one begins to be answered; what is returned, when its connection is free again. */
  begin(item: Waiting): () => void {
    const { client, kind } = item;
    this.#running.add(item);
    const began = this.#now();
    return () => {
      this.#running.delete(item);
      const now = this.#now();
      const took = now - began;
      const expected = this.#expected.get(kind) ?? took;
      this.#expected.set(kind, expected + LATEST * (took - expected));
      // Kept in the order of last use, so that the first are those to forget.
      const ms = this.#usedBy(client) + took;
      this.#used.delete(client);
      this.#used.set(client, { ms, at: now });
      if (this.#used.size > CLIENTS) this.#used.delete(this.#used.keys().next().value!);
    };
  }

  /** Takes out what has waited since before a time. */
  takeBefore(time: number): T[] {
    return [...this.#lines].flatMap(([client, line]) => {
      const fresh = line.findIndex(({ queuedAt }) => queuedAt >= time);
      const old = line.splice(0, fresh < 0 ? line.length : fresh);
      this.#waiting -= old.length;
      if (line.length === 0) this.#lines.delete(client);
      return old;
    });
  }

  #removed(client: string, line: T[]): void {
    this.#waiting--;
    if (line.length === 0) this.#lines.delete(client);
  }

  #notice(client: string): void {
    if (client === "" || client === this.#latest) return;
    if (this.#latest !== undefined) this.#variedAt = this.#now();
    this.#latest = client;
  }

  #usedBy(client: string): number {
    const used = this.#used.get(client);
    return used ? used.ms * 0.5 ** ((this.#now() - used.at) / HALF_LIFE_MS) : 0;
  }

  #useWith({ client, kind }: Waiting): number {
    return client === "" ? 0 : this.#usedBy(client) + (this.#expected.get(kind) ?? 0);
  }

  #mayBeLast(item: Waiting): boolean {
    const alone = this.#now() - this.#variedAt >= SEVERAL_MS;
    if (alone || item.client === "" || this.#running.size === 0) return true;
    const use = this.#useWith(item);
    return [...this.#running].every((other) => use < this.#useWith(other));
  }
}
