/** How old what each task says of one product is, while it is written through one of them. */
import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "../../../cli/user-error.ts";
import { askTask, succeeded } from "./tasks.ts";
import { priceOf, SLUG, writeRequest } from "./writes.ts";

/** The drill's product at its own address, in a list and in a search. */
export const ADDRESSES = {
  product: `/v1/products/${SLUG}`,
  list: "/v1/products?brand=Preview",
  search: "/v1/search?q=preview&brand=Preview",
} as const;

const READ_EVERY_MS = 50;
const WRITE_EVERY_MS = 100;
/** For one write. */
const ATTEMPTS = 50;

interface Reading {
  task: string;
  path: string;
  sentAt: number;
  /** Of the write that it shows; undefined when it shows none. */
  number: number | undefined;
}

/** One variant has one price. */
interface Item {
  slug: string;
  price: { amount: number };
}

export class Ages {
  readonly #writer: string;
  readonly #tasks: readonly string[];
  readonly #apiKey: string;
  readonly #signal: AbortSignal;
  /** When each write was acknowledged, by its number. */
  readonly #acknowledged: number[] = [];
  readonly #readings: Reading[] = [];
  readonly #reading = new AbortController();
  #readers: Promise<void>[] = [];

  /** @param options.writer the task that is written through, one of `tasks`. */
  constructor(options: { writer: string; tasks: readonly string[]; apiKey: string; signal: AbortSignal }) {
    this.#writer = options.writer;
    this.#tasks = options.tasks;
    this.#apiKey = options.apiKey;
    this.#signal = AbortSignal.any([options.signal, this.#reading.signal]);
  }

  /** Makes the product, and begins to read it on every task at every address, one reader each. */
  async start(): Promise<void> {
    await this.write();
    this.#readers = Object.values(ADDRESSES).flatMap((path) =>
      this.#tasks.map((task) => this.#keepReading(task, path)),
    );
  }

  async stop(): Promise<void> {
    this.#reading.abort();
    await Promise.all(this.#readers);
  }

  get writes(): number {
    return this.#acknowledged.length;
  }

  get readings(): number {
    return this.#readings.length;
  }

  /** Answers that do not show the product. */
  get failed(): number {
    return this.#readings.filter(({ number }) => number === undefined).length;
  }

  /** One write; a task that has too much to do, or loses its connection, is asked again. @throws when none is acknowledged */
  async write(): Promise<void> {
    const number = this.#acknowledged.length;
    const { path, ...options } = writeRequest(this.#apiKey, number);
    for (let attempt = 1; ; attempt++) {
      const answer = await askTask(this.#writer, path, options);
      if (succeeded(answer)) {
        this.#acknowledged.push(answer.doneAt);
        return;
      }
      if (answer.status !== 503 || attempt === ATTEMPTS)
        throw new UserError(`A write was answered ${answer.status}: ${answer.body}`);
      await sleep(WRITE_EVERY_MS, undefined, { signal: this.#signal });
    }
  }

  /** Writes for so long, one after the other. */
  async writeFor(seconds: number): Promise<void> {
    for (const end = Date.now() + seconds * 1000; Date.now() < end; ) {
      await this.write();
      await sleep(WRITE_EVERY_MS, undefined, { signal: this.#signal });
    }
  }

  /** At how many addresses of tasks the last acknowledged write is not shown to who asks now. */
  async missing(): Promise<number> {
    const last = this.#acknowledged.length - 1;
    const readings = await Promise.all(
      this.#tasks.flatMap((task) => Object.values(ADDRESSES).map((path) => read(task, path))),
    );
    return readings.filter(({ number = -1 }) => number < last).length;
  }

  /**
   * Age of the oldest answer, in seconds: for how long a newer state had been acknowledged when the request left.
   *
   * @param of requests that left in this time, of the task that writes or of the others.
   */
  oldest(of: { since: number; until: number; path: string; own: boolean }): number {
    const ages = this.#readings
      .filter(({ task, path, sentAt }) => {
        const own = task === this.#writer;
        return own === of.own && path === of.path && sentAt >= of.since && sentAt < of.until;
      })
      .map(({ sentAt, number = sentAt }) => sentAt - (this.#acknowledged[number + 1] ?? sentAt));
    return Math.max(0, ...ages) / 1000;
  }

  /** Answers that show less than one before them, by the same task at the same address. */
  get backwards(): number {
    const shown = new Map<string, number>();
    let backwards = 0;
    for (const { task, path, number } of this.#readings) {
      if (number === undefined) continue;
      const place = task + path;
      const before = shown.get(place) ?? 0;
      if (number < before) backwards++;
      shown.set(place, Math.max(before, number));
    }
    return backwards;
  }

  async #keepReading(task: string, path: string): Promise<void> {
    while (!this.#signal.aborted) {
      this.#readings.push(await read(task, path));
      await sleep(READ_EVERY_MS, undefined, { signal: this.#signal }).catch(() => {});
    }
  }
}

async function read(task: string, path: string): Promise<Reading> {
  const answer = await askTask(task, path);
  const { sentAt } = answer;
  const number = succeeded(answer) ? numberIn(answer.body) : undefined;
  return { task, path, sentAt, number: Number.isInteger(number) ? number : undefined };
}

function numberIn(body: string): number | undefined {
  const page = JSON.parse(body) as Item & { items?: Item[] };
  const item = (page.items ?? [page]).find(({ slug }) => slug === SLUG);
  return item && item.price.amount - priceOf(0);
}
